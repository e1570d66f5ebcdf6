"""The clocks that the law sets on a case: hours, working days and holidays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from nlu.signals import Urgency

VIETNAM = timezone(timedelta(hours=7))  # without summer time since 1975; no zone file to be missing or wrong
_SATURDAY = 5


@dataclass(frozen=True)
class Calendar:
    """Which days offices are closed beside Saturday and Sunday; a day not listed counts as a working day,

    so that a doubtful day makes a clock run out too early rather than too late.
    """

    holidays: frozenset[date] = frozenset()

    def is_working(self, day: date) -> bool:
        """Whether offices are open on that day in Vietnam."""
        return day.weekday() < _SATURDAY and day not in self.holidays

    def after_working_days(self, start: datetime, days: int) -> datetime:
        """The end (24:00 in Vietnam) of the `days`-th working day after the day of `start`, in UTC.

        Source: Bộ luật Dân sự 2015, Điều 147 khoản 2 (the first day does not count), Điều 148 khoản 5 and 6.
        """
        day, left = start.astimezone(VIETNAM).date(), days
        while left > 0:
            day += timedelta(days=1)
            left -= self.is_working(day)
        midnight = datetime.combine(day + timedelta(days=1), time(), VIETNAM)
        return midnight.astimezone(start.tzinfo)


@dataclass(frozen=True)
class LegalClock:
    """A time within which something must have been done for a case: either hours or working days."""

    id: str
    levels: frozenset[Urgency]
    hours: int = 0
    working_days: int = 0

    def due(self, opened_at: datetime, calendar: Calendar) -> datetime:
        """When it runs out for a case that was opened at `opened_at`."""
        if self.hours:
            return opened_at + timedelta(hours=self.hours)
        return calendar.after_working_days(opened_at, self.working_days)


@dataclass(frozen=True, order=True)
class Due:
    """One clock of one case."""

    at: datetime
    clock: str  # id of the clock


def clocks_of(level: Urgency, opened_at: datetime, clocks: Iterable[LegalClock], calendar: Calendar) -> tuple[Due, ...]:
    """Every clock that runs for a case of this level, the first to run out first."""
    return tuple(sorted(Due(clock.due(opened_at, calendar), clock.id) for clock in clocks if level in clock.levels))


def clock_from_json(value: Mapping[str, object]) -> LegalClock:
    """The inverse of `clock_to_json`."""
    levels, hours, days = value["levels"], value["hours"], value["working_days"]
    if not (isinstance(levels, list) and isinstance(hours, int) and isinstance(days, int)):
        raise ValueError("not a clock")
    return LegalClock(str(value["id"]), frozenset(Urgency(int(level)) for level in levels), hours, days)


def clock_to_json(clock: LegalClock) -> dict[str, object]:
    """Plain values that JSON can carry."""
    levels = [int(level) for level in sorted(clock.levels)]
    return {"id": clock.id, "levels": levels, "hours": clock.hours, "working_days": clock.working_days}
