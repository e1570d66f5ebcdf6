"""The case of a conversation: opened when a human must hear of it, found again while it is open."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable

from sqlalchemy import select

from bot.store.database import Tx
from bot.store.models import Case, CaseReason, Contact, Report, SessionRow
from escalation.triage import Reason
from flows.effects import SaveReport
from nlu.signals import Span, Urgency

UNKNOWN = "C99"  # the category of what nobody could place
_LETTERS = "23456789BCDFGHJKMNPQRSTVWXYZ"  # no vowels: no words; nothing that is heard or read as something else
_LENGTH = 6


def open_case(
    tx: Tx,
    contact: Contact,
    row: SessionRow,
    *,
    level: Urgency,
    category: str,
    locality: str | None = None,
    language: str = "vi",
) -> Case:
    """The open case of this conversation, at least as urgent as `level`; a new one if there is none."""
    case = tx.session.get(Case, row.case_id, with_for_update=True) if row.case_id else None
    if case is None or case.state == "closed":
        case = Case(
            id=tx.new_id(),
            code=_new_code(tx),
            contact_id=contact.id,
            level=int(level),
            category=category,
            locality=locality,
            language=language,
            state="open",
            opened_at=tx.now,
        )
        tx.session.add(case)
        row.case_id = case.id
    if category != UNKNOWN and (case.category == UNKNOWN or level < case.level):
        case.category = category
    case.level = min(case.level, int(level))
    case.locality = locality or case.locality
    tx.session.flush()
    return case


def give_reasons(tx: Tx, case: Case, inbound_id: str | None, reasons: Iterable[Reason]) -> None:
    """Keep why, and where in which message; the same reason of the same message is kept once."""
    kept = select(CaseReason).where(CaseReason.case_id == case.id)
    known = {(row.inbound_id, row.concept, row.start, row.end) for row in tx.session.scalars(kept)}
    for reason in reasons:
        place = (inbound_id, reason.concept, reason.span.start, reason.span.end)
        if place not in known:
            known.add(place)
            tx.session.add(
                CaseReason(
                    id=tx.new_id(),
                    case_id=case.id,
                    inbound_id=inbound_id,
                    concept=reason.concept[:80],
                    start=reason.span.start,
                    end=reason.span.end,
                    level=int(reason.level),
                    at=tx.now,
                )
            )


def save_report(tx: Tx, case: Case, contact: Contact, told: SaveReport, receipt_key: str | None) -> Report:
    """Keep a report verbatim. A draft that was kept because it carried danger becomes the whole report."""
    draft = select(Report).where(Report.case_id == case.id, Report.contact_id == contact.id, ~Report.submitted)
    report = tx.session.scalars(draft.limit(1)).first()
    if report is None:
        report = Report(id=tx.new_id(), case_id=case.id, contact_id=contact.id, created_at=tx.now)
        tx.session.add(report)
    report.role = told.role
    report.fields = tx.seal("report", "fields", report.id, json.dumps(dict(told.fields)))
    report.submitted = told.submitted
    report.receipt_key = receipt_key
    return report


def unread(concept: str, level: Urgency) -> Reason:
    """A reason that stands nowhere in a text."""
    return Reason(concept, Span(0, 0), level)


def _new_code(tx: Tx) -> str:
    while True:
        code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
        if tx.session.scalar(select(Case.id).where(Case.code == code)) is None:
            return code
