"""A message and everything that follows from it stand or fall together."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from bot.store.models import Alarm, AlertRow, Audit, Case, CaseReason, Job, OutboundMessage, Page, SessionRow
from bot.turn import MOST_TRIES
from flows.effects import Effect
from flows.events import AlertNews, Event, Heard, OfficerJoined, OfficerLeft, OfficerSaid
from nlu.signals import Hazard, Signals, Span, Urgency, Weight
from tests.turn.conftest import OFFICER_NUMBER, World

DANGER = "ba dang cam dao ruot me"
BROKEN = "tin này làm hỏng"


class Broken(Exception):  # noqa: N818
    """Carries the person's words, as a careless library would."""


@pytest.fixture
def breakable(world: World) -> World:
    """An installation that fails on one text, in the middle of its turn."""

    def fragile(_contact: str, event: Event, _effects: tuple[Effect, ...]) -> None:
        if isinstance(event, Heard) and BROKEN in event.signals.text:
            raise Broken(event.signals.text)

    world.turns.observers.append(fragile)
    return world


def test_danger_is_answered_with_111_and_a_human_is_called_in_one_transaction(world: World) -> None:
    commits: list[int] = []
    world.receives(DANGER)
    world.database.on_commit(lambda: commits.append(1))
    assert world.works() == 1
    assert len(commits) == 2  # the claim, and the whole turn
    assert "111" in world.replies()[0]
    [case], [alert] = world.rows(Case), world.rows(AlertRow)
    assert alert.case_id == case.id
    assert case.level == 0
    assert world.rows(CaseReason)
    kinds = [job.kind for job in world.rows(Job)]
    assert "deadline" in kinds
    assert kinds.count("message") == len(world.replies())
    assert [row.state for row in world.messages()] == ["done"]


def test_a_turn_that_breaks_after_everything_was_written_leaves_nothing(world: World) -> None:
    world.receives(DANGER)
    before = world.counts()

    def broken(_contact: str, _event: Event, _effects: tuple[Effect, ...]) -> None:
        raise Broken

    world.turns.observers.append(broken)
    assert world.turns.run_next("a")
    assert world.counts() == before
    world.turns.observers.remove(broken)
    world.clock.advance(timedelta(seconds=1))
    assert world.works() == 1
    assert "111" in world.replies()[0]
    assert len(world.rows(AlertRow)) == 1


