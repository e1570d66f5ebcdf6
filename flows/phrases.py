"""Phrases of the project's data as they are compared with what people write: folded, without signs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from nlu.normalise import Normalised, normalise, phrase

Heads = Mapping[str, tuple[tuple[str, str], ...]]  # the first word of a phrase, folded → the sign and the phrase


def spelled(text: str) -> str:
    """`text` as it is compared: folded, without signs."""
    return _bare(normalise(text))


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
