"""Which of the known questions a message asks: one softmax over its n-grams, learnt in seconds from how people ask.

The groups of `others` only sound like questions: what is told, answered or joked. Learnt beside the questions they
keep a reply from being given to what asks for none (measured on data/gold/replies.jsonl).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nlu.classifier import Floats, softmax, split_words, vector
from nlu.features import count
from nlu.normalise import Normalised, Words, normalise
from nlu.train import Cells, descend

EPOCHS, RATE, SEEDS = 10, 0.14, (7, 8, 9)
BEST = 6  # questions that are told of a message, the likeliest first
LONGEST = 60  # words that are looked at
OTHER = "-"  # what the name of a group of `others` begins with
UNKNOWN = 2  # words known so few that nothing is said of the message


@dataclass(frozen=True, eq=False)
class Asked:
    """A trained reader of questions; `labels` has the names of questions and of the other groups."""

    vocabulary: Mapping[str, int]
    idf: Floats
    weights: Floats
    bias: Floats
    labels: tuple[str, ...]

    def read(self, message: Normalised) -> tuple[tuple[str, float], ...]:
        """The likeliest questions with their probabilities, the likeliest first; the other groups are left out."""
        words, folded = split_words(message)
        rows, values = vector(self.vocabulary, self.idf, count(words[:LONGEST], folded[:LONGEST]))
        if len(rows) < UNKNOWN:
            return ()
        chances = softmax(values @ self.weights[rows] + self.bias)
        order = np.argsort(-chances)
        named = [place for place in order if not self.labels[place].startswith(OTHER)][:BEST]
        return tuple((self.labels[place], float(chances[place])) for place in named)


def learn(asks: Mapping[str, Sequence[str]], others: Mapping[str, Sequence[str]], words: Words) -> Asked:
    """The reader that knows `asks` (question → how people ask it) from one another and from `others`."""
    grouped = {**asks, **{OTHER + name: told for name, told in others.items()}}
    labels = tuple(grouped)
    told = [(label, text) for label, texts in grouped.items() for text in texts]
    cells = Cells()
    for _, text in told:
        cells.add(count(*split_words(normalise(text, words))))
    vocabulary, idf, table = cells.weighed()
    targets = np.zeros((len(told), len(labels)), np.float32)
    place_of = {label: place for place, label in enumerate(labels)}
    targets[np.arange(len(told)), [place_of[label] for label, _ in told]] = 1
    rows, tasks, rates = np.arange(len(told)), (slice(0, len(labels)),), np.full(len(labels), RATE, np.float32)
    weights, bias = np.zeros((len(vocabulary), len(labels)), np.float32), np.zeros(len(labels), np.float32)
    for seed in SEEDS:  # one alone changes its mind in one of thirty messages with the order in which it learns
        one = np.zeros(len(labels), np.float32)
        more, one = descend(
            table, targets, rows, tasks=tasks, rates=rates, bias=one, size=len(vocabulary), seed=seed, epochs=EPOCHS
        )
        weights += more / np.float32(len(SEEDS))
        bias += one / np.float32(len(SEEDS))
    return Asked(vocabulary, idf, weights, bias, labels)
