"""How what we sent fared: a provider's news moves a message or a page forward, and a page that failed is told of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from bot.channels.base import DeliveryUpdate
from bot.channels.delivery import advances
from bot.store.database import Tx
from bot.store.models import Contact, OutboundMessage, Page

if TYPE_CHECKING:
    from bot.ladder import Ladder

_OVER = ("failed", "cancelled")


def note(tx: Tx, ladder: Ladder, update: DeliveryUpdate) -> bool:
    """Take in news of a message or a page; False if we know nothing under that id (yet)."""
    page = tx.session.scalar(select(Page).where(Page.provider_id == update.provider_id, Page.method == update.channel))
    if page is not None:
        ladder.hold(tx, page)
        note_page(tx, ladder, page, update)
        return True
    message = tx.session.scalar(
        select(OutboundMessage)
        .join(Contact, Contact.id == OutboundMessage.contact_id)
        .where(OutboundMessage.provider_id == update.provider_id, Contact.channel == update.channel)
    )
    if message is None:
        return False
    if advances(message.state, update.state):
        message.state = update.state
        message.error = update.error[:80] or None
    return True


def note_page(tx: Tx, ladder: Ladder, page: Page, update: DeliveryUpdate) -> None:
    """Move one page; if it failed, the next method or person is tried at once, not at the deadline."""
    if not advances(page.state, update.state):
        return
    if update.state == "failed":
        page_failed(tx, ladder, page, update.error or "failed")
        return
    page.state = "delivered" if update.state == "read" else update.state


def page_failed(tx: Tx, ladder: Ladder, page: Page, error: str) -> None:
    """This page reached nobody: `error` is a provider's code or `no_key` (a call without a pressed key)."""
    if page.state in _OVER or page.acked_at is not None:
        return
    ladder.schedule_news(tx, page.alert_id, ladder.page_failed(tx, page.id, error[:80]))
