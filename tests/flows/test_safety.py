"""Danger is heard from anywhere, before anything else, and nothing but a human makes it less."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from flows import safety
from flows.definition import Definitions
from flows.effects import AddToReport, RaiseAlert, RequestHandoff, StartWait
from flows.events import (
    AlertNews,
    Event,
    Heard,
    ReceiptChecked,
)
from flows.state import Session
from nlu.signals import Entity, Signals, Span, Urgency
from tests.flows.kinds import OPENINGS, TWO_PLACES
from tests.flows.talk import NIGHT, Talk, command, danger, told, words


@pytest.fixture
def talk(definitions: Definitions) -> Talk:
    return Talk(definitions)


@pytest.mark.parametrize("opening", OPENINGS, ids=range(len(OPENINGS)))
def test_danger_is_heard_from_anywhere(definitions: Definitions, opening: tuple[Event, ...]) -> None:
    talk = Talk(definitions).happens(*opening).hears(danger())
    first = talk.effects[0]
    assert isinstance(first, RaiseAlert)
    assert first.level is Urgency.U0
    assert talk.session.floor is Urgency.U0
    if not talk.session.muted:
        assert "111" in talk.text


def test_the_first_words_to_danger_are_what_to_do_and_one_question(talk: Talk) -> None:
    assert talk.hears(danger()).keys == ["utter_danger", "utter_ask_danger_safe"]
    assert "113" in talk.text


@pytest.mark.parametrize("level", [Urgency.U2, Urgency.U3, Urgency.U4])
def test_what_is_not_urgent_calls_nobody_by_itself(talk: Talk, level: Urgency) -> None:
    talk.hears(words("chuyện cũ", "report_self", "C01", urgency={level: 0.9}))
    assert talk.alarm is None
    assert talk.session.floor is level


def test_nothing_the_person_says_makes_danger_less(talk: Talk) -> None:
    talk.hears(danger())
    for message in ("an toàn", "em giỡn thôi", words("cảm ơn", "smalltalk"), command("exit"), command("erase")):
        assert talk.hears(message).session.floor is Urgency.U0


@pytest.mark.parametrize("kind", ["acknowledged", "unanswered", "handed_over", "reopened"])
def test_news_of_the_alert_lower_nothing(talk: Talk, kind: str) -> None:
    assert talk.hears(danger()).happens(AlertNews(kind)).session.floor is Urgency.U0  # type: ignore[arg-type]


def test_a_human_who_closes_the_case_begins_anew(talk: Talk) -> None:
    talk.hears(danger()).happens(AlertNews("closed"))
    assert (talk.session.floor, talk.session.danger, talk.session.told) == (Urgency.U4, "", ())
    talk.hears(danger())
    assert talk.keys[0] == "utter_danger"
    assert talk.alarm is not None


def test_the_same_danger_again_is_told_on_and_not_asked_from_the_beginning(talk: Talk) -> None:
    talk.hears(danger(), command("skip"), command("skip"), danger("ổng lại tới"))
    assert talk.alarm is not None
    assert talk.keys[0] == "utter_danger_again"
    assert "utter_ask_danger_safe" not in talk.keys


def test_a_graver_danger_is_answered_as_a_new_one(talk: Talk) -> None:
    talk.hears(danger(level=Urgency.U1), danger("ổng cầm dao"))
    assert talk.keys[0] == "utter_danger"
    assert talk.alarm is not None
    assert talk.alarm.level is Urgency.U0


def test_danger_in_an_answer_is_answered_with_numbers_whatever_is_asked_next(talk: Talk) -> None:
    where = replace(danger("ba đánh em ở Tân An"), entities=TWO_PLACES.entities)
    talk.hears(danger(), command("skip")).hears(where)
    assert talk.keys == ["utter_danger_again", "utter_ask_which_place"]  # what to do, and whom to call
    assert isinstance(talk.effects[0], RaiseAlert)


def test_what_a_reporter_adds_in_danger_reaches_the_officer(talk: Talk) -> None:
    talk.where(frames=(), slots={"receipt_status": "received"})
    talk.presses("#ct:go:receipt").hears("24681 35790")
    talk.happens(ReceiptChecked("in_progress")).hears(danger("ổng cầm dao rồi"))
    assert talk.of(AddToReport) == [AddToReport("ổng cầm dao rồi")]
    assert talk.alarm is not None


# What kind of danger it is


KINDS: list[tuple[Signals, str]] = [
    (danger(category="C01"), "violence"),
    (danger(category="C10"), "violence"),
    (danger(category="C03"), "assault"),
    (danger(category="C03", level=Urgency.U1), "sexual"),
    (replace(danger(category="C03", level=Urgency.U1), entities=(Entity("time", "now", Span(0, 1)),)), "assault"),
    (danger(category="C04"), "sextortion"),
    (danger("ảnh quen trên mạng, đòi em gửi hình", category="C04", concept="asks_for_nudes"), "lured"),
    (danger(category="C06"), "trafficking"),
    (danger("có em bé sơ sinh trước cổng chùa", category="C07"), "baby"),
    (danger("má bỏ con ở bến xe, con 8 tuổi", category="C07"), "alone"),
    (danger("nhà bắt con lấy chồng tháng sau", category="C13"), "marriage"),
    (danger("em có bầu rồi", category="C03"), "pregnant"),
    (danger("nội nhốt con ở ngoài, tối thui", category="C01"), "put_out"),
    (danger("ghe lật rồi, mấy đứa nhỏ dưới nước", category="C15"), "drowning"),
    (danger("con tui sốt 39 độ", category="C15"), "ill"),
    (danger("chồng tui đánh con", category="C01"), "violence"),
    (danger("tui mới tát nó chảy máu mũi", category="C01"), "own_hand"),
    (danger(category="C11"), "suicide"),
    (danger(category="C12"), "missing"),
    (danger(category="C15"), "accident"),
    (danger("thằng nhỏ té xuống kinh", category="C15"), "drowning"),
    (danger("nó uống nhầm thuốc trừ sâu", category="C15"), "poison"),
    (danger("con uống thuốc trừ sâu cho rồi", category="C11"), "suicide"),
    (danger("em uống hết vỉ thuốc rồi, nuốt hết", category="C11"), "overdose"),
    (danger("em đang ngồi trên lan can", category="C11"), "height"),
    (danger("em đứng ngoài ban công nghe ổng chửi", category="C01"), "violence"),
    (danger("thằng nhỏ co giật rồi", category="C15"), "seizure"),
    (danger("nó sốt cao quá", category="C15"), "ill"),
    (danger("em mới đánh con em, em bậm tay quá"), "own_hand"),
    (danger(category="C05"), "labour"),
    (replace(danger(level=Urgency.U1), entities=(Entity("time", "past", Span(0, 1)),)), "beaten_before"),
    (danger("ổng dọa quăng con, té sông hoài", category="C01"), "violence"),
    (danger(concept="missing_child"), "missing"),
    (danger("em lỡ tay xô nó té đập đầu"), "hurt"),
    (danger(category="C20"), "other"),
    (danger(concept="left_alone"), "alone"),
    (danger("tui kềm không nổi, muốn đánh nó"), "own_anger"),
    (danger("mình bị ấu dâm, sợ mình sờ nó"), "own_urges"),
    (replace(words("cứu", urgency={Urgency.U1: 0.9}, category="C11", score=0.4), alarm=0.9, page_from=0.5), "other"),
]


@pytest.mark.parametrize(("message", "kind"), KINDS, ids=range(len(KINDS)))
def test_the_answer_fits_the_kind_of_danger(talk: Talk, message: Signals, kind: str) -> None:
    assert talk.hears(message).session.danger == kind
    assert talk.keys[0] == "utter_danger"


def test_a_fear_told_while_help_is_under_way_is_answered_and_the_question_stands(talk: Talk) -> None:
    talk.hears(danger())
    offered = talk.session.choices
    talk.hears(danger("công an có bắt em không"))
    assert talk.keys == ["utter_punished", "utter_safe_anytime"]
    assert talk.session.choices == offered
    assert talk.alarm is not None


def test_a_graver_danger_is_answered_by_its_own_words_where_it_answers_no_question(talk: Talk) -> None:
    talk.hears(danger(level=Urgency.U1)).hears(danger("con đang ở ngoài sân"))
    assert "utter_danger" not in talk.keys
    assert "utter_danger_safer" in talk.keys


def test_who_fears_their_urges_is_not_taken_for_the_one_who_is_harmed(talk: Talk) -> None:
    talk.hears(danger("mình bị ấu dâm, sợ mình sờ nó", category="C03"))
    talk.hears(danger("mai nó ngủ chung với em", category="C03", level=Urgency.U1))
    assert talk.session.danger == "own_urges"


def test_every_kind_of_danger_has_words_of_its_own(definitions: Definitions) -> None:
    written = {
        value
        for variation in definitions.languages["vi"].responses["utter_danger"].variations
        for name, value in variation.conditions
        if name == "danger"
    }
    assert written | {"other"} == {route.then for route in definitions.dangers}


def test_a_story_keeps_its_category_when_talk_goes_on_about_nothing(talk: Talk) -> None:
    talk.hears(told(category="C09"), words("xin chào", "smalltalk", "C99"))
    assert talk.session.category == "C09"
    assert talk.hears(danger(category="C11")).session.category == "C11"


def test_the_alert_says_where_as_soon_as_that_is_known(talk: Talk) -> None:
    near = replace(TWO_PLACES, entities=(Entity("place", "31147", Span(0, 6)),))
    assert talk.hears(danger()).alarm is not None
    assert talk.alarm is not None
    assert talk.alarm.locality is None
    talk.hears(command("skip"), near)
    assert [alarm.locality for alarm in talk.of(RaiseAlert)] == ["31147"]


def test_only_life_at_risk_is_remembered_as_such(definitions: Definitions) -> None:
    session = Session.new()
    grave = safety.judge(definitions, session, danger(), NIGHT).session
    assert grave.life_at_risk
    assert not safety.judge(definitions, session, danger(level=Urgency.U1), NIGHT).session.life_at_risk


def test_a_wish_for_a_human_is_no_alarm_but_is_heard(talk: Talk) -> None:
    talk.hears(command("human", "gặp người"))
    assert talk.of(RequestHandoff) == [RequestHandoff(Urgency.U3, "C99")]
    assert "111" in talk.text


def test_a_doubt_that_is_not_asked_about_on_a_screen_put_away_is_a_humans(talk: Talk) -> None:
    talk.hears(command("exit"))
    doubt = replace(words("con nói tiếp đi"), alarm=0.5, check_from=0.4, page_from=0.9)
    talk.hears(doubt)
    assert "utter_ask_is_safe" not in talk.keys
    assert len(talk.of(RaiseAlert)) == 1
    assert Talk(talk.definitions).hears(doubt).keys[-1] == "utter_ask_is_safe"


def test_a_danger_on_a_screen_put_away_calls_a_human_and_shows_nothing_of_it(talk: Talk) -> None:
    talk.hears(command("exit"))
    danger = replace(words("con nói tiếp đi"), alarm=0.95, check_from=0.4, page_from=0.9)
    talk.hears(danger)
    [alarm] = talk.of(RaiseAlert)
    assert alarm.level <= Urgency.U1
    assert "utter_danger" not in talk.keys
    assert "111" in talk.text


def test_a_danger_told_in_pieces_around_a_farewell_calls_a_human(talk: Talk) -> None:
    talk.hears(command("exit"))
    whole = replace(words("ổng về, ổng xỉn, con nói tiếp nha"), alarm=0.95, check_from=0.4, page_from=0.9)
    last = replace(words("con nói tiếp nha"), alarm=0.05, check_from=0.4, page_from=0.9)
    talk.happens(Heard(last, whole))
    [alarm] = talk.of(RaiseAlert)
    assert alarm.level <= Urgency.U1


def test_whoever_accused_somebody_of_the_place_and_asks_for_a_human_gets_another_one(talk: Talk) -> None:
    talk.session = talk.session.with_slots(conflict="officers")
    talk.hears(command("human", "gặp người"))
    [asked] = talk.of(RequestHandoff)
    assert asked.past_officers


def test_where_it_is_is_asked_once_then_spoken_of_once_and_then_awaited_in_silence(talk: Talk) -> None:
    talk.hears(danger("ba đánh con", level=Urgency.U1, concept="being_beaten_now"), "chưa")
    assert talk.keys[-1] == "utter_ask_danger_where"
    talk.hears(danger("ổng kiếm dao kìa", concept="being_beaten_now"))
    assert talk.keys == ["utter_danger_again", "utter_danger_where_anytime"]
    talk.hears(danger("ổng đốt nhà", category="C15", concept="fire"))
    assert talk.keys
    assert not {"utter_ask_danger_where", "utter_danger_where_anytime", "utter_ask_danger_safe"} & set(talk.keys)
    talk.hears("ấp 3 gần chợ")
    assert talk.session.slots["where"] == "ấp 3 gần chợ"


def test_an_hour_may_be_named_while_something_else_is_asked(talk: Talk) -> None:
    talk.hears(danger("ba đánh con", level=Urgency.U1, concept="being_beaten_now"), "nửa tiếng nữa nhắn em đi")
    assert talk.keys == ["utter_check_agreed", "utter_safe_anytime"]
    assert talk.of(StartWait) == [StartWait("wake:checkback", timedelta(minutes=30))]
    talk.hears("rồi", "ấp 3 gần chợ")
    assert "utter_ask_check_when" not in talk.keys


def test_whoever_changes_their_mind_about_being_asked_is_asked_for_the_hour(talk: Talk) -> None:
    talk.hears(danger("ba đánh con", level=Urgency.U1, concept="being_beaten_now"), "rồi", "ấp 3 gần chợ")
    talk.presses("Đừng nhắn").hears("tối nhắn lại em nha")
    assert talk.keys == ["utter_ask_check_when"]
    talk.presses("Nửa tiếng nữa")
    assert talk.keys == ["utter_check_promised"]
    assert talk.of(StartWait) == [StartWait("wake:checkback", timedelta(minutes=30))]
