"""Trains the n-gram reader: seconds on one core, numpy only, the same result for the same data and seed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count as counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.classifier import URGENCIES, Classifier, Floats, split_words, weigh
from nlu.examples import INTENTS, OWNS, Example
from nlu.features import count
from nlu.normalise import Words, normalise
from nlu.others import other_sex

Progress = Callable[[str, float], None]
Ints = NDArray[np.int64]

SEEN_IN = 3  # messages a feature must occur in
MAIN_SHARE = 0.6  # of a target goes to the label, the rest is shared by all labels that are right
EPOCHS, BATCH, DECAY = 8, 64, 1e-5
CROSS_EPOCHS = 5  # of the readers that only choose the thresholds
RATES = (0.1, 0.25, 0.15, 0.15)  # of urgency, category, intent, own: many rare categories need the bolder steps
BIAS_RATE = 0.002
DROPPED = 0.3  # share of a message's features hidden in each epoch, so that no single word decides
OWN_TIMES = 6  # how often each message of somebody who fears themselves counts: there are few of them
FOLDS = 2
QUIET_PAGED = 0.055  # share of the quiet training messages that may be paged when unseen
URGENT_HEARD = 0.93  # share of the urgent ones that must at least be asked about


@dataclass(frozen=True)
class Table:
    """Messages as sparse rows: row r has the features `columns[starts[r]:starts[r + 1]]`."""

    starts: Ints
    columns: Ints
    values: Floats

    def take(self, rows: Ints) -> tuple[Ints, Ints, Floats]:
        """Which row, which column and which value, for every filled cell of `rows`."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        ends = np.cumsum(lengths)
        cells = np.arange(ends[-1]) - np.repeat(ends - lengths, lengths) + np.repeat(self.starts[rows], lengths)
        return np.repeat(np.arange(len(rows)), lengths), self.columns[cells], self.values[cells]


@dataclass
class Cells:
    """What was counted in each message, as numbers: thousands of tables of words would fill the memory."""

    numbers: dict[str, int] = field(default_factory=lambda: defaultdict(counter().__next__))  # features as they are met
    features: list[Ints] = field(default_factory=list)
    times: list[Floats] = field(default_factory=list)

    def add(self, found: Mapping[str, int]) -> None:
        """One message more."""
        self.features.append(np.fromiter(map(self.numbers.__getitem__, found), np.int64, len(found)))
        self.times.append(np.fromiter(found.values(), np.float32, len(found)))

    def weighed(self) -> tuple[dict[str, int], Floats, Table]:
        """The features of at least SEEN_IN messages, how rare each is, and the messages as rows of length 1."""
        messages, features, times = len(self.features), np.concatenate(self.features), np.concatenate(self.times)
        seen = np.bincount(features, minlength=len(self.numbers))
        names = sorted(name for name, number in self.numbers.items() if seen[number] >= SEEN_IN)
        kept = np.array([self.numbers[name] for name in names], np.int64)
        idf = (np.log((1 + messages) / (1 + seen[kept])) + 1).astype(np.float32)
        column_of = np.full(len(self.numbers), -1)
        column_of[kept] = np.arange(len(kept))
        owner, columns = np.repeat(np.arange(messages), [len(own) for own in self.features]), column_of[features]
        order = np.lexsort((columns, owner))
        order = order[columns[order] >= 0]
        owner, columns = owner[order], columns[order]
        values = weigh(times[order], idf[columns])
        lengths = np.sqrt(np.bincount(owner, weights=values * values, minlength=messages))
        values /= np.maximum(lengths, 1e-6).astype(np.float32)[owner]
        starts = np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=messages))))
        return {name: column for column, name in enumerate(names)}, idf, Table(starts, columns, values)


@dataclass(frozen=True)
class Labels:
    """The columns of the targets: urgencies, categories, intents, owns, side by side."""

    categories: tuple[str, ...]
    intents: tuple[str, ...]

    @property
    def tasks(self) -> tuple[slice, slice, slice, slice]:
        """The columns of each task."""
        one, two = len(URGENCIES), len(URGENCIES) + len(self.categories)
        three = two + len(self.intents)
        return slice(0, one), slice(one, two), slice(two, three), slice(three, three + len(OWNS))


