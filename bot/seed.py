"""The demo team: invented people on a real rota, so that the ladder has somebody to ring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from bot import credentials, duty, officers
from bot.clock import SystemClock
from bot.store.models import Officer, RotationRow
from bot.yamlmarks import read_plain

if TYPE_CHECKING:
    from bot.app import App
    from bot.store.database import Tx

SHIFT_HOURS = 24


def seed_demo(app: App) -> str:
    """Put the demo team in place (again: nothing is doubled); the path of a one-time login for who is rung first."""
    with app.database.write() as tx:
        team = [*seed_team(tx, read_team(app)).values()]
        on_call = [one.id for one in duty.responders(tx, None, tx.now)]
        return f"/console/once/{credentials.new_once(tx, (on_call + team)[0], SystemClock().now())}"


def read_team(app: App) -> dict[str, Any]:
    """The invented team of data/demo."""
    team: dict[str, Any] = read_plain(app.settings.data / "demo" / "team.yml")
    return team


def seed_team(tx: Tx, team: dict[str, Any]) -> dict[str, str]:
    """Enrol who is missing and make the rotations that are missing; login → officer id."""
    known = {o.login: o.id for o in tx.session.scalars(select(Officer))}
    for person in team["officers"]:
        if person["login"] not in known:
            officer, _, _ = officers.enrol(
                tx,
                login=person["login"],
                name=person["name"],
                role=person["role"],
                phones=[person["phone"]],
                actor="demo",
            )
            known[officer.login] = officer.id
    there = set(tx.session.scalars(select(RotationRow.name)))
    for rotation in team["rotations"]:
        if rotation["name"] not in there:
            tx.session.add(
                RotationRow(
                    id=tx.new_id(),
                    name=rotation["name"],
                    kind=rotation["kind"],
                    localities=list(rotation["localities"]),
                    members=[known[login] for login in rotation["members"]],
                    starts_at=officers.shift_start(tx.now),
                    shift_hours=SHIFT_HOURS,
                )
            )
    return known
