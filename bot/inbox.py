"""Where messages come in: durable before the provider hears that we have them, and each one only once."""

from __future__ import annotations

import asyncio
import hashlib
import json
import queue
import threading
import unicodedata
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bot import audit, failpoint
from bot.channels.base import Inbound
from bot.store.database import Database, StoreBusy, StoreFull, Tx
from bot.store.models import Contact, InboundMessage

LONGEST = 10_000  # characters kept of one message
_BATCH = 256
_TURN_KINDS = frozenset({"text", "press", "media", "follow", "human_echo"})

Stored = Literal["stored", "duplicate"]


class Unstorable(Exception):  # noqa: N818
    """One message could not be stored although the database works; its words are in no error text."""


@dataclass(frozen=True)
class _Aside:
    channel: str
    provider_id: str
    body: bytes


@dataclass
class _Waiting:
    what: Inbound | _Aside
    answer: Future[Stored] = field(default_factory=Future)


class Inbox:
    """Stores what comes in. One thread writes: what queued during a commit shares the next one.

    So one message waits for one fsync, and a thousand at once wait for a few.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._start = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    def put(self, inbound: Inbound) -> Stored:
        """Store one message; durable when this returns. Raises StoreBusy, StoreFull (send again) or Unstorable."""
        return self._enqueue(inbound).result()

    async def aput(self, inbound: Inbound) -> Stored:
        """As `put`, while other requests go on."""
        return await asyncio.wrap_future(self._enqueue(inbound))

    def aside(self, channel: str, body: bytes) -> Stored:
        """Keep a believed but unreadable body, sealed, for a human to look at. Raises StoreBusy or StoreFull."""
        return self._enqueue(_Aside(channel, hashlib.sha256(body).hexdigest(), body)).result()

    async def aaside(self, channel: str, body: bytes) -> Stored:
        """As `aside`, while other requests go on."""
        return await asyncio.wrap_future(self._enqueue(_Aside(channel, hashlib.sha256(body).hexdigest(), body)))

    def close(self) -> None:
        """Store what waits, then stop."""
        with self._start:
            self._closed = True
            thread = self._thread
        if thread is not None:
            self._waiting.put(None)
            thread.join()

    def _enqueue(self, what: Inbound | _Aside) -> Future[Stored]:
        with self._start:
            if self._closed:
                raise StoreBusy
            if self._thread is None:
                self._thread = threading.Thread(target=self._write, name="inbox", daemon=True)
                self._thread.start()
            waiting = _Waiting(what)
            self._waiting.put(waiting)
        return waiting.answer

    def _write(self) -> None:
        while (first := self._waiting.get()) is not None:
            group, last = [first], False
            while len(group) < _BATCH and not self._waiting.empty():
                more = self._waiting.get()
                if more is None:
                    last = True
                    break
                group.append(more)
            self._commit(group)
            if last:
                return

    def _commit(self, group: list[_Waiting]) -> None:
        outcomes: list[Stored | Unstorable] = []
        try:
            with self._database.write() as tx:
                outcomes.extend(_store(tx, waiting.what) for waiting in group)
        except (StoreBusy, StoreFull) as error:
            _fail(group, error)
            return
        except Exception:  # whatever it is, the callers must hear that nothing was stored
            _fail(group, Unstorable())
            return
        failpoint.hit("inbox.after_commit")
        for waiting, outcome in zip(group, outcomes, strict=True):
            if waiting.answer.set_running_or_notify_cancel():
                if isinstance(outcome, Unstorable):
                    waiting.answer.set_exception(outcome)
                else:
                    waiting.answer.set_result(outcome)


def _fail(group: list[_Waiting], error: Exception) -> None:
    for waiting in group:
        if waiting.answer.set_running_or_notify_cancel():
            waiting.answer.set_exception(error)


def _store(tx: Tx, what: Inbound | _Aside) -> Stored | Unstorable:
    """Store one row alone: a bad one fails without the others."""
    for _ in range(2):  # the second time sees the row that another process put in between
        try:
            with tx.session.begin_nested():
                return _keep_aside(tx, what) if isinstance(what, _Aside) else _keep(tx, what)
        except IntegrityError:
            continue
        except (ValueError, TypeError, AttributeError, UnicodeError):
            return Unstorable()
    return Unstorable()


def _keep(tx: Tx, inbound: Inbound) -> Stored:
    provider_id = _fitting(inbound.provider_id)
    if _known(tx, inbound.channel, provider_id):
        return "duplicate"
    contact = _contact(tx, inbound)
    row_id = tx.new_id()
    body = {"text": clean(inbound.text), "media": inbound.media, "detail": dict(inbound.detail)}
    turns = inbound.kind in _TURN_KINDS
    if inbound.kind != "human_echo":
        contact.last_in_at = tx.now
    tx.session.add(
        InboundMessage(
            id=row_id,
            channel=inbound.channel,
            provider_id=provider_id,
            contact_id=contact.id,
            kind=inbound.kind,
            body=tx.seal("inbound_message", "body", row_id, json.dumps(body)),
            state="new" if turns else "done",
            sent_at=inbound.sent_at,
            received_at=tx.now,
            done_at=None if turns else tx.now,
        )
    )
    _heed(tx, contact, inbound.kind)
    tx.session.flush()
    return "stored"


def _heed(tx: Tx, contact: Contact, kind: str) -> None:
    """What a message means for reaching the person, whatever its words are."""
    match kind:
        case "unfollow" | "stop":
            contact.reachable = False
        case "withdraw":  # a demand about personal data: their side falls silent, a human decides the rest
            contact.hidden_before, contact.hushed = tx.now, True
            audit.record(tx, "bot", "data_demand", contact.id)
        case "text" | "press" | "media" | "follow":
            contact.reachable, contact.hushed = True, False


def _contact(tx: Tx, inbound: Inbound) -> Contact:
    key = tx.vault.contact_key(inbound.channel, inbound.address)
    contact = tx.session.scalar(select(Contact).where(Contact.channel == inbound.channel, Contact.key == key))
    if contact is None:
        contact_id = tx.new_id()
        contact = Contact(
            id=contact_id,
            channel=inbound.channel,
            key=key,
            address=tx.seal("contact", "address", contact_id, inbound.address),
            created_at=tx.now,
        )
        tx.session.add(contact)
    if inbound.reply_token:
        contact.reply_token = tx.seal("contact", "reply_token", contact.id, inbound.reply_token)
    return contact


def _keep_aside(tx: Tx, aside: _Aside) -> Stored:
    if _known(tx, aside.channel, aside.provider_id):
        return "duplicate"
    row_id = tx.new_id()
    tx.session.add(
        InboundMessage(
            id=row_id,
            channel=aside.channel,
            provider_id=aside.provider_id,
            kind="undecodable",
            body=tx.seal("inbound_message", "body", row_id, aside.body.decode("latin-1")),
            state="aside",
            received_at=tx.now,
        )
    )
    tx.session.flush()
    return "stored"


def _known(tx: Tx, channel: str, provider_id: str) -> bool:
    found = select(InboundMessage.seq).where(
        InboundMessage.channel == channel, InboundMessage.provider_id == provider_id
    )
    return tx.session.execute(found).first() is not None


def clean(text: str) -> str:
    """The words as they are kept: NFC, no NUL, no half characters, at most 10,000 characters."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unicodedata.normalize("NFC", whole.replace("\0", ""))[:LONGEST]


def _fitting(provider_id: str) -> str:
    # 128 characters and no NUL: the column's; a longer id is still the same id when it comes again
    plain = provider_id.isprintable() and 0 < len(provider_id) <= 128
    return provider_id if plain else hashlib.sha256(provider_id.encode("utf-8", "replace")).hexdigest()
