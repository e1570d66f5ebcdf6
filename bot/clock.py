"""The one place that reads the clock."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class MovedClock:
    """A clock that stands still, or runs beside the real one, until somebody moves it forward."""

    def __init__(self, start: datetime | None = None) -> None:
        self._standing = start
        self._offset = timedelta()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            return (self._standing or datetime.now(UTC)) + self._offset

    def advance(self, by: timedelta) -> datetime:
        """Move forward by `by` (never backward: ValueError) and return the new time."""
        if by < timedelta():
            raise ValueError("a clock is only moved forward")
        with self._lock:
            self._offset += by
        return self.now()
