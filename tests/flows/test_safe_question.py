"""Whoever is asked whether they are safe, and does not clearly say so, is treated as in danger."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from flows.definition import Definitions
from flows.effects import CancelWait, RaiseAlert, Say, StartWait
from flows.events import (
    AlertNews,
    Event,
    Followed,
    Heard,
    MediaReceived,
    OfficerJoined,
    Pressed,
    WaitExpired,
)
from nlu.signals import Urgency, Weight
from tests.flows.kinds import OPENINGS
from tests.flows.talk import Talk, command, danger, doubt, sign, words

ASKED = "silence:check.ask"


@pytest.fixture
def talk(definitions: Definitions) -> Talk:
    return Talk(definitions)


def asked(definitions: Definitions) -> Talk:
    """Somebody was just asked whether they are safe."""
    return Talk(definitions).hears(doubt())


def reasons(talk: Talk) -> list[str]:
    return [reason.concept for alarm in talk.of(RaiseAlert) for reason in alarm.reasons]


def test_in_doubt_the_person_is_asked_at_once_with_the_numbers(talk: Talk) -> None:
    talk.hears(doubt())
    assert talk.alarm is None
    assert talk.keys[-1] == "utter_ask_is_safe"
    assert "111" in talk.text
    assert talk.of(StartWait) == [StartWait(ASKED, timedelta(minutes=5))]


def test_whoever_is_clearly_safe_goes_on(definitions: Definitions) -> None:
    talk = asked(definitions).hears("dạ em an toàn rồi ạ")
    assert talk.alarm is None
    assert talk.keys[0] == "utter_check_glad"
    assert talk.of(CancelWait) == [CancelWait(ASKED)]
    assert talk.session.floor > Urgency.U1


NOT_SAFE: list[tuple[Event, str]] = [
    (Heard(words("không")), "check:no"),
    (Heard(words("chưa an toàn")), "check:no"),
    (Pressed("#ct:set:is_safe:no"), "check:no"),
    (Pressed("#ct:set:is_safe:maybe"), "check:unclear"),
    (Heard(words("em không biết")), "check:unclear"),
    (Heard(words("cô")), "check:unclear"),
    (Heard(command("yes", "ừ")), "check:unclear"),
    (Heard(command("finish", "gửi luôn")), "check:unclear"),
    (Heard(command("exit", "thoát")), "check:unclear"),
    (Heard(doubt()), "check:unclear"),
    (Pressed("#ct:skip"), "check:unclear"),
    (Pressed("#ct:finish"), "check:unclear"),
    (Pressed("#ct:go:receipt"), "check:unclear"),
    (Pressed("#ct:card:child-than-the"), "check:unclear"),
    (Pressed("#ct:set:audience:teen"), "check:unclear"),
    (MediaReceived("voice"), "check:unclear"),
    (WaitExpired(ASKED), "check:silent"),
]


@pytest.mark.parametrize(("event", "reason"), NOT_SAFE, ids=range(len(NOT_SAFE)))
@pytest.mark.parametrize("inside", [False, True], ids=["alone", "inside a report"])
def test_whoever_does_not_clearly_say_that_they_are_safe_is_in_danger(
    definitions: Definitions, event: Event, reason: str, inside: bool
) -> None:
    talk = Talk(definitions)
    if inside:
        talk.presses("#ct:go:report", "#ct:skip")
    talk.hears(doubt()).happens(event)
    assert reasons(talk) == [reason]
    assert talk.session.floor is Urgency.U1
    assert talk.session.alert == "open"
    if event == Heard(command("exit", "thoát")):
        assert talk.keys == ["utter_exit"]  # the numbers stood in the question; whoever looks now reads nothing
    elif not isinstance(event, WaitExpired):
        assert "111" in talk.text


def test_silence_calls_a_human_and_writes_nothing(definitions: Definitions) -> None:
    assert asked(definitions).happens(WaitExpired(ASKED)).of(Say) == []


def test_the_end_of_another_wait_does_not_put_the_question_aside(definitions: Definitions) -> None:
    talk = Talk(definitions).presses("#ct:go:report").hears(command("help", "cứu"))
    other = next(wait for wait in talk.session.waits if wait != ASKED)
    assert talk.happens(WaitExpired(other)).effects == ()
    assert talk.session.waits == (ASKED,)
    assert reasons(talk.happens(WaitExpired(ASKED))) == ["check:silent"]


def test_a_chat_that_is_opened_again_reminds_of_the_question(definitions: Definitions) -> None:
    talk = asked(definitions)
    offered = talk.session.choices
    talk.happens(Followed())
    assert talk.keys[-1] == "utter_is_safe_anytime"
    assert talk.session.choices == offered
    assert ASKED in talk.session.waits


def test_when_a_human_is_on_the_way_a_doubt_is_told_on_and_not_asked(talk: Talk) -> None:
    talk.hears(danger(), command("skip"), command("skip"), doubt())
    assert talk.alarm is not None
    assert "utter_ask_is_safe" not in talk.keys


def test_whoever_said_that_they_are_safe_is_not_asked_twice_in_one_report(talk: Talk) -> None:
    talk.presses("#ct:go:report", "#ct:set:safe_now:yes").hears(doubt("ba hay đánh em"))
    assert "utter_ask_is_safe" not in talk.keys
    assert talk.session.floor is Urgency.U2


def test_a_grave_sign_is_asked_about_even_then(talk: Talk) -> None:
    grave = replace(doubt("dao"), hazards=(sign(Urgency.U1, weight=Weight.ASK),))
    talk.presses("#ct:go:report", "#ct:set:safe_now:yes").hears(grave)
    assert talk.alarm is not None


# "Not safe", whenever it is pressed


@pytest.mark.parametrize("payload", ["#ct:set:is_safe:no", "#ct:set:safe_now:no"])
@pytest.mark.parametrize("opening", OPENINGS, ids=range(len(OPENINGS)))
def test_an_old_button_that_says_not_safe_is_heard(
    definitions: Definitions, opening: tuple[Event, ...], payload: str
) -> None:
    talk = Talk(definitions).happens(*opening).presses(payload)
    assert "check:no" in reasons(talk) or "check:unclear" in reasons(talk)
    assert talk.session.floor <= Urgency.U1


def test_not_safe_is_heard_after_the_case_was_closed_in_the_middle(talk: Talk) -> None:
    talk.hears(danger()).happens(AlertNews("closed")).hears("chưa an toàn")
    assert talk.alarm is not None
    assert talk.session.floor is Urgency.U1
    assert talk.session.alert == "open"


def test_not_safe_is_heard_while_an_officer_talks(talk: Talk) -> None:
    talk.hears(doubt()).happens(OfficerJoined()).presses("#ct:set:is_safe:no")
    assert reasons(talk) == ["check:no"]
    assert talk.keys == ["utter_danger_numbers"]
    assert talk.presses("#ct:set:is_safe:no").keys == []
    assert talk.presses("#ct:set:is_safe:yes").effects == ()


def test_new_danger_while_an_officer_talks_gets_the_numbers_once(talk: Talk) -> None:
    talk.happens(OfficerJoined()).hears(danger())
    assert talk.keys == ["utter_danger_numbers"]
    assert talk.hears(danger("nữa nè")).keys == []
    assert talk.alarm is not None
