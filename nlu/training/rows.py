"""The labelled messages as the network learns them: texts, soft targets, and restorers that have not seen them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.classifier import URGENCIES
from nlu.examples import INTENTS, Example
from nlu.normalise import Words, normalise
from nlu.restore import Restorer
from nlu.training.augment import retyped, told_otherwise

FOLDS = 4  # restorers; each message is read by one that has not seen it, or training would look too easy
MARKED = 0.4  # share of marked words from which a message teaches the restorer
SMOOTHED = 0.03
MAIN = 0.6  # of a target goes to the label, the rest is shared by the other labels that are right
RESTORED = 0.9  # share of the readings that pass through the restorer at all

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Rows:
    """Messages, the targets of the three tasks, and how much category and intent count (intent of ordinary talk: not).

    Ordinary talk teaches the category too: it is about nothing of ours, and the alarm is weighed by that.
    """

    texts: tuple[str, ...]
    urgency: Floats
    category: Floats
    intent: Floats
    counts: Floats  # a row a message: category, intent
    categories: tuple[str, ...]


def rows_of(examples: Sequence[Example], ordinary: Sequence[str]) -> Rows:
    """The rows of labelled examples and of ordinary sentences that nobody labelled."""
    categories = tuple(sorted({example.category for example in examples}))
    targets: list[tuple[Floats, Floats, Floats, tuple[float, float]]] = []
    for one in examples:
        urgency = "ORD" if one.ordinary else one.urgency
        targets.append(
            (
                _soft(urgency, one.also_urgency, URGENCIES),
                _soft(one.category, one.also_category, categories),
                _soft(one.intent, one.also_intent, INTENTS),
                (1.0, 1.0),
            )
        )
    nothing = _soft("C99", ("C90",), categories)
    unknown = np.zeros(len(INTENTS), np.float32)
    targets += [(_soft("ORD", (), URGENCIES), nothing, unknown, (1.0, 0.0)) for _ in ordinary]
    columns = [np.stack([target[task] for target in targets]) for task in range(3)]
    counts = np.array([target[3] for target in targets], np.float32)
    texts = (*(example.text for example in examples), *ordinary)
    return Rows(texts, columns[0], columns[1], columns[2], counts, categories)


def _soft(main: str, also: Sequence[str], names: Sequence[str]) -> Floats:
    target = np.zeros(len(names), np.float32)
    others = [name for name in dict.fromkeys(also) if name in names and name != main]
    target[names.index(main)] = MAIN if others else 1.0
    for name in others:
        target[names.index(name)] = (1 - MAIN) / len(others)
    return np.asarray(target * (1 - SMOOTHED) + SMOOTHED / len(names), np.float32)


@dataclass(frozen=True)
class Readings:
    """How the network sees each message, anew in every epoch."""

    rows: Rows
    words: Words
    spellings: Mapping[str, Sequence[str]]
    whole: Restorer
    parts: tuple[Restorer, ...]
    part_of: NDArray[np.int64]

    def plain(self) -> list[str]:
        """Every message as the server would read it, by a restorer that has not seen it."""
        return [self._view(n, text) for n, text in enumerate(self.rows.texts)]

    def retyped(self, dice: random.Random) -> list[str]:
        """Every message typed in some other way, some told of other people."""
        views = []
        for n, text in enumerate(self.rows.texts):
            other = retyped(told_otherwise(text, dice), self.spellings, dice)
            views.append(self._view(n, other) if dice.random() < RESTORED else normalise(other, self.words).text)
        return views

    def _view(self, n: int, text: str) -> str:
        return self.parts[self.part_of[n]].view(normalise(text, self.words))


def readings_of(rows: Rows, words: Words, joined: int, prior: Mapping[str, float], seed: int) -> Readings:
    """Restorers learnt from the messages with marks, whole and cross-fitted; not from the last `joined` of them.

    Those are put together of others: a slip of the finger that stands in two of them is not therefore a word.
    """
    drawn = np.random.default_rng(seed).integers(0, FOLDS, len(rows.texts))
    first = {text: n for n, text in reversed(list(enumerate(rows.texts)))}
    part_of = drawn[[first[text] for text in rows.texts]]  # the same sentence twice is one sentence to a restorer
    messages = [normalise(text, words) for text in rows.texts]
    written = len(messages) - joined
    marked = [m.text if m.marked >= MARKED and n < written else "" for n, m in enumerate(messages)]
    parts = tuple(
        Restorer.learn([text for text, at in zip(marked, part_of, strict=True) if text and at != part], prior)
        for part in range(FOLDS)
    )
    spellings: dict[str, list[str]] = {}
    for short, long in words.tokens.items():
        spellings.setdefault(long, []).append(short)
    whole = Restorer.learn(filter(None, marked), prior)
    return Readings(rows, words, spellings, whole, parts, part_of)
