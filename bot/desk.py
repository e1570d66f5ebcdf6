"""What an officer can do with a case: plain functions in one transaction, each on record with who did it.

Every function takes the officer who asks and looks the case up through `find_case`, the one place that says
who may see what. What cannot be done raises CannotDo with the key of the words that say what to do instead.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, or_, select, true

from bot import audit, duty
from bot.store.database import Tx
from bot.store.models import Alarm, AlertRow, Case, Officer, Page, Report, ReportUpdate, RotationRow, SessionRow
from flows import state
from flows.events import OfficerJoined, OfficerLeft, OfficerSaid
from nlu.signals import Urgency

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.ladder import Ladder
    from bot.turn import Turns

LONGEST = 4_000  # characters of one thing that an officer writes


@dataclass(frozen=True)
class Desk:
    """The two parts that a command moves: the ladder of the alert, and the conversation."""

    ladder: Ladder
    turns: Turns


@dataclass(frozen=True)
class Actor:
    """The officer who asks."""

    id: str
    role: str  # officer | supervisor
    localities: tuple[str, ...] = ()  # unit codes; empty = the whole city

    @property
    def supervises(self) -> bool:
        """Whether this officer sees every case and the alarms."""
        return self.role == "supervisor"


class NoSuchCase(Exception):  # noqa: N818
    """There is no such case, or it is not this officer's to see; nobody can tell which."""


class CannotDo(Exception):  # noqa: N818
    """This cannot be done now; `key` names the words that say what to do instead."""

    def __init__(self, key: str, **values: str) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


def visible(tx: Tx, actor: Actor) -> ColumnElement[bool]:
    """The cases an officer may see: their localities, what is theirs, what they were paged for.

    A case whose place is unknown belongs to whoever takes turns for the whole city. Supervisors see all; what accuses
    somebody of the place is theirs alone.
    """
    if actor.supervises:
        return true()
    mine = true() if not actor.localities else _of_localities(tx, actor)
    return mine if duty.leads(tx, actor.id) else and_(mine, ~Case.past_officers)


def _of_localities(tx: Tx, actor: Actor) -> ColumnElement[bool]:
    own = select(Page.id).join(AlertRow, AlertRow.id == Page.alert_id).where(Page.responder == actor.id)
    paged = own.where(AlertRow.case_id == Case.id).correlate(Case).exists()
    clauses = [Case.locality.in_(actor.localities), Case.officer_id == actor.id, paged]
    if _takes_turns_for_the_city(tx, actor):
        clauses.append(Case.locality.is_(None))
    return or_(*clauses)


def _takes_turns_for_the_city(tx: Tx, actor: Actor) -> bool:
    rotations = tx.session.scalars(select(RotationRow).where(RotationRow.kind == "city"))
    return any(actor.id in row.members for row in rotations)


def find_case(tx: Tx, actor: Actor, code: str) -> Case:
    """The case with this code; raises NoSuchCase if there is none that this officer may see."""
    row = tx.session.scalar(select(Case).where(Case.code == code, visible(tx, actor)))
    if row is None:
        raise NoSuchCase
    return row


def looked(tx: Tx, actor: Actor, code: str, how: str) -> None:
    """Put on record that an officer read a case, or asked for one that is not theirs."""
    case = tx.session.scalar(select(Case).where(Case.code == code))
    if case is not None:
        audit.record(tx, actor.id, "case.view", case.id, {"how": how})


def open_alert(tx: Tx, case_id: str) -> AlertRow | None:
    """The alert of a case that is not closed."""
    return tx.session.scalar(
        select(AlertRow)
        .where(AlertRow.case_id == case_id, AlertRow.state != "closed")
        .order_by(AlertRow.opened_at.desc())
    )


def acknowledge(tx: Tx, desk: Desk, actor: Actor, code: str) -> None:
    """This officer has the case now; the ladder stops. Raises CannotDo if another officer was first."""
    case = _open_case(tx, actor, code)
    taken_by = _take(tx, desk, actor, case)
    if taken_by not in {None, actor.id}:
        raise CannotDo("utter_console_already_taken", name=_name(tx, taken_by or ""))


