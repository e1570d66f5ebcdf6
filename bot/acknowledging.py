"""What an officer or a desk answers to a page by message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, select, true

from bot import duty
from bot.store.database import Tx
from bot.store.models import AlertRow, Case, Contact, Page
from escalation.alert import State

if TYPE_CHECKING:
    from bot.ladder import Ladder

PRESS = "#ct:ack:"


def answer(ladder: Ladder, tx: Tx, contact: Contact, text: str) -> str | None:
    """The reply to an acknowledging message of a responder; None for anybody and anything else."""
    responder = ladder.pager.who_is(tx, contact.channel, contact.key)
    if responder is None:
        return None
    if text.startswith(PRESS):
        return _pressed(ladder, tx, responder, text.removeprefix(PRESS).strip())
    asked = ladder.words.asked_code(text)
    if asked is None:
        return None
    return _typed(ladder, tx, responder, asked)


def _pressed(ladder: Ladder, tx: Tx, responder: str, token: str) -> str:
    page = tx.session.scalar(select(Page).where(Page.token == token, Page.responder == responder))
    row = tx.session.get(AlertRow, page.alert_id) if page is not None else None
    if page is None or row is None or _past(tx, row.case_id, responder):
        return ladder.words.reply("nothing")  # a token of someone else's page acknowledges nothing
    return _take(ladder, tx, responder, page.alert_id, others=())


def _typed(ladder: Ladder, tx: Tx, responder: str, asked: str) -> str | None:
    waiting = _waiting(tx, responder)
    codes = [code for _, code in waiting]
    if not asked:
        if not waiting:
            return _nothing_waits(ladder, tx, responder)
        return _take(ladder, tx, responder, waiting[0][0], others=codes[1:])
    for alert_id, code in waiting:
        if code.upper() == asked:
            return _take(ladder, tx, responder, alert_id, others=[one for one in codes if one != code])
    if tx.session.scalar(select(Case.id).where(Case.code == asked)) is not None:
        return ladder.words.reply("already", code=asked)
    # a mistyped code is answered; a word that is no code was meant for the bot ("nhận quà")
    mistyped = any(len(code) == len(asked) for code in codes) or any(map(str.isdigit, asked))
    if not mistyped:
        return None
    return ladder.words.reply("unknown", others=", ".join(codes)) if codes else ladder.words.reply("nothing")


def _nothing_waits(ladder: Ladder, tx: Tx, responder: str) -> str:
    newest = (
        select(Case.code)
        .join(AlertRow, AlertRow.case_id == Case.id)
        .join(Page, Page.alert_id == AlertRow.id)
        .where(Page.responder == responder)
        .order_by(Page.created_at.desc())
    )
    code = tx.session.scalar(newest.where(_theirs(tx, responder)).limit(1))
    return ladder.words.reply("nothing") if code is None else ladder.words.reply("already", code=code)


def _waiting(tx: Tx, responder: str) -> list[tuple[str, str]]:
    """Alerts that nobody has and that this responder was paged for: what they were paged for last comes first."""
    found = (
        select(AlertRow.id, Case.code)
        .join(Page, Page.alert_id == AlertRow.id)
        .join(Case, Case.id == AlertRow.case_id)
        .where(Page.responder == responder, Page.state != "cancelled")
        .where(AlertRow.state.in_((State.OPEN, State.HANDOVER)))
        .order_by(Page.created_at.desc(), AlertRow.level)
    )
    rows = tx.session.execute(found.where(_theirs(tx, responder)))
    return list(dict.fromkeys((alert_id, code) for alert_id, code in rows))


def _theirs(tx: Tx, responder: str) -> ColumnElement[bool]:
    """Without the cases that go past this responder: they learn nothing of them."""
    return true() if duty.leads(tx, responder) else ~Case.past_officers


def _past(tx: Tx, case_id: str, responder: str) -> bool:
    return duty.passed_over(tx, tx.session.get_one(Case, case_id), responder)


def _take(ladder: Ladder, tx: Tx, responder: str, alert_id: str, others: tuple[str, ...] | list[str]) -> str:
    result = ladder.acknowledge(tx, alert_id=alert_id, by=responder)
    ladder.schedule_news(tx, alert_id, result.news)
    if not result.ok:
        return ladder.words.reply("already", code=result.code)
    for page in tx.session.scalars(select(Page).where(Page.alert_id == alert_id, Page.responder == responder)):
        page.acked_at = page.acked_at or tx.now
    key = "taken_more" if others else "taken"
    return ladder.words.reply(key, code=result.code, others=", ".join(others), count=len(others))
