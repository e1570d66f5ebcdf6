"""Who was misread is understood anew, and the second time a human reads; an answer to our question is none of it."""

from __future__ import annotations

import pytest

from flows.definition import Definitions
from flows.effects import RequestHandoff
from flows.events import Followed
from flows.misread import meant, puts_right, says_again
from tests.flows.talk import Talk, command, sign, words


@pytest.fixture
def talk(definitions: Definitions) -> Talk:
    return Talk(definitions)


@pytest.mark.parametrize(
    "text",
    ["hổng phải, con hỏi chuyện học", "khong phai mat tich", "đâu có ai đánh con đâu", "dạ hong phai z", "dau co phai"],
)
def test_a_denial_of_what_was_made_of_it_puts_right(text: str) -> None:
    assert puts_right(text)


@pytest.mark.parametrize(
    "text", ["hông có ai hết trơn", "không phải không sợ", "con không phải đi học", "có ai không", "em dau co qua"]
)
def test_an_answer_or_a_story_puts_nothing_right(text: str) -> None:
    assert not puts_right(text)


def test_nearly_the_same_words_are_said_again_and_short_courtesies_never() -> None:
    assert says_again("mấy ngày thì có người xuống coi em đó", "báo xong mấy ngày thì có người xuống")
    assert not says_again("cho hỏi học nghề ở đâu", "báo xong mấy ngày thì có người xuống")
    assert not says_again("dạ cảm ơn", "dạ cảm ơn")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("hổng phải, con mê điện thoại", "con mê điện thoại"),
        ("mê điện thoại á chứ hổng phải ăn vạ", "mê điện thoại á"),
        ("hổng phải đâu", "hổng phải đâu"),
    ],
)
def test_what_is_denied_is_not_what_is_looked_for(text: str, left: str) -> None:
    assert meant(text) == left


def test_who_was_misread_and_no_card_fits_is_read_by_a_human_who_is_told_of_honestly(talk: Talk) -> None:
    talk.happens(Followed()).hears("hiểu sai ý tui rồi, tui nói chuyện khác mà")
    assert talk.keys == ["utter_misheard_human", "utter_human"]
    assert any(isinstance(effect, RequestHandoff) for effect in talk.effects)


def test_the_second_time_a_human_reads_even_where_the_words_lead_to_an_answer(talk: Talk) -> None:
    talk.happens(Followed()).hears(words("hổng phải, ý tui là con tui nghiện điện thoại quá", "guidance", "C16"))
    assert "hiểu lộn" in talk.text
    assert talk.keys[0].startswith("card.")  # said in one message with it
    talk.hears(words("hiểu lộn nữa rồi, tui nói một đằng trả lời một nẻo", "guidance", "C16"))
    assert talk.keys == ["utter_misheard_human", "utter_human"]


def test_nobody_is_misread_by_what_answers_our_own_question(talk: Talk) -> None:
    talk.hears(words("em uống thuốc rồi", category="C11", hazards=(sign(category="C11"),)))
    assert talk.hears("không có ai đánh").keys[0] != "utter_misheard_human"


def test_on_a_screen_that_was_put_away_nobody_is_told_that_they_were_misread(talk: Talk) -> None:
    talk.hears(words("ba đánh con", hazards=(sign(),)), command("exit"))
    talk.hears("hổng phải, hiểu lộn rồi, tui hỏi chuyện khác")
    assert not {"utter_misheard", "utter_misheard_noted", "utter_misheard_human"} & set(talk.keys)
