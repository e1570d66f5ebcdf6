"""The reader of questions knows them by how people ask, and keeps still about what only sounds alike."""

from __future__ import annotations

import numpy as np
import pytest

from nlu.asked import Asked, learn
from nlu.normalise import normalise
from tests.nlu.known import lexicon

ASKS = {
    "sleep": ["tối nay con ngủ ở đâu", "dem nay ngu dau gio", "con không có chỗ ngủ tối nay", "ngủ nhờ ở đâu được"],
    "money": [
        "gọi có tốn tiền không",
        "het tien goi duoc khong",
        "gọi mất tiền hông",
        "máy hết tiền rồi gọi được hông",
    ],
}
OTHERS = {"told": ["hôm qua con ngủ ở nhà ngoại", "con co tien mua banh", "con đang ở gần chợ", "nhà con gần cầu"]}


@pytest.fixture(scope="module")
def asked() -> Asked:
    return learn(ASKS, OTHERS, lexicon().words)


def test_a_question_is_known_in_other_words_and_without_marks(asked: Asked) -> None:
    assert asked.read(normalise("toi nay ngu o dau", lexicon().words))[0][0] == "sleep"
    assert asked.read(normalise("máy hết tiền gọi được không", lexicon().words))[0][0] == "money"


def test_what_only_sounds_alike_is_less_likely_than_the_question(asked: Asked) -> None:
    told = dict(asked.read(normalise("hôm qua con ngủ nhà ngoại", lexicon().words)))
    meant = dict(asked.read(normalise("tối nay con ngủ đâu", lexicon().words)))
    assert told["sleep"] < meant["sleep"]


def test_the_other_groups_are_never_named(asked: Asked) -> None:
    assert {name for name, _ in asked.read(normalise("con đang ở gần chợ", lexicon().words))} <= set(ASKS)


@pytest.mark.parametrize("text", ["", "?", "🔪"])
def test_of_a_message_without_known_words_nothing_is_said(asked: Asked, text: str) -> None:
    assert asked.read(normalise(text, lexicon().words)) == ()


def test_the_same_questions_make_the_same_reader(asked: Asked) -> None:
    again = learn(ASKS, OTHERS, lexicon().words)
    assert again.labels == asked.labels
    assert np.array_equal(again.weights, asked.weights)
