"""How a guidance card is found from somebody's own words: no card is better than a wrong one.

Every card is a bag of folded words, pairs of words and letter pieces; so is every way to ask for it. A question is
compared with both (cosine of tf-idf weights). The words must also explain enough of the question.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TypeVar

from nlu.normalise import fold, normalise, well_typed

Weights = Mapping[str, float]
Key = TypeVar("Key", str, int)

PIECE = 4  # letters
PIECES, PAIRS = 0.35, 0.8  # what a letter piece and a pair of words weigh beside a word
CARD, ASKED, NEXT = 0.9, 0.06, 0.04  # shares of the whole card, its best way to ask, and the next best two
ASKING = 1.5  # what people ask counts more for a card than what it says
RARE = 0.6  # a word of no card still belongs to the question; it weighs like the rarest, times this


@dataclass(frozen=True)
class Text:
    """One text as grams, each with how often it counts."""

    grams: Mapping[str, float]
    words: frozenset[str]  # those that say something

    @staticmethod
    def of(text: str, stop: frozenset[str], *, own: bool = False) -> Text:
        """The grams of `text`; `own`: a text of the project's data, whose spelling may be remembered."""
        said = list(map(fold, well_typed(text))) if own else [w for w in normalise(text).folded.split() if w.isalnum()]
        kept = [word for word in said if word not in stop and (len(word) > 1 or word.isdigit())]
        counted: dict[str, float] = defaultdict(float)
        for word in kept:
            counted[word] += 1.0
        for first, second in pairwise(said):
            if first not in stop or second not in stop:
                counted[f"{first} {second}"] += PAIRS
        run = f" {' '.join(kept)} " if kept else ""
        for at in range(len(run) - PIECE + 1):
            counted["_" + run[at : at + PIECE]] += PIECES
        return Text(counted, frozenset(kept))


@dataclass(frozen=True)
class Entry:
    """One card to be found: what it says, and the ways in which people ask for it."""

    id: str
    says: str
    asks: Sequence[str]


@dataclass(frozen=True)
class Index:
    """All cards as weighted grams, by gram: a question touches only the texts that share one with it."""

    stop: frozenset[str] = frozenset()
    rarity: Weights = field(default_factory=dict)
    unknown: float = 1.0
    cards: Mapping[str, Sequence[tuple[str, float]]] = field(default_factory=dict)
    asks: Mapping[str, Sequence[tuple[int, float]]] = field(default_factory=dict)  # of every way to ask, by its number
    asked_of: Sequence[str] = ()  # the card of every way to ask

    @staticmethod
    def of(entries: Iterable[Entry], stop: frozenset[str]) -> Index:
        """The index of `entries`."""
        wholes: dict[str, dict[str, float]] = {}
        ways: list[tuple[str, Mapping[str, float]]] = []
        for one in entries:
            whole = defaultdict(float, Text.of(one.says, stop, own=True).grams)
            for ask in one.asks:
                way = Text.of(ask, stop, own=True).grams
                ways.append((one.id, way))
                for gram, count in way.items():
                    whole[gram] += ASKING * count
            wholes[one.id] = whole
        seen = Counter(gram for whole in wholes.values() for gram in whole)
        count = max(1, len(wholes))
        rarity = {gram: math.log(1 + count / often) for gram, often in seen.items()}
        plain = Index(stop, rarity, RARE * math.log(1 + count))
        dulled = ((card, {gram: 1 + math.log(n) if n > 1 else n for gram, n in whole.items()})
                  for card, whole in wholes.items())  # fmt: skip
        return replace(
            plain,
            cards=_postings((card, plain.weighed(grams)) for card, grams in dulled),
            asks=_postings((number, plain.weighed(grams)) for number, (_, grams) in enumerate(ways)),
            asked_of=[card for card, _ in ways],
        )

    def weighed(self, grams: Mapping[str, float]) -> Weights:
        """Grams weighed by how rare they are, as a vector of length one."""
        found = {gram: count * self.rarity.get(gram, self.unknown) for gram, count in grams.items()}
        length = math.sqrt(sum(weight * weight for weight in found.values())) or 1.0
        return {gram: weight / length for gram, weight in found.items()}

    def scores(self, text: str) -> tuple[dict[str, float], float]:
        """How well each card answers `text`, 0 … 1, and the share of its words that any card knows."""
        asked = Text.of(text, self.stop)
        if not asked.words:
            return {}, 0.0
        total = sum(self.rarity.get(word, self.unknown) for word in asked.words)
        known = sum(self.rarity[word] for word in asked.words if word in self.rarity)
        weights = self.weighed(asked.grams)
        found = {card: CARD * score for card, score in _products(weights, self.cards).items()}
        ways: dict[str, list[float]] = defaultdict(list)
        for number, score in _products(weights, self.asks).items():
            ways[self.asked_of[number]].append(score)
        for card, near in ways.items():
            nearest, *others = sorted(near, reverse=True)[:3]
            found[card] = found.get(card, 0.0) + ASKED * nearest
            if others:
                found[card] += NEXT * sum(others) / len(others)
        return found, known / total


def _postings(vectors: Iterable[tuple[Key, Weights]]) -> dict[str, list[tuple[Key, float]]]:
    found: dict[str, list[tuple[Key, float]]] = defaultdict(list)
    for key, vector in vectors:
        for gram, weight in vector.items():
            found[gram].append((key, weight))
    return dict(found)


def _products(weights: Weights, postings: Mapping[str, Sequence[tuple[Key, float]]]) -> dict[Key, float]:
    """The cosine of `weights` with every vector that shares a gram with it."""
    found: dict[Key, float] = defaultdict(float)
    for gram, weight in weights.items():
        for key, other in postings.get(gram, ()):
            found[key] += weight * other
    return found
