"""What is asked later, because the person chose so: one neutral question, an agreed word, never a second message."""

from __future__ import annotations

from datetime import timedelta

import pytest

from flows.definition import Definitions
from flows.effects import CountReach, RaiseAlert, Say, StartWait
from flows.events import AlertNews, OfficerJoined, WaitExpired
from nlu.signals import Urgency
from tests.flows.talk import NIGHT, Talk, command, danger

CHECK, AFTER, LESSON = "wake:checkback", "wake:aftercare", "wake:lesson"


@pytest.fixture
def promised(definitions: Definitions) -> Talk:
    """Somebody in danger who chose to be asked after half an hour."""
    talk = Talk(definitions).hears(danger()).presses("#ct:skip", "#ct:skip")
    return talk.presses("Nửa tiếng nữa")


def waits(talk: Talk) -> dict[str, timedelta]:
    return {wait.wait_id: wait.after for wait in talk.of(StartWait)}


def test_after_danger_it_is_asked_once_whether_to_ask_again(definitions: Definitions) -> None:
    talk = Talk(definitions).hears(danger()).presses("#ct:skip", "#ct:skip")
    assert talk.keys[-1] == "utter_ask_check_when"
    assert talk.text.count("?") <= 1 * len(talk.keys)


@pytest.mark.parametrize(
    ("title", "after"),
    [
        ("Nửa tiếng nữa", timedelta(minutes=30)),
        ("Hai tiếng nữa", timedelta(hours=2)),
        ("8 giờ sáng", timedelta(hours=5, minutes=50)),
    ],
)
def test_the_question_comes_when_the_person_chose(definitions: Definitions, title: str, after: timedelta) -> None:
    talk = Talk(definitions).hears(danger()).presses("#ct:skip", "#ct:skip").presses(title)
    assert NIGHT.hour == 19  # 02:10 in Cần Thơ
    assert waits(talk)[CHECK] == after


@pytest.mark.parametrize("answer", ["Đừng nhắn", "#ct:skip"])
def test_who_does_not_want_to_be_asked_is_not(definitions: Definitions, answer: str) -> None:
    talk = Talk(definitions).hears(danger()).presses("#ct:skip", "#ct:skip").presses(answer)
    assert waits(talk) == {}
    assert talk.keys == ["utter_check_not_promised"]
    assert "111" in talk.text


def test_the_question_gives_nothing_away_and_is_asked_once(promised: Talk) -> None:
    promised.happens(WaitExpired(CHECK))
    assert promised.keys == ["utter_ask_is_well"]
    assert not any(digits in promised.text for digits in ("111", "113"))
    promised.happens(WaitExpired(CHECK))
    assert promised.keys == []


def test_the_agreed_word_calls_nobody(promised: Talk) -> None:
    promised.happens(WaitExpired(CHECK)).hears("rồi")
    assert promised.keys == ["utter_well"]
    assert promised.of(RaiseAlert) == []


def test_the_other_agreed_word_calls_a_human_and_says_the_numbers(promised: Talk) -> None:
    promised.happens(WaitExpired(CHECK)).hears("chưa")
    assert promised.keys == ["utter_unwell"]
    assert "111" in promised.text
    assert [alarm.reasons[0].concept for alarm in promised.of(RaiseAlert)] == ["check:no"]


def test_who_asks_who_writes_reads_nothing_and_a_human_looks_after_it(promised: Talk) -> None:
    promised.happens(WaitExpired(CHECK)).hears("ai nhắn gì đây")
    assert promised.keys == ["utter_stranger"]
    assert "111" not in promised.text
    assert len(promised.of(RaiseAlert)) == 1
    assert promised.session.away


@pytest.mark.parametrize("words", ["số này của ai", "???"])
def test_whoever_else_answers_reads_nothing_and_a_human_looks_after_it(promised: Talk, words: str) -> None:
    promised.happens(WaitExpired(CHECK)).hears(words)
    assert promised.keys == ["utter_well_unclear"]
    assert "111" not in promised.text
    assert len(promised.of(RaiseAlert)) == 1


def test_no_answer_becomes_an_officers_task_and_never_a_second_message(promised: Talk) -> None:
    promised.happens(WaitExpired(CHECK), WaitExpired("silence:checkback.ask"))
    assert promised.keys == []
    assert [alarm.reasons[0].concept for alarm in promised.of(RaiseAlert)] == ["check:silent"]
    assert promised.session.frames == ()


def test_nothing_is_asked_while_a_human_talks(promised: Talk) -> None:
    promised.happens(OfficerJoined(), WaitExpired(CHECK))
    assert promised.of(Say) == []


def test_after_closing_whoever_allowed_it_is_asked_once(promised: Talk) -> None:
    promised.happens(AlertNews("closed"))
    assert waits(promised) == {AFTER: timedelta(days=promised.definitions.directory.after_care_days)}
    promised.happens(WaitExpired(AFTER))
    assert promised.keys == ["utter_ask_is_well"]
    promised.hears("rồi")
    assert promised.of(CountReach) == [CountReach("after:safe", "", None)]
    assert promised.session.floor is Urgency.U4


def test_after_closing_silence_is_counted_and_calls_nobody(promised: Talk) -> None:
    promised.happens(AlertNews("closed"), WaitExpired(AFTER), WaitExpired("silence:aftercare.ask"))
    assert promised.of(CountReach) == [CountReach("after:silent", "", None)]
    assert promised.of(RaiseAlert) == []


def test_after_closing_who_is_not_well_is_looked_after_anew(promised: Talk) -> None:
    promised.happens(AlertNews("closed"), WaitExpired(AFTER)).hears("chưa")
    assert promised.of(CountReach) == [CountReach("after:unsafe", "", None)]
    assert len(promised.of(RaiseAlert)) == 1


def test_who_allowed_nothing_is_not_asked_after_closing(definitions: Definitions) -> None:
    talk = Talk(definitions).hears(danger()).presses("#ct:skip", "#ct:skip", "Đừng nhắn").happens(AlertNews("closed"))
    assert waits(talk) == {}


def test_a_course_comes_one_lesson_a_day_and_ends(definitions: Definitions) -> None:
    course = definitions.library.courses["day_con"]
    talk = Talk(definitions).presses("#ct:go:courses").presses(course.title)
    for number in range(1, len(course.lessons) + 1):
        assert talk.of(CountReach) == [CountReach(f"course:day_con:{number}", "parent", None)]
        assert (LESSON in waits(talk)) is (number < len(course.lessons))
        assert "111" in talk.text
        talk.happens(WaitExpired(LESSON))
    assert talk.keys == []


def test_a_course_is_stopped_at_any_time(definitions: Definitions) -> None:
    talk = Talk(definitions).presses("#ct:go:courses").presses("Dạy con không đòn roi", "Thôi học")
    assert talk.keys == ["utter_course_stopped"]
    assert talk.happens(WaitExpired(LESSON)).of(Say) == []


def test_the_agreed_word_outlives_other_talk(promised: Talk) -> None:
    promised.hears(command("hotline", "số điện thoại")).happens(WaitExpired(CHECK))
    assert promised.keys == ["utter_ask_is_well"]
