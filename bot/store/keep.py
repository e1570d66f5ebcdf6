"""Small named values of the installation, sealed."""

from __future__ import annotations

from bot.store.database import Tx
from bot.store.models import Keep


def read(tx: Tx, name: str) -> str | None:
    """The value kept under `name`; None if there is none."""
    row = tx.session.get(Keep, name)
    return None if row is None else tx.open("keep", "value", name, row.value)


def write(tx: Tx, name: str, value: str) -> None:
    """Keep `value` under `name`, in place of the one before."""
    sealed = tx.seal("keep", "value", name, value)
    row = tx.session.get(Keep, name)
    if row is None:
        tx.session.add(Keep(name=name, value=sealed, updated_at=tx.now))
    else:
        row.value, row.updated_at = sealed, tx.now
