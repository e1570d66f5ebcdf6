"""Phrases of the project's data as they are compared with what people write: folded, without signs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from nlu.normalise import Normalised, fold, normalise, phrase

Heads = Mapping[str, tuple[tuple[str, str], ...]]  # the first word of a phrase, folded → the sign and the phrase

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


@lru_cache(maxsize=65_536)
def listed(words: str) -> str:
    """A phrase of the project's data as `spelled` would compare it."""
    return _bare(phrase(words))


def _bare(message: Normalised) -> str:
    return " ".join(word for word in message.folded.split() if word.isalnum())


def heads(signs: Mapping[str, Sequence[str]]) -> Heads:
    """The phrases of every sign by their first word: thousands are looked for in every message."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, phrases in signs.items():
        for one in phrases:
            found.setdefault(listed(one).partition(" ")[0], []).append((name, one))
    return {first: tuple(pairs) for first, pairs in found.items()}


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


@lru_cache(maxsize=4096)
def parts_of(one: str) -> list[str]:
    """The words of a phrase of the project's data."""
    return words_of(phrase(one))
