"""Something due at an instant: the outbox and the timer in one table.

A job is claimed for a while (its lease); whoever claims it counts an attempt, and only the newest attempt may
end it. So a worker that died, or slept through its lease, changes nothing when it comes back. A job that has
ended never changes again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, CursorResult, Select, Update, and_, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from bot.store.database import Database, Tx
from bot.store.models import Job

_ENDED = ("done", "failed", "cancelled")
_WAITING = ("pending", "claimed")


@dataclass(frozen=True)
class ClaimedJob:
    """A job in one worker's hands until its lease ends; `attempts` is the fence."""

    id: str
    kind: str
    lane: str
    key: str
    subject: str
    gen: int
    due_at: datetime
    priority: int
    owner: str
    attempts: int  # 1 at the first try
    lease_until: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)


def add(
    tx: Tx,
    *,
    kind: str,
    lane: str,
    key: str,
    subject: str,
    due_at: datetime,
    priority: int = 4,
    gen: int = 0,
    payload: Mapping[str, Any] | None = None,
    strand: str | None = None,
) -> None:
    """Have something done at `due_at`.

    The same key again replaces a job that is still pending and changes nothing once it was claimed or has ended:
    what recurs counts in its key. Jobs of one `strand` are handed out one at a time in the order they were added,
    except that a more urgent one overtakes. `payload` holds ids, enums and numbers, never words.
    """
    values = {
        "kind": kind,
        "lane": lane,
        "subject": subject,
        "due_at": due_at,
        "priority": priority,
        "gen": gen,
        "payload": dict(payload or {}),
        "strand": strand,
    }
    insert = postgresql.insert if tx.dialect == "postgresql" else sqlite.insert
    statement = insert(Job).values(
        id=tx.new_id(), key=key, state="pending", attempts=0, created_at=tx.now, owner=None, lease_until=None, **values
    )
    tx.session.execute(
        statement.on_conflict_do_update(index_elements=[Job.key], set_=values, where=Job.state == "pending")
    )


def claim(
    database: Database, *, owner: str, lanes: Collection[str] | None, limit: int, lease: timedelta
) -> list[ClaimedJob]:
    """Take up to `limit` due jobs of `lanes` (None: all), the most urgent first, in one short transaction.

    Jobs whose lease has run out are due again. Nothing is written while nothing is due.
    """
    if limit <= 0:
        return []
    with database.read() as look:
        if look.session.execute(_due(look, lanes, 1)).first() is None:
            return []
    with database.write() as tx:
        statement = _due(tx, lanes, limit)
        if tx.dialect == "postgresql":
            statement = statement.with_for_update(skip_locked=True, of=Job)
        rows = tx.session.scalars(statement).all()
        claimed = []
        for row in rows:
            row.state, row.owner, row.lease_until = "claimed", owner, tx.now + lease
            row.attempts += 1
            claimed.append(_claimed(row, owner, tx.now + lease))
        return claimed


def complete(tx: Tx, claimed: ClaimedJob, state: Literal["done", "failed"] = "done") -> bool:
    """End the job; False if it is no longer this attempt's (taken over, or cancelled meanwhile)."""
    return _mine(tx, claimed, update(Job).values(state=state, owner=None, lease_until=None))


def retry(tx: Tx, claimed: ClaimedJob, due_at: datetime) -> bool:
    """Have it tried again at `due_at`; False if it is no longer this attempt's."""
    return _mine(tx, claimed, update(Job).values(state="pending", owner=None, lease_until=None, due_at=due_at))


def renew(tx: Tx, claimed: ClaimedJob, lease: timedelta) -> bool:
    """Hold the job for `lease` from now; False if it is no longer this attempt's."""
    return _mine(tx, claimed, update(Job).values(lease_until=tx.now + lease))


def still_mine(tx: Tx, claimed: ClaimedJob) -> bool:
    """Whether this attempt may still go on: asked just before a provider is called."""
    return tx.session.execute(select(Job.seq).where(_fence(claimed))).first() is not None


def cancel(tx: Tx, *, subject: str, kind: str | None = None, below_gen: int | None = None) -> int:
    """Take back what has not ended of `subject`, also what a worker holds just now; how many that were."""
    where = [Job.subject == subject, Job.state.in_(_WAITING)]
    if kind is not None:
        where.append(Job.kind == kind)
    if below_gen is not None:
        where.append(Job.gen < below_gen)
    return _changed(tx, update(Job).where(*where).values(state="cancelled", owner=None, lease_until=None))


def cancel_keys(tx: Tx, *, subject: str, prefix: str) -> int:
    """Take back what has not ended of `subject` and whose key begins with `prefix`; how many that were."""
    where = (Job.subject == subject, Job.key.startswith(prefix, autoescape=True), Job.state.in_(_WAITING))
    return _changed(tx, update(Job).where(*where).values(state="cancelled", owner=None, lease_until=None))


def next_due(tx: Tx, lanes: Collection[str] | None = None) -> datetime | None:
    """When the next job could be claimed or the next lease ends; None if nothing waits.

    A job behind another of its strand has no time of its own: it follows when that one has ended.
    """
    pending = select(Job.due_at).where(Job.state == "pending", _of(lanes), ~_behind()).order_by(Job.due_at).limit(1)
    leased = select(Job.lease_until).where(Job.state == "claimed", _of(lanes)).order_by(Job.lease_until).limit(1)
    instants = [at for statement in (pending, leased) if (at := tx.session.scalar(statement)) is not None]
    return min(instants, default=None)


def forget(tx: Tx, *, ended_before: datetime) -> int:
    """Delete jobs that have ended and were due before an instant; how many that were."""
    result = tx.session.execute(delete(Job).where(Job.state.in_(_ENDED), Job.due_at < ended_before))
    return cast("CursorResult[Any]", result).rowcount


def _of(lanes: Collection[str] | None) -> ColumnElement[bool]:
    return Job.lane.in_(sorted(lanes)) if lanes is not None else Job.lane.is_not(None)


def _behind() -> ColumnElement[bool]:
    earlier = aliased(Job)
    return (
        select(earlier.seq)
        .where(
            earlier.strand == Job.strand,
            earlier.state.in_(_WAITING),
            earlier.seq < Job.seq,
            earlier.priority <= Job.priority,
        )
        .exists()
    )


def _due(tx: Tx, lanes: Collection[str] | None, limit: int) -> Select[Job]:
    ripe = or_(
        and_(Job.state == "pending", Job.due_at <= tx.now),
        and_(Job.state == "claimed", Job.lease_until <= tx.now),
    )
    return select(Job).where(_of(lanes), ripe, ~_behind()).order_by(Job.priority, Job.due_at, Job.seq).limit(limit)


def _claimed(row: Job, owner: str, lease_until: datetime) -> ClaimedJob:
    return ClaimedJob(
        id=row.id,
        kind=row.kind,
        lane=row.lane,
        key=row.key,
        subject=row.subject,
        gen=row.gen,
        due_at=row.due_at,
        priority=row.priority,
        owner=owner,
        attempts=row.attempts,
        lease_until=lease_until,
        payload=dict(row.payload),
    )


def _fence(claimed: ClaimedJob) -> ColumnElement[bool]:
    return and_(
        Job.id == claimed.id,
        Job.state == "claimed",
        Job.owner == claimed.owner,
        Job.attempts == claimed.attempts,
    )


def _mine(tx: Tx, claimed: ClaimedJob, statement: Update) -> bool:
    return _changed(tx, statement.where(_fence(claimed))) == 1


def _changed(tx: Tx, statement: Update) -> int:
    result = tx.session.execute(statement, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", result).rowcount
