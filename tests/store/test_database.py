"""Transactions are whole, time never goes back, and the database's moods have two names."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot.clock import MovedClock
from bot.store import keep
from bot.store.clocks import DatabaseClock, SteadyClock
from bot.store.database import Database, StoreFull
from bot.store.engines import parse_url
from bot.store.models import Keep
from bot.store.vault import Vault


def test_a_block_that_raises_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as tx:  # noqa: PT012
        keep.write(tx, "one", "1")
        tx.session.flush()
        1 / 0  # noqa: B018
    with database.read() as tx:
        assert keep.read(tx, "one") is None


def test_listeners_hear_of_commits_only(database: Database) -> None:
    heard: list[int] = []
    database.on_commit(lambda: heard.append(1))
    with pytest.raises(ZeroDivisionError), database.write():
        1 / 0  # noqa: B018
    with database.read() as tx:
        tx.session.scalars(select(Keep)).all()
    assert heard == []
    with database.write() as tx:
        keep.write(tx, "one", "1")
    assert heard == [1]


def test_a_transaction_within_a_transaction_is_a_mistake(sqlite_url: str, vault: Vault, clock: MovedClock) -> None:
    database = Database(sqlite_url, vault, clock)
    database.migrate()
    with database.write(), pytest.raises(RuntimeError), database.write():
        pass
    database.close()


def test_the_embedded_database_is_set_up_to_lose_nothing(tmp_path: Path, vault: Vault, clock: MovedClock) -> None:
    database = Database(f"sqlite:///{tmp_path}/new.db", vault, clock)
    database.migrate()
    wanted = {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "trusted_schema": 0, "foreign_keys": 1}
    with database.write() as tx:
        assert {name: tx.session.scalar(text(f"PRAGMA {name}")) for name in wanted} == wanted
    assert stat.S_IMODE((tmp_path / "new.db").stat().st_mode) == 0o600
    database.close()


def test_a_reader_cannot_write(sqlite_url: str, vault: Vault, clock: MovedClock) -> None:
    database = Database(sqlite_url, vault, clock)
    database.migrate()
    with pytest.raises(Exception, match="readonly"), database.read() as tx:
        tx.session.execute(text("DELETE FROM keep"))
    database.close()


def test_a_full_disk_says_so(sqlite_url: str, vault: Vault, clock: MovedClock) -> None:
    database = Database(sqlite_url, vault, clock)
    database.migrate()
    with database.write() as tx:
        pages = tx.session.scalar(text("PRAGMA page_count"))
        tx.session.execute(text(f"PRAGMA max_page_count={pages + 4}"))
    with pytest.raises(StoreFull), database.write() as tx:  # noqa: PT012
        for number in range(200):
            keep.write(tx, f"name{number}", "x" * 1000)
    with database.write() as tx:
        keep.write(tx, "small", "fits")
    database.close()


def test_no_error_carries_a_parameter(database: Database) -> None:
    with pytest.raises(Exception) as caught, database.write() as tx:  # noqa: PT011
        tx.session.execute(text("INSERT INTO nowhere VALUES (:words)"), {"words": "canary-em-so"})
    assert "canary" not in str(caught.value)


def test_time_never_goes_back(sqlite_url: str, vault: Vault) -> None:
    late = datetime(2026, 11, 2, 20, tzinfo=UTC)
    first = Database(sqlite_url, vault, MovedClock(late))
    first.migrate()
    first.close()
    early = MovedClock(late - timedelta(hours=1))
    second = Database(sqlite_url, vault, early)
    second.migrate()
    assert second.now() == late
    early.advance(timedelta(minutes=5))
    assert second.now() == late + timedelta(minutes=5)
    second.close()


def test_a_steady_clock_follows_forward_steps() -> None:
    below = MovedClock(datetime(2026, 1, 1, tzinfo=UTC))
    clock = SteadyClock(below)
    below.advance(timedelta(days=3))
    assert clock.now() == below.now()


def test_the_servers_clock_rules_over_this_machines(postgresql_url: str, vault: Vault) -> None:
    database = Database(postgresql_url, vault, MovedClock())
    clock = DatabaseClock(database.engine)
    with database.engine.connect() as connection:
        theirs = connection.scalar(text("SELECT clock_timestamp()"))
    assert abs(clock.now() - theirs) < timedelta(seconds=1)
    database.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://x/y"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite:///"):
        parse_url(url)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_is_known(scheme: str) -> None:
    assert parse_url(f"{scheme}://u:p@h/d").drivername == "postgresql+psycopg"
