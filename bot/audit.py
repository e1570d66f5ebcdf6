"""What was done and read: each row is chained to the one before by a keyed hash, and none is ever changed.

Whoever can write the database but has not the keys can neither change, insert, reorder nor cut off rows unseen:
the sealed head says how the chain ends.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from bot.store import keep
from bot.store.database import Tx
from bot.store.models import Audit
from bot.store.vault import Unsealable, Vault

_HEAD = "audit.head"
_FIRST = "0" * 64
_ADVISORY_LOCK = 1_110_112  # PostgreSQL: one chain, one writer at a time


def record(  # noqa: PLR0917
    tx: Tx, actor: str, action: str, subject: str, detail: Mapping[str, Any] | None = None, note: str | None = None
) -> None:
    """Add one deed in the caller's transaction; `detail` holds ids, enums and numbers, words go sealed into `note`."""
    if tx.dialect == "postgresql":
        tx.session.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
    head = keep.read(tx, _HEAD)
    previous = json.loads(head)["digest"] if head else _FIRST
    seq = (tx.session.scalar(select(func.max(Audit.seq))) or 0) + 1
    sealed = None if note is None else tx.seal("audit", "note", str(seq), note)
    detail = json.loads(json.dumps(dict(detail or {})))
    row = Audit(seq=seq, at=tx.now, actor=actor, action=action, subject=subject, detail=detail, note=sealed)
    row.digest = _digest(tx.vault, previous, row)
    tx.session.add(row)
    tx.session.flush()
    keep.write(tx, _HEAD, json.dumps({"seq": seq, "digest": row.digest}))


def verify(tx: Tx) -> int | None:
    """The number of the first row that was changed, moved or cut off; None while the chain is whole."""
    previous, expected = _FIRST, 1
    while rows := tx.session.scalars(select(Audit).where(Audit.seq >= expected).order_by(Audit.seq).limit(500)).all():
        for row in rows:
            if row.seq != expected or row.digest != _digest(tx.vault, previous, row):
                return expected
            previous, expected = row.digest, expected + 1
        tx.session.expunge_all()
    try:
        head = json.loads(keep.read(tx, _HEAD) or "null")
    except Unsealable:
        return expected
    whole = head == {"seq": expected - 1, "digest": previous} if head else expected == 1
    return None if whole else expected


def _digest(vault: Vault, previous: str, row: Audit) -> str:
    note = row.note.hex() if row.note else None
    told = [row.seq, row.at.isoformat(), row.actor, row.action, row.subject, row.detail, note]
    return vault.keyed_hash("audit", previous, json.dumps(told, sort_keys=True))
