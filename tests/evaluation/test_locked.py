"""What the readers reach on the locked part, and that no change may hear less of it."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from bot.config import Settings
from bot.evaluation.command import answered, rewritten, speaker, swapped
from bot.evaluation.figures import Pair, slices, table
from bot.evaluation.gold import read_gold
from nlu.model import Model


@pytest.fixture(scope="module")
def pairs(model: Model) -> list[Pair]:
    """Every locked message with what is said of it."""
    from bot import config

    return answered(read_gold([config.load(env={}).data / "gold" / "locked.jsonl"]), speaker(model))


def test_no_figure_is_worse_than_the_last_landing(settings: Settings, pairs: Sequence[Pair]) -> None:
    floor = json.loads((settings.data / "gold" / "floor.json").read_text("utf-8"))
    reached = {name: share.value for name, share in table(pairs).items()}
    worse = {
        name: (reached[name], limit)
        for name, limit in floor["figures"].items()
        if (reached[name] > limit + 1e-9 if name.startswith("quiet") else reached[name] < limit - 1e-9)
    }
    assert worse == {}


def test_no_voice_and_no_way_of_writing_is_left_behind(settings: Settings, pairs: Sequence[Pair]) -> None:
    floor = json.loads((settings.data / "gold" / "floor.json").read_text("utf-8"))
    assert {name: share.value for name, share in slices(pairs).items() if share.value < floor["slice"]} == {}


def test_a_message_written_in_another_way_is_heard_as_well(
    settings: Settings, model: Model, pairs: Sequence[Pair]
) -> None:
    floor = json.loads((settings.data / "gold" / "floor.json").read_text("utf-8"))
    heard = {name: share.value for name, share in rewritten(pairs, speaker(model)).items()}
    assert {name: value for name, value in heard.items() if value < floor["written"][name]} == {}


def test_the_urgency_does_not_hang_on_sex_or_name(settings: Settings, model: Model, pairs: Sequence[Pair]) -> None:
    floor = json.loads((settings.data / "gold" / "floor.json").read_text("utf-8"))
    kept = {name: share.value for name, share in swapped(pairs, speaker(model)).items() if share.total}
    assert min(kept.values()) >= floor["swapped"]
