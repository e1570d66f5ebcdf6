"""The law's clocks, in Vietnam's days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.clocks import VIETNAM, Calendar, LegalClock, clocks_of
from nlu.signals import Urgency

CALENDAR = Calendar(frozenset({date(2026, 4, 30), date(2026, 5, 1)}))


def home(month: int, day: int, hour: int = 9) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("start", "end_of"),
    [
        (home(3, 2), date(2026, 3, 9)),  # Monday: Tue Wed Thu Fri, then Monday
        (home(3, 6, 23), date(2026, 3, 13)),  # Friday night
        (home(3, 7), date(2026, 3, 13)),  # Saturday
        (home(4, 28), date(2026, 5, 7)),  # over the holidays and a weekend
    ],
)
def test_five_working_days_end_at_midnight_of_the_fifth(start: datetime, end_of: date) -> None:
    due = CALENDAR.after_working_days(start, 5)
    assert due.astimezone(VIETNAM) == datetime.combine(end_of + timedelta(days=1), datetime.min.time(), VIETNAM)


def test_the_day_is_vietnams_not_greenwichs() -> None:
    late = datetime(2026, 3, 1, 18, tzinfo=UTC)  # already Monday 2 March, 01:00, in Vietnam
    assert CALENDAR.after_working_days(late, 5) == CALENDAR.after_working_days(home(3, 2), 5)


def test_twelve_hours_do_not_stop_for_the_weekend() -> None:
    measures = LegalClock("measures", frozenset({Urgency.U0}), hours=12)
    assert measures.due(home(3, 7), CALENDAR) == home(3, 7, 21)


def test_only_the_clocks_of_the_level_run_and_the_first_comes_first() -> None:
    measures = LegalClock("measures", frozenset({Urgency.U0}), hours=12)
    plan = LegalClock("plan", frozenset({Urgency.U0, Urgency.U2}), working_days=5)
    assert [due.clock for due in clocks_of(Urgency.U0, home(3, 2), (plan, measures), CALENDAR)] == ["measures", "plan"]
    assert [due.clock for due in clocks_of(Urgency.U2, home(3, 2), (plan, measures), CALENDAR)] == ["plan"]
    assert clocks_of(Urgency.U4, home(3, 2), (plan, measures), CALENDAR) == ()


@given(st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)), st.integers(1, 30))  # noqa: DTZ001
def test_a_term_has_exactly_its_working_days(start: datetime, days: int) -> None:
    begin = start.replace(tzinfo=UTC)
    due = CALENDAR.after_working_days(begin, days).astimezone(VIETNAM).date()
    first = begin.astimezone(VIETNAM).date() + timedelta(days=1)
    between = [first + timedelta(days=n) for n in range((due - first).days)]
    assert sum(CALENDAR.is_working(day) for day in between) == days
    assert CALENDAR.is_working(between[-1])
