"""People on call, put straight into a test's database: no password is hashed, and no shift ends within the test."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.store.database import Tx
from bot.store.models import ContactMethod, Officer, RotationRow


def add_officer(tx: Tx, login: str, phone: str, *, role: str = "officer") -> str:
    """An officer who is reached by text and by call, in this order; their id."""
    officer = Officer(
        id=tx.new_id(),
        login=login,
        name=login,
        role=role,
        localities=[],
        password="-",
        totp=b"-",
        created_at=tx.now,
    )
    tx.session.add(officer)
    tx.session.flush()
    for position, method in enumerate(("sms", "voice")):
        row_id = tx.new_id()
        address = tx.seal("contact_method", "address", row_id, phone)
        key = tx.vault.contact_key(method, phone)
        tx.session.add(
            ContactMethod(id=row_id, officer_id=officer.id, method=method, position=position, address=address, key=key)
        )
    return officer.id


def add_rotation(tx: Tx, kind: str, localities: Sequence[str], members: Sequence[str]) -> None:
    """A rotation whose first member leads for ever."""
    tx.session.add(
        RotationRow(
            id=tx.new_id(),
            name=kind,
            kind=kind,
            localities=list(localities),
            members=list(members),
            starts_at=tx.now - timedelta(hours=19),
            shift_hours=24 * 3_650,
        )
    )
