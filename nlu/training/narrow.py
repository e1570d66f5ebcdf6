"""Makes a network's feed-forward parts narrower: two thirds of the work of a layer, and many units say little."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from nlu.training.learn import padded
from nlu.training.network import Layer, Network


def narrow(network: Network, encoded: Sequence[Sequence[int]], inner: int) -> None:
    """Keep the `inner` units of each layer that weigh most: how awake they are on `encoded`, times what they say."""
    awake: dict[int, Tensor] = {}
    watched = [
        layer.narrow.register_forward_pre_hook(partial(_watch, awake, number)) for number, layer in _layers(network)
    ]
    network.eval()
    with torch.no_grad():
        for at in range(0, len(encoded), 32):
            network(*padded(encoded[at : at + 32]))
    for hook in watched:
        hook.remove()
    for number, layer in _layers(network):
        weight = awake[number] * layer.narrow.weight.detach().norm(dim=0)
        layer.keep(weight.topk(inner).indices.sort().values)


def _layers(network: Network) -> list[tuple[int, Layer]]:
    return [(number, layer) for number, layer in enumerate(network.layers) if isinstance(layer, Layer)]


def _watch(awake: dict[int, Tensor], number: int, _: Any, given: tuple[Tensor]) -> None:
    seen = given[0].abs().sum((0, 1))
    awake[number] = awake.get(number, torch.zeros_like(seen)) + seen
