"""What is asked in the midst gets its own short reply, and never stands in the way of danger, an answer or a story."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows.condition import parse
from flows.definition import Definitions
from flows.replies import ALONE, ASKED, TOLD, TOLD_ALONE, Reply, find
from nlu.signals import Signals, Urgency
from tests.flows.talk import Talk, command, danger, words

LIKELY = 0.9


@pytest.fixture
def talk(definitions: Definitions) -> Talk:
    return Talk(definitions)


def asked(text: str, reply: str, chance: float = LIKELY, intent: str = "unclear", category: str = "C99") -> Signals:
    """A message in which the reader of questions hears `reply`."""
    return replace(words(text, intent, category), asked=((reply, chance),))


def reply(name: str, when: str = "") -> Reply:
    return Reply(name, parse(when) if when else None, "answered", False, "replies.yml", 1)


def test_the_likeliest_question_whose_hour_it_is_is_answered() -> None:
    known = {"one": reply("one", 'danger = "alone"'), "two": reply("two")}
    both = (("one", 0.5), ("two", 0.4))
    assert find(known, both, {"danger": "alone"}, asking=True) is known["one"]
    assert find(known, both, {"danger": "violence"}, asking=True) is known["two"]


def test_what_is_no_question_by_its_form_must_be_surer_than_one_that_is() -> None:
    known = {"one": reply("one"), "two": reply("two")}
    between = (("two", (ASKED + TOLD) / 2), ("one", 0.1))
    assert find(known, between, {}, asking=True) is not None
    assert find(known, between, {}, asking=False) is None


def test_less_is_enough_where_no_other_question_comes_near() -> None:
    known = {"one": reply("one"), "two": reply("two")}
    assert find(known, (("two", TOLD_ALONE), ("one", TOLD_ALONE / ALONE / 2)), {}, asking=False) is known["two"]
    assert find(known, (("two", TOLD_ALONE), ("one", TOLD_ALONE / 2)), {}, asking=False) is None


def test_what_nobody_has_words_for_is_not_answered() -> None:
    assert find({}, (("gone", 0.9),), {}, asking=True) is None
    assert find({"two": reply("two")}, (), {}, asking=True) is None


def test_a_question_in_the_midst_is_answered_and_of_the_open_one_only_reminded(talk: Talk) -> None:
    talk.hears(danger("ba đánh con", concept="being_beaten_now"), "chưa")
    assert talk.keys[-1] == "utter_ask_danger_where"
    talk.hears(asked("tối nay con ngủ ở đâu", "sleep_tonight", category="C12", intent="report_self"))
    assert talk.keys == ["utter_reply_sleep_tonight", "utter_danger_where_anytime"]
    assert talk.session.danger == "violence"


def test_though_the_readers_hear_danger_in_it_the_trouble_stays_what_it_was_and_the_alarm_is_sent(talk: Talk) -> None:
    talk.hears(danger("ba đánh con", level=Urgency.U1, concept="being_beaten_now"), "chưa")
    heard = replace(
        asked("tối nay con ngủ ở đâu", "sleep_tonight", category="C12", intent="report_self"),
        urgency={Urgency.U1: 0.9},
        alarm=0.9,
        page_from=0.4,
        check_from=0.2,
    )
    talk.hears(heard)
    assert talk.keys == ["utter_reply_sleep_tonight", "utter_danger_where_anytime"]
    assert talk.session.danger == "violence"
    assert talk.alarm is not None


def test_a_sign_of_danger_is_never_answered_as_a_question(talk: Talk) -> None:
    talk.hears(danger("ba đánh con", concept="being_beaten_now"), "chưa")
    worse = replace(danger("ổng cầm dao đứng ngoài cửa", concept="weapon"), asked=(("open_door", LIKELY),))
    assert "utter_reply_open_door" not in talk.hears(worse).keys
    assert talk.alarm is not None


def test_a_first_story_is_a_story_whatever_it_sounds_like(talk: Talk) -> None:
    talk.presses("#ct:go:report").hears("có")
    assert talk.session.slots["asking"] == "report.ask_what"
    talk.hears(asked("cô giáo cứ chửi con ngu trước lớp", "tell_teacher", intent="report_self", category="C09"))
    assert talk.keys == ["utter_ask_where"]


@pytest.mark.parametrize("said", ["thoát", "gửi luôn", "bỏ qua"])
def test_a_command_is_a_command(talk: Talk, said: str) -> None:
    talk.hears(danger("ba đánh con", concept="being_beaten_now"), "chưa")
    name = {"thoát": "exit", "gửi luôn": "finish", "bỏ qua": "skip"}[said]
    talk.hears(replace(command(name, said), asked=(("paid_already", LIKELY),)))
    assert not [key for key in talk.keys if key.startswith("utter_reply")]


def test_after_pills_a_good_night_is_an_emergency(talk: Talk) -> None:
    talk.hears(danger("em uống hết vỉ thuốc rồi", category="C11", concept="suicide_attempt"))
    talk.hears(asked("thôi em ngủ đây", "sleep_now", category="C11", intent="report_self"))
    assert "utter_reply_sleep_now" not in talk.keys


def test_after_a_hide_nothing_is_answered(talk: Talk) -> None:
    talk.hears(danger("ba đánh con", concept="being_beaten_now"), command("exit", "thoát"))
    talk.hears(asked("công an có tới nhà không", "how_long"))
    assert not [key for key in talk.keys if key.startswith("utter_reply")]


def test_every_reply_is_said_with_the_child_line_in_every_language(definitions: Definitions) -> None:
    said = [one for one in definitions.replies.values() if one.then == "answered"]
    assert len(said) > 60
    for code in ("vi", "en"):
        for one in said:
            for variation in definitions.languages[code].responses[one.words].variations:
                assert "{so_111}" in variation.text, (code, one.id)
