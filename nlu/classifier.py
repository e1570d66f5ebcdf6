"""The n-gram reader: TF-IDF features and four softmax regressions, numpy only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.features import count, without
from nlu.normalise import Normalised
from nlu.scores import SHORT, Scores
from nlu.signals import Span

Floats = NDArray[np.float32]

URGENCIES = ("U0", "U1", "U2", "U3", "U4", "ORD")  # ORD: ordinary talk that is about nobody's trouble
STRETCH, STEP, STRETCHES = 60, 40, 60  # a long message is read in stretches of 60 words, every 40 words
KNOWN_ENOUGH = 2  # words the reader must know to have an opinion
WEIGHTY = 3  # words named as reasons
TRIED = 5  # words of a long message that are left out one after another to find them


@dataclass(frozen=True, eq=False)
class Classifier:
    """A trained n-gram reader. `weights` has one row a feature and the columns of all four tasks side by side."""

    vocabulary: Mapping[str, int]
    idf: Floats
    weights: Floats
    bias: Floats
    categories: tuple[str, ...]
    intents: tuple[str, ...]
    page: float  # P(U0) + P(U1) from which the reader pages by itself
    check: float  # and from which the bot asks whether the person is safe
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How reasons and the doctor call this reader."""
        return "ngram"

    def read(self, message: Normalised) -> Scores:
        """The most urgent stretch decides the urgency, all stretches together the category and the intent."""
        words, folded = split_words(message)
        scores, known = [], 0
        for start in _stretches(len(words)):
            rows, values = self.vector(count(words[start : start + STRETCH], folded[start : start + STRETCH]))
            known = max(known, len(rows))
            scores.append(values @ self.weights[rows] + self.bias if len(rows) else self.bias)
        urgency = max((softmax(score[: len(URGENCIES)]) for score in scores), key=lambda p: float(p[0] + p[1]))
        mean = np.mean(scores, axis=0)
        first_intent = len(URGENCIES) + len(self.categories)
        first_own = first_intent + len(self.intents)
        category, intent = softmax(mean[len(URGENCIES) : first_intent]), softmax(mean[first_intent:first_own])
        own = softmax(mean[first_own:]) if len(mean) > first_own else None  # a model of before knows nothing of it
        return Scores(urgency, category, intent, known=known >= KNOWN_ENOUGH * 8, own=own)

    def vector(self, found: Counter[str]) -> tuple[NDArray[np.int64], Floats]:
        """Row numbers and TF-IDF values (length 1) of the features that the reader knows."""
        return vector(self.vocabulary, self.idf, found)

    def weighty(self, message: Normalised) -> tuple[Span, ...]:
        """The words without which the message would seem least urgent (occlusion), in the order of the text.

        Of a long message those that by themselves speak most for urgency: leaving them out one by one takes too long.
        """
        words, folded = split_words(message)
        if not 1 < len(words) <= STRETCH:
            return ()
        if len(words) > SHORT:
            chosen = self._urgent(words, folded, WEIGHTY)
            return tuple(Span(message.tokens[i].start, message.tokens[i].end) for i in chosen)
        places = self._urgent(words, folded, TRIED)
        alarms = self._alarms(count(words, folded), [without(words, folded, i) for i in places])
        drops = sorted(zip(alarms[0] - alarms[1:], places, strict=True), key=lambda drop: (-drop[0], drop[1]))
        chosen = sorted(i for drop, i in drops[:WEIGHTY] if drop > 0)
        return tuple(Span(message.tokens[i].start, message.tokens[i].end) for i in chosen)

    def _urgent(self, words: list[str], folded: list[str], most: int) -> list[int]:
        """The places of at most so many words that by themselves speak most for urgency, in the order of the text."""
        places = [i for i, word in enumerate(words) if word[0].isalnum()]
        if len(places) <= most:
            return places
        known = self.vocabulary.get
        speaks = {
            i: sum(self._lean[row] for name in ("w" + words[i], "f" + folded[i]) if (row := known(name)) is not None)
            for i in places
        }
        return sorted(sorted(places, key=lambda i: -speaks[i])[:most])

    @cached_property
    def _lean(self) -> list[float]:
        """How much each feature speaks for urgency by itself."""
        columns = self.weights[:, : len(URGENCIES)]
        leans: list[float] = (columns[:, :2].max(axis=1) - columns[:, 2:].max(axis=1)).tolist()
        return leans

    def _alarms(self, found: Counter[str], changes: Sequence[Counter[str]]) -> NDArray[np.float64]:
        """P(U0) + P(U1) of `found`, and of `found` after each of the changes; all at once, for it is asked often."""
        known = [
            (which, row, found[name] if which else 0, found[name] * bool(which) + times)
            for which, change in enumerate((found, *changes))
            for name, times in change.items()
            if times and (row := self.vocabulary.get(name)) is not None
        ]
        which, rows, before, now = np.array(known, np.int64).reshape(-1, 4).T
        idf, columns = self.idf[rows], len(URGENCIES)
        was, becomes = _value(before, idf), _value(now, idf)
        sums = np.zeros((len(changes) + 1, columns + 1))
        np.add.at(sums[:, :columns], which, (becomes - was)[:, None] * self.weights[rows, :columns])
        np.add.at(sums[:, columns], which, becomes**2 - was**2)
        sums[1:] += sums[0]
        lengths = np.sqrt(np.maximum(sums[:, columns:], 1e-12))
        powers = np.exp(sums[:, :columns] / lengths + self.bias[:columns])
        return np.asarray(powers[:, :2].sum(axis=1) / powers.sum(axis=1))


def _value(times: NDArray[np.int64], idf: Floats) -> NDArray[np.float64]:
    """`weigh` for counts that may be nought."""
    return np.where(times > 0, (1 + np.log(np.maximum(times, 1))) * idf, 0.0)


def vector(vocabulary: Mapping[str, int], idf: Floats, found: Mapping[str, int]) -> tuple[NDArray[np.int64], Floats]:
    """Row numbers and TF-IDF values (length 1) of the features that stand in `vocabulary`."""
    pairs = [(row, times) for name, times in found.items() if (row := vocabulary.get(name)) is not None]
    if not pairs:
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    listed, counted = zip(*pairs, strict=True)
    rows = np.array(listed, np.int64)
    values = weigh(np.array(counted, np.float32), idf[rows])
    return rows, values / np.float32(np.sqrt(float(values @ values)))


def weigh(times: Floats, idf: Floats) -> Floats:
    """TF-IDF with dampened counts."""
    return ((1 + np.log(times)) * idf).astype(np.float32)


def softmax(scores: NDArray[Any]) -> NDArray[np.float64]:
    """Probabilities of one row of scores."""
    powers = np.exp(scores.astype(np.float64) - scores.max())
    return np.asarray(powers / powers.sum())


def split_words(message: Normalised) -> tuple[list[str], list[str]]:
    """The tokens of a message, as written and folded."""
    words, folded, at = [], [], 0
    for token in message.tokens:
        words.append(token.text)
        folded.append(message.folded[at : at + len(token.text)])
        at += len(token.text) + 1
    return words, folded


def _stretches(length: int) -> Sequence[int]:
    starts = range(0, max(1, length - (STRETCH - STEP)), STEP)
    if len(starts) <= STRETCHES:
        return starts
    half = STRETCHES // 2
    return [*starts[:half], *starts[-half:]]