def take_over(tx: Tx, desk: Desk, actor: Actor, code: str) -> None:
    """This officer has the case from now on, whoever had it before."""
    case = _open_case(tx, actor, code)
    before = case.officer_id
    if _take(tx, desk, actor, case) != actor.id:
        # the alert must ring for the one who has it now; the person is not told of a change among us
        desk.ladder.give_back(tx, case.id, actor.id)
        alert = open_alert(tx, case.id)
        desk.ladder.acknowledge(tx, alert_id=alert.id if alert is not None else None, by=actor.id)
    case.officer_id = actor.id
    if case.contact_id is not None and (row := tx.session.get(SessionRow, case.contact_id)) and row.officer_id:
        row.officer_id = actor.id
    audit.record(tx, actor.id, "case.take_over", case.id, {"from": before})


def answer(tx: Tx, desk: Desk, actor: Actor, code: str, text: str) -> None:
    """Write to the person through the bot, which falls silent. To answer is to have the case."""
    case = _open_case(tx, actor, code)
    words = _words(text, "utter_console_answer_empty")
    if case.contact_id is None:
        raise CannotDo("utter_console_nobody_to_answer")
    row = tx.session.get(SessionRow, case.contact_id)
    if row is not None and row.officer_id not in {None, actor.id}:
        raise CannotDo("utter_console_other_talks", name=_name(tx, row.officer_id or ""))
    acknowledge(tx, desk, actor, code)
    _join(tx, desk, actor, case.contact_id)
    desk.turns.react(tx, case.contact_id, OfficerSaid(words))
    _acted(tx, desk, actor, case)
    audit.record(tx, actor.id, "case.answer", case.id, {"length": len(words)})


def release(tx: Tx, desk: Desk, actor: Actor, code: str) -> None:
    """Give the conversation back to the bot. The case stays with its officer."""
    case = find_case(tx, actor, code)
    if not _leave(tx, desk, case):
        raise CannotDo("utter_console_nobody_talks")
    audit.record(tx, actor.id, "case.release", case.id)


def give_back(tx: Tx, desk: Desk, actor: Actor, code: str) -> None:
    """The officer cannot go on with the case: the ladder starts again at once."""
    case = _open_case(tx, actor, code)
    if case.officer_id != actor.id and not actor.supervises:
        raise CannotDo("utter_console_not_yours")
    _leave(tx, desk, case)
    news = desk.ladder.give_back(tx, case.id, actor.id)
    audit.record(tx, actor.id, "case.give_back", case.id)
    _tell(tx, desk, case, news)


def update_reporter(tx: Tx, desk: Desk, actor: Actor, code: str, *, report_id: str, text: str) -> None:
    """Leave words for the reporter who comes back with the receipt code."""
    case = find_case(tx, actor, code)
    words = _words(text, "utter_console_update_empty")
    report = tx.session.get(Report, report_id)
    if report is None or report.case_id != case.id or report.receipt_key is None:
        raise CannotDo("utter_console_no_receipt")
    row_id = tx.new_id()
    sealed = tx.seal("report_update", "text", row_id, words)
    tx.session.add(ReportUpdate(id=row_id, report_id=report.id, officer_id=actor.id, text=sealed, at=tx.now))
    if case.state != "closed":
        _acted(tx, desk, actor, case)
    audit.record(tx, actor.id, "report.update", report.id, {"length": len(words)})


def set_level(tx: Tx, desk: Desk, actor: Actor, code: str, *, level: int, reason: str) -> None:
    """Raise or lower the urgency, with a reason. Nothing but this ever lowers it."""
    case = _open_case(tx, actor, code)
    why = _words(reason, "utter_console_level_reason")
    if level not in {0, 1, 2, 3, 4}:
        raise CannotDo("utter_console_level_unknown")
    if level == case.level:
        raise CannotDo("utter_console_level_same")
    before, case.level = case.level, level
    audit.record(tx, actor.id, "case.level", case.id, {"from": before, "to": level}, note=why)
    if level < before:
        news = desk.ladder.open_or_raise(tx, case_id=case.id, level=Urgency(level), by=actor.id)
    else:
        news = desk.ladder.lower(tx, case.id, Urgency(level), actor.id)
    if case.contact_id is not None:
        _set_floor(tx, case.contact_id, Urgency(level))
    _tell(tx, desk, case, news)


def note_action(tx: Tx, desk: Desk, actor: Actor, code: str, text: str) -> None:
    """Record what was done for the child; the first one stops the demand for it."""
    case = _open_case(tx, actor, code)
    words = _words(text, "utter_console_action_empty")
    acknowledge(tx, desk, actor, code)
    _acted(tx, desk, actor, case)
    audit.record(tx, actor.id, "case.action", case.id, {"length": len(words)}, note=words)


