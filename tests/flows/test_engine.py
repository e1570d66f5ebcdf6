"""What is said next: first contact, not being understood, presses, leaving, and what must never break."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows.condition import parse
from flows.definition import END, Branch, Definitions, Flow, Noop
from flows.effects import Choice, HideChat, SaveReport, Say
from flows.engine import is_choice, outage
from flows.events import (
    Event,
    Followed,
    Heard,
    MediaReceived,
    Pressed,
    WaitExpired,
)
from flows.speech import few
from flows.state import Frame, Session
from nlu.signals import Urgency
from tests.flows.talk import MORNING, NIGHT, Talk, command, danger, told, words


@pytest.fixture
def talk(definitions: Definitions) -> Talk:
    return Talk(definitions)


# First contact, and not being understood


def test_a_chat_that_is_opened_is_greeted(talk: Talk) -> None:
    assert talk.happens(Followed()).keys == ["utter_greeting"]
    assert talk.session.greeted


def test_who_is_speaking_is_said_once(talk: Talk) -> None:
    assert talk.presses("#ct:go:report").keys[0] == "utter_intro"
    assert "utter_intro" not in talk.hears(command("exit")).presses("#ct:go:report").keys


def test_two_misses_offer_a_person(talk: Talk) -> None:
    talk.happens(Followed()).hears("asdf qwer zxcv poiu")
    assert talk.keys == ["utter_fallback"]
    assert talk.hears("zxcv asdf qwer lkjh").keys == ["utter_fallback_person"]


def test_being_understood_forgets_the_misses(talk: Talk) -> None:
    talk.happens(Followed()).hears("asdf qwer zxcv poiu", command("hotline"), "asdf qwer zxcv poiu")
    assert talk.keys == ["utter_fallback"]


@pytest.mark.parametrize(
    ("intent", "key"),
    [
        ("human", "utter_human"),
        ("hotline", "utter_hotline"),
        ("privacy", "utter_privacy"),
        ("status", "utter_ask_receipt_code"),
        ("smalltalk", "utter_smalltalk"),
        ("out_of_scope", "utter_out_of_scope"),
        ("report_self", "utter_support_talk"),
        ("exit", "utter_exit"),
    ],
)
def test_a_wish_in_words_is_followed(talk: Talk, intent: str, key: str) -> None:
    assert talk.happens(Followed()).hears(words("trời mưa hoài ha", intent)).keys == [key]


def test_a_story_of_abuse_begins_a_report_with_the_words_that_were_said(talk: Talk) -> None:
    talk.hears(told())
    assert talk.keys == ["utter_intro", "utter_report_start", "utter_ask_safe_now"]
    assert talk.session.told == ("thầy hay đánh em ở lớp",)


def test_waiting_for_a_human_is_told_honestly_by_the_hour(talk: Talk) -> None:
    night = talk.hears(command("human")).text
    talk.now = MORNING
    day = talk.hears(command("human")).text
    assert "ngoài giờ làm" in night
    assert "đang giờ làm" in day


# Presses


@pytest.mark.parametrize(
    "payload", ["#ct:skip", "#ct:finish", "#ct:go:report", "#ct:card:child-nuoc", "#ct:set:where:x"]
)
def test_our_own_payloads_are_choices(definitions: Definitions, payload: str) -> None:
    assert is_choice(definitions, payload)


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "skip",
        "#ct:",
        "#ct:skip:1",
        "#ct:go:danger",
        "#ct:go:card",
        "#ct:go:nowhere",
        "#ct:card:x",
        "#ct:set:mood:x",
        "#CT:SKIP",
        " #ct:skip",
    ],
)
def test_a_forged_payload_is_no_choice_and_is_read_as_words(talk: Talk, payload: str) -> None:
    assert not is_choice(talk.definitions, payload)
    forged = talk.happens(Followed(), Pressed(payload, "asdf qwer zxcv")).keys
    assert forged == talk.where(misses=0).hears("asdf qwer zxcv").keys


def test_a_choice_may_be_pressed_or_typed_by_its_number(definitions: Definitions) -> None:
    pressed = Talk(definitions).happens(Followed()).presses("Báo giùm đứa nhỏ khác")
    typed = Talk(definitions).happens(Followed()).hears("2")
    assert pressed.effects == typed.effects
    assert pressed.session == typed.session


def test_an_old_button_does_not_answer_another_question(talk: Talk) -> None:
    talk.presses("#ct:go:report").presses("#ct:set:audience:teen")
    assert talk.effects == ()
    assert talk.hears("an toàn").keys == ["utter_ask_what"]


def test_a_place_that_was_not_offered_cannot_be_pressed(talk: Talk) -> None:
    talk.presses("#ct:go:report", "#ct:skip", "#ct:skip").presses("#ct:set:where:31147")
    assert "locality" not in talk.session.slots


# Leaving


@pytest.mark.parametrize("word", ["exit", "erase"])
def test_leaving_clears_the_screen_before_the_neutral_words(talk: Talk, word: str) -> None:
    talk.hears(told(), command(word))
    assert talk.effects[-2:-1] == (HideChat(erase=word == "erase"),)
    assert talk.keys == [f"utter_{word}"]
    assert talk.session.frames == ()
    assert talk.session.choices == ()


def test_what_was_told_of_abuse_is_kept_when_somebody_leaves(talk: Talk) -> None:
    talk.hears(told(), command("exit"))
    [draft] = talk.of(SaveReport)
    assert not draft.submitted
    assert draft.fields["what"] == "thầy hay đánh em ở lớp"
    assert talk.alarm is not None


def test_the_way_to_erase_is_that_of_the_channel(definitions: Definitions) -> None:
    said = {
        channel: Talk(definitions, Session.new(channel)).hears(command("erase")).text
        for channel in ("web", "zalo", "sms")
    }
    assert "trình duyệt" in said["web"]
    assert "Zalo" in said["zalo"]
    assert len(set(said.values())) == 3


def test_stopping_a_report_asks_nothing_more(talk: Talk) -> None:
    talk.presses("#ct:go:report").hears(command("stop", "thôi không kể nữa"))
    assert talk.keys == ["utter_report_stopped"]
    assert talk.session.frames == ()


# Robustness


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("frame", [Frame("gone", "x"), Frame("report", "gone"), Frame("check", "gone")])
@pytest.mark.parametrize(
    "event",
    [
        Followed(),
        MediaReceived("image"),
        Pressed("#ct:go:human"),
        Pressed("#ct:skip"),
        Heard(words("alo")),
        Heard(danger()),
        WaitExpired("x"),
    ],
)
def test_a_conversation_older_than_its_flows_goes_on(
    definitions: Definitions, frame: Frame, asked: bool, event: Event
) -> None:
    talk = Talk(definitions, Session(frames=(replace(frame, asked=asked),), greeted=True)).happens(event)
    if isinstance(event, Heard):
        assert talk.keys
    assert talk.hears(command("exit")).session.frames == ()


def test_nobody_is_kept_in_a_loop(definitions: Definitions) -> None:
    turn = Noop("turn", 1, (Branch(parse("told"), END), Branch(None, "turn")))
    loop = Flow("hotline", "x", 1, "x", "x", {"turn": turn}, "turn", startable=True)
    talk = Talk(replace(definitions, flows={**definitions.flows, "hotline": loop}))
    assert talk.presses("#ct:go:hotline").keys[-1] == "utter_fallback"
    assert talk.session.frames == ()


def test_an_outage_is_told_plainly_with_111(definitions: Definitions) -> None:
    for session in (Session.new(), Session(language="km", address="con", muted=True, floor=Urgency.U0)):
        said = outage(definitions, session, now=NIGHT)
        assert said.key == "utter_outage"
        assert "111" in said.text


@pytest.mark.parametrize("language", ["en", "km"])
def test_whoever_writes_another_language_is_answered(definitions: Definitions, language: str) -> None:
    talk = Talk(definitions).hears(replace(danger("my dad has a knife"), language=language))
    assert talk.alarm is not None
    assert talk.alarm.language == language
    assert "111" in talk.text


def test_many_words_become_few_messages_and_the_last_keeps_its_choices() -> None:
    button = (Choice("Có", "#ct:skip"),)
    told_in = [Say("a", "1"), Say("b", "2"), Say("c", "3"), Say("d", "4"), Say("e", "5?", button)]
    assert few(told_in) == [Say("c", "1\n\n2\n\n3"), Say("d", "4"), Say("e", "5?", button)]
    assert few(told_in[:3]) == told_in[:3]
