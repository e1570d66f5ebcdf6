"""The tables are those of the models, up and down, on both engines."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from bot.clock import MovedClock
from bot.store import schema
from bot.store.database import Database
from bot.store.models import Base, Contact
from bot.store.vault import Vault


def test_the_first_start_makes_exactly_the_models(empty_url: str, vault: Vault, clock: MovedClock) -> None:
    database = Database(empty_url, vault, clock)
    try:
        assert not database.revision_ok()
        database.migrate()
        with database.engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    finally:
        database.close()


def test_a_second_migration_changes_nothing(database: Database) -> None:
    database.migrate()
    assert database.revision_ok()


def test_down_and_up_again_with_rows(database: Database) -> None:
    with database.write() as tx:
        row_id = tx.new_id()
        sealed = tx.seal("contact", "address", row_id, "+84900000001")
        tx.session.add(Contact(id=row_id, channel="sms", key="k", address=sealed, created_at=tx.now))
    schema.downgrade(database.engine, "base")
    with database.engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    assert not database.revision_ok()
    database.migrate()
    assert database.revision_ok()
