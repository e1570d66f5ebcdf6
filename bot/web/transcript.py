"""What was said, in order, read from the store: for the person's own page and for the officer of the case."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select

from bot.store.database import Tx
from bot.store.models import InboundMessage, OutboundMessage
from flows.effects import Choice

VISIBLE = ("sent", "delivered", "read")  # what has reached the person's side


@dataclass(frozen=True)
class Line:
    """One message of a conversation."""

    id: str
    number: int  # seq in its own table
    side: Literal["person", "bot", "officer"]
    text: str
    at: datetime
    choices: tuple[Choice, ...] = ()
    media: str = ""
    state: str = ""  # of an outgoing message
    officer_id: str | None = None
    pressed: bool = False  # a choice, not words


def heard(tx: Tx, contact_id: str, *, since: datetime | None = None, limit: int = 200) -> list[Line]:
    """What the person wrote, oldest first; at most the newest `limit`."""
    query = select(InboundMessage).where(
        InboundMessage.contact_id == contact_id, InboundMessage.kind.in_(("text", "press", "media"))
    )
    if since is not None:
        query = query.where(InboundMessage.received_at > since)
    rows = tx.session.scalars(query.order_by(InboundMessage.seq.desc()).limit(limit)).all()
    return [_heard(tx, row) for row in reversed(rows)]


def said(
    tx: Tx, contact_id: str, *, since: datetime | None = None, after: int = 0, visible: bool = True, limit: int = 200
) -> list[Line]:
    """What was said to the person, oldest first; `visible`: only what has left us; `after`: a seq."""
    query = select(OutboundMessage).where(OutboundMessage.contact_id == contact_id, OutboundMessage.seq > after)
    if visible:
        query = query.where(OutboundMessage.state.in_(VISIBLE))
    if since is not None:
        query = query.where(OutboundMessage.created_at > since)
    rows = tx.session.scalars(query.order_by(OutboundMessage.seq.desc()).limit(limit)).all()
    return [_said(tx, row) for row in reversed(rows)]


def conversation(heard_lines: list[Line], said_lines: list[Line]) -> list[Line]:
    """Both sides in the order of time; an answer stands after what it answers."""
    return sorted([*heard_lines, *said_lines], key=lambda line: (line.at, line.side != "person", line.number))


def _heard(tx: Tx, row: InboundMessage) -> Line:
    body = json.loads(tx.open("inbound_message", "body", row.id, row.body)) if row.body else {}
    detail = body.get("detail") or {}
    pressed = row.kind == "press"
    text = str(detail.get("title", "")) if pressed else str(body.get("text", ""))
    media = str(body.get("media", ""))
    return Line(row.id, row.seq, "person", text, row.received_at, media=media, pressed=pressed)


def _said(tx: Tx, row: OutboundMessage) -> Line:
    body = json.loads(tx.open("outbound_message", "body", row.id, row.body))
    choices = tuple(Choice(button["title"], button["payload"]) for button in body.get("buttons", ()))
    side: Literal["bot", "officer"] = "officer" if row.officer_id else "bot"
    return Line(
        row.id, row.seq, side, body["text"], row.created_at, choices, state=row.state, officer_id=row.officer_id
    )
