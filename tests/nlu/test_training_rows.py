"""What the network learns from: the same message in many hands, with soft targets, the same for the same seed."""

from __future__ import annotations

import random

import numpy as np
import pytest

from nlu.examples import Example
from nlu.normalise import Words
from nlu.training.augment import SLIPS, retyped, slipped, told_otherwise
from nlu.training.rows import MAIN, SMOOTHED, readings_of, rows_of

WORDS = Words({"ko": "không"})
CALM = Example("Con ăn cơm với bà ngoại rồi", "smalltalk", "C99", "U4")
URGENT = Example("Dượng đang đánh con nhỏ kế nhà", "report_other", "C01", "U0", also_urgency=("U1",))


def test_a_label_that_could_also_be_right_gets_its_share() -> None:
    rows = rows_of([CALM, URGENT], ["trời mưa quá"])
    sure, shared, ordinary = rows.urgency
    assert sure.max() == pytest.approx(1 - SMOOTHED, abs=0.01)
    assert sorted(shared)[-2:] == pytest.approx([(1 - MAIN) * (1 - SMOOTHED), MAIN * (1 - SMOOTHED)], abs=0.01)
    assert rows.urgency.sum(axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    assert rows.counts.tolist() == [
        [1, 1],
        [1, 1],
        [1, 0],
    ]  # ordinary talk is about nothing of ours; what it wants, unknown
    assert rows.categories[int(rows.category[2].argmax())] == "C99"
    assert ordinary.argmax() not in (sure.argmax(), shared.argmax())


def test_the_same_sentence_twice_is_read_by_one_restorer() -> None:
    readings = readings_of(rows_of([CALM, URGENT], ["trời mưa quá", "đi chơi không"] * 8), WORDS, 0, {"con": 1.0}, 7)
    rain = [part for text, part in zip(readings.rows.texts, readings.part_of, strict=True) if text == "trời mưa quá"]
    assert len(rain) == 8
    assert len(set(rain)) == 1


def test_a_message_is_told_of_other_people_but_mostly_left_alone() -> None:
    dice = random.Random(3)
    told = [told_otherwise(URGENT.text, dice) for _ in range(400)]
    assert told.count(URGENT.text) > 240
    assert any("thằng nhỏ" in text and "Mẹ kế" in text for text in told)
    assert any("tên" in text for text in told)


def test_slips_leave_a_message_about_as_long_as_it_was() -> None:
    for seed in range(60):
        changed = slipped(URGENT.text, random.Random(seed))
        assert changed
        assert abs(len(changed) - len(URGENT.text)) <= len(URGENT.text) // 25
    assert slipped("ạ", random.Random(1)) == "ạ"


def test_most_ways_of_typing_occur() -> None:
    dice = random.Random(5)
    typed = [retyped(URGENT.text, {"không": ["ko"]}, dice) for _ in range(300)]
    assert typed.count("duong dang danh con nho ke nha") > 50
    assert typed.count(URGENT.text) > 50
    assert len(set(typed)) > SLIPS * 200


def test_the_same_seed_gives_the_same_readings() -> None:
    examples = [CALM, URGENT] * 4

    def read(seed: int) -> list[str]:
        return readings_of(rows_of(examples, []), WORDS, 0, {"con": 1.0}, seed).retyped(random.Random(seed))

    assert read(7) == read(7)
    assert len({*read(7)}) > 2


def test_no_message_is_read_by_a_restorer_that_learnt_from_it() -> None:
    readings = readings_of(rows_of([CALM, URGENT] * 4, []), WORDS, 0, {"con": 1.0}, 7)
    assert set(np.unique(readings.part_of)) <= set(range(len(readings.parts)))
    assert len(readings.plain()) == 8
