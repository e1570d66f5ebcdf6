"""The gold set is what its data sheet says: large enough, split by situation, read twice, unknown to the training."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from typing import Any

import numpy as np

from bot.config import Settings
from bot.evaluation.figures import kappa
from bot.evaluation.gold import Gold, read_gold
from bot.understanding import _documents
from nlu.examples import read_examples
from nlu.normalise import fold

NEAR = 0.6  # of their four-letter pieces in common


def part(settings: Settings, name: str) -> list[Gold]:
    return read_gold([settings.data / "gold" / f"{name}.jsonl"])


def pieces(text: str) -> set[str]:
    plain = f" {' '.join(re.findall(r'[a-z0-9]+', fold(text.lower())))} "
    return {plain[i : i + 4] for i in range(len(plain) - 3)}


def test_it_is_large_enough_and_no_situation_stands_in_both_parts(settings: Settings) -> None:
    development, locked = part(settings, "development"), part(settings, "locked")
    assert len(development) + len(locked) >= 600
    assert not {(one.id[0], one.situation) for one in development} & {(one.id[0], one.situation) for one in locked}
    ids = [one.id for one in (*development, *locked)]
    assert len(ids) == len(set(ids))
    assert min(Counter(one.urgency for one in locked).values()) >= 50


def test_every_category_and_voice_is_in_it(settings: Settings) -> None:
    rows = [*part(settings, "development"), *part(settings, "locked")]
    assert {f"C{n:02d}" for n in range(1, 21)} | {"C90", "C99"} <= {one.ok_category[0] for one in rows}
    assert {"child", "teen", "parent", "teacher", "neighbour", "relative"} <= {one.voice for one in rows}


def test_a_second_reader_agreed(settings: Settings) -> None:
    rows = {one.id: one for one in (*part(settings, "development"), *part(settings, "locked"))}
    lines = (settings.data / "gold" / "second_reading.jsonl").read_text("utf-8").splitlines()
    second: dict[str, dict[str, Any]] = {row["id"]: row for row in map(json.loads, lines)}
    assert len(second) >= 200
    first = {key: rows[key].urgency for key in second}
    assert kappa(first, {key: row["urgency"] for key, row in second.items()}) >= 0.8
    assert all(row["urgency"] in rows[key].ok_urgency for key, row in second.items())


def test_no_gold_message_is_nearly_a_training_message(settings: Settings) -> None:
    examples, _ = read_examples(_documents(settings, "nlu"))
    known = [pieces(example.text) for example in examples]
    listed: dict[str, list[int]] = defaultdict(list)
    for number, own in enumerate(known):
        for piece in own:
            listed[piece].append(number)
    places = {piece: np.array(numbers) for piece, numbers in listed.items()}
    near = []
    for gold in (*part(settings, "development"), *part(settings, "locked"), *part(settings, "fresh")):
        own = pieces(gold.text)
        found = [places[piece] for piece in own if piece in places]
        shared = np.bincount(np.concatenate(found)) if found else np.zeros(0, int)
        # who has more than NEAR of all pieces in common has more than NEAR of our own: the others need no second look
        if any(shared[n] / len(own | known[n]) > NEAR for n in np.flatnonzero(shared > NEAR * len(own))):
            near.append(gold.id)
    assert near == []
