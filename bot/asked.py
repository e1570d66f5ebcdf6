"""The reader of questions on disk: load what was learnt from data/replies, or learn anew and keep it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from bot.yamlmarks import read_plain
from nlu.normalise import VERSION, Words

if TYPE_CHECKING:
    from bot.config import Settings
    from nlu.asked import Asked

FORMAT = "1"  # of the file in LANGNGHE_HOME
CODE = ("asked.py", "features.py", "train.py")


def load_asked(settings: Settings, words: Words) -> Asked:
    """The reader of the questions in data/replies; learnt now if there is none or if they have changed since."""
    from nlu.asked import learn

    files = sorted((settings.data / "replies").glob("*.yml"))
    kept, identity = settings.home / "model" / "asked.npz", _identity(settings, files)
    if (stored := _stored(kept, identity)) is not None:
        return stored
    grouped: dict[str, dict[str, list[str]]] = {"asks": {}, "others": {}}
    for document in map(read_plain, files):
        for part, groups in grouped.items():
            for name, told in ((document or {}).get(part) or {}).items():
                groups.setdefault(str(name), []).extend(map(str, told))
    asked = learn(grouped["asks"], grouped["others"], words)
    _keep(kept, asked, identity)
    return asked


def _identity(settings: Settings, files: list[Path]) -> str:
    """What the reader must have been learnt from: questions, spellings, code."""
    digest = hashlib.sha256(f"{FORMAT}|{VERSION}".encode())
    code = [Path(__file__).parent.parent / "nlu" / name for name in CODE]
    for path in (*files, *sorted((settings.data / "lexicon").glob("*.yml")), *code):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _stored(path: Path, identity: str) -> Asked | None:
    """The reader kept in `path`, or None if it is missing, damaged or learnt from something else."""
    import numpy as np

    from nlu.asked import Asked

    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            meta = json.loads(bytes(arrays["meta"]))
            if meta["identity"] != identity:
                return None
            vocabulary = {name: row for row, name in enumerate(meta["vocabulary"])}
            weights = arrays["weights"].astype(np.float32)
            return Asked(vocabulary, arrays["idf"], weights, arrays["bias"], tuple(meta["labels"]))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _keep(path: Path, asked: Asked, identity: str) -> None:
    """Write the whole file beside the old one, then put it in its place."""
    import numpy as np

    meta = {"identity": identity, "vocabulary": list(asked.vocabulary), "labels": asked.labels}
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix="asked-", suffix=".npz", dir=path.parent)
    with os.fdopen(number, "wb") as file:
        np.savez(
            file,
            meta=np.frombuffer(json.dumps(meta, ensure_ascii=False).encode(), np.uint8),
            idf=asked.idf,
            weights=asked.weights.astype(np.float16),
            bias=asked.bias,
        )
    os.replace(name, path)
