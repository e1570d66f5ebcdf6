"""An independent look at the whole duty: what must always be true, said from the rows and from nothing else.

It runs beside the worker, and can run in another process: whatever it finds, it mends where it can and rings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from bot import alarms
from bot.ladder import arm
from bot.store import keep
from bot.store.database import Tx
from bot.store.models import Alarm, AlertRow, Case, InboundMessage, Job, Keep, Page
from escalation.alert import State

EVERY = timedelta(seconds=30)
LATE = timedelta(seconds=30)
SILENT = timedelta(seconds=60)
BEAT = "worker.beat"
_RECENT = timedelta(hours=1)


@dataclass(frozen=True)
class Findings:
    """What one look found; all zero and no silence is a healthy duty."""

    rearmed: int = 0
    late_lanes: tuple[str, ...] = ()
    late_turns: int = 0
    worker_silent: bool = False


def audit_once(tx: Tx, now: datetime | None = None) -> Findings:
    """Arm what has no deadline, and ring for it, for late jobs, waiting messages and a silent worker."""
    now = now or tx.now
    rearmed = _rearm(tx, now)
    lanes = _late_lanes(tx, now)
    turns = _waiting_turns(tx, now - LATE)
    beat = last_beat(tx)
    silent = beat is not None and now - beat > SILENT
    _show(tx, "turns_late", "inbox", wrong=turns > 0)
    _show(tx, "worker_silent", "worker", wrong=silent)
    for alarm in tx.session.scalars(select(Alarm).where(Alarm.kind == "jobs_late", Alarm.cleared_at.is_(None))):
        _show(tx, "jobs_late", alarm.subject, wrong=alarm.subject in lanes)
    for lane in lanes:
        _show(tx, "jobs_late", lane, wrong=True)
    return Findings(rearmed, lanes, turns, silent)


def beat(tx: Tx) -> None:
    """The worker lives."""
    keep.write(tx, BEAT, "-")


def last_beat(tx: Tx) -> datetime | None:
    """When a worker last said that it lives; None: never."""
    return tx.session.scalar(select(Keep.updated_at).where(Keep.name == BEAT))


def figures(tx: Tx) -> Mapping[str, float]:
    """The gauges that /metrics shows, in seconds and counts."""
    oldest = tx.session.scalar(select(func.min(Page.created_at)).where(Page.state.in_(("queued", "sending"))))
    due = select(func.count()).select_from(Job).where(_unfinished(), Job.due_at <= tx.now)
    beat_at = last_beat(tx)
    waiting = select(func.count()).select_from(AlertRow).where(AlertRow.state.in_((State.OPEN, State.HANDOVER)))
    ringing = select(func.count()).select_from(Alarm).where(Alarm.cleared_at.is_(None))
    return {
        "oldest_unsent_page_seconds": 0.0 if oldest is None else max((tx.now - oldest).total_seconds(), 0.0),
        "alerts_without_deadline": float(len(_unarmed(tx))),
        "queue_depth": float((tx.session.scalar(due) or 0) + _waiting_turns(tx, tx.now)),
        "alerts_waiting": float(tx.session.scalar(waiting) or 0),
        "alarms_ringing": float(tx.session.scalar(ringing) or 0),
        "time_to_page_seconds": _time_to_page(tx),
        "worker_beat_age_seconds": -1.0 if beat_at is None else max((tx.now - beat_at).total_seconds(), 0.0),
    }


def _rearm(tx: Tx, now: datetime) -> int:
    rows = _unarmed(tx)
    for row in rows:
        at = max(row.deadline_at or now, now)
        # the armed job has ended, and a job that ended stays so: the new one needs a name of its own
        arm(tx, row.id, at=at, gen=row.gen, level=row.level, mark=f"/{int(now.timestamp())}")
        alarms.ring(tx, "alert_without_deadline", tx.session.get_one(Case, row.case_id).code)
    return len(rows)


def _unarmed(tx: Tx) -> list[AlertRow]:
    armed = exists().where(Job.subject == AlertRow.id, Job.kind == "deadline", Job.gen == AlertRow.gen, _unfinished())
    return list(tx.session.scalars(select(AlertRow).where(AlertRow.state != State.CLOSED, ~armed)))


def _unfinished() -> ColumnElement[bool]:
    return Job.state.in_(("pending", "claimed"))


def _late_lanes(tx: Tx, now: datetime) -> tuple[str, ...]:
    late = or_(
        and_(Job.state == "pending", Job.due_at < now - LATE),
        and_(Job.state == "claimed", Job.lease_until < now - LATE),
    )
    return tuple(tx.session.scalars(select(Job.lane).where(late).distinct().order_by(Job.lane)))


def _waiting_turns(tx: Tx, before: datetime) -> int:
    waiting = (
        select(func.count())
        .select_from(InboundMessage)
        .where(InboundMessage.state == "new", InboundMessage.received_at <= before)
    )
    return tx.session.scalar(waiting) or 0


def _time_to_page(tx: Tx) -> float:
    """The slowest first page of the alerts opened in the last hour."""
    first = (
        select(AlertRow.opened_at, func.min(Page.sent_at))
        .join(Page, Page.alert_id == AlertRow.id)
        .where(Page.sent_at.is_not(None), AlertRow.opened_at > tx.now - _RECENT)
        .group_by(AlertRow.id, AlertRow.opened_at)
    )
    spans = [(sent - opened).total_seconds() for opened, sent in tx.session.execute(first) if sent is not None]
    return max(spans, default=0.0)


def _show(tx: Tx, kind: str, subject: str, *, wrong: bool) -> None:
    if wrong:
        alarms.ring(tx, kind, subject)
    else:
        alarms.clear(tx, kind, subject)
