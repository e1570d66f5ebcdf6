"""Coming back with a receipt code: finding the report, without letting anybody guess codes."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import timedelta
from threading import Lock, Thread

from sqlalchemy import func, select

from bot import receipts
from bot.store.database import Tx
from bot.store.models import Case, ReceiptTry, Report, ReportUpdate, SessionRow
from bot.store.vault import Vault
from flows.events import ReceiptChecked

TRIES_PER_PERSON = 5
TRIES_OF_ALL = 200
PERIOD = timedelta(hours=1)
MEANT = 10  # codes that a mistyped one is tried as; each takes 0.2 s, and it is seldom more than three

_STATUS = {"open": "received", "handover": "received", "acked": "in_progress", "closed": "done"}


class Drawer:
    """Draws receipt codes; the next one is stretched while nobody waits for it."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._lock = Lock()
        self._next: Future[tuple[str, str]] | None = None

    def draw(self) -> tuple[str, str]:
        """A fresh code and its key."""
        with self._lock:
            ready, self._next = self._next, Future()
            Thread(target=self._stretch, args=(self._next,), name="receipt", daemon=True).start()
        return ready.result() if ready is not None else self._fresh()

    def _stretch(self, into: Future[tuple[str, str]]) -> None:
        into.set_result(self._fresh())

    def _fresh(self) -> tuple[str, str]:
        code = receipts.new_code()
        return code, receipts.key_of(self._vault, code)


def look_up(tx: Tx, row: SessionRow, typed: str) -> ReceiptChecked:
    """What became of the report with this code, and what an officer wrote for its reporter, oldest first."""
    codes = receipts.meant(typed)[:MEANT]
    if not codes:
        return ReceiptChecked(None)  # not a code at all: mistyped, never a guess
    if _tries(tx, row.contact_id) >= TRIES_PER_PERSON or _tries(tx) >= TRIES_OF_ALL:
        return ReceiptChecked(None, locked=True)
    report = next((found for code in codes if (found := _report(tx, code)) is not None), None)
    if report is None:
        tx.session.add(ReceiptTry(id=tx.new_id(), contact_id=row.contact_id, at=tx.now))
        return ReceiptChecked(None)
    row.report_id = report.id
    case = tx.session.get_one(Case, report.case_id)
    written = (
        select(ReportUpdate)
        .where(ReportUpdate.report_id == report.id, ReportUpdate.officer_id.is_not(None))
        .order_by(ReportUpdate.at, ReportUpdate.id)
    )
    words = tuple(tx.open("report_update", "text", update.id, update.text) for update in tx.session.scalars(written))
    return ReceiptChecked(_STATUS.get(case.state, "received"), words)  # type: ignore[arg-type]


def add(tx: Tx, report_id: str, text: str) -> Case:
    """Keep something new for a report from its reporter; the case it belongs to."""
    row_id = tx.new_id()
    sealed = tx.seal("report_update", "text", row_id, text)
    tx.session.add(ReportUpdate(id=row_id, report_id=report_id, text=sealed, at=tx.now))
    return tx.session.get_one(Case, tx.session.get_one(Report, report_id).case_id)


def _report(tx: Tx, code: str) -> Report | None:
    return tx.session.scalar(select(Report).where(Report.receipt_key == receipts.key_of(tx.vault, code)))


def _tries(tx: Tx, contact_id: str | None = None) -> int:
    counted = select(func.count()).select_from(ReceiptTry).where(ReceiptTry.at > tx.now - PERIOD)
    if contact_id is not None:
        counted = counted.where(ReceiptTry.contact_id == contact_id)
    return tx.session.scalar(counted) or 0
