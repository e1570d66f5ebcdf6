"""The figures of the benchmark, each a share with its 95% interval (Wilson)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.evaluation.gold import LEVELS, Gold, Predicted

Z = 1.959964  # of the normal distribution, for 95%
SLICE = 15  # messages from which a slice says anything
BINS = 10

Pair = tuple[Gold, Predicted]


@dataclass(frozen=True)
class Share:
    """`hits` of `total`."""

    hits: int
    total: int

    @property
    def value(self) -> float:
        """From 0 to 1; of nothing, 0."""
        return self.hits / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95% interval."""
        if not self.total:
            return 0.0, 1.0
        share, spread = self.value, Z * Z / self.total
        middle = (share + spread / 2) / (1 + spread)
        half = Z * math.sqrt(share * (1 - share) / self.total + spread / (4 * self.total)) / (1 + spread)
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True)
class Bin:
    """Messages whose alarm lies in one tenth: how many, the mean alarm, and how many were urgent."""

    count: int
    said: float
    was: float


def share(pairs: Iterable[Pair], counts: Callable[[Gold, Predicted], bool]) -> Share:
    """How many of `pairs` count."""
    found = [counts(gold, said) for gold, said in pairs]
    return Share(sum(found), len(found))


def table(pairs: Sequence[Pair]) -> dict[str, Share]:
    """The figures that are promised, by name."""
    urgent = [pair for pair in pairs if pair[0].urgent]
    gravest = [pair for pair in pairs if pair[0].urgency == "U0"]
    quiet = [pair for pair in pairs if pair[0].quiet]
    return {
        "urgent_heard": share(urgent, lambda _, said: said.heard),
        "urgent_paged": share(urgent, lambda _, said: said.paged),
        "u0_heard": share(gravest, lambda _, said: said.heard),
        "u0_paged": share(gravest, lambda _, said: said.paged),
        "quiet_paged": share(quiet, lambda _, said: said.paged),
        "quiet_heard": share(quiet, lambda _, said: said.heard),
        "urgency_ok": share(pairs, lambda gold, said: said.urgency in gold.ok_urgency),
        "category_ok": share(pairs, lambda gold, said: said.category in gold.ok_category),
        "intent_ok": share(pairs, lambda gold, said: said.intent in gold.ok_intent),
    }


def slices(pairs: Sequence[Pair]) -> dict[str, Share]:
    """How many of the urgent messages of each voice and way of writing were heard."""
    found: dict[str, list[Pair]] = {}
    for gold, said in pairs:
        if gold.urgent:
            names = [f"voice {gold.voice}", *(f"style {style}" for style in gold.style)]
            for name in [*names, "hard"] if gold.hard else names:
                found.setdefault(name, []).append((gold, said))
    return {name: share(part, lambda _, said: said.heard) for name, part in sorted(found.items()) if len(part) >= SLICE}


def owned(pairs: Sequence[Pair]) -> dict[str, Share]:
    """How often what a writer fears of themselves is named rightly, and how often it is said of others by mistake."""
    kinds = sorted({gold.own for gold, _ in pairs if gold.own})
    found = {
        kind: share([pair for pair in pairs if pair[0].own == kind], lambda gold, said: said.own == gold.own)
        for kind in kinds
    }
    nobody = [pair for pair in pairs if not pair[0].own]
    return found | {"said where nobody does": share(nobody, lambda _, said: bool(said.own))} if kinds else {}


def confusion(pairs: Iterable[Pair]) -> dict[str, dict[str, int]]:
    """Gold level → said level → how many."""
    counts = Counter((gold.urgency, said.urgency) for gold, said in pairs)
    return {gold: {said: counts[gold, said] for said in LEVELS} for gold in LEVELS}


def bins(pairs: Iterable[Pair]) -> list[Bin]:
    """Reliability: messages by the probability of urgency that was said, in ten equal parts."""
    parts: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for gold, said in pairs:
        if said.alarm is not None:
            parts[min(BINS - 1, int(said.alarm * BINS))].append((said.alarm, gold.urgent))
    return [
        Bin(len(part), sum(a for a, _ in part) / len(part), sum(u for _, u in part) / len(part))
        if part
        else Bin(0, 0.0, 0.0)
        for part in parts
    ]


def calibration_error(parts: Sequence[Bin]) -> float:
    """Expected calibration error: the mean distance of what was said from what was."""
    total = sum(part.count for part in parts)
    return sum(part.count * abs(part.said - part.was) for part in parts) / total if total else 0.0


def missed(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """Urgent messages that nobody would have heard."""
    return (pair for pair in pairs if pair[0].urgent and not pair[1].heard)


def raised(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """Quiet messages for which a human would have been rung."""
    return (pair for pair in pairs if pair[0].quiet and pair[1].paged)


def kappa(one: Mapping[str, str], two: Mapping[str, str]) -> float:
    """Cohen's κ of two readers' labels of the same messages."""
    both = sorted(set(one) & set(two))
    if not both:
        return 0.0
    agreed = sum(one[key] == two[key] for key in both) / len(both)
    first, second = Counter(one[key] for key in both), Counter(two[key] for key in both)
    chance = sum(first[label] * second[label] for label in first) / len(both) ** 2
    return (agreed - chance) / (1 - chance) if chance < 1 else 1.0
