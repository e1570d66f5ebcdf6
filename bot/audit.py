"""What was done and read: each row is chained to the one before by a keyed hash, and none is ever changed.

Whoever can write the database but has not the keys can neither change, insert, reorder nor cut off rows unseen:
the sealed head says how the chain ends.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from bot.store import keep
from bot.store.database import Tx
from bot.store.models import Audit
from bot.store.vault import Unsealable, Vault

_HEAD = "audit.head"
_FIRST = "0" * 64
_ADVISORY_LOCK = 1_110_112  # PostgreSQL: one chain, one writer at a time


def record(
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
    digest = _digest(tx.vault, previous, seq, tx.now, actor, action, subject, detail, sealed)
    tx.session.add(
        Audit(
            seq=seq, at=tx.now, actor=actor, action=action, subject=subject, detail=detail, note=sealed, digest=digest
        )
    )
    tx.session.flush()
    keep.write(tx, _HEAD, json.dumps({"seq": seq, "digest": digest}))


def verify(tx: Tx) -> int | None:
    """The number of the first row that was changed, moved or cut off; None while the chain is whole."""
    previous, expected = _FIRST, 1
    for row in tx.session.scalars(select(Audit).order_by(Audit.seq).execution_options(yield_per=500)):
        digest = _digest(tx.vault, previous, row.seq, row.at, row.actor, row.action, row.subject, row.detail, row.note)
        if row.seq != expected or row.digest != digest:
            return expected
        previous, expected = row.digest, expected + 1
    try:
        head = json.loads(keep.read(tx, _HEAD) or "null")
    except Unsealable:
        return expected
    whole = head == {"seq": expected - 1, "digest": previous} if head else expected == 1
    return None if whole else expected


def _digest(
    vault: Vault,
    previous: str,
    seq: int,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, Any],
    note: bytes | None,
) -> str:
    told = [seq, at.isoformat(), actor, action, subject, detail, note.hex() if note else None]
    return vault.keyed_hash("audit", previous, json.dumps(told, sort_keys=True, ensure_ascii=True))
