"""What only the readers hear, and not clearly: a human is called, and the person is asked instead of alarmed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows.choosing import begins
from flows.definition import Definitions
from flows.effects import Say
from flows.events import AlertNews
from flows.safety import SOFT, SOFT_LATER
from nlu.signals import Signals, Urgency
from tests.flows.talk import Talk, danger, words


@pytest.fixture
def talk(definitions: Definitions) -> Talk:
    return Talk(definitions)


def paging(
    text: str = "con muốn ở chung với em con", alarm: float = 0.5, category: str = "C16", score: float = 0.4
) -> Signals:
    """A message for which the readers alone call a human."""
    heard = words(text, "report_self", category, score=score, urgency={Urgency.U1: 0.9})
    return replace(heard, alarm=alarm, page_from=0.36, check_from=0.16)


def named(talk: Talk) -> bool:
    rules = talk.definitions.directory.rules
    return any(rules.names_child_line(effect.key) for effect in talk.of(Say))


def test_a_human_is_called_and_the_person_is_only_asked(talk: Talk) -> None:
    talk.hears(paging())
    assert talk.alarm is not None
    assert talk.alarm.level is Urgency.U1
    assert talk.keys[-1] == "utter_ask_is_safe"
    assert "utter_danger" not in talk.keys
    assert talk.session.alert == "open"
    assert talk.session.floor is Urgency.U1
    assert all(number in talk.text for number in ("111", "113", "115"))


def test_what_the_readers_hear_clearly_is_told_as_the_danger_that_it_is(talk: Talk) -> None:
    assert "utter_danger" in talk.hears(paging(alarm=SOFT)).keys


def test_a_sign_of_danger_is_never_a_mere_doubt(talk: Talk) -> None:
    signed = replace(danger(level=Urgency.U1), alarm=0.5, page_from=0.36, check_from=0.16)
    assert "utter_danger" in talk.hears(signed).keys


def test_a_wish_to_die_is_answered_though_it_is_only_doubted(talk: Talk) -> None:
    assert "utter_danger" in talk.hears(paging("em mệt quá", category="C11", score=0.9)).keys


def test_in_a_calm_talk_more_counts_as_doubt(talk: Talk) -> None:
    talk.hears("chào")
    assert "utter_danger" not in talk.hears(paging(alarm=SOFT)).keys
    assert "utter_danger" in Talk(talk.definitions).hears("chào", paging(alarm=SOFT_LATER)).keys


def test_the_next_doubt_calls_again_and_asks_nothing_twice(talk: Talk) -> None:
    talk.hears(paging())
    talk.hears(paging("hai anh em xa nhau"))
    assert talk.alarm is not None
    assert talk.keys.count("utter_ask_is_safe") == 0
    assert named(talk)


def test_a_danger_after_a_doubt_is_told_in_full(talk: Talk) -> None:
    talk.hears(paging())
    talk.hears(danger("dượng cầm dao rượt con"))
    assert "utter_danger" in talk.keys
    assert "softly" not in talk.session.slots


def test_whoever_says_not_safe_is_told_what_to_do(talk: Talk) -> None:
    talk.hears(paging(), "không")
    assert talk.alarm is not None
    assert "utter_danger" in talk.keys
    assert talk.keys[-1] == "utter_ask_danger_where"


def test_whoever_says_safe_is_left_in_peace_and_the_alarm_stays(talk: Talk) -> None:
    talk.hears(paging(), "an toàn")
    assert talk.keys == ["utter_check_glad"]
    assert talk.session.alert == "open"
    assert talk.session.floor is Urgency.U1
    assert talk.session.eased


def test_a_doubt_after_safe_calls_again_and_names_the_numbers(talk: Talk) -> None:
    talk.hears(paging(), "an toàn")
    talk.hears(paging("hai anh em xa nhau hoài"))
    assert talk.alarm is not None
    assert named(talk)


def test_a_case_that_was_closed_ends_the_doubt(talk: Talk) -> None:
    talk.hears(paging(), "an toàn")
    talk.happens(AlertNews("closed"))
    assert "softly" not in talk.session.slots
    assert talk.session.alert == "closed"


@pytest.mark.parametrize(("score", "answered"), [(0.4, True), (0.9, False)])
def test_what_was_asked_is_answered_first_unless_the_matter_is_surely_a_grave_one(
    talk: Talk, score: float, answered: bool
) -> None:
    heard = replace(paging(category="C03", score=score), asked=(("siblings_parted", 0.9),))
    assert ("utter_reply_siblings_parted" in talk.hears(heard).keys) is answered
    assert named(talk)
    assert talk.alarm is not None


def test_a_yes_that_something_speaks_against_is_none_and_a_no_is_a_no(definitions: Definitions) -> None:
    kind, said = definitions.slots["safe_now"], danger("rồi, mà ổng cầm dao đứng ngoài cửa. tối nay con ngủ đâu")
    assert begins(kind, replace(said, text="rồi", hazards=()), said) is None
    assert begins(kind, replace(said, text="chưa", hazards=()), said) is False
