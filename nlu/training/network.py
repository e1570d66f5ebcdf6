"""The network: small transformer layers, of which later ones may see neighbouring pieces as one, and three heads.

Reading pairs after the first layers halves the cost of the rest. Six layers, paired after two, read a message in half
the time of twelve whole ones; at the same share of ordinary sentences paged they page two urgent ones in a hundred
fewer.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from nlu.training.weights import Base

POSITIONS = 128
EPSILON = 1e-12


class Layer(nn.Module):
    """Attention and feed-forward, each normalised after its sum (as in BERT)."""

    def __init__(self, width: int, heads: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.attend = nn.Linear(width, 3 * width)
        self.attended = nn.Linear(width, width)
        self.first_norm = nn.LayerNorm(width, EPSILON)
        self.widen = nn.Linear(width, inner)
        self.narrow = nn.Linear(inner, width)
        self.second_norm = nn.LayerNorm(width, EPSILON)

    def forward(self, x: Tensor, hidden: Tensor | None) -> Tensor:
        """`x` (messages, pieces, width); `hidden` is added to the scores of padding, None where there is none."""
        messages, pieces, width = x.shape
        split = self.attend(x).view(messages, pieces, 3, self.heads, width // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4).unbind(0)
        scores = (query @ key.transpose(-1, -2)) * (1 / math.sqrt(width // self.heads))
        if hidden is not None:
            scores = scores + hidden
        weights = functional.dropout(torch.softmax(scores, -1), self.dropout, self.training)
        seen = (weights @ value).transpose(1, 2).reshape(messages, pieces, width)
        x = self.first_norm(x + functional.dropout(self.attended(seen), self.dropout, self.training))
        fed = self.narrow(functional.gelu(self.widen(x)))
        result: Tensor = self.second_norm(x + functional.dropout(fed, self.dropout, self.training))
        return result

    def keep(self, units: Tensor) -> None:
        """Keep these units of the feed-forward part; the others are gone."""
        wide, back = self.widen, self.narrow
        self.widen, self.narrow = nn.Linear(wide.in_features, len(units)), nn.Linear(len(units), back.out_features)
        with torch.no_grad():
            self.widen.weight.copy_(wide.weight[units])
            self.widen.bias.copy_(wide.bias[units])
            self.narrow.weight.copy_(back.weight[:, units])
            self.narrow.bias.copy_(back.bias)


class Network(nn.Module):
    """Pieces in, the scores of urgency, category and intent out."""

    def __init__(
        self, pieces: int, sizes: tuple[int, int, int], *, base: Base, layers: int, paired: int, dropout: float
    ) -> None:
        super().__init__()
        self.dropout, self.paired = dropout, paired
        self.word = nn.Embedding(pieces, base.width)
        self.position = nn.Embedding(POSITIONS, base.width)
        self.kind = nn.Parameter(torch.zeros(base.width))
        self.norm = nn.LayerNorm(base.width, EPSILON)
        self.layers = nn.ModuleList([Layer(base.width, base.heads, base.inner, dropout) for _ in range(layers)])
        self.heads = nn.ModuleList([nn.Linear(base.width, size) for size in sizes])
        # the pooled vectors of this base have a spread of about 0.1: unstandardised, the heads hardly learn
        self.register_buffer("mean", torch.zeros(base.width))
        self.register_buffer("spread", torch.ones(base.width))

    def pooled(self, pieces: Tensor, mask: Tensor | None) -> Tensor:
        """The mean of a message's piece vectors."""
        x = self.norm(self.word(pieces) + self.position.weight[: pieces.shape[1]] + self.kind)
        x = functional.dropout(x, self.dropout, self.training)
        hidden = _hidden(mask)
        for number, layer in enumerate(self.layers):
            if number == self.paired:
                x, mask = _pairs(x, mask)
                hidden = _hidden(mask)
            x = layer(x, hidden)
        if mask is None:
            return x.mean(1)
        total: Tensor = (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return total

    def forward(self, pieces: Tensor, mask: Tensor | None = None) -> tuple[Tensor, ...]:
        """The scores of the three tasks, before the softmax."""
        x = (self.pooled(pieces, mask) - self.mean) / self.spread
        x = functional.dropout(x, 0.15, self.training)
        return tuple(head(x) for head in self.heads)


def _hidden(mask: Tensor | None) -> Tensor | None:
    return None if mask is None else (1 - mask)[:, None, None, :] * -1e4


def _pairs(x: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor | None]:
    """Each two neighbours as their mean; a last one without a neighbour stays, padding does not count."""
    if mask is None:
        return _averaged(x), None
    share = _averaged(mask[..., None])
    return _averaged(x * mask[..., None]) / share.clamp(min=0.5), (share[..., 0] > 0).float()


def _averaged(x: Tensor) -> Tensor:
    return functional.avg_pool1d(x.transpose(1, 2), 2, 2, ceil_mode=True, count_include_pad=False).transpose(1, 2)


class Exported(nn.Module):
    """The network as the server runs it: one message, no padding, probabilities."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, pieces: Tensor) -> tuple[Tensor, ...]:
        """Probabilities of the three tasks."""
        return tuple(torch.softmax(scores, -1) for scores in self.network(pieces))


def fill(network: Network, base: Base, kept: list[int]) -> None:
    """Give the network the base's weights; of the word vectors those in `kept`."""
    width, inner = base.width, base.inner

    def tensor(name: str, *shape: int) -> Tensor:
        return torch.from_numpy(base.tensors[name].reshape(*shape).copy())

    with torch.no_grad():
        network.word.weight.copy_(torch.from_numpy(base.rows("emb.word", width)[kept].copy()))
        network.position.weight.copy_(torch.from_numpy(base.rows("emb.pos", width)[:POSITIONS].copy()))
        network.kind.copy_(torch.from_numpy(base.tensors["emb.type"][:width].copy()))
        network.norm.weight.copy_(tensor("emb.ln.w", width))
        network.norm.bias.copy_(tensor("emb.ln.b", width))
        for number, layer in enumerate(network.layers):
            at = f"l{number}."
            layer.attend.weight.copy_(torch.cat([tensor(f"{at}{part}.w", width, width) for part in "qkv"]))
            layer.attend.bias.copy_(torch.cat([tensor(f"{at}{part}.b", width) for part in "qkv"]))
            for part, name, shape in (
                (layer.attended, "ao", (width, width)),
                (layer.widen, "fi", (inner, width)),
                (layer.narrow, "fo", (width, inner)),
                (layer.first_norm, "aln", (width,)),
                (layer.second_norm, "oln", (width,)),
            ):
                part.weight.copy_(tensor(f"{at}{name}.w", *shape))
                part.bias.copy_(tensor(f"{at}{name}.b", shape[0]))
