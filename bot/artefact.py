"""The transformer reader on disk: checked against its manifest, loaded, and handed to `nlu` as a function."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.normalise import VERSION
from nlu.scores import Thresholds
from nlu.transformer import FORMAT, Transformer, assembled, identity

FILES = ("model.onnx", "vocabulary.json", "restorer.json")
SLOWER = ("SkipLayerNormFusion",)  # sum and norm in one step take a tenth longer than in two, onnxruntime 1.32 on AMD


class Unusable(Exception):  # noqa: N818
    """The transformer reader cannot be used; the text says why, for whoever runs the installation."""


def load_transformer(folder: Path, spellings: bytes) -> Transformer:
    """The reader kept in `folder`. Raises Unusable when it is missing, damaged or made for another normaliser."""
    manifest = _manifest(folder, spellings)
    try:
        vocabulary = json.loads((folder / "vocabulary.json").read_text("utf-8"))
        restorer = json.loads((folder / "restorer.json").read_text("utf-8"))
        return assembled(_session((folder / "model.onnx").read_bytes()), manifest, vocabulary, restorer)
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise Unusable(f"tệp hỏng ({type(error).__name__})") from error


def thresholds(folder: Path, readers: str) -> Thresholds:
    """From which score a set of readers pages and asks, as measured on messages they had not seen.

    `readers` is `transformer` or `ngram+transformer`. Raises Unusable.
    """
    try:
        found = json.loads((folder / "thresholds.json").read_text("utf-8"))[readers]
        return Thresholds(**{name: float(found[name]) for name in ("page", "check", "doubt", "slope", "shift")})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unusable("thiếu hay hỏng thresholds.json: chạy langnghe evaluate --thresholds") from error


def _manifest(folder: Path, spellings: bytes) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
    except OSError as error:
        raise Unusable("chưa có") from error
    except ValueError as error:
        raise Unusable("manifest.json hỏng") from error
    if manifest.get("format") != FORMAT or manifest.get("normaliser") != VERSION:
        raise Unusable("làm cho bản khác của bộ chuẩn hóa: chạy make train")
    if manifest.get("identity") != identity(spellings):
        raise Unusable("làm với bảng cách viết khác (data/lexicon/normalise.yml): chạy make train")
    for name in FILES:
        try:
            digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        except OSError as error:
            raise Unusable(f"thiếu {name}") from error
        if digest != manifest["files"].get(name):
            raise Unusable(f"{name} không khớp với manifest.json")
    return manifest


def _session(model: bytes) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise Unusable("thiếu gói onnxruntime") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # a message is short: threads only wait
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"], disabled_optimizers=SLOWER
        )
    except Exception as error:  # onnxruntime has no one class for what it cannot read
        raise Unusable(f"model.onnx không mở được ({type(error).__name__})") from error

    def run(pieces: NDArray[np.int64]) -> Any:
        return session.run(None, {"pieces": pieces})

    return run
