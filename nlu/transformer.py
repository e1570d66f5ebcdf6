"""The transformer reader: word pieces of the restored message into a small network that the shell loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.normalise import VERSION, Normalised
from nlu.pieces import Pieces
from nlu.restore import Restorer, from_document
from nlu.scores import Scores
from nlu.signals import Span

FORMAT = "1"  # of the files of the artefact
KNOWN_ENOUGH = 3  # pieces, the two ends counted, from which it has an opinion
MOODS = frozenset("😭🥺😔😢😞😥🙁")  # a sad face beside words says nothing about how urgent they are
OCCLUDED, WEIGHTY = 12, 3  # words of a message that are tried one by one, and words named as reasons

Run = Callable[[NDArray[np.int64]], tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]]


def identity(spellings: bytes) -> str:
    """What an artefact must have been trained with to be used here: the normaliser and its spellings."""
    return hashlib.sha256(f"{FORMAT}|{VERSION}|".encode() + spellings).hexdigest()


def assembled(
    run: Run, manifest: Mapping[str, Any], vocabulary: Mapping[str, Any], restorer: Mapping[str, Any]
) -> Transformer:
    """The reader of an artefact's parsed files; raises KeyError, IndexError, TypeError or ValueError otherwise."""
    return Transformer(
        run=run,
        pieces=Pieces(vocabulary["pieces"], vocabulary["scores"], vocabulary["unknown"]),
        restorer=from_document(restorer),
        categories=tuple(manifest["categories"]),
        intents=tuple(manifest["intents"]),
    )


@dataclass(frozen=True, eq=False)
class Transformer:
    """A trained network with its pieces and its restorer. `run` takes one row of pieces; probabilities come back."""

    run: Run
    pieces: Pieces
    restorer: Restorer
    categories: tuple[str, ...]
    intents: tuple[str, ...]

    @property
    def name(self) -> str:
        """How reasons and the doctor call this reader."""
        return "transformer"

    def read(self, message: Normalised) -> Scores:
        """What the network thinks; of a long message the most urgent stretch decides the urgency."""
        words = self.restorer.view(message).split()
        return self._scores(" ".join(word for word in words if word not in MOODS) or " ".join(words))

    def weighty(self, message: Normalised) -> tuple[Span, ...]:
        """The words without which a short message would seem least urgent; nothing of a long one, it takes too long."""
        words = self.restorer.view(message).split()
        if not 1 < len(words) <= OCCLUDED or len(words) != len(message.tokens):
            return ()
        whole = self._scores(" ".join(words)).alarm
        drops = [
            (whole - self._scores(" ".join(words[:i] + words[i + 1 :])).alarm, i)
            for i, word in enumerate(words)
            if word[0].isalnum()
        ]
        drops.sort(key=lambda drop: (-drop[0], drop[1]))
        chosen = sorted(i for drop, i in drops[:WEIGHTY] if drop > 0)
        return tuple(Span(message.tokens[i].start, message.tokens[i].end) for i in chosen)

    def _scores(self, view: str) -> Scores:
        stretches = self.pieces.stretches(view)
        read = [self.run(np.array([stretch], np.int64)) for stretch in stretches]
        urgency = max((one[0][0] for one in read), key=lambda p: float(p[0] + p[1]))
        category, intent = (np.mean([one[task][0] for one in read], axis=0) for task in (1, 2))
        return Scores(urgency, category, intent, known=any(len(stretch) > KNOWN_ENOUGH for stretch in stretches))
