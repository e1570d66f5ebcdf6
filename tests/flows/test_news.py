"""What comes by itself: pictures, an officer, news of the alert, an answer of the store, the clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from flows.definition import Definitions
from flows.effects import CancelWait, LookupReceipt, RaiseAlert, SaveReport, Say, StartWait
from flows.events import (
    AlertNews,
    Event,
    Followed,
    Heard,
    MediaReceived,
    OfficerJoined,
    OfficerLeft,
    OfficerSaid,
    Pressed,
    ReceiptChecked,
    ReportSaved,
    WaitExpired,
)
from flows.state import TEXT_LIMIT
from nlu.signals import Urgency
from tests.flows.talk import Talk, danger, told, words


@pytest.fixture
def talk(definitions: Definitions) -> Talk:
    return Talk(definitions)


@pytest.mark.parametrize("kind", ["image", "voice", "video", "sticker", "file", "location", "contact", "hologram"])
def test_a_picture_is_kindly_not_taken(talk: Talk, kind: str) -> None:
    talk.happens(MediaReceived(kind))
    assert talk.keys[-1] == "utter_media"
    assert "111" in talk.text


def test_a_picture_in_the_middle_comes_back_to_the_question(talk: Talk) -> None:
    talk.presses("#ct:go:report").happens(MediaReceived("image"))
    assert talk.keys == ["utter_media", "utter_anytime"]


@pytest.mark.parametrize(
    "event",
    [
        Followed(),
        MediaReceived("image"),
        Heard(words("alo", "smalltalk")),
        Heard(told()),
        Pressed("#ct:go:report"),
        Pressed("#ct:skip"),
    ],
)
def test_the_bot_is_silent_while_an_officer_talks(talk: Talk, event: Event) -> None:
    assert talk.hears(told()).happens(OfficerJoined()).keys == ["utter_officer_joined"]
    assert talk.happens(event).keys == []
    assert talk.session.muted


def test_the_words_of_an_officer_go_through_unchanged_but_not_endless(talk: Talk) -> None:
    talk.happens(OfficerJoined(), OfficerSaid("Cô đây. Con sao rồi? Ai ở cạnh con?"))
    assert talk.effects == (Say("officer", "Cô đây. Con sao rồi? Ai ở cạnh con?"),)
    assert len(talk.happens(OfficerSaid("x" * 9_000)).text) == TEXT_LIMIT


def test_an_officer_comes_and_goes_once(talk: Talk) -> None:
    assert talk.happens(OfficerLeft()).effects == ()
    assert talk.happens(OfficerJoined(), OfficerJoined()).effects == ()
    assert talk.happens(OfficerLeft()).keys == ["utter_officer_left"]
    assert not talk.session.muted


def test_an_officer_who_joins_ends_every_wait(talk: Talk) -> None:
    talk.presses("#ct:go:report").happens(OfficerJoined())
    assert talk.of(CancelWait) == [CancelWait("silence:report.safe")]


@pytest.mark.parametrize("kind", ["acknowledged", "unanswered", "handed_over", "reopened", "closed"])
def test_the_person_is_told_what_becomes_of_the_alert(talk: Talk, kind: str) -> None:
    talk.hears(danger()).happens(AlertNews(kind))  # type: ignore[arg-type]
    assert talk.keys == [f"utter_alert_{kind}"]
    assert talk.session.alert == kind


def test_whom_to_call_is_said_even_when_the_officer_is_not_there(talk: Talk) -> None:
    talk.hears(danger()).happens(OfficerJoined(), AlertNews("acknowledged"))
    assert talk.keys == []
    assert "111" in talk.happens(AlertNews("unanswered")).text


# The receipt


def test_whoever_comes_back_hears_how_far_it_is(talk: Talk) -> None:
    talk.presses("#ct:go:receipt").hears("24681 35790")
    assert talk.of(LookupReceipt) == [LookupReceipt("24681 35790")]
    talk.happens(ReceiptChecked("in_progress", ("một", "hai", "ba", "bốn")))
    assert talk.keys == ["utter_receipt_status", "utter_receipt_update", "utter_ask_addition"]
    assert "hai\nba\nbốn" in talk.text
    assert "một" not in talk.text
    assert "updates" not in talk.session.slots
    assert talk.hears("em dọn nhà rồi").keys == ["utter_receipt_added"]


@pytest.mark.parametrize(
    ("checked", "words_of_it"),
    [
        (ReceiptChecked(None), "chưa ra"),
        (ReceiptChecked("done", locked=True), "thử sai"),
        (ReceiptChecked("received"), "đã tới nơi"),
    ],
)
def test_a_wrong_code_gives_nothing_away(talk: Talk, checked: ReceiptChecked, words_of_it: str) -> None:
    talk.presses("#ct:go:receipt").hears("00000 00000").happens(checked)
    assert words_of_it in talk.text


def test_an_answer_of_the_store_that_nobody_awaits_changes_nothing(talk: Talk) -> None:
    before = talk.happens(Followed()).session
    assert talk.happens(ReceiptChecked("done", ("x",))).effects == ()
    assert talk.happens(ReportSaved("1111 1111 11")).effects == ()
    assert talk.session == before


# The clock


def test_a_question_of_a_report_waits_half_an_hour(talk: Talk) -> None:
    talk.presses("#ct:go:report")
    assert talk.of(StartWait) == [StartWait("silence:report.safe", timedelta(minutes=30))]


def test_silence_keeps_what_was_told_and_writes_nothing(talk: Talk) -> None:
    talk.hears(told()).happens(WaitExpired("silence:report.safe"))
    assert [type(effect) for effect in talk.effects] == [RaiseAlert, SaveReport]
    assert talk.session.frames == ()


def test_a_wait_that_was_forgotten_changes_nothing(talk: Talk) -> None:
    before = talk.presses("#ct:go:report").hears("an toàn").session
    assert talk.happens(WaitExpired("silence:report.safe")).effects == ()
    assert talk.session == before


def test_news_leave_the_question_that_stands_answerable(talk: Talk) -> None:
    talk.hears(danger()).presses("#ct:skip").presses("#ct:skip")
    asked = talk.session.choices
    talk.happens(AlertNews("unanswered"))
    assert asked
    assert talk.session.choices[: len(asked)] == asked
    talk.hears(words("nua tieng nua", urgency={Urgency.U0: 0.9}))
    assert talk.of(RaiseAlert) == []
    assert talk.keys == ["utter_check_promised"]


def test_who_asked_not_to_be_written_to_hears_no_news_and_the_next_danger_is_new(talk: Talk) -> None:
    talk.hears(danger())
    silent = replace(talk.session, frames=()).with_slots(check_when="never", check_asked=True)
    talk.session = silent
    assert talk.happens(AlertNews("unanswered")).keys == []
    assert talk.session.alert == "unanswered"
    talk.happens(AlertNews("closed")).hears(danger())
    assert talk.keys[0] == "utter_danger"
    assert "utter_alert_unanswered" in talk.happens(AlertNews("unanswered")).keys


def test_after_an_unanswered_check_back_news_wait_until_they_write_again(talk: Talk) -> None:
    talk.hears(danger())
    talk.session = replace(talk.session, frames=()).with_slots(check_when="silent")
    assert talk.happens(AlertNews("unanswered")).keys == []
    talk.hears("dạ")
    assert "utter_alert_unanswered" in talk.happens(AlertNews("unanswered")).keys


@pytest.mark.parametrize("hidden", [False, True])
def test_an_officer_who_fell_silent_gives_the_chat_back_to_the_bot(talk: Talk, hidden: bool) -> None:
    talk.hears(danger()).happens(OfficerJoined())
    talk.session = replace(talk.session, away=hidden)
    talk.happens(AlertNews("reopened"))
    assert talk.keys == ([] if hidden else ["utter_alert_reopened"])
    assert not talk.session.muted
    talk.hears(words("chào"))
    assert talk.keys != []