def close(tx: Tx, desk: Desk, actor: Actor, code: str, outcome: str) -> None:
    """Close a case with the help that was given; without it nothing closes."""
    case = _open_case(tx, actor, code)
    help_given = _words(outcome, "utter_console_close_reason")
    _leave(tx, desk, case)
    case.outcome = tx.seal("case", "outcome", case.id, help_given)
    case.state, case.closed_at = "closed", tx.now
    case.officer_id = case.officer_id or actor.id
    case.wants_human = False
    news = desk.ladder.close(tx, case.id, actor.id)
    audit.record(tx, actor.id, "case.close", case.id, {"length": len(help_given)}, note=help_given)
    _tell(tx, desk, case, news)
    row = tx.session.get(SessionRow, case.contact_id) if case.contact_id else None
    if row is not None and row.case_id == case.id:
        row.case_id = None  # what the person writes from now on is a new case


def seen_to(tx: Tx, actor: Actor, alarm_id: str) -> None:
    """A supervisor has seen to an alarm of the duty; the same fault again rings again."""
    alarm = tx.session.get(Alarm, alarm_id)
    if not actor.supervises or alarm is None:
        raise NoSuchCase
    alarm.cleared_at = tx.now
    audit.record(tx, actor.id, "alarm.seen_to", alarm.id, {"kind": alarm.kind})


def _open_case(tx: Tx, actor: Actor, code: str) -> Case:
    case = find_case(tx, actor, code)
    if case.state == "closed":
        raise CannotDo("utter_console_closed")
    if case.contact_id is not None:
        # one order of locks everywhere: conversation, case, alert, page
        tx.session.get(SessionRow, case.contact_id, with_for_update=True)
    return case


def _words(text: str, key: str) -> str:
    words = text.replace("\x00", "").strip()
    if not words:
        raise CannotDo(key)
    if len(words) > LONGEST:
        raise CannotDo("utter_console_too_long", limit=str(LONGEST))
    return words


def _take(tx: Tx, desk: Desk, actor: Actor, case: Case) -> str | None:
    """Acknowledge the alert of a case; who has it afterwards."""
    alert = open_alert(tx, case.id)
    if alert is None:
        case.officer_id = case.officer_id or actor.id
        return case.officer_id
    result = desk.ladder.acknowledge(tx, alert_id=alert.id, by=actor.id)
    if result.ok:
        audit.record(tx, actor.id, "case.acknowledge", case.id)
        _tell(tx, desk, case, result.news)
        return actor.id
    return result.already_by


def _acted(tx: Tx, desk: Desk, actor: Actor, case: Case) -> None:
    case.first_action_at = case.first_action_at or tx.now
    _tell(tx, desk, case, desk.ladder.followed_up(tx, case.id, actor.id))


def _join(tx: Tx, desk: Desk, actor: Actor, contact_id: str) -> None:
    row = tx.session.get(SessionRow, contact_id)
    if row is None or row.officer_id is None:
        desk.turns.react(tx, contact_id, OfficerJoined())
        row = tx.session.get(SessionRow, contact_id)
    if row is not None:
        row.officer_id = actor.id


def _leave(tx: Tx, desk: Desk, case: Case) -> bool:
    row = tx.session.get(SessionRow, case.contact_id) if case.contact_id else None
    if row is None or row.officer_id is None:
        return False
    row.officer_id = None
    desk.turns.react(tx, row.contact_id, OfficerLeft())
    return True


def _tell(tx: Tx, desk: Desk, case: Case, news: Iterable[str] | None) -> None:
    """Have the person told by a job of its own: nothing in a conversation may undo what an officer did."""
    kinds = tuple(news or ())
    newest = select(AlertRow.id).where(AlertRow.case_id == case.id).order_by(AlertRow.opened_at.desc()).limit(1)
    alert_id = tx.session.scalar(newest)
    if alert_id is not None:
        desk.ladder.schedule_news(tx, alert_id, kinds)


def _set_floor(tx: Tx, contact_id: str, level: Urgency) -> None:
    # the conversation must not raise the case again by what was already read and judged
    row = tx.session.get(SessionRow, contact_id, with_for_update=True)
    if row is None:
        return
    session = state.from_json(tx.open("session", "state", contact_id, row.state))
    lowered = replace(session, floor=level)
    row.floor = int(level)
    row.state = tx.seal("session", "state", contact_id, state.to_json(lowered))
    row.version += 1


def _name(tx: Tx, officer_id: str) -> str:
    row = tx.session.get(Officer, officer_id)
    return row.name if row is not None else officer_id.removeprefix("desk:")
