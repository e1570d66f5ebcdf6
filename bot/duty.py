"""Who is on call for a place at an instant, from the rotations and overrides in the store."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.store.database import Tx
from bot.store.models import Case, Officer, OverrideRow, RotationRow
from escalation.oncall import Override, Responder, Rota, on_call

_FIRST = {"shift": 0, "added": 1, "standby": 2}


def responders(tx: Tx, locality: str | None, at: datetime) -> tuple[Responder, ...]:
    """Active officers for a locality, the one on shift first; where no rotation covers it, the city's. May be empty."""
    rotations = _rotations(tx, "locality")
    covering = [row for row in rotations if locality is not None and locality in row.localities]
    return _on_call(tx, covering or _rotations(tx, "city"), at)


def supervisors(tx: Tx, locality: str | None, at: datetime) -> tuple[Responder, ...]:
    """Active supervisors for a locality, or of the whole city, the one on shift first. May be empty."""
    rotations = _rotations(tx, "supervisor")
    covering = [row for row in rotations if locality is not None and locality in row.localities]
    return _on_call(tx, covering or [row for row in rotations if not row.localities], at)


def passed_over(tx: Tx, case: Case, responder: str) -> bool:
    """Whether this case goes past them: it accuses somebody of the place, and they are no supervisor and no desk."""
    return case.past_officers and not leads(tx, responder)


def leads(tx: Tx, responder: str) -> bool:
    """Whether they are a supervisor, by role or by taking turns as one, or no officer at all: a desk."""
    officer = tx.session.get(Officer, responder)
    if officer is None or officer.role == "supervisor":
        return True
    return any(responder in row.members for row in _rotations(tx, "supervisor"))


def _rotations(tx: Tx, kind: str) -> list[RotationRow]:
    found = select(RotationRow).where(RotationRow.kind == kind).order_by(RotationRow.name, RotationRow.id)
    return list(tx.session.scalars(found))


def _on_call(tx: Tx, rotations: Iterable[RotationRow], at: datetime) -> tuple[Responder, ...]:
    people: dict[str, Responder] = {}
    for row in rotations:
        rota = Rota(row.id, tuple(row.members), row.starts_at, timedelta(hours=row.shift_hours))
        for one in on_call(rota, _overrides(tx, row.id, at), at=at):
            known = people.get(one.id)
            if known is None or _FIRST[one.standing] < _FIRST[known.standing]:
                people[one.id] = one
    active = set(tx.session.scalars(select(Officer.id).where(Officer.active, Officer.id.in_(people))))
    # who left the team is skipped only here: taken out of the members, they would shift everybody's turn
    return tuple(sorted((one for one in people.values() if one.id in active), key=lambda one: _FIRST[one.standing]))


def _overrides(tx: Tx, rotation_id: str, at: datetime) -> list[Override]:
    found = (
        select(OverrideRow)
        .where(OverrideRow.rotation_id == rotation_id, OverrideRow.starts_at <= at, OverrideRow.ends_at > at)
        .order_by(OverrideRow.starts_at, OverrideRow.id)
    )
    return [
        Override(row.starts_at, row.ends_at, add=row.add_officer, remove=row.remove_officer)
        for row in tx.session.scalars(found)
    ]
