"""Letting time pass on a clock one moves: every deadline on the way is met at its own time, not all at the end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.clock import MovedClock
from bot.store import jobs

if TYPE_CHECKING:
    from bot.app import App

HOPS = 2_000  # a ladder at its last rung rings every few minutes for ever; past this many the rest is one leap


async def let_pass(app: App, clock: MovedClock, by: timedelta) -> None:
    """Move the clock forward by `by`, stopping wherever something falls due to run it."""
    until = clock.now() + by
    await app.worker.run_due()
    for _ in range(HOPS):
        with app.database.read() as tx:
            due = jobs.next_due(tx)
        if due is None or due > until:
            break
        clock.advance(max(due - clock.now(), timedelta()))
        await app.worker.run_due()
    clock.advance(max(until - clock.now(), timedelta()))
    await app.worker.run_due()
