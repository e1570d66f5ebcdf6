"""The training loop: batches of like lengths, soft targets, one warm-up and a straight way down."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from nlu.pieces import PAD, Pieces
from nlu.training.network import Network
from nlu.training.rows import Readings

STANDARDISED = 2_000  # messages from which the mean and the spread are taken

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a run beside the data; goes into the manifest."""

    layers: int = 12
    paired: int = 12  # layers that see every piece; the others see two neighbours as one: half the cost
    inner: int | None = None  # units of each feed-forward part; None: as many as there are
    epochs: int = 6
    batch: int = 16
    rate: float = 2e-4
    head_rate: float = 1.5e-3
    decay: float = 0.01
    warm_up: float = 0.1
    dropout: float = 0.1
    intent_weight: float = 0.7
    ordinary: int = 3  # times that an epoch sees each ordinary sentence, every time typed in some other way
    seed: int = 7
    threads: int = 2


def learn(
    network: Network, readings: Readings, pieces: Pieces, recipe: Recipe, tell: Tell, *, fresh: bool = True
) -> None:
    """Train `network` in place; `fresh`: it has learnt nothing yet, and its pooled vectors must be standardised."""
    dice = random.Random(recipe.seed)  # noqa: S311 shuffles, guards nothing
    if fresh:
        _standardise(network, [pieces.encode(text) for text in readings.plain()])
    rows = readings.rows
    targets = [torch.from_numpy(one) for one in (rows.urgency, rows.category, rows.intent, rows.counts)]
    heads = list(network.heads.parameters())
    rest = [parameter for name, parameter in network.named_parameters() if not name.startswith("heads.")]
    optimiser = torch.optim.AdamW(
        [{"params": heads, "lr": recipe.head_rate}, {"params": rest, "lr": recipe.rate}],
        weight_decay=recipe.decay,
        fused=True,
    )
    steps = recipe.epochs * len(batches([[0]] * len(rows.texts), recipe.batch, dice))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _share(step, steps, recipe.warm_up))
    for epoch in range(recipe.epochs):
        network.train()
        encoded = [pieces.encode(text) for text in readings.retyped(dice)]
        total, count = 0.0, 0
        for batch in batches(encoded, recipe.batch, dice):
            scores = network(*padded([encoded[i] for i in batch]))
            loss = _loss(scores, [target[batch] for target in targets], recipe)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad()
            total, count = total + loss.item(), count + 1
            if count % 100 == 0:
                tell(f"epoch {epoch + 1}/{recipe.epochs} step {count} loss {total / count:.3f}")
        tell(f"epoch {epoch + 1}/{recipe.epochs} loss {total / count:.3f}")
    network.eval()


def _share(step: int, steps: int, warm_up: float) -> float:
    return min((step + 1) / max(1.0, warm_up * steps), max(0.0, (steps - step) / ((1 - warm_up) * steps)))


def _loss(scores: Sequence[Tensor], targets: Sequence[Tensor], recipe: Recipe) -> Tensor:
    urgency, category, intent = (
        -(target * functional.log_softmax(score, -1)).sum(-1) for score, target in zip(scores, targets[:3], strict=True)
    )
    counts = targets[3]
    return urgency.mean() + (category * counts[:, 0]).mean() + recipe.intent_weight * (intent * counts[:, 1]).mean()


def batches(encoded: Sequence[Sequence[int]], size: int, dice: random.Random) -> list[list[int]]:
    """Rows in batches of like lengths, in a fresh order."""
    order = list(range(len(encoded)))
    dice.shuffle(order)
    found = []
    for start in range(0, len(order), size * 16):
        stretch = sorted(order[start : start + size * 16], key=lambda row: len(encoded[row]))
        found += [stretch[at : at + size] for at in range(0, len(stretch), size)]
    dice.shuffle(found)
    return found


def padded(encoded: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """The pieces of a batch as one tensor, and which of them are real."""
    ids = torch.full((len(encoded), max(map(len, encoded))), PAD)
    for row, one in enumerate(encoded):
        ids[row, : len(one)] = torch.tensor(one)
    return ids, (ids != PAD).float()


def _standardise(network: Network, encoded: Sequence[Sequence[int]]) -> None:
    network.eval()
    ordered = sorted(encoded[:: max(1, len(encoded) // STANDARDISED)], key=len)
    with torch.no_grad():
        pooled = torch.cat([network.pooled(*padded(ordered[at : at + 64])) for at in range(0, len(ordered), 64)])
    network.mean.copy_(pooled.mean(0))
    network.spread.copy_(pooled.std(0) + 1e-4)


def predict(network: Network, encoded: Sequence[Sequence[int]]) -> list[NDArray[np.float32]]:
    """Probabilities of the three tasks, a row a message."""
    network.eval()
    order = sorted(range(len(encoded)), key=lambda row: len(encoded[row]))
    found: list[NDArray[np.float32]] = [
        np.zeros((len(encoded), head.out_features), np.float32) for head in network.heads
    ]
    with torch.no_grad():
        for at in range(0, len(order), 64):
            rows = order[at : at + 64]
            for task, scores in enumerate(network(*padded([encoded[row] for row in rows]))):
                found[task][rows] = torch.softmax(scores, -1).numpy()
    return found
