"""Connections: SQLite set up to lose nothing, or PostgreSQL."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2
from sqlalchemy import URL, Engine, create_engine, event, make_url

BUSY_SECONDS = 5.0

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "secure_delete=ON",
    "trusted_schema=OFF",
    "foreign_keys=ON",
)


def parse_url(text: str) -> URL:
    """The database of a URL: `sqlite:///path`, `postgresql://…` or `postgres://…`; anything else is a ValueError."""
    url = make_url(text.replace("postgres://", "postgresql://", 1) if text.startswith("postgres://") else text)
    match url.get_backend_name():
        case "sqlite" if url.database and url.database != ":memory:":
            return url
        case "postgresql":
            return url.set(drivername="postgresql+psycopg")
    raise ValueError("a database URL is sqlite:///path/of/file or postgresql://host/name")


def open_engines(url: URL, busy: float = BUSY_SECONDS) -> tuple[Engine, Engine]:
    """An engine that writes and one that only reads; on PostgreSQL they are the same.

    `busy`: seconds to wait for a lock before it is said that the store is busy.
    """
    if url.get_backend_name() == "postgresql":
        engine = _postgresql(url, busy)
        return engine, engine
    return _sqlite(url, busy, writes=True), _sqlite(url, busy, writes=False)


def _postgresql(url: URL, busy: float) -> Engine:
    arguments = {"connect_timeout": 5, "options": f"-c lock_timeout={int(busy * 1000)} -c timezone=UTC"}
    return create_engine(url, hide_parameters=True, pool_pre_ping=True, pool_size=8, connect_args=arguments)


def _sqlite(url: URL, busy: float, *, writes: bool) -> Engine:
    path = Path(url.database or "")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    engine = create_engine(
        url,
        module=pysqlite3.dbapi2,
        hide_parameters=True,
        connect_args={"check_same_thread": False, "isolation_level": None, "timeout": busy},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        # only writers checkpoint; a reader that could write would wait for them
        for pragma in (*_PRAGMAS, f"busy_timeout={int(busy * 1000)}", "query_only=OFF" if writes else "query_only=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        if not writes:
            cursor.execute("PRAGMA wal_autocheckpoint=0")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        # a writer takes its lock at once: it then never fails half-way because a reader became a writer
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
