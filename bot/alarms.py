"""Alarms about the duty itself: one row for what is wrong now, however often it is noticed."""

from __future__ import annotations

from sqlalchemy import select

from bot.store.database import Tx
from bot.store.models import Alarm


def ring(tx: Tx, kind: str, subject: str) -> Alarm:
    """Show `kind` of `subject` (a case code, channel, rotation or lane; never a person) until it is seen to."""
    alarm = _open(tx, kind, subject)
    if alarm is None:
        alarm = Alarm(id=tx.new_id(), kind=kind, subject=subject, count=0, first_at=tx.now, last_at=tx.now)
        tx.session.add(alarm)
    alarm.count += 1
    alarm.last_at = tx.now
    tx.session.flush()
    return alarm


def clear(tx: Tx, kind: str, subject: str) -> bool:
    """Take back an alarm whose cause is gone; False if none was ringing."""
    alarm = _open(tx, kind, subject)
    if alarm is None:
        return False
    alarm.cleared_at = tx.now
    return True


def _open(tx: Tx, kind: str, subject: str) -> Alarm | None:
    found = select(Alarm).where(Alarm.kind == kind, Alarm.subject == subject, Alarm.cleared_at.is_(None))
    return tx.session.scalars(found.limit(1)).first()