def train(examples: Sequence[Example], words: Words, *, seed: int = 7, progress: Progress | None = None) -> Classifier:
    """A reader trained on `examples`, with thresholds from scores of messages it had not seen."""
    tell = progress or (lambda _what, _far: None)
    told, origin = told_of_both(examples)
    cells = Cells()
    for n, example in enumerate(told):
        cells.add(count(*split_words(normalise(example.text, words))))
        if n % 500 == 0:
            tell("Đọc các câu mẫu", 0.3 * n / len(told))
    vocabulary, idf, table = cells.weighed()
    labels = Labels(tuple(sorted({example.category for example in examples})), tuple(INTENTS))
    targets = np.stack([_target(example, labels) for example in told])
    everything = np.arange(len(told))
    tell("Học từ các câu mẫu", 0.35)
    weights, bias = fit(table, targets, everything, labels, size=len(vocabulary), seed=seed)
    unseen = cross_fit(table, targets, labels, origin, size=len(vocabulary), seed=seed, tell=tell)
    page, check = thresholds(examples, unseen[: len(examples)])
    tell("Đã học xong", 1.0)
    return Classifier(vocabulary, idf, weights, bias, labels.categories, labels.intents, page, check)


def told_of_both(examples: Sequence[Example]) -> tuple[list[Example], Ints]:
    """The examples, then those that can be told of the other sex told so; and for each the number of its original."""
    told, origin = [*examples], [*range(len(examples))]
    for n, example in enumerate(examples):
        other = other_sex(example.text)
        if other is not None:
            told.append(replace(example, text=other))
            origin.append(n)
    return told, np.array(origin)


def thresholds(examples: Sequence[Example], alarm: NDArray[Any]) -> tuple[float, float]:
    """From which P(U0) + P(U1) to page and to ask, chosen from scores of unseen messages.

    Pages as low as the quiet messages allow; asks as low as the urgent ones need, never above paging.
    """
    quiet = np.sort(alarm[np.array([example.quiet for example in examples], bool)])[::-1]
    urgent = np.sort(alarm[np.array([example.urgent for example in examples], bool)])
    page = float(quiet[int(QUIET_PAGED * len(quiet))]) if len(quiet) else 0.5
    check = float(urgent[int((1 - URGENT_HEARD) * len(urgent))]) if len(urgent) else 0.25
    page = min(max(page, 0.1), 0.9)
    return page, min(max(check, 0.05), page)


def cross_fit(
    table: Table, targets: Floats, labels: Labels, origin: Ints, *, size: int, seed: int, tell: Progress
) -> NDArray[np.float64]:
    """P(U0) + P(U1) of every message, by a reader trained without it and without any other telling of it.

    `origin`: for each row the number of the message that it tells.
    """
    rows = len(targets)
    fold_of = np.random.default_rng(seed).permutation(rows)[origin] % FOLDS
    alarm = np.zeros(rows)
    for fold in range(FOLDS):
        tell("Đo ngưỡng báo động", 0.45 + 0.5 * fold / FOLDS)
        others = np.flatnonzero(fold_of != fold)
        weights, bias = fit(table, targets, others, labels, size=size, seed=seed, epochs=CROSS_EPOCHS)
        held = np.flatnonzero(fold_of == fold)
        row, column, value = table.take(held)
        urgency = np.tile(bias[labels.tasks[0]], (len(held), 1))
        for task_column in range(len(URGENCIES)):
            products = value * weights[column, task_column]
            urgency[:, task_column] += np.bincount(row, weights=products, minlength=len(held))
        chances = _softmax(urgency, (slice(0, len(URGENCIES)),))
        alarm[held] = chances[:, 0] + chances[:, 1]
    return alarm


