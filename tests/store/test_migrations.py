"""The tables are those of the models, up and down, on both engines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from bot.clock import MovedClock
from bot.store import schema
from bot.store.database import Database
from bot.store.models import Base, Contact
from bot.store.vault import Vault


@pytest.fixture
def fresh(empty_url: str, vault: Vault, clock: MovedClock) -> Iterator[Database]:
    """An installation before its first start."""
    database = Database(empty_url, vault, clock)
    try:
        yield database
    finally:
        database.close()


def test_the_first_start_makes_exactly_the_models(fresh: Database) -> None:
    assert not fresh.revision_ok()
    fresh.migrate()
    with fresh.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_a_second_migration_changes_nothing(fresh: Database) -> None:
    fresh.migrate()
    fresh.migrate()
    assert fresh.revision_ok()


def test_down_and_up_again_with_rows(fresh: Database) -> None:
    fresh.migrate()
    with fresh.write() as tx:
        row_id = tx.new_id()
        sealed = tx.seal("contact", "address", row_id, "+84900000001")
        tx.session.add(Contact(id=row_id, channel="sms", key="k", address=sealed, created_at=tx.now))
    schema.downgrade(fresh.engine, "base")
    with fresh.engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    assert not fresh.revision_ok()
    fresh.migrate()
    assert fresh.revision_ok()
