"""Puts back the marks of a message typed without them: the likeliest words for the folded ones, by pairs of words."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from nlu.normalise import Normalised, fold

UNMARKED = 0.15  # share of words with marks below which a message counts as typed without
DISCOUNT = 0.75  # taken off every pair that was seen, and given to the pairs that were not
PRIOR = 200.0  # how much the vocabulary's own word scores count beside what was seen
KEPT = 12  # candidates kept at each word
LONGEST = 200  # words of a message that are looked at
BEGIN, END = "<s>", "</s>"


@dataclass(frozen=True, eq=False)
class Restorer:
    """Counts of words and of pairs of words in messages with marks, and the scores of words nobody wrote there."""

    words: Mapping[str, int]
    pairs: Mapping[tuple[str, str], int]
    prior: Mapping[str, float]  # log-probabilities of words and syllables from the piece vocabulary
    _candidates: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    _followers: Mapping[str, int] = field(default_factory=dict, repr=False)
    _contexts: Mapping[str, int] = field(default_factory=dict, repr=False)
    _total: int = 0
    _seen: dict[tuple[str, str], float] = field(default_factory=dict, repr=False)

    @staticmethod
    def of(words: Mapping[str, int], pairs: Mapping[tuple[str, str], int], prior: Mapping[str, float]) -> Restorer:
        """A restorer from its counts."""
        candidates: dict[str, set[str]] = defaultdict(set)
        for word in (*words, *prior):
            if word.isalpha():
                candidates[fold(word)].add(word)
        contexts: Counter[str] = Counter()
        for (before, _), times in pairs.items():
            contexts[before] += times
        return Restorer(
            words=words,
            pairs=pairs,
            prior=prior,
            _candidates={plain: tuple(sorted(marked)) for plain, marked in candidates.items()},
            _followers=Counter(before for before, _ in pairs),
            _contexts=contexts,
            _total=sum(words.values()),
        )

    @staticmethod
    def learn(texts: Iterable[str], prior: Mapping[str, float]) -> Restorer:
        """A restorer from normalised messages with marks."""
        words: Counter[str] = Counter()
        pairs: Counter[tuple[str, str]] = Counter()
        for text in texts:
            spoken = [BEGIN, *text.split(), END]
            words.update(spoken[1:])
            pairs.update(pairwise(spoken))
        return Restorer.of(words, pairs, prior)

    def view(self, message: Normalised) -> str:
        """The message as the transformer reads it: with the marks it was given, or with those it lacks."""
        return self.restore(message.text) if message.marked < UNMARKED else message.text

    def restore(self, text: str) -> str:
        """`text` (normalised) with the likeliest marks on the words that have none; as many words."""
        words = text.split()
        beam: list[tuple[str, float, int]] = [(BEGIN, 0.0, 0)]
        trail: list[list[tuple[str, float, int]]] = []
        for word in words[:LONGEST]:
            following = []
            candidates = self._candidates.get(word, (word,)) if word.isascii() else (word,)
            for candidate in candidates:
                best = max(range(len(beam)), key=lambda k: beam[k][1] + self._pair(beam[k][0], candidate))
                following.append((candidate, beam[best][1] + self._pair(beam[best][0], candidate), best))
            beam = sorted(following, key=lambda one: -one[1])[:KEPT]
            trail.append(beam)
        if not trail:
            return text
        at = max(range(len(beam)), key=lambda k: beam[k][1] + self._pair(beam[k][0], END))
        found = []
        for step in reversed(trail):
            found.append(step[at][0])
            at = step[at][2]
        return " ".join([*reversed(found), *words[LONGEST:]])

    def _alone(self, word: str) -> float:
        known = PRIOR * math.exp(max(-20.0, self.prior.get(word, -20.0)))
        return (self.words.get(word, 0) + known + 0.02) / (self._total + PRIOR + 100)

    def _pair(self, before: str, word: str) -> float:
        key = (before, word)
        value = self._seen.get(key)
        if value is None:
            followers, context = self._followers.get(before, 0), self._contexts.get(before, 0)
            rest = followers / (context + followers) if context else 1.0
            times = self.pairs.get(key, 0)
            seen = (times - DISCOUNT * (times > 0)) / max(1, context)
            value = math.log(max(1e-12, seen + (rest * DISCOUNT + (0.0 if context else 0.25)) * self._alone(word)))
            if len(self._seen) < 200_000:
                self._seen[key] = value
        return value


def to_document(restorer: Restorer) -> dict[str, Any]:
    """The restorer as JSON: words by number, pairs as three numbers."""
    names = sorted({BEGIN, *restorer.words, *restorer.prior})
    number = {word: n for n, word in enumerate(names)}
    return {
        "words": names,
        "times": [restorer.words.get(word, 0) for word in names],
        "prior": [round(restorer.prior[word], 3) if word in restorer.prior else None for word in names],
        "pairs": [[number[a], number[b], times] for (a, b), times in sorted(restorer.pairs.items())],
    }


def from_document(document: Mapping[str, Any]) -> Restorer:
    """The restorer of a JSON document; raises KeyError, IndexError or TypeError for anything else."""
    names = document["words"]
    words = {word: times for word, times in zip(names, document["times"], strict=True) if times}
    prior = {word: score for word, score in zip(names, document["prior"], strict=True) if score is not None}
    pairs = {(names[a], names[b]): times for a, b, times in document["pairs"]}
    return Restorer.of(words, pairs, prior)
