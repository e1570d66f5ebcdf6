"""Phrases of the project's data as they are compared with what people write: folded, without signs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from nlu.normalise import Normalised, fold, normalise

_SIGNS = re.compile(r"[,.;!?\n]+")
MARKED = "="  # before a phrase whose marks must be typed

# Words of politeness that change nothing about an answer, with marks and without: "tội" is not "tôi".
POLITE = frozenset(
    form
    for word in (
        "dạ", "vâng", "ừ", "ờ", "ạ", "nha", "nhé", "nghen", "hen", "rồi", "em", "con", "cháu", "mình", "tôi", "tui",
        "cô", "có", "chú", "ơi", "thưa", "thầy",
    )
    for form in (word, fold(word))
    if form != "o"
)  # fmt: skip
COURTEOUS = frozenset({"da", "vang", "u", "a", "nha", "nhe", "nghen", "hen"})


def spelled(text: str) -> str:
    """`text` as it is compared: folded, without signs."""
    return _bare(normalise(text))


def parts(text: str) -> list[str]:
    """The stretches of a message between its signs, without blank ones."""
    return [part for part in map(str.strip, _SIGNS.split(text)) if part]


@lru_cache(maxsize=16_384)
def listed(words: str) -> str:
    """A phrase of the project's data as `spelled` would compare it."""
    return " ".join(map(fold, parts_of(words)))


def _bare(message: Normalised) -> str:
    return " ".join(word for word in message.folded.split() if word.isalnum())


@dataclass(frozen=True)
class Phrase:
    """A phrase of a sign: its words, the same without marks, and whether all of its marks must be typed."""

    sign: str
    words: tuple[str, ...]
    folded: tuple[str, ...]
    marked: bool

    def stands_at(self, at: int, words: Sequence[str], folded: Sequence[str]) -> bool:
        """Whether the words of a message from `at` on are this phrase, with no other marks than its own."""
        end = at + len(self.words)
        if tuple(folded[at:end]) != self.folded:
            return False
        said = words[at:end]
        return all(
            word == own or (word == bare and not self.marked)
            for word, own, bare in zip(said, self.words, self.folded, strict=True)
        )


Heads = Mapping[str, Mapping[str, tuple[Phrase, ...]]]  # by the first two words, folded; "" where there is one only


def heads(signs: Mapping[str, Sequence[str]]) -> Heads:
    """The phrases of every sign by their first two words: tens of thousands are looked for in every message."""
    found: dict[str, dict[str, list[Phrase]]] = {}
    for name, phrases in signs.items():
        for one in phrases:
            words = tuple(parts_of(one))
            folded = tuple(map(fold, words))
            first, second = (*folded, "", "")[:2]
            found.setdefault(first, {}).setdefault(second, []).append(
                Phrase(name, words, folded, one.startswith(MARKED))
            )
    return {first: {second: tuple(some) for second, some in rest.items()} for first, rest in found.items()}


def signs_in(known: Heads, words: Sequence[str]) -> set[str]:
    """The names of the signs of which a phrase stands in the words of a message."""
    found: set[str] = set()
    folded = [fold(word) for word in words]
    for at, first in enumerate(folded):
        rest = known.get(first)
        if rest is not None:
            pairs = (rest.get(second, ()) for second in ("", *folded[at + 1 : at + 2]))
            found.update(
                one.sign for some in pairs for one in some if one.sign not in found and one.stands_at(at, words, folded)
            )
    return found


def words_of(message: Normalised) -> list[str]:
    """The words of a message as it was spelled, without signs."""
    return [word for word in message.text.split() if word.isalnum()]


def stands(said: list[str], one: str) -> bool:
    """Whether the phrase stands in the words with no other marks than its own: "chạy rồi" is no "cháy rồi".

    One that begins with `MARKED` must bear all of them: "chu do" is "chú đó" more often than "chú dô".
    """
    parts = parts_of(one)
    if one.startswith(MARKED):
        return any(said[at : at + len(parts)] == parts for at in range(len(said) - len(parts) + 1))
    return any(spoken(said[at : at + len(parts)], [parts]) for at in range(len(said) - len(parts) + 1))


def spoken(said: list[str], allowed: list[list[str]]) -> bool:
    """Whether the words are one of the phrases; a mark that was typed must be the phrase's own."""
    return any(
        len(said) == len(one) and all(word in (part, fold(part)) for word, part in zip(said, one, strict=True))
        for one in allowed
    )


@lru_cache(maxsize=16_384)
def parts_of(one: str) -> list[str]:
    """The words of a phrase of the project's data; word by word, for there are tens of thousands of phrases."""
    return [word for part in one.split() for word in _parts_of_word(part)]


@lru_cache(maxsize=16_384)
def _parts_of_word(one: str) -> tuple[str, ...]:
    return tuple(words_of(normalise(one)))
