"""Letting time pass on a clock one moves: every deadline on the way is met at its own time, not all at the end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from bot.clock import MovedClock
from bot.store.models import InboundMessage, Job

if TYPE_CHECKING:
    from bot.app import App
    from bot.store.database import Tx

HOPS = 2_000  # a ladder at its last rung rings every few minutes for ever; past this many the rest is one leap


async def let_pass(app: App, clock: MovedClock, by: timedelta) -> None:
    """Move the clock forward by `by`, stopping wherever something falls due to run it."""
    until = clock.now() + by
    await app.worker.run_due()
    for _ in range(HOPS):
        with app.database.read() as tx:
            due = _next(tx, clock.now())
        if due is None or due > until:
            break
        clock.advance(due - clock.now())
        await app.worker.run_due()
    if clock.now() < until:
        clock.advance(until - clock.now())
        await app.worker.run_due()


def _next(tx: Tx, now: datetime) -> datetime | None:
    """The next instant after `now` at which something may happen; what is due already waits for something else."""
    instants = (
        select(func.min(Job.due_at)).where(Job.state == "pending", Job.due_at > now),
        select(func.min(Job.lease_until)).where(Job.state == "claimed", Job.lease_until > now),
        select(func.min(InboundMessage.next_try_at)).where(
            InboundMessage.state == "new", InboundMessage.next_try_at > now
        ),
    )
    return min((at for query in instants if (at := tx.session.scalar(query)) is not None), default=None)