def test_a_message_that_breaks_everything_is_heard_by_a_human(
    breakable: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world = breakable
    world.receives(BROKEN)
    world.receives(DANGER)
    for _ in range(MOST_TRIES):
        world.works()
        world.clock.advance(timedelta(seconds=20))
    world.works()
    assert [row.state for row in world.messages()] == ["failed", "done"]
    [case], [alert] = world.rows(Case), world.rows(AlertRow)
    assert (case.level, alert.level) == (0, 0)  # the second message was heard too, and raised it
    assert "message:unread" in {reason.concept for reason in world.rows(CaseReason)}
    assert "message_unread" in {alarm.kind for alarm in world.rows(Alarm)}
    assert "111" in world.replies()[0]
    said = capsys.readouterr()
    assert BROKEN not in said.out + said.err


def test_a_broken_message_of_one_person_holds_up_nobody_else(breakable: World) -> None:
    breakable.receives(BROKEN, who="a")
    breakable.receives(DANGER, who="b")
    assert breakable.works() == 2
    assert "111" in breakable.replies("b")[0]


def test_a_worker_that_died_again_and_again_over_a_message_hands_it_to_a_human(world: World) -> None:
    world.receives("chào")
    for _ in range(MOST_TRIES):
        assert world.turns._claim("dying") is not None
        world.clock.advance(timedelta(seconds=16))
    world.works()
    assert [row.state for row in world.messages()] == ["failed"]
    assert len(world.rows(AlertRow)) == 1


def test_one_persons_messages_are_never_in_two_hands(world: World) -> None:
    world.receives("chào")
    world.receives("em hỏi chút")
    held = world.turns._claim("a")
    assert held is not None
    assert world.turns._claim("b") is None
    world.clock.advance(timedelta(seconds=16))
    taken = world.turns._claim("b")
    assert taken is not None
    world.turns._answer(taken)
    before = world.counts()
    world.turns._answer(held)  # the ghost of the first worker
    assert world.counts() == before
    assert [row.state for row in world.messages()] == ["done", "new"]


def test_two_workers_answer_every_message_once(world: World) -> None:
    for number in range(6):
        for who in ("a", "b", "c"):
            world.receives(f"chào {number}", who=who)
    threads = [threading.Thread(target=world.works, args=(owner,)) for owner in ("x", "y")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    world.works()
    assert [row.state for row in world.messages()] == ["done"] * 18
    assert {row.attempts for row in world.messages()} == {1}


def test_a_flood_of_one_person_lets_the_others_through(world: World) -> None:
    for number in range(5):
        world.receives(f"chào {number}", who="flood")
    world.clock.advance(timedelta(seconds=1))
    world.receives(DANGER, who="child")
    world.clock.advance(timedelta(seconds=1))
    assert world.turns.run_next("a")
    assert world.turns.run_next("a")
    assert "111" in world.replies("child")[0]


def test_the_risk_of_a_session_never_falls_by_itself(world: World) -> None:
    world.says(DANGER)
    world.says("dạ hết rồi, em giỡn thôi")
    [row], [case] = world.rows(SessionRow), world.rows(Case)
    assert (row.floor, case.level) == (0, 0)


def test_danger_within_an_open_case_opens_no_second_one(world: World) -> None:
    world.says(DANGER)
    world.says("ba danh em chay mau dau")
    assert len(world.rows(Case)) == 1
    assert len(world.rows(AlertRow)) == 1


def test_danger_after_a_closed_case_opens_a_new_one(world: World) -> None:
    world.says(DANGER)
    with world.database.write() as tx:
        case = tx.session.get_one(Case, world.rows(Case)[0].id)
        case.state = "closed"
        world.turns.ladder.close(tx, case.id, "officer")
        world.turns.react(tx, case.contact_id, AlertNews("closed"))
    world.says(DANGER)
    assert sorted(case.state for case in world.rows(Case)) == ["closed", "open"]
    assert len({case.code for case in world.rows(Case)}) == 2


def test_the_engine_is_silent_while_an_officer_talks_but_danger_still_raises(world: World) -> None:
    world.says("cho con gặp người thật")
    world.happens(OfficerJoined())
    before = len(world.replies())
    assert world.says("con hỏi chút") == []
    world.says(DANGER)
    assert world.rows(SessionRow)[0].floor == 0
    assert min(case.level for case in world.rows(Case)) == 0
    world.happens(OfficerSaid("Cô đây con."))
    assert "Cô đây con." in world.replies()[before:]
    world.happens(OfficerLeft())
    assert world.says("chào") != []


def test_xoa_keeps_the_case_and_sends_nothing_until_they_write_again(world: World) -> None:
    world.says(DANGER)
    world.says("xóa")
    contact = world.contact()
    assert contact.hushed
    assert contact.hidden_before is not None
    before = len(world.replies())
    world.happens(AlertNews("acknowledged"))
    assert len(world.replies()) == before
    assert {row.error for row in world.rows(OutboundMessage) if row.state == "dropped"} == {"hushed"}
    assert [case.state for case in world.rows(Case)] == ["open"]
    assert len(world.rows(AlertRow)) == 1
    assert world.says("chào") != []
    assert not world.contact().hushed


def test_a_farewell_takes_back_what_was_not_sent_yet(world: World) -> None:
    world.says(DANGER)
    waiting = [row.id for row in world.rows(OutboundMessage) if row.state == "queued"]
    assert waiting
    world.says("xóa")
    states = {row.id: row.state for row in world.rows(OutboundMessage)}
    assert {states[message] for message in waiting} == {"dropped"}
    assert {job.state for job in world.rows(Job) if job.subject in waiting} == {"cancelled"}


def test_silence_after_the_question_of_safety_calls_a_human(world: World) -> None:
    world.says("chào")
    unsure = Hazard("afraid", "C03", Urgency.U1, Span(0, 2), Weight.ASK)
    calm = {Urgency.U3: 0.9}  # a reader that sees no danger: the sign alone asks
    world.happens(Heard(Signals("em sợ", "report_self", 0.6, "C03", 0.5, urgency=calm, hazards=(unsure,))))
    assert world.rows(AlertRow) == []
    assert [job.payload for job in world.rows(Job) if job.kind == "wait"] != []
    world.passes(minutes=30)
    assert len(world.rows(AlertRow)) == 1
    assert world.rows(Case)[0].level <= 1


def test_an_officers_sms_acknowledges_and_the_child_hears_of_it(world: World) -> None:
    officer = world.add_officer()
    world.says(DANGER)
    before = len(world.replies())
    answered = world.says("1", who=OFFICER_NUMBER, channel="sms")
    assert len(answered) == 1
    [alert] = world.rows(AlertRow)
    assert (alert.state, alert.acked_by) == ("acked", officer)
    world.passes(seconds=1)
    assert len(world.replies()) > before
    assert len(world.rows(SessionRow)) == 1  # the officer's number has no conversation of its own
    assert len(world.rows(Page)) >= 1


def test_an_officer_who_writes_past_the_console_silences_the_bot_for_a_while(world: World) -> None:
    world.says("chào")
    world.receives("để cô trả lời", kind="human_echo")
    world.works()
    assert world.says("dạ con hỏi chút") == []
    world.passes(minutes=31)
    assert world.says("chào") != []


def test_media_is_answered_and_its_caption_is_heard(world: World) -> None:
    assert world.says("", kind="media", media="image") != []
    assert any("111" in reply for reply in world.says(DANGER, kind="media", media="image"))
    assert world.messages()[1].urgency == 0


def test_a_press_that_is_no_choice_is_read_as_words(world: World) -> None:
    assert "111" in world.says(DANGER, kind="press")[0]
    assert len(world.rows(AlertRow)) == 1


def test_a_session_that_cannot_be_read_keeps_its_urgency_and_its_case(world: World) -> None:
    world.says(DANGER)
    with world.database.write() as tx:
        tx.session.get_one(SessionRow, world.contact().id).state = b"broken"
    assert world.says("chào") != []
    [row] = world.rows(SessionRow)
    assert row.floor == 0
    assert len(world.rows(Case)) == 1
    assert "session_unreadable" in {alarm.kind for alarm in world.rows(Alarm)}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_file_of_the_embedded_database_holds_a_word_in_the_clear(world: World, sqlite_url: str) -> None:
    words = "ba dang cam dao ruot me canaryword"
    world.says(words, who="canaryaddress")
    folder = Path(sqlite_url.removeprefix("sqlite:///")).parent
    raw = b"".join(path.read_bytes() for path in folder.glob("langnghe.db*"))
    assert b"canary" not in raw
    assert b"cam dao" not in raw
    assert b"111" in world.replies("canaryaddress")[0].encode()


def test_everything_is_on_record(world: World) -> None:
    from bot import audit

    world.says(DANGER)
    assert world.rows(Audit)
    with world.database.read() as tx:
        assert audit.verify(tx) is None


def test_the_same_reason_of_the_same_message_is_kept_once(world: World) -> None:
    world.says(DANGER)
    places = [(row.inbound_id, row.concept, row.start, row.end) for row in world.rows(CaseReason)]
    assert len(places) == len(set(places))
