"""The team, from the command line: who is on it, how they are reached, and when they are on call."""

from __future__ import annotations

import itertools
import re
import secrets
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

import pyotp
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from bot import audit, credentials
from bot.app import open_store
from bot.config import Settings
from bot.store.database import Database, Tx
from bot.store.models import ContactMethod, Officer, OverrideRow, RotationRow
from bot.understanding import places_of
from escalation.oncall import Override, Rota, on_call

ISSUER = "Lắng Nghe"
VIETNAM = timezone(timedelta(hours=7))
LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,38}[a-z0-9]")
PHONE = re.compile(r"\+\d{8,15}")
KINDS = ("locality", "city", "supervisor")


def enrol(
    tx: Tx,
    *,
    login: str,
    name: str,
    role: str,
    phones: Sequence[str],
    localities: Sequence[str] = (),
    actor: str = "cli",
) -> tuple[Officer, str, str]:
    """A new member of the team: the row, the password and the TOTP secret, which are kept nowhere in the clear."""
    password, secret = secrets.token_urlsafe(12), credentials.new_totp_secret()
    officer = Officer(
        id=tx.new_id(),
        login=login,
        name=name,
        role=role,
        localities=list(localities),
        password=credentials.hash_password(password),
        totp=b"",
        totp_step=0,
        active=True,
        created_at=tx.now,
    )
    officer.totp = tx.seal("officer", "totp", officer.id, secret)
    tx.session.add(officer)
    tx.session.flush()
    ways = [(method, phone) for phone in phones for method in ("sms", "voice")]
    for position, (method, phone) in enumerate(ways):
        row_id = tx.new_id()
        tx.session.add(
            ContactMethod(
                id=row_id,
                officer_id=officer.id,
                method=method,
                position=position,
                address=tx.seal("contact_method", "address", row_id, phone),
                key=tx.vault.contact_key(method, phone),
                enabled=True,
            )
        )
    audit.record(tx, actor, "officer.add", officer.id, {"role": role})
    return officer, password, secret


def add(
    settings: Settings, login: str, name: str, phones: Sequence[str], *, supervisor: bool, localities: Sequence[str]
) -> int:
    """Enrol an officer and print what they sign in with, once."""
    phones = [re.sub(r"[ .\-]", "", phone) for phone in phones]
    faults = []
    if not LOGIN.fullmatch(login):
        faults.append("Tên đăng nhập: 3–40 chữ thường không dấu, số, dấu chấm hoặc gạch.")
    if not name.strip() or len(name) > 80:
        faults.append("Họ tên: từ 1 đến 80 chữ.")
    faults += [f"Số thứ {n} phải là số dạng quốc tế (+84…)." for n, p in enumerate(phones, 1) if not PHONE.fullmatch(p)]
    faults += _unknown(settings, localities)
    if faults:
        return _refuse(*faults)
    database = _open(settings)
    with database.write() as tx:
        if tx.session.scalar(select(Officer).where(Officer.login == login)):
            return _refuse("Đã có cán bộ dùng tên đăng nhập này.")
        role = "supervisor" if supervisor else "officer"
        _, password, secret = enrol(tx, login=login, name=name.strip(), role=role, phones=phones, localities=localities)
    uri = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)
    console = _console()
    console.print(f"Đã thêm {login}. Hai dòng sau chỉ hiện một lần; trao tận tay, đừng gửi qua mạng.", markup=False)
    console.print(f"  Mật khẩu: {password}", markup=False)
    console.print(f"  TOTP:     {uri}", markup=False)
    console.print("Tiếp theo: đặt ca trực bằng langnghe officer rota --name … --member …", markup=False)
    return 0


def disable(settings: Settings, login: str) -> int:
    """Take an officer off duty: no sign-in, no page; what they did stays on record."""
    database = _open(settings)
    with database.write() as tx:
        officer = tx.session.scalar(select(Officer).where(Officer.login == login))
        if officer is None:
            return _refuse("Không có cán bộ nào dùng tên đăng nhập này.")
        officer.active = False
        credentials.end_sessions_of(tx, officer.id)
        audit.record(tx, "cli", "officer.disable", officer.id)
    _console().print(f"Đã cho {login} thôi trực.", markup=False)
    return rota(settings, 7)  # a hole in the rota must be seen at once


def show(settings: Settings) -> int:
    """The team, without telephone numbers."""
    table = Table("Tên đăng nhập", "Họ tên", "Vai", "Xã, phường", "Cách báo", "Trực")
    with _open(settings).read() as tx:
        for officer in tx.session.scalars(select(Officer).order_by(Officer.login)):
            methods = tx.session.scalars(
                select(ContactMethod.method)
                .where(ContactMethod.officer_id == officer.id, ContactMethod.enabled)
                .order_by(ContactMethod.position)
            )
            role = "phụ trách" if officer.role == "supervisor" else "cán bộ"
            where = ", ".join(officer.localities) or "cả thành phố"
            active = "có" if officer.active else "đã thôi"
            table.add_row(officer.login, officer.name, role, where, ", ".join(methods) or "không có!", active)
    _console().print(table)
    return 0


