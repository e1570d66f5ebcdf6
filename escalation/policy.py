"""The escalation policy: who is paged in what order, how long each may take, and what happens when nobody answers.

It is data (data/escalation/policy.yml). An alert carries the snapshot it was opened with, so that a change of the
policy never moves the ground under an alert that is already climbing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Literal

from escalation.clocks import Calendar, LegalClock, clock_from_json, clock_to_json
from nlu.signals import Urgency

TargetKind = Literal["primary", "backup", "supervisor", "desk"]


@dataclass(frozen=True)
class Target:
    """Someone to page, named by what they are at that moment."""

    kind: TargetKind
    desk: str = ""  # desk id, for kind "desk"


@dataclass(frozen=True)
class Step:
    """One rung. The first target leads: with nobody there the ladder climbs at once; the others are kept informed."""

    to: tuple[Target, ...]
    also: tuple[str, ...]  # methods used at once beside a responder's own first one, e.g. voice
    ack_within: timedelta

    @property
    def hands_over(self) -> bool:
        """Whether this rung leads out of the team."""
        return self.to[0].kind == "desk"


@dataclass(frozen=True)
class LevelPolicy:
    """The rungs of one level; the last one hands over to a desk and is repeated until a human confirms."""

    steps: tuple[Step, ...]
    team_every: int  # while handed over, every so many rounds the team is paged again too
    follow_up: timedelta  # from an acknowledgement to the first action
    desk_follow_up: timedelta  # the same after a desk's: until the team itself must look
    review_every: timedelta  # a case still open after its last clock is brought up again this often
    reopen_on_rise: bool  # rising to this level undoes an acknowledgement given for a lesser danger

    @property
    def last(self) -> int:
        """Index of the rung that hands over."""
        return len(self.steps) - 1


@dataclass(frozen=True)
class Policy:
    """The whole policy."""

    ladders: Mapping[Urgency, LevelPolicy]
    clocks: tuple[LegalClock, ...] = ()
    calendar: Calendar = field(default_factory=Calendar)
    page_tries: int = 3  # how often one page is handed to its provider before another way is all that is left

    def of(self, level: Urgency) -> LevelPolicy:
        """The ladder of a level."""
        return self.ladders[level]

    def past_officers(self) -> Policy:
        """The same ladders without the officers of the place: the supervisor is the first who is rung.

        For a report that accuses somebody who works there. Source: Quyết định 1863/QĐ-TTg, conflicts of interest.
        """
        return replace(self, ladders={level: _past_officers(ladder) for level, ladder in self.ladders.items()})

    @property
    def desks(self) -> frozenset[str]:
        """Ids of every desk the policy leads to."""
        steps = (step for ladder in self.ladders.values() for step in ladder.steps)
        return frozenset(target.desk for step in steps for target in step.to if target.kind == "desk")

    def to_json(self) -> dict[str, Any]:
        """Plain values: the snapshot that an alert carries."""
        return {
            "levels": {level.name: _ladder_json(ladder) for level, ladder in self.ladders.items()},
            "clocks": [clock_to_json(clock) for clock in self.clocks],
            "holidays": sorted(day.isoformat() for day in self.calendar.holidays),
            "page_tries": self.page_tries,
        }

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Policy:
        """The inverse of `to_json`; raises PolicyProblems on anything else."""
        problems: list[str] = []
        ladders = {Urgency[name]: _ladder(found, name, problems) for name, found in value["levels"].items()}
        if problems:
            raise PolicyProblems(problems)
        return Policy(
            ladders=ladders,
            clocks=tuple(clock_from_json(clock) for clock in value["clocks"]),
            calendar=Calendar(frozenset(date.fromisoformat(day) for day in value["holidays"])),
            page_tries=int(value["page_tries"]),
        )


class PolicyProblems(Exception):  # noqa: N818
    """The escalation policy cannot be used; `problems` lists everything to mend, in Vietnamese."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


def parse_policy(document: Any, holidays: Any = None) -> Policy:
    """The policy that a parsed policy.yml (and holidays.yml) describes, or PolicyProblems with all faults at once."""
    problems: list[str] = []
    found = _mapping(document)
    levels = _mapping(found.get("levels"))
    ladders = {}
    for level in Urgency:
        if level.name not in levels:
            problems.append(f"levels: thiếu mức {level.name}")
            continue
        ladders[level] = _ladder(levels[level.name], level.name, problems)
    problems += [f"levels: không có mức {name}" for name in levels if name not in Urgency.__members__]
    clocks = tuple(_clock(one, problems) for one in found.get("clocks") or ())
    calendar = Calendar(_holidays(holidays, problems))
    tries = found.get("page_tries", 3)
    if not isinstance(tries, int) or tries < 1:
        problems.append("page_tries: phải là số nguyên từ 1")
    if problems:
        raise PolicyProblems(problems)
    return Policy(ladders, clocks, calendar, tries)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


