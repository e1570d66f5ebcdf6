"""An examination of this installation: what works, what is off, and what would fail on the night it is needed."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import httpx
from rich.console import Console
from rich.table import Table
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from bot import artefact, officers, understanding
from bot.app import open_store
from bot.check import all_problems
from bot.config import INVENTED_NUMBERS, Settings, channel_states
from bot.progress import waiting
from bot.store.database import Database, StoreBusy, StoreFull
from bot.store.models import Keep, Officer, RotationRow
from bot.store.vault import KEY_FILE, KeyFileProblem

Verdict = Literal["ok", "off", "bad"]
SAFE_SQLITE = (3, 51, 3)  # 3.7.0–3.51.2 may corrupt the write-ahead log when it is reset
LOW_DISK = 1 << 30  # bytes
SKEW = timedelta(seconds=2)
ROTA_DAYS = 7
SIGNS = {"ok": "[green]tốt[/green]", "off": "[yellow]tắt[/yellow]", "bad": "[bold red]HỎNG[/bold red]"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    verdict: Verdict
    note: str


def examine(settings: Settings) -> int:
    """Print every finding; exit code 1 when something is bad."""
    with waiting("Đang khám…"):
        findings = [*_settings(settings), *_machine(settings), *_store(settings)]
    table = Table("Phần", "Tình trạng", "Ghi chú")
    for finding in findings:
        table.add_row(finding.what, SIGNS[finding.verdict], finding.note)
    Console(file=sys.stdout, highlight=False).print(table)
    return 1 if any(finding.verdict == "bad" for finding in findings) else 0


def _settings(settings: Settings) -> Iterator[Finding]:
    problems = all_problems(settings.root)
    note = "không có lỗi" if not problems else f"{len(problems)} lỗi: xem langnghe check"
    yield Finding("cấu hình, lời nói, kịch bản", "bad" if problems else "ok", note)
    for state in channel_states(settings):
        yield Finding(f"kênh {state.name}", "ok" if state.on else "off", state.why)
    if settings.twilio is None:
        yield Finding("rung chuông cán bộ", "bad", "không có SMS và cuộc gọi thì không ai được báo")
    for desk, methods in settings.service["escalation"]["desks"].items():
        invented = any(address.startswith(INVENTED_NUMBERS) for address in methods.values())
        note = "còn là số ví dụ trong config.yml" if invented else ", ".join(methods)
        yield Finding(f"bàn trực {desk}", "bad" if invented else "ok", note)


def _machine(settings: Settings) -> Iterator[Finding]:
    settings.prepare_home()
    key = settings.home / KEY_FILE
    if key.exists():
        mode = stat.S_IMODE(key.stat().st_mode)
        yield Finding("tệp khóa", "bad" if mode & 0o077 else "ok", f"quyền {mode:o}; nhớ giữ một bản sao ở nơi khác")
    else:
        yield Finding("tệp khóa", "off", "sẽ được tạo ở lần chạy đầu")
    yield from _readers(settings)
    free = shutil.disk_usage(settings.home).free
    yield Finding("ổ đĩa", "bad" if free < LOW_DISK else "ok", f"còn {free / (1 << 30):.1f} GiB")
    writable = os.access(settings.home, os.W_OK)
    yield Finding("thư mục dữ liệu", "ok" if writable else "bad", "ghi được" if writable else "không ghi được")


def _readers(settings: Settings) -> Iterator[Finding]:
    """Which trained readers listen; each alone is enough to go on, the danger signs always listen."""
    there = (settings.home / "model").exists()
    yield Finding("bộ đọc n-gram", "ok" if there else "off", "đã học" if there else "sẽ học ở lần chạy đầu")
    try:
        understanding.transformer(settings)
        limits = artefact.thresholds(settings.data / understanding.READER, understanding.BOTH)
        yield Finding("bộ đọc transformer", "ok", f"báo từ {limits.page:.2f}, hỏi từ {limits.check:.2f}")
    except artefact.Unusable as error:
        yield Finding("bộ đọc transformer", "off", f"{error}; bộ đọc n-gram vẫn nghe một mình")
    if settings.service["nlu"]["backend"] == "rasa":
        yield Finding("Rasa", *_rasa(settings))


def _rasa(settings: Settings) -> tuple[Verdict, str]:
    try:
        url = settings.service["nlu"]["rasa_url"]
        answer = httpx.get(f"{url}/version", timeout=2.0, trust_env=False)
        return ("ok", f"phiên bản {answer.json()['version']}")
    except (httpx.HTTPError, ValueError, KeyError):
        return ("bad", "không trả lời; bộ đọc nhúng thay")


def _store(settings: Settings) -> Iterator[Finding]:
    try:
        database, _ = open_store(settings)
    except KeyFileProblem:
        yield Finding("cơ sở dữ liệu", "bad", "tệp khóa không dùng được")
        return
    try:
        yield from _looked(_driver, database)
        revision = list(_looked(_revision, database))
        yield from revision
        if all(finding.verdict == "ok" for finding in revision):  # without its tables there is nothing more to look at
            yield from _looked(_clock, database)
            yield from _looked(_rota, database)
    finally:
        database.close()


def _looked(look: Callable[[Database], Iterator[Finding]], database: Database) -> Iterator[Finding]:
    try:
        yield from list(look(database))
    except (StoreBusy, StoreFull, SQLAlchemyError) as error:
        yield Finding("cơ sở dữ liệu", "bad", f"không đọc được ({type(error).__name__})")


def _driver(database: Database) -> Iterator[Finding]:
    if not database.is_sqlite:
        with database.read() as tx:
            version = tx.session.scalar(text("show server_version"))
        yield Finding("cơ sở dữ liệu", "ok", f"PostgreSQL {version}")
        return
    with database.read() as tx:
        version = str(tx.session.scalar(text("select sqlite_version()")))
        mode = tx.session.scalar(text("pragma journal_mode"))
    safe = tuple(int(part) for part in version.split(".")) >= SAFE_SQLITE
    note = f"SQLite {version}, {mode}" + ("" if safe else "; bản này có thể làm hỏng WAL")
    yield Finding("cơ sở dữ liệu", "ok" if safe and mode == "wal" else "bad", note)


def _revision(database: Database) -> Iterator[Finding]:
    good = database.revision_ok()
    yield Finding("phiên bản bảng", "ok" if good else "bad", "đúng" if good else "chạy langnghe migrate")


def _clock(database: Database) -> Iterator[Finding]:
    with database.read() as tx:
        mark = tx.session.scalar(select(Keep.updated_at).where(Keep.name == "clock.high_water"))
        here = datetime.now(UTC)
        there = here if database.is_sqlite else tx.session.scalar(text("select clock_timestamp()"))
    ahead = mark is not None and mark > here + SKEW
    apart = there is not None and abs(there - here) > SKEW
    note = "đi lùi so với lần chạy trước" if ahead else "lệch so với máy chủ dữ liệu" if apart else "đúng"
    yield Finding("đồng hồ", "bad" if ahead or apart else "ok", note)


def _rota(database: Database) -> Iterator[Finding]:
    with database.read() as tx:
        active = set(tx.session.scalars(select(Officer.id).where(Officer.active)))
        rotations = list(tx.session.scalars(select(RotationRow)))
        holes = [
            row.name
            for row in rotations
            if any(person is None for _, _, person in officers.shifts(tx, row, active, ROTA_DAYS))
        ]
    kinds = {row.kind for row in rotations}
    for kind, name in (("city", "ca toàn thành phố"), ("supervisor", "ca phụ trách")):
        if kind not in kinds:
            yield Finding("lịch trực", "bad", f"chưa có {name}: đặt bằng langnghe officer rota")
    if holes:
        yield Finding("lịch trực", "bad", f"{ROTA_DAYS} ngày tới có lúc không ai trực: {', '.join(sorted(set(holes)))}")
    elif {"city", "supervisor"} <= kinds:
        yield Finding("lịch trực", "ok", f"{ROTA_DAYS} ngày tới lúc nào cũng có người")
