"""A smaller network learns an earlier one's opinion: beside the labels, and alone where nobody gave a label."""

from __future__ import annotations

import random

import numpy as np
import pytest

from nlu.examples import Example
from nlu.scores import Scores
from nlu.training.rows import readings_of, rows_of
from nlu.training.teacher import DOUBTED, TRUSTED, mixed, questions_of, taught
from tests.nlu.test_training_rows import CALM, URGENT, WORDS

ROWS = rows_of([CALM, URGENT, Example("Đánh vần chữ má", "out_of_scope", "C99", "U4")], ["trời mưa quá"])


def pages_everything(text: str) -> Scores:
    urgency, category = np.zeros(ROWS.urgency.shape[1]), np.zeros(len(ROWS.categories))
    intent = np.zeros(ROWS.intent.shape[1])
    urgency[0] = category[0] = intent[0] = 1.0
    return Scores(urgency, category, intent, known=True)


def test_a_label_and_the_teachers_opinion_share_a_target() -> None:
    rows = taught(ROWS, [], [pages_everything], threads=2)
    agreed = ROWS.urgency[:, 0] >= 0.1
    trust = np.where(agreed, TRUSTED, DOUBTED)
    assert agreed.any()
    assert not agreed.all()
    assert rows.urgency[:, 0] == pytest.approx(ROWS.urgency[:, 0] * (1 - trust) + trust)
    assert rows.urgency.sum(axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    assert rows.counts.tolist() == ROWS.counts.tolist()  # what ordinary talk wants is still taught by nobody


def test_what_nobody_labelled_is_labelled_by_the_teacher() -> None:
    rows = taught(ROWS, ["con bị đòn thì làm sao"], [pages_everything], threads=1)
    assert rows.texts[-1] == "con bị đòn thì làm sao"
    assert (rows.urgency[-1, 0], rows.category[-1, 0], rows.intent[-1, 0]) == (1, 1, 1)
    assert rows.counts[-1].tolist() == [1, 1]


def test_the_questions_of_every_card_are_asked_once() -> None:
    cards = {"cards": [{"asks": ["dạy con sao", 111]}, {"asks": ["dạy con sao"]}, {}]}
    assert questions_of([cards, {"lessons": []}]) == ["dạy con sao", "111"]


def test_a_mixed_message_begins_like_one_and_ends_like_another() -> None:
    texts = ["một hai ba bốn năm sáu", "bảy tám", "chín"]
    for message in mixed(texts, 50, random.Random(3)):
        words = message.replace(",", " ").replace(".", " ").split()
        assert any(text.startswith(words[0]) for text in texts)
        assert any(text.endswith(words[-1]) for text in texts)
    assert mixed(texts, 9, random.Random(5)) == mixed(texts, 9, random.Random(5))


def test_what_was_put_together_teaches_no_words() -> None:
    rows = taught(ROWS, ["ổng đáng con hoài, rồi ổng đáng nữa"], [pages_everything], threads=1)
    assert readings_of(rows, WORDS, 0, {"con": 1.0}, 7).whole.words["đáng"] == 2
    assert "đáng" not in readings_of(rows, WORDS, 1, {"con": 1.0}, 7).whole.words
