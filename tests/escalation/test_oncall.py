"""Who is on call is worked out from rotation, overrides and an instant, and from nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.oncall import Override, Responder, Rota, on_call

HOME = ZoneInfo("Asia/Ho_Chi_Minh")
START = datetime(2026, 1, 1, 7, tzinfo=HOME)
ROTA = Rota("ninh-kieu", ("an", "binh", "chi"), START, timedelta(hours=24))


def at(month: int, day: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=HOME)


def ids(*overrides: Override, when: datetime, rota: Rota = ROTA) -> list[str]:
    return [one.id for one in on_call(rota, overrides, at=when)]


def override(add: str | None = None, remove: str | None = None) -> Override:
    return Override(at(1, 1, 7), at(1, 2, 7), add=add, remove=remove)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (at(1, 1, 7), ["an", "binh", "chi"]),
        (at(1, 2, 6, 59), ["an", "binh", "chi"]),
        (at(1, 2, 7), ["binh", "chi", "an"]),
        (at(1, 4, 7), ["an", "binh", "chi"]),
        (at(2, 1, 6, 59), ["an", "binh", "chi"]),  # shift 30 ends
        (at(2, 1, 7), ["binh", "chi", "an"]),  # the month begins with shift 31
        (at(2, 29, 7, year=2028), ["an", "binh", "chi"]),  # a leap day is a day: shift 789
        (at(3, 1, 7, year=2028), ["binh", "chi", "an"]),
        (at(1, 1, 6, 59), []),  # before the first shift
    ],
)
def test_the_shift_changes_at_seven_in_the_morning(when: datetime, expected: list[str]) -> None:
    assert ids(when=when) == expected


def test_the_zone_in_which_one_asks_does_not_matter() -> None:
    moment = at(5, 20, 7)
    assert ids(when=moment) == ids(when=moment.astimezone(UTC))


def test_an_empty_rota_is_an_empty_answer() -> None:
    assert on_call(Rota("x", (), START, timedelta(hours=8)), (), at=at(2, 1, 0)) == ()


def test_a_swap_puts_the_other_in_the_same_place() -> None:
    assert ids(override(add="dung", remove="an"), when=at(1, 1, 9)) == ["dung", "binh", "chi"]


def test_a_swap_with_a_colleague_of_the_same_rota_names_nobody_twice() -> None:
    assert ids(override(add="chi", remove="an"), when=at(1, 1, 9)) == ["chi", "binh"]


def test_a_swap_for_someone_not_on_shift_changes_nothing() -> None:
    assert ids(override(add="dung", remove="binh"), when=at(1, 1, 9)) == ["an", "binh", "chi"]


def test_when_the_one_on_shift_is_away_the_next_has_the_shift() -> None:
    people = on_call(ROTA, [override(remove="an")], at=at(1, 1, 9))
    assert people[0] == Responder("binh", "shift")


def test_when_everybody_is_away_nobody_is_invented() -> None:
    assert ids(*(override(remove=one) for one in ROTA.members), when=at(1, 1, 9)) == []


def test_who_is_added_comes_after_the_shift_and_before_the_next() -> None:
    assert ids(override(add="dung"), when=at(1, 1, 9)) == ["an", "dung", "binh", "chi"]
    assert ids(override(add="chi"), when=at(1, 1, 9)) == ["an", "chi", "binh"]


def test_an_addition_to_an_empty_rota_is_on_shift() -> None:
    empty = Rota("x", (), START, timedelta(hours=8))
    assert on_call(empty, [override(add="dung")], at=at(1, 1, 9)) == (Responder("dung", "shift"),)


def test_an_override_ends_at_its_end() -> None:
    assert ids(override(add="dung", remove="an"), when=at(1, 2, 7)) == ["binh", "chi", "an"]


@given(
    members=st.lists(st.sampled_from("abcdef"), max_size=6),
    hours=st.integers(1, 200),
    minutes=st.integers(-1_000, 3_000_000),
    changes=st.lists(
        st.tuples(st.none() | st.sampled_from("abcdxy"), st.none() | st.sampled_from("abcdxy")), max_size=4
    ),
)
def test_nobody_is_named_twice_and_only_known_people_are(
    members: list[str], hours: int, minutes: int, changes: list[tuple[str | None, str | None]]
) -> None:
    rota = Rota("r", tuple(members), START, timedelta(hours=hours))
    when = START + timedelta(minutes=minutes)
    found = on_call(rota, [Override(START, datetime.max.replace(tzinfo=UTC), *pair) for pair in changes], at=when)
    names = [one.id for one in found]
    assert len(set(names)) == len(names)
    assert set(names) <= set(members) | {joiner for joiner, _ in changes if joiner}
    if found:
        assert found[0].standing == "shift" or all(one.standing != "shift" for one in found)


def test_a_shift_without_length_is_refused() -> None:
    with pytest.raises(ValueError, match="shift"):
        Rota("x", ("an",), START, timedelta())
