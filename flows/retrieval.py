"""How a guidance card is found from somebody's own words: no card is better than a wrong one.

Every card is a bag of folded words, pairs of words and letter pieces; so is every way to ask for it. A question is
compared with both (cosine of tf-idf weights). The words must also explain enough of the question.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from nlu.normalise import normalise, phrase

Weights = Mapping[str, float]

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
        message = phrase(text) if own else normalise(text)
        said = [word for word in message.folded.split() if word.isalnum()]
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
    """All cards as weighted grams."""

    stop: frozenset[str] = frozenset()
    rarity: Weights = field(default_factory=dict)
    unknown: float = 1.0
    cards: Mapping[str, Weights] = field(default_factory=dict)
    asks: Mapping[str, Sequence[Weights]] = field(default_factory=dict)
    having: Mapping[str, frozenset[str]] = field(default_factory=dict)  # word → cards

    @staticmethod
    def of(entries: Iterable[Entry], stop: frozenset[str]) -> Index:
        """The index of `entries`."""
        read = [
            (one.id, Text.of(one.says, stop, own=True), [Text.of(ask, stop, own=True) for ask in one.asks])
            for one in entries
        ]
        seen: Counter[str] = Counter()
        having: dict[str, set[str]] = defaultdict(set)
        wholes: dict[str, dict[str, float]] = {}
        for card, says, asks in read:
            whole = defaultdict(float, says.grams)
            for ask in asks:
                for gram, count in ask.grams.items():
                    whole[gram] += ASKING * count
            wholes[card] = whole
            seen.update(whole.keys())
            for word in says.words.union(*(ask.words for ask in asks)):
                having[word].add(card)
        count = max(1, len(read))
        rarity = {gram: math.log(1 + count / often) for gram, often in seen.items()}
        unknown = RARE * math.log(1 + count)
        index = Index(stop, rarity, unknown)
        cards = {card: index.weighed({gram: 1 + math.log(n) if n > 1 else n for gram, n in whole.items()})
                 for card, whole in wholes.items()}  # fmt: skip
        told = {card: [index.weighed(ask.grams) for ask in asks] for card, _, asks in read}
        return Index(stop, rarity, unknown, cards, told, {word: frozenset(found) for word, found in having.items()})

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
        near = set().union(*(self.having.get(word, frozenset()) for word in asked.words))
        found = {}
        for card in near:
            ways = sorted((_cosine(weights, way) for way in self.asks[card]), reverse=True)[:3]
            nearest, others = (ways[0] if ways else 0.0), ways[1:]
            found[card] = (
                CARD * _cosine(weights, self.cards[card])
                + ASKED * nearest
                + NEXT * (sum(others) / len(others) if others else 0.0)
            )
        return found, known / total


def _cosine(one: Weights, other: Weights) -> float:
    few, many = (one, other) if len(one) < len(other) else (other, one)
    return sum(weight * many[gram] for gram, weight in few.items() if gram in many)
