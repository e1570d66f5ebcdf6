"""Deadlines, waits and news: what happens because time has passed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot import alarms
from bot.ladder import Ladder
from bot.sending import backoff
from bot.store import jobs
from bot.store.database import Tx
from bot.store.jobs import ClaimedJob
from flows.events import AlertNews, WaitExpired

if TYPE_CHECKING:
    from bot.turn import Turns

_SLOWEST = timedelta(seconds=30)
_HOPELESS = 8  # tries of what only speaks to a person; a deadline is tried for ever
_FOR_EVER = frozenset({"deadline", "page"})


class Timers:
    """Runs one timer in the caller's transaction, which also ends its job: both or neither."""

    def __init__(self, turns: Turns, ladder: Ladder) -> None:
        self._turns = turns
        self._ladder = ladder

    def run(self, tx: Tx, job: ClaimedJob) -> None:
        """Do what a timer is for, unless it was cancelled or taken over meanwhile."""
        if not jobs.complete(tx, job):
            return
        match job.kind:
            case "deadline":
                news = self._ladder.deadline_passed(tx, job.subject, job.gen)
                self._ladder.schedule_news(tx, job.subject, news)
            case "news":
                self._turns.react(tx, job.subject, AlertNews(job.payload["news"]))
            case "wait":
                self._turns.react(tx, job.subject, WaitExpired(str(job.payload["wait_id"])))
            case _:
                alarms.ring(tx, "unknown_job", job.kind)


def put_off(tx: Tx, job: ClaimedJob) -> None:
    """Try a job that failed once more, later each time; give up, ringing, only where nobody's safety hangs on it."""
    alarms.ring(tx, "job_failed", job.kind)
    if job.kind not in _FOR_EVER and job.attempts >= _HOPELESS:
        jobs.complete(tx, job, "failed")
        return
    jobs.retry(tx, job, tx.now + backoff(job.attempts, _SLOWEST))