_PERIOD = re.compile(r"(\d+)\s*(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _period(value: Any, where: str, problems: list[str]) -> timedelta:
    match = _PERIOD.fullmatch(str(value))
    if match is None or int(match[1]) == 0:
        problems.append(f"{where}: phải là một khoảng thời gian như 90s, 5m, 2h, 1d")
        return timedelta(minutes=1)
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _text(period: timedelta) -> str:
    return f"{int(period.total_seconds())}s"


def _ladder_json(ladder: LevelPolicy) -> dict[str, Any]:
    return {
        "steps": [
            {
                "to": [f"desk:{one.desk}" if one.kind == "desk" else one.kind for one in step.to],
                "also": list(step.also),
                "ack_within": _text(step.ack_within),
            }
            for step in ladder.steps
        ],
        "team_every": ladder.team_every,
        "follow_up": _text(ladder.follow_up),
        "desk_follow_up": _text(ladder.desk_follow_up),
        "review_every": _text(ladder.review_every),
        "reopen_on_rise": ladder.reopen_on_rise,
    }


def _past_officers(ladder: LevelPolicy) -> LevelPolicy:
    kept = (
        replace(step, to=tuple(each for each in step.to if each.kind not in _OF_THE_PLACE)) for step in ladder.steps
    )
    return replace(ladder, steps=tuple(step for step in kept if step.to))


_OF_THE_PLACE: tuple[TargetKind, ...] = ("primary", "backup")
_PERIODS = ("follow_up", "desk_follow_up", "review_every")


def _ladder(value: Any, name: str, problems: list[str]) -> LevelPolicy:
    found = _mapping(value)
    steps = tuple(
        _step(one, f"{name}, bậc {number}", problems) for number, one in enumerate(found.get("steps") or (), start=1)
    )
    if not steps or not steps[-1].hands_over:
        problems.append(f"{name}: bậc cuối phải gọi một nơi ngoài nhóm (desk:<id>), để luôn có người nghe")
    if len(steps) < 2 or any(step.hands_over for step in steps[:-1]):
        problems.append(f"{name}: trước bậc cuối phải có ít nhất một bậc gọi người trong nhóm")
    if not any(target.kind == "supervisor" for step in steps[:-1] for target in step.to):
        problems.append(f"{name}: phải có một bậc gọi trưởng ca (supervisor), cho tin tố người làm ở địa bàn")
    team_every = found.get("team_every", 5)
    if not isinstance(team_every, int) or team_every < 1:
        problems.append(f"{name}.team_every: phải là số nguyên từ 1")
        team_every = 1
    periods = {key: _period(found.get(key), f"{name}.{key}", problems) for key in _PERIODS}
    return LevelPolicy(steps, team_every, **periods, reopen_on_rise=bool(found.get("reopen_on_rise", False)))


def _step(value: Any, where: str, problems: list[str]) -> Step:
    found = _mapping(value)
    to = tuple(_target(one, where, problems) for one in found.get("to") or ())
    if not to:
        problems.append(f"{where}: thiếu `to`")
        to = (Target("primary"),)
    also = tuple(str(method) for method in found.get("also") or ())
    return Step(to, also, _period(found.get("ack_within"), f"{where}.ack_within", problems))


def _target(value: Any, where: str, problems: list[str]) -> Target:
    match str(value).partition(":"):
        case ("primary" | "backup" | "supervisor") as kind, "", "":
            return Target(kind)
        case "desk", ":", desk if desk:
            return Target("desk", desk)
        case _:
            problems.append(f"{where}: chỉ nhận primary, backup, supervisor hoặc desk:<id>")
            return Target("primary")


def _clock(value: Any, problems: list[str]) -> LegalClock:
    found = _mapping(value)
    id_ = str(found.get("id") or "")
    hours, days = found.get("hours", 0), found.get("working_days", 0)
    levels = [name for name in found.get("levels") or () if name in Urgency.__members__]
    if not (id_ and levels and isinstance(hours, int) and isinstance(days, int) and (hours > 0) != (days > 0)):
        problems.append(f"clocks, {id_ or '?'}: cần id, levels, và một trong hai: hours hoặc working_days")
        return LegalClock(id_, frozenset(), hours=1)
    if not (found.get("source") and found.get("verified_on")):
        problems.append(f"clocks, {id_}: thiếu source hoặc verified_on")
    return LegalClock(id_, frozenset(Urgency[name] for name in levels), hours, days)


def _holidays(document: Any, problems: list[str]) -> frozenset[date]:
    days = set()
    for one in _mapping(document).get("holidays") or ():
        day = _mapping(one).get("day")
        if isinstance(day, date):
            days.add(day)
        else:
            problems.append("holidays: mỗi dòng cần `day: năm-tháng-ngày`")
    return frozenset(days)
