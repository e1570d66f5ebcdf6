"""Who asks is heard from how they ask, where nobody has said it."""

from __future__ import annotations

import pytest

from flows.definition import Definitions
from flows.guidance import find
from flows.voices import Voices


@pytest.mark.parametrize(
    ("text", "audience"),
    [
        ("con tui mới lên ba, nó hay cắn bạn, tui phải dạy làm sao", "parent"),
        ("học trò lớp tôi hay ngủ gục, giáo viên nên hỏi sao cho khéo", "teacher"),
        ("nhà bên cạnh nhốt đứa nhỏ suốt ngày, tui là hàng xóm báo cho ai", "neighbour"),
    ],
)
def test_the_words_tell_who_asks(definitions: Definitions, text: str, audience: str) -> None:
    shares = definitions.library.voices.shares(text)
    assert max(shares, key=lambda one: shares[one]) == audience
    assert sum(shares.values()) == pytest.approx(1.0)


def test_words_that_nobody_ever_asked_tell_nothing(definitions: Definitions) -> None:
    shares = definitions.library.voices.shares("zzyzx qwxv")
    assert len({round(share, 6) for share in shares.values()}) == 1


def test_a_card_of_whoever_seems_to_ask_comes_first(definitions: Definitions) -> None:
    found = find(
        definitions.library, "con gái tui bị bạn trong lớp ăn hiếp hoài, tui nên nói gì với con", category="C09"
    )
    assert found[0].audience == "parent"


def test_no_questions_no_voices() -> None:
    assert Voices().shares("con tui") == {}