def fit(
    table: Table, targets: Floats, rows: Ints, labels: Labels, *, size: int, seed: int, epochs: int = EPOCHS
) -> tuple[Floats, Floats]:
    """Weights and bias by AdaGrad over small batches, one learning rate a feature."""
    own = labels.tasks[3]
    times = np.where(targets[:, own.start] < MAIN_SHARE, OWN_TIMES, 1).astype(np.float32)
    bias = np.log(targets[rows].mean(axis=0) + 1e-6).astype(np.float32)
    bias[own] = np.log(np.average(targets[rows, own], axis=0, weights=times[rows]) + 1e-6)
    rates = np.repeat(np.array(RATES, np.float32), [task.stop - task.start for task in labels.tasks])

    def stress(wrong: NDArray[Any], batch: Ints) -> None:
        wrong[:, own] *= times[batch, None]

    return descend(
        table,
        targets,
        rows,
        tasks=labels.tasks,
        rates=rates,
        bias=bias,
        size=size,
        seed=seed,
        epochs=epochs,
        stress=stress,
    )


def descend(
    table: Table,
    targets: Floats,
    rows: Ints,
    *,
    tasks: Sequence[slice],
    rates: Floats,
    bias: Floats,
    size: int,
    seed: int,
    epochs: int,
    stress: Callable[[NDArray[Any], Ints], None] | None = None,
) -> tuple[Floats, Floats]:
    """The weights of one softmax a task, and the bias, which is changed in place; `rates` has one for every column.

    `stress` makes some mistakes of a batch count more.
    """
    order = np.random.default_rng(seed)
    weights = np.zeros((size, targets.shape[1]), np.float32)
    seen = np.full(size, 1e-6, np.float32)  # the mean square of each feature's slopes, summed
    met, place = np.zeros(size, bool), np.zeros(size, np.int64)  # which features a batch has, and their order in it
    for epoch in range(epochs):
        rate = rates * np.float32(1 - epoch / epochs)
        shuffled = order.permutation(rows)
        for start in range(0, len(shuffled), BATCH):
            batch = shuffled[start : start + BATCH]
            row, column, value = table.take(batch)
            met[column] = True
            used = np.flatnonzero(met)
            met[used] = False
            place[used] = np.arange(len(used))
            dense = np.zeros((len(batch), len(used)), np.float32)
            dense[row, place[column]] = value * (order.random(len(value)) > DROPPED) / np.float32(1 - DROPPED)
            current = weights[used]
            wrong = _softmax(dense @ current + bias, tasks) - targets[batch]
            if stress is not None:
                stress(wrong, batch)
            slope = dense.T @ wrong
            slope += np.float32(DECAY * len(batch)) * current
            seen[used] += np.einsum("ij,ij->i", slope, slope) / np.float32(slope.shape[1])
            slope *= rate
            slope /= np.sqrt(seen[used])[:, None]
            current -= slope
            weights[used] = current
            bias -= np.float32(BIAS_RATE) * wrong.mean(axis=0)
    return weights, bias


def _target(example: Example, labels: Labels) -> Floats:
    target = np.zeros(labels.tasks[3].stop, np.float32)
    urgency = "ORD" if example.ordinary else example.urgency
    for task, names, main, also in (
        (labels.tasks[0], URGENCIES, urgency, example.also_urgency),
        (labels.tasks[1], labels.categories, example.category, example.also_category),
        (labels.tasks[2], labels.intents, example.intent, example.also_intent),
        (labels.tasks[3], OWNS, example.own, ()),
    ):
        right = [name for name in dict.fromkeys((main, *also)) if name in names]
        target[task.start + names.index(main)] += MAIN_SHARE
        for name in right:
            target[task.start + names.index(name)] += (1 - MAIN_SHARE) / len(right)
    return target


def _softmax(scores: NDArray[Any], tasks: Sequence[slice]) -> NDArray[Any]:
    chances = np.empty_like(scores)
    for task in tasks:
        powers = np.exp(scores[:, task] - scores[:, task].max(axis=1, keepdims=True))
        chances[:, task] = powers / powers.sum(axis=1, keepdims=True)
    return chances
