"""Goes on from an artefact: its 8-bit weights, as floats again, by the names that the network gives them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from nlu.pieces import Pieces
from nlu.training.network import Network

IN_A_LAYER = ("attend", "attended", "widen", "narrow")  # its matrices, in the order in which they are used
ROOT, MATRIX = "network.", "_quantized"
WORDS, HEADS = "word.weight", ("heads.0.weight", "heads.1.weight", "heads.2.weight")


def resume(network: Network, pieces: Pieces, folder: Path) -> None:
    """Give `network` the weights of the artefact in `folder`; pieces that it did not know keep theirs.

    Raises ValueError if the artefact has other layers, KeyError if it was not made by this training.
    """
    model = onnx.load(str(folder / "model.onnx"))
    kept = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    known = json.loads((folder / "vocabulary.json").read_text("utf-8"))["pieces"]
    weights = {name.removeprefix(ROOT): kept[name] for name in kept if name.startswith(ROOT) and not _packed(name)}
    layers = _matrices(model, kept)
    if len(layers) != len(IN_A_LAYER) * len(network.layers):
        raise ValueError(f"{folder}: {len(layers)} matrices for {len(network.layers)} layers")
    for number, name in enumerate(layers):
        part = IN_A_LAYER[number % len(IN_A_LAYER)]
        weights[f"layers.{number // len(IN_A_LAYER)}.{part}.weight"] = _floats(kept, name).T
    units = torch.arange(len(weights["layers.0.widen.bias"]))
    for layer in network.layers:
        layer.keep(units)  # as wide as the artefact; what they hold is set below
    for name in HEADS:
        weights[name] = _floats(kept, f"{ROOT}{name}_Transposed").T
    state = network.state_dict()
    rows = dict(zip(known, _floats(kept, ROOT + WORDS), strict=True))
    fresh = state[WORDS].numpy()
    weights[WORDS] = np.stack([rows.get(piece, fresh[n]) for n, piece in enumerate(pieces.pieces)])
    network.load_state_dict(
        {name: torch.tensor(np.asarray(weights[name], np.float32)).reshape(state[name].shape) for name in state}
    )


def _matrices(model: Any, kept: dict[str, Any]) -> list[str]:
    used = [node.input[1] for node in model.graph.node if node.op_type == "MatMulInteger"]
    names = [name.removesuffix(MATRIX) for name in used if name in kept and name.endswith(MATRIX)]
    return [name for name in dict.fromkeys(names) if not name.startswith(ROOT)]


def _floats(kept: dict[str, Any], name: str) -> Any:
    zero = kept[f"{name}_zero_point"].astype(np.float32)
    return (kept[name + MATRIX].astype(np.float32) - zero) * kept[f"{name}_scale"]


def _packed(name: str) -> bool:
    return name.endswith((MATRIX, "_scale", "_zero_point"))
