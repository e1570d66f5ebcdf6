"""Labelled messages, and what some system says of them, as values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LEVELS = ("U0", "U1", "U2", "U3", "U4")
URGENT = frozenset({"U0", "U1"})
NOBODY = "none"  # the label of a writer who fears nothing of themselves


@dataclass(frozen=True)
class Gold:
    """One labelled message. Each `ok_…` holds every label that a careful officer could give, the main one first."""

    id: str
    text: str
    urgency: str
    ok_urgency: tuple[str, ...]
    ok_category: tuple[str, ...]
    ok_intent: tuple[str, ...]
    voice: str = "unknown"
    style: tuple[str, ...] = ()
    hard: bool = False
    situation: str = ""
    own: str = ""  # what the writer fears of themselves, or has just done; see nlu.signals.Signals.own

    @property
    def urgent(self) -> bool:
        """Whether a human must hear of it within the hour."""
        return self.urgency in URGENT

    @property
    def quiet(self) -> bool:
        """Whether no duty officer would put it above U3."""
        return not URGENT.union({"U2"}) & set(self.ok_urgency)


@dataclass(frozen=True)
class Predicted:
    """What a system says of one message. `alarm`: its probability of U0 or U1, where it has one."""

    urgency: str
    check: bool
    category: str
    intent: str
    alarm: float | None = None
    reasons: tuple[Mapping[str, Any], ...] = field(default=())
    own: str = ""

    @property
    def paged(self) -> bool:
        """A human is rung."""
        return self.urgency in URGENT

    @property
    def heard(self) -> bool:
        """A human is rung, or the person is asked at once whether they are safe."""
        return self.paged or self.check


class BadLine(ValueError):  # noqa: N818
    """A line of a file of labels or predictions that cannot be used; the text names file and line."""


def read_gold(paths: Iterable[Path]) -> list[Gold]:
    """The labelled messages of JSON Lines files. Raises BadLine."""
    return [_gold(row, where) for path in paths for row, where in _rows(path)]


def read_predictions(path: Path) -> dict[str, Predicted]:
    """A system's answers by message id, as `langnghe triage` prints them. Raises BadLine."""
    return {str(row.get("id")): prediction(row, where) for row, where in _rows(path)}


def prediction(row: Mapping[str, Any], where: str = "") -> Predicted:
    """One answer; raises BadLine."""
    if row.get("urgency") not in LEVELS:
        raise BadLine(f"{where}: `urgency` phải là U0 … U4")
    return Predicted(
        urgency=row["urgency"],
        check=bool(row.get("check", False)),
        category=str(row.get("category", "")),
        intent=str(row.get("intent", "")),
        alarm=None if row.get("alarm") is None else float(row["alarm"]),
        reasons=tuple(row.get("reasons") or ()),
        own=str(row.get("own") or ""),
    )


def _rows(path: Path) -> list[tuple[dict[str, Any], str]]:
    found = []
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        if not line.strip():
            continue
        where = f"{path.name}:{number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BadLine(f"{where}: không phải JSON") from error
        if not isinstance(row, dict):
            raise BadLine(f"{where}: phải là một đối tượng JSON")
        found.append((row, where))
    return found


def _gold(row: Mapping[str, Any], where: str) -> Gold:
    if not isinstance(row.get("text"), str) or row.get("urgency") not in LEVELS:
        raise BadLine(f"{where}: cần `text` và `urgency`")

    def ok(key: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys((str(row.get(key, "")), *map(str, row.get(f"ok_{key}") or ()))))

    return Gold(
        id=str(row.get("id", where)),
        text=row["text"],
        urgency=row["urgency"],
        ok_urgency=ok("urgency"),
        ok_category=ok("category"),
        ok_intent=ok("intent"),
        voice=str(row.get("voice", "unknown")),
        style=tuple(map(str, row.get("style") or ())),
        hard=bool(row.get("hard", False)),
        situation=str(row.get("situation", "")),
        own=str(row["own"]) if row.get("own", NOBODY) != NOBODY else "",
    )