def set_rotation(
    settings: Settings, name: str, *, kind: str, members: Sequence[str], localities: Sequence[str], hours: int
) -> int:
    """Make the rotation `name`, or put another in its place; the first member's shift starts at 07:00 today."""
    if kind not in KINDS:
        return _refuse(f"--kind chỉ nhận: {', '.join(KINDS)}")
    if kind == "locality" and not localities:
        return _refuse("Ca trực của xã, phường cần ít nhất một --locality.")
    if unknown := _unknown(settings, localities):
        return _refuse(*unknown)
    database = _open(settings)
    with database.write() as tx:
        found = {o.login: o for o in tx.session.scalars(select(Officer).where(Officer.active))}
        strangers = [login for login in members if login not in found]
        if strangers or not members:
            return _refuse(f"Không có cán bộ đang trực: {', '.join(strangers)}" if strangers else "Cần --member.")
        row = tx.session.scalar(select(RotationRow).where(RotationRow.name == name))
        if row is None:
            row = RotationRow(id=tx.new_id(), name=name)
            tx.session.add(row)
        row.kind, row.localities, row.shift_hours = kind, list(localities), hours
        row.members = [found[login].id for login in members]
        row.starts_at = shift_start(tx.now)
        audit.record(tx, "cli", "rotation.set", row.id, {"members": len(members), "hours": hours})
    return 0


def rota(settings: Settings, days: int) -> int:
    """Who is on call in the coming days; exit code 1 when there is a time with nobody."""
    database = _open(settings)
    with database.read() as tx:
        names = {o.id: o.login for o in tx.session.scalars(select(Officer).where(Officer.active))}
        rotations = list(tx.session.scalars(select(RotationRow).order_by(RotationRow.kind, RotationRow.name)))
        table = Table("Ca trực", "Loại", "Từ", "Đến", "Người trực")
        holes = 0
        for row in rotations:
            for start, end, person in shifts(tx, row, set(names), days):
                holes += person is None
                who = names[person] if person else "[bold red]KHÔNG CÓ AI[/bold red]"
                table.add_row(row.name, row.kind, _hour(start), _hour(end), who)
    _console().print(table)
    missing = [kind for kind in ("city", "supervisor") if kind not in {row.kind for row in rotations}]
    for kind in missing:
        _console().print(f"Chưa có ca trực loại {kind}.", style="bold red")
    return 1 if holes or missing else 0


def shifts(tx: Tx, row: RotationRow, active: set[str], days: int) -> list[tuple[datetime, datetime, str | None]]:
    """Spans of the coming days and who leads in each (None: nobody who is still on the team)."""
    overrides = list(tx.session.scalars(select(OverrideRow).where(OverrideRow.rotation_id == row.id)))
    changes = [Override(o.starts_at, o.ends_at, add=o.add_officer, remove=o.remove_officer) for o in overrides]
    rotation = Rota(row.id, tuple(row.members), row.starts_at, timedelta(hours=row.shift_hours))
    until = tx.now + timedelta(days=days)
    edges = {tx.now, until, row.starts_at, *(o.starts_at for o in overrides), *(o.ends_at for o in overrides)}
    length = rotation.shift
    edge = row.starts_at + ((tx.now - row.starts_at) // length) * length
    while edge < until:
        edges.add(edge)
        edge += length
    times = sorted(e for e in edges if tx.now <= e <= until)
    spans: list[tuple[datetime, datetime, str | None]] = []
    for start, end in itertools.pairwise(times):
        lead = next((r.id for r in on_call(rotation, changes, at=start) if r.id in active), None)
        if spans and spans[-1][2] == lead:
            spans[-1] = (spans[-1][0], end, lead)
        else:
            spans.append((start, end, lead))
    return spans


def shift_start(now: datetime) -> datetime:
    """The latest 07:00 in Vietnam."""
    local = now.astimezone(VIETNAM)
    start = local.replace(hour=7, minute=0, second=0, microsecond=0)
    return start if start <= local else start - timedelta(days=1)


def _unknown(settings: Settings, localities: Sequence[str]) -> list[str]:
    """A line for each code that is no commune of the city: who is named for it would never be called."""
    known = places_of(settings).titles
    return [
        f"--locality {code}: không có xã, phường nào mang mã này (data/places)."
        for code in localities
        if code not in known
    ]


def _hour(at: datetime) -> str:
    return at.astimezone(VIETNAM).strftime("%d/%m %H:%M")


def _open(settings: Settings) -> Database:
    database, _ = open_store(settings)
    database.migrate()
    return database


def _console() -> Console:
    return Console(file=sys.stdout, highlight=False, soft_wrap=True)


def _refuse(*faults: str) -> int:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for fault in faults:
        console.print(fault, markup=False)
    return 1
