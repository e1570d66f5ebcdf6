"""Who is on call: rotation, overrides and an instant in, people out. Nobody is an answer, never a default."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Standing = Literal["shift", "added", "standby"]


@dataclass(frozen=True)
class Rota:
    """People who take shifts of equal length one after another, for ever.

    Shifts are spans of elapsed time, so months, leap days and year ends need no rule of their own, and in Vietnam
    (UTC+7, no summer time) a shift that starts at 07:00 starts at 07:00 every day.
    """

    id: str
    members: tuple[str, ...]  # officer ids in order
    starts_at: datetime  # aware: when the first member's first shift begins
    shift: timedelta

    def __post_init__(self) -> None:
        if self.shift <= timedelta():
            raise ValueError("a shift must last")
        if self.starts_at.tzinfo is None:
            raise ValueError("a rotation starts at an aware instant")


@dataclass(frozen=True)
class Override:
    """From `starts_at` up to, not including, `ends_at`: someone joins, someone leaves, or one replaces another."""

    starts_at: datetime
    ends_at: datetime
    add: str | None = None
    remove: str | None = None

    def covers(self, at: datetime) -> bool:
        """Whether it is in force at that instant."""
        return self.starts_at <= at < self.ends_at


@dataclass(frozen=True)
class Responder:
    """Someone who can be paged, and why."""

    id: str
    standing: Standing


def shift_index(rota: Rota, at: datetime) -> int | None:
    """Whose turn it is at `at`, as an index into the members; None before the first shift or with no members."""
    if not rota.members or at < rota.starts_at:
        return None
    return ((at - rota.starts_at) // rota.shift) % len(rota.members)


def on_call(rota: Rota, overrides: Iterable[Override], *, at: datetime) -> tuple[Responder, ...]:
    """Who answers at `at`: the person on shift first, then who was added, then who comes next. Empty is a fact."""
    index = shift_index(rota, at)
    order = () if index is None else rota.members[index:] + rota.members[:index]
    people = [Responder(id_, "standby" if place else "shift") for place, id_ in enumerate(dict.fromkeys(order))]
    for override in overrides:
        if override.covers(at):
            people = _apply(people, override)
    return tuple(sorted(people, key=lambda one: _RANK[one.standing]))


_RANK: dict[Standing, int] = {"shift": 0, "added": 1, "standby": 2}


def _apply(people: list[Responder], override: Override) -> list[Responder]:
    match override.add, override.remove:
        case None, None:
            return people
        case None, leaver:
            return _promoted([one for one in people if one.id != leaver])
        case joiner, None:
            return _joined(people, joiner)
        case joiner, leaver:
            return _replaced(people, joiner, leaver)


def _promoted(people: list[Responder]) -> list[Responder]:
    # when the person on shift is away the next one has the shift
    if not people or any(one.standing != "standby" for one in people):
        return people
    return [Responder(people[0].id, "shift"), *people[1:]]


def _joined(people: list[Responder], joiner: str | None) -> list[Responder]:
    if joiner is None or any(one.id == joiner and one.standing != "standby" for one in people):
        return people
    others = [one for one in people if one.id != joiner]
    on_shift = [one for one in others if one.standing == "shift"]
    return [*on_shift, Responder(joiner, "added" if on_shift else "shift"), *others[len(on_shift) :]]


def _replaced(people: list[Responder], joiner: str | None, leaver: str | None) -> list[Responder]:
    # a swap for someone not on shift changes nothing
    if joiner is None or not any(one.id == leaver and one.standing != "standby" for one in people):
        return people
    swapped = []
    for one in people:
        if one.id == leaver:
            swapped.append(Responder(joiner, one.standing))
        elif one.id != joiner:
            swapped.append(one)
    return swapped
