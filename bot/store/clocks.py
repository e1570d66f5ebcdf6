"""Clocks that guard due times: one that never goes back, one that follows the database server."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock

_REMEASURE = 30.0  # seconds between two looks at the server's clock


class SteadyClock:
    """A clock that never goes back: when the one below it does, time runs on from where it was."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead = timedelta()
        self._last = datetime.min.replace(tzinfo=UTC)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            raw = self._clock.now()
            if raw + self._ahead < self._last:
                self._ahead = self._last - raw
            self._last = raw + self._ahead
            return self._last

    def not_before(self, mark: datetime) -> None:
        """Start no earlier than `mark`, the latest time an earlier process has seen."""
        with self._lock:
            self._last = max(self._last, mark)


class DatabaseClock:
    """The database server's time: this machine's clock plus a measured difference, so that skew fires nothing early.

    The difference is measured again every half minute; while the server cannot be asked, the last one holds.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._offset = timedelta()
        self._measured_at = float("-inf")
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            if time.monotonic() - self._measured_at > _REMEASURE:
                self._measure()
            return datetime.now(UTC) + self._offset

    def _measure(self) -> None:
        self._measured_at = time.monotonic()
        before = datetime.now(UTC)
        try:
            with self._engine.connect() as connection:
                theirs = connection.scalar(select(func.clock_timestamp()))
        except SQLAlchemyError:
            return
        after = datetime.now(UTC)
        if isinstance(theirs, datetime):
            self._offset = theirs - (before + (after - before) / 2)
