"""What the n-gram reader counts in a message: pieces of folded words, folded words and words with their marks."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from itertools import pairwise

PIECES = (2, 3, 4)  # letters a piece has
SKIPS = (2, 3)  # words apart: "cầm … rượt"
LONGEST = 24  # letters of a word that are looked at


@lru_cache(maxsize=32_768)
def _pieces(word: str) -> tuple[str, ...]:
    padded = f" {word} "
    return tuple("c" + padded[i : i + size] for size in PIECES for i in range(max(1, len(padded) - size + 1)))


def count(words: list[str], folded: list[str]) -> Counter[str]:
    """How often each feature occurs in a stretch of tokens, given with and without marks.

    A prefix names the kind: c a piece of a folded word, f folded words, s two folded words some
    words apart, w words with marks.
    """
    found = [piece for word in folded for piece in _pieces(word[:LONGEST])]
    found += ["f" + word for word in folded]
    found += [f"f{one} {two}" for one, two in pairwise(folded)]
    for apart in SKIPS:
        found += [f"s{one} {two}" for one, two in zip(folded, folded[apart:], strict=False)]
    found += ["w" + word for word in words]
    found += [f"w{one} {two}" for one, two in pairwise(words)]
    return Counter(found)


def without(words: list[str], folded: list[str], place: int) -> Counter[str]:
    """How the counts of a stretch change when the word at `place` is taken out and its neighbours move together."""
    change: Counter[str] = Counter()
    change.subtract(_pieces(folded[place][:LONGEST]))
    change.subtract(("f" + folded[place], "w" + words[place]))
    for kind, spelled, apart in (("f", folded, 1), *(("s", folded, skip) for skip in SKIPS), ("w", words, 1)):
        first = max(0, place - apart)
        for at in range(first, min(place, len(spelled) - 1 - apart) + 1):  # pairs that hold it or reach over it
            change[f"{kind}{spelled[at]} {spelled[at + apart]}"] -= 1
        for at in range(first, min(place, len(spelled) - 1 - apart)):  # pairs that only meet without it
            change[f"{kind}{spelled[at]} {spelled[at + apart + 1]}"] += 1
    return change
