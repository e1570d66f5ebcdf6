"""What was audited stays as it was, or the change is seen."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot import audit
from bot.store.database import Database


@pytest.fixture
def database_url(empty_url: str) -> str:
    """A database of its own: who breaks a chain takes the locks off first."""
    return empty_url


@pytest.fixture
def audited(database: Database) -> Database:
    for number in range(4):
        with database.write() as tx:
            audit.record(tx, "officer", "case_read", f"case{number}", {"level": 1}, note="vì em cần giúp")
    return database


def _break(database: Database, statement: str) -> None:
    """Change the table as somebody with the database's password could, past the triggers."""
    with database.write() as tx:
        if tx.dialect == "postgresql":
            tx.session.execute(text("ALTER TABLE audit DISABLE TRIGGER ALL"))
        else:
            tx.session.execute(text("DROP TRIGGER audit_update"))
            tx.session.execute(text("DROP TRIGGER audit_delete"))
        tx.session.execute(text(statement))


def test_a_whole_chain_is_whole(audited: Database) -> None:
    with audited.read() as tx:
        assert audit.verify(tx) is None


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit SET actor = 'somebody' WHERE seq = 2", 2),
        ("DELETE FROM audit WHERE seq = 3", 3),
        ("DELETE FROM audit WHERE seq = 4", 4),
        ("DELETE FROM audit", 1),
        ("UPDATE audit SET note = NULL WHERE seq = 1", 1),
    ],
)
def test_a_changed_or_missing_row_is_named(audited: Database, statement: str, broken: int) -> None:
    _break(audited, statement)
    with audited.read() as tx:
        assert audit.verify(tx) == broken


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit"])
def test_the_database_itself_refuses_to_change_what_was_audited(audited: Database, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), audited.write() as tx:
        tx.session.execute(text(statement))
