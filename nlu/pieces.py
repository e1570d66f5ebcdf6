"""Splits a normalised message into the word pieces that the transformer was trained on (a unigram model, Viterbi)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

BEGIN, PAD, END, UNKNOWN = 0, 1, 2, 3  # the first four pieces of every vocabulary
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
MARK = "\u2581"  # stands before the first piece of a word
LONGEST = 96  # pieces of a message that are read; the end of a longer one is read too, see `encode`
HEAD = 64  # of them from its beginning
STEP, STRETCHES = 64, 12  # a longer message is read in stretches, each this many pieces after the one before


class Pieces:
    """A vocabulary of word pieces with their scores (log-probabilities)."""

    def __init__(self, pieces: Sequence[str], scores: Sequence[float], unknown: float) -> None:
        self.pieces = tuple(pieces)
        self._number = {piece: n for n, piece in enumerate(pieces) if n >= len(SPECIAL)}
        self.scores = tuple(scores)
        self.unknown = unknown
        self._longest = max(map(len, self._number), default=1)
        self._word = lru_cache(maxsize=20_000)(self._split)

    def __len__(self) -> int:
        return len(self.pieces)

    def score(self, piece: str) -> float | None:
        """The score of a piece, or None if there is no such piece."""
        number = self._number.get(piece)
        return None if number is None else self.scores[number]

    def encode(self, text: str) -> list[int]:
        """The numbers of the pieces of `text`, between BEGIN and END; of a long message its head and its tail."""
        found = self.encode_all(text)
        if len(found) > LONGEST - 2:
            found = found[:HEAD] + found[len(found) - (LONGEST - 2 - HEAD) :]
        return [BEGIN, *found, END]

    def stretches(self, text: str) -> list[list[int]]:
        """The pieces of `text` in stretches that the network can read at once, each between BEGIN and END."""
        found = self.encode_all(text)
        most = LONGEST - 2
        starts = range(0, max(1, len(found) - (most - STEP)), STEP)
        chosen = starts if len(starts) <= STRETCHES else [*starts[: STRETCHES // 2], *starts[-(STRETCHES // 2) :]]
        return [[BEGIN, *found[start : start + most], END] for start in chosen]

    def encode_all(self, text: str) -> list[int]:
        """The numbers of all pieces of `text`, however long it is."""
        return [number for word in text.split() for number in self._word(MARK + word[:64])]

    def _split(self, word: str) -> tuple[int, ...]:
        length = len(word)
        best = [0.0] + [-1e30] * length
        piece, start = [0] * (length + 1), [0] * (length + 1)
        for i in range(length):
            for end in range(i + 1, min(length, i + self._longest) + 1):
                number = self._number.get(word[i:end])
                if number is None:
                    if end > i + 1:
                        continue
                    number, value = UNKNOWN, best[i] + self.unknown
                else:
                    value = best[i] + self.scores[number]
                if value > best[end]:
                    best[end], piece[end], start[end] = value, number, i
        found: list[int] = []
        at = length
        while at > 0:
            found.append(piece[at])
            at = start[at]
        return tuple(reversed(found))
