"""The officers' console: every role and every deed, what is on record, and what a stranger's words cannot do."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import audit
from bot.channels.base import Inbound
from bot.store.models import (
    Alarm,
    AlertRow,
    Audit,
    Case,
    CaseReason,
    InboundMessage,
    OutboundMessage,
    Report,
    ReportUpdate,
    SessionRow,
)
from bot.web.console_views import marked
from tests.web.conftest import Browser, Place

NINH_KIEU, THANH_AN = "31135", "31231"
DEEDS: dict[str, dict[str, str]] = {
    "acknowledge": {},
    "take_over": {},
    "answer": {"text": "Chào em"},
    "action": {"text": "Đã gọi công an xã"},
    "level": {"level": "2", "reason": "đã nói chuyện, trẻ an toàn"},
    "close": {"outcome": "Trẻ ở với bà ngoại"},
}


@pytest.fixture
def desk(place: Place) -> Place:
    """An officer of one commune, one of another, one for the whole city, and a supervisor."""
    place.enrol("an", localities=(NINH_KIEU,))
    place.enrol("chau", localities=(THANH_AN,))
    place.enrol("binh")
    place.enrol("dung", role="supervisor")
    place.rotation("locality", ["an"], (NINH_KIEU,))
    place.rotation("city", ["binh"])
    return place


def do(place: Place, browser: Browser, code: str, deed: str, **form: str) -> int:
    return browser.post(f"/console/c/{code}/{deed}", data={"csrf": place.csrf(browser), **form}).status_code


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize(
    ("who", "allowed"), [("an", True), ("binh", True), ("dung", True), ("chau", False), (None, False)]
)
def test_every_deed_is_done_by_those_who_may_see_the_case_only(
    desk: Place, who: str | None, allowed: bool, deed: str
) -> None:
    code = desk.case(locality=NINH_KIEU)
    before = desk.row(code)
    if who is None:
        answer = desk.browser().post(f"/console/c/{code}/{deed}", data=DEEDS[deed])
        assert answer.headers["location"] == "/console/login"
    else:
        status = do(desk, desk.signed_in(who), code, deed, **DEEDS[deed])
        assert status == (303 if allowed else 404)
    after = desk.row(code)
    touched = (before.state, before.level, before.officer_id) != (after.state, after.level, after.officer_id)
    assert touched is allowed


@pytest.mark.parametrize("deed", [*DEEDS, "release", "give_back", "update"])
def test_no_deed_is_done_without_the_token_of_the_session(desk: Place, deed: str) -> None:
    code = desk.case()
    browser = desk.signed_in("dung")
    for form in ({}, {"csrf": "x" * 43}):
        assert browser.post(f"/console/c/{code}/{deed}", data=DEEDS.get(deed, {}) | form).status_code == 403
    token = desk.csrf(browser)
    evil = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    assert browser.post(f"/console/c/{code}/{deed}", data={"csrf": token}, headers=evil).status_code == 403
    assert desk.row(code).state == "open"


def test_a_case_of_another_commune_is_not_there_in_any_way(desk: Place) -> None:
    code = desk.case(locality=NINH_KIEU)
    browser = desk.signed_in("chau")
    assert code not in browser.get("/console").text
    assert code not in browser.get("/console/queue").text
    missing = browser.get("/console/c/CT-9999").text
    for path in (f"/console/c/{code}", f"/console/c/{code}/part"):
        answer = browser.get(path)
        assert (answer.status_code, answer.text) == (404, missing)
    assert [row.detail["how"] for row in desk.rows(Audit) if row.action == "case.view"] == ["refused", "refused"]


def test_whoever_was_paged_for_a_case_may_see_it(desk: Place) -> None:
    code = desk.case(locality=None)  # place unknown: the city's rotation, so binh was paged
    assert desk.signed_in("binh").get(f"/console/c/{code}").status_code == 200
    assert desk.signed_in("an").get(f"/console/c/{code}").status_code == 404


def test_what_accuses_somebody_of_the_place_is_the_supervisors_alone(desk: Place) -> None:
    code = desk.case(locality=NINH_KIEU)
    with desk.app.database.write() as tx:
        case = tx.session.scalars(select(Case).where(Case.code == code)).one()
        desk.app.ladder.pass_over(tx, case)
    for who in ("an", "binh", "chau"):
        browser = desk.signed_in(who)
        assert browser.get(f"/console/c/{code}").status_code == 404
        assert code not in browser.get("/console/queue").text
    shown = desk.signed_in("dung").get(f"/console/c/{code}").text
    assert "không qua cán bộ địa bàn" in shown


def test_every_look_at_a_case_is_on_record_and_the_chain_is_whole(desk: Place) -> None:
    code = desk.case()
    browser = desk.signed_in("an")
    browser.get(f"/console/c/{code}")
    browser.get(f"/console/c/{code}/part")
    looks = [(row.actor, row.detail["how"]) for row in desk.rows(Audit) if row.action == "case.view"]
    assert looks == [(desk.team["an"].id, "page"), (desk.team["an"].id, "refresh")]
    with desk.app.database.read() as tx:
        assert audit.verify(tx) is None


def test_the_queue_shows_the_most_urgent_first_and_whose_turn_it_is(desk: Place) -> None:
    later, urgent = desk.case(level=2), desk.case(level=0)
    html = desk.signed_in("an").get("/console").text
    assert html.index(urgent) < html.index(later)
    assert "bậc 1/4: Cán bộ an" in html
    assert "12 giờ" in html


def test_the_words_of_a_person_are_shown_exactly_and_do_nothing(desk: Place) -> None:
    code = desk.case('<img src=x onerror="alert(1)"> ba cầm dao \u202e')
    with desk.app.database.write() as tx:
        case = desk.row(code)
        (inbound,) = desk.rows(InboundMessage)
        tx.session.add(
            CaseReason(
                id=tx.new_id(),
                case_id=case.id,
                inbound_id=inbound.id,
                concept="x",
                start=34,
                end=41,
                level=0,
                at=tx.now,
            )
        )
    html = desk.signed_in("an").get(f"/console/c/{code}").text
    assert "<img" not in html
    assert "&lt;img src=x onerror=&#34;alert(1)&#34;&gt;" in html
    assert "<mark" in html
    assert "[U+202E]" in html


def test_marks_never_break_the_escaping() -> None:
    assert str(marked("<a>&", [(0, 2, '"x"'), (1, 9, "y"), (3, 2, "z")])) == (
        '<bdi class="words"><mark title="&#34;x&#34;">&lt;a</mark><mark title="y">&gt;&amp;</mark></bdi>'
    )


def test_an_answer_goes_to_the_person_and_takes_the_case(desk: Place) -> None:
    code = desk.case()
    assert do(desk, desk.signed_in("an"), code, "answer", text="Chào em, chị nghe em đây") == 303
    (alert,) = desk.rows(AlertRow)
    assert (alert.state, alert.acked_by) == ("acked", desk.team["an"].id)
    assert desk.row(code).first_action_at is not None
    (session,) = desk.rows(SessionRow)
    assert session.officer_id == desk.team["an"].id
    said = [row for row in desk.rows(OutboundMessage) if row.officer_id == desk.team["an"].id]
    with desk.app.database.read() as tx:
        texts = [json.loads(tx.open("outbound_message", "body", row.id, row.body))["text"] for row in said]
    assert texts == ["Chào em, chị nghe em đây"]


def test_two_officers_do_not_talk_at_once_unless_one_takes_over(desk: Place) -> None:
    code = desk.case()
    assert do(desk, desk.signed_in("an"), code, "answer", text="Chào em") == 303
    other = desk.signed_in("dung")
    answer = other.post(f"/console/c/{code}/answer", data={"csrf": desk.csrf(other), "text": "Em ơi"})
    assert answer.status_code == 409
    assert "Em ơi" in answer.text  # nothing that was typed is lost
    assert "Tiếp quản ca" in answer.text
    assert do(desk, other, code, "take_over") == 303
    assert do(desk, other, code, "answer", text="Em ơi") == 303
    (alert,) = desk.rows(AlertRow)
    assert alert.acked_by == desk.team["dung"].id


def test_releasing_gives_the_conversation_back_to_the_bot(desk: Place) -> None:
    code = desk.case()
    browser = desk.signed_in("an")
    do(desk, browser, code, "answer", text="Chào em")
    assert do(desk, browser, code, "release") == 303
    (session,) = desk.rows(SessionRow)
    assert session.officer_id is None
    assert do(desk, browser, code, "release") == 409


def test_a_case_given_back_rings_again(desk: Place) -> None:
    code = desk.case()
    browser = desk.signed_in("an")
    do(desk, browser, code, "acknowledge")
    assert do(desk, browser, code, "give_back") == 303
    (alert,) = desk.rows(AlertRow)
    assert alert.state == "open"


def test_the_second_to_acknowledge_hears_who_was_first(desk: Place) -> None:
    code = desk.case()
    assert do(desk, desk.signed_in("an"), code, "acknowledge") == 303
    other = desk.signed_in("dung")
    answer = other.post(f"/console/c/{code}/acknowledge", data={"csrf": desk.csrf(other)})
    assert answer.status_code == 409
    assert "Cán bộ an" in answer.text


def test_only_a_human_with_a_reason_lowers_and_the_conversation_does_not_raise_it_again(desk: Place) -> None:
    code = desk.case(level=0)
    browser = desk.signed_in("an")
    do(desk, browser, code, "answer", text="Chào em")
    assert do(desk, browser, code, "level", level="3", reason="  ") == 409
    assert desk.row(code).level == 0
    assert do(desk, browser, code, "level", level="3", reason="nhầm lẫn, đã gọi xác minh") == 303
    assert desk.row(code).level == 3
    (alert,) = desk.rows(AlertRow)
    (session,) = desk.rows(SessionRow)
    assert (alert.level, session.floor) == (3, 3)
    noted = [row for row in desk.rows(Audit) if row.action == "case.level"]
    with desk.app.database.read() as tx:
        assert [tx.open("audit", "note", str(row.seq), row.note) for row in noted] == ["nhầm lẫn, đã gọi xác minh"]


def test_raising_is_told_to_the_ladder(desk: Place) -> None:
    code = desk.case(level=2)
    assert do(desk, desk.signed_in("an"), code, "level", level="0", reason="có dao") == 303
    (alert,) = desk.rows(AlertRow)
    assert alert.level == 0


@pytest.mark.parametrize("outcome", ["", "   ", "\x00"])
def test_nothing_closes_without_the_help_that_was_given(desk: Place, outcome: str) -> None:
    code = desk.case()
    assert do(desk, desk.signed_in("an"), code, "close", outcome=outcome) == 409
    assert desk.row(code).state == "open"


def test_closing_keeps_the_help_sealed_and_ends_the_alert(desk: Place) -> None:
    code = desk.case()
    browser = desk.signed_in("an")
    assert do(desk, browser, code, "close", outcome="Trẻ ở với bà ngoại") == 303
    row = desk.row(code)
    assert (row.state, row.outcome is not None) == ("closed", True)
    assert [alert.state for alert in desk.rows(AlertRow)] == ["closed"]
    assert "Trẻ ở với bà ngoại" in browser.get(f"/console/c/{code}").text
    assert do(desk, browser, code, "answer", text="x") == 409


def test_words_for_a_reporter_wait_for_the_receipt_code(desk: Place) -> None:
    code, other = desk.case(), desk.case()
    with desk.app.database.write() as tx:
        report = Report(
            id=tx.new_id(),
            case_id=desk.row(code).id,
            role="neighbour",
            fields=b"",
            receipt_key="k" * 64,
            created_at=tx.now,
        )
        report.fields = tx.seal("report", "fields", report.id, json.dumps({"what": "nghe tiếng khóc"}))
        tx.session.add(report)
    browser = desk.signed_in("an")
    assert "nghe tiếng khóc" in browser.get(f"/console/c/{code}").text
    assert do(desk, browser, other, "update", report=report.id, text="x") == 409  # not a report of that case
    assert do(desk, browser, code, "update", report=report.id, text="Đã có người tới") == 303
    (update,) = desk.rows(ReportUpdate)
    with desk.app.database.read() as tx:
        assert tx.open("report_update", "text", update.id, update.text) == "Đã có người tới"


def test_alarms_are_the_supervisors(desk: Place) -> None:
    with desk.app.database.write() as tx:
        alarm = Alarm(id=tx.new_id(), kind="nobody_on_call", subject="CT-1", count=1, first_at=tx.now, last_at=tx.now)
        tx.session.add(alarm)
    officer, supervisor = desk.signed_in("an"), desk.signed_in("dung")
    assert "Không có ai trong ca trực" not in officer.get("/console").text
    assert "Không có ai trong ca trực" in supervisor.get("/console").text
    path = f"/console/alarms/{alarm.id}/seen"
    assert officer.post(path, data={"csrf": desk.csrf(officer)}).status_code == 404
    assert supervisor.post(path, data={"csrf": desk.csrf(supervisor)}).status_code == 303
    assert [row.cleared_at is not None for row in desk.rows(Alarm)] == [True]


@pytest.mark.parametrize("path", ["/console", "/console/queue", "/console/c/CT-0001", "/console/c/CT-0001/part"])
def test_nothing_of_the_console_is_shown_to_strangers(desk: Place, path: str) -> None:
    desk.case()
    answer = desk.browser().get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/console/login")
    assert desk.browser().get("/console/events").status_code == 401


def test_an_unknown_deed_is_not_there(desk: Place) -> None:
    code = desk.case()
    assert do(desk, desk.signed_in("dung"), code, "erase") == 404


def test_words_that_came_after_the_last_deed_stand_out_until_somebody_acts(desk: Place) -> None:
    code = desk.case(locality=NINH_KIEU)
    an = desk.signed_in("an")
    waiting = an.get(f"/console/c/{code}").text
    assert waiting.index("Nhận ca") < waiting.index("ba dang cam dao"), "the first thing to do stands above the story"
    assert do(desk, an, code, "acknowledge") == 303
    assert "Tin mới chưa ai" not in an.get("/console").text
    desk.clock.advance(timedelta(minutes=3))
    assert desk.app.inbox.put(Inbound("web", "more", "em-1", "text", "ba pha cua roi")) == "stored"
    assert "Tin mới chưa ai" in an.get("/console").text
    page = an.get(f"/console/c/{code}").text
    assert "Tin mới chưa ai" in page
    assert "Nhận ca" not in page
    desk.clock.advance(timedelta(minutes=1))
    do(desk, an, code, "action", text="Đã gọi công an xã")
    assert "Tin mới chưa ai" not in an.get("/console").text


def test_a_new_case_of_the_same_person_names_the_one_before(desk: Place) -> None:
    first = desk.case(locality=NINH_KIEU)
    an = desk.signed_in("an")
    do(desk, an, first, "close", outcome="Trẻ ở với bà ngoại")
    desk.clock.advance(timedelta(minutes=5))
    second = desk.case("ba lai danh nua", locality=NINH_KIEU)
    with desk.app.database.write() as tx:
        cases = {case.code: case for case in tx.session.scalars(select(Case))}
        cases[second].contact_id = cases[first].contact_id
    assert f'href="/console/c/{first}"' in an.get(f"/console/c/{second}").text
    assert f'href="/console/c/{second}"' not in an.get(f"/console/c/{first}").text
