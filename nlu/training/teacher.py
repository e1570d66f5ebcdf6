"""An earlier reader as teacher: its opinion softens every label, and stands for the label where nobody gave one.

A network of few layers that learns from the opinion of a large one comes nearer to it than one that learns labels alone
(Hinton, Vinyals and Dean 2015), the more so the more texts it is asked about (TinyBERT, Jiao et al. 2020).
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from nlu.examples import INTENTS
from nlu.normalise import Words, normalise
from nlu.scores import Scores, mean
from nlu.training.rows import Rows
from nlu.transformer import assembled

TRUSTED = 0.5  # share of the teacher's opinion in the target of a message that has a label
DOUBTED = 0.2  # and where it finds likeliest what the label rules out
ALLOWED = 0.1  # share of a target from which it allows a label
MIXED = 0.3  # messages put together of two others, as a share of all labelled ones
JOINTS = (". ", ", ", " ", "\n", "... ")

Teacher = Callable[[str], Scores]


def load_teacher(folder: Path, words: Words, categories: Sequence[str]) -> Teacher:
    """The reader kept in `folder`, as a function of a message's text. Raises ValueError if it has other labels."""
    import onnxruntime

    manifest, vocabulary, restorer = (
        json.loads((folder / f"{name}.json").read_text("utf-8")) for name in ("manifest", "vocabulary", "restorer")
    )
    if (tuple(manifest["categories"]), tuple(manifest["intents"])) != (tuple(categories), INTENTS):
        raise ValueError(f"{folder}: another set of labels")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
    reader = assembled(lambda pieces: session.run(None, {"pieces": pieces}), manifest, vocabulary, restorer)
    return lambda text: reader.read(normalise(text, words))


def taught(rows: Rows, unlabelled: Sequence[str], teachers: Sequence[Teacher], threads: int) -> Rows:
    """`rows` with half of each target from the teachers' mean, and `unlabelled` messages with the whole of it.

    Where the teachers are at odds with a label, it counts for more: what they miss must not be handed on.
    Ordinary talk still teaches no intent: the teachers never learnt one there.
    """
    texts = (*rows.texts, *unlabelled)
    with ThreadPoolExecutor(threads) as pool:  # onnxruntime lets go of the lock while it runs
        opinions = list(pool.map(lambda text: mean([teacher(text) for teacher in teachers]), texts))
    known = len(rows.texts)
    columns = []
    for labels, name in ((rows.urgency, "urgency"), (rows.category, "category"), (rows.intent, "intent")):
        thought = np.stack([np.asarray(getattr(one, name), np.float32) for one in opinions])
        allowed = np.take_along_axis(labels, thought[:known].argmax(1)[:, None], 1) >= ALLOWED
        trust = np.where(allowed, TRUSTED, DOUBTED)
        softened = (1 - trust) * labels + trust * thought[:known]
        columns.append(np.concatenate([softened, thought[known:]]).astype(np.float32))
    counts = np.concatenate([rows.counts, np.ones((len(unlabelled), 2), np.float32)])
    return replace(rows, texts=texts, urgency=columns[0], category=columns[1], intent=columns[2], counts=counts)


def questions_of(documents: Iterable[Mapping[str, Any]]) -> list[str]:
    """Every way to ask that stands on a guidance card of `documents` (data/guidance)."""
    cards = [card for document in documents for card in document.get("cards", [])]
    return list(dict.fromkeys(str(ask) for card in cards for ask in card.get("asks", [])))


def mixed(texts: Sequence[str], count: int, dice: random.Random) -> list[str]:
    """`count` messages, each the beginning of one and the end of another of `texts`."""
    found = []
    for _ in range(count):
        first, second = dice.choice(texts).split(), dice.choice(texts).split()
        head = first[: _cut(len(first), dice)]
        found.append(dice.choice(JOINTS).join((" ".join(head), " ".join(second[_cut(len(second), dice) - 1 :]))))
    return found


def _cut(words: int, dice: random.Random) -> int:
    return dice.randint(max(1, words // 3), max(1, words - words // 4))
