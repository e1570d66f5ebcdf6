"""One turn, one transaction: a message is taken, understood, answered and escalated together, or not at all."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import Select, func, or_, select

from bot import alarms, cases, comeback, failpoint
from bot.logs import failure_fields
from bot.reaction import Reaction
from bot.store import jobs
from bot.store.database import Database, StoreBusy, StoreFull, Tx
from bot.store.models import Case, Contact, InboundMessage, SessionRow
from bot.store.vault import Unsealable
from escalation import triage
from escalation.triage import Assessment
from flows import engine, state
from flows.effects import Effect, Say
from flows.events import (
    AlertNews,
    Event,
    Followed,
    Heard,
    MediaReceived,
    OfficerJoined,
    OfficerLeft,
    Pressed,
    WaitExpired,
)
from nlu import understand
from nlu.signals import Signals, Urgency

if TYPE_CHECKING:
    from bot.ladder import Ladder
    from flows.definition import Definitions
    from nlu.model import Model

LEASE = timedelta(seconds=15)
MOST_TRIES = 5
_BACKOFF = timedelta(seconds=1)  # doubled at every try: a later cry for help waits seconds behind a broken message
_FEEDBACK = 20  # events that may follow from one; the flows have a step limit of their own
_SHORT, _TOGETHER, _MINUTES = 12, 4, timedelta(minutes=3)  # words; messages read as one, the newest counted; how near
_OUTSIDE = "officer_outside"  # an officer who writes in the provider's own window, past our console
_OUTSIDE_FOR = timedelta(minutes=30)

Observer = Callable[[str, Event, tuple[Effect, ...]], None]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class TurnResult:
    """What one event led to."""

    effects: tuple[Effect, ...] = ()
    said: tuple[Say, ...] = ()
    assessment: Assessment | None = None  # of the words, if there were words
    receipt: str | None = None


@dataclass(frozen=True)
class _Claimed:
    """One message in one worker's hands; `attempts` is the fence."""

    inbound_id: str
    contact_id: str
    kind: str
    body: bytes
    attempts: int
    owner: str


class Turns:
    """Every event of every conversation goes through here. `observers` hear each one within its transaction."""

    def __init__(self, database: Database, model: Model, definitions: Definitions, ladder: Ladder) -> None:
        self.model = model
        self.definitions = definitions
        self.ladder = ladder
        self.observers: list[Observer] = []
        self._database = database
        self._drawer = comeback.Drawer(database.vault)

    def run_next(self, owner: str) -> bool:
        """Answer the next message of the person who waits longest; False if nobody waits. Raises StoreBusy, StoreFull.

        One person's messages are answered one at a time and in order, whoever else works beside this worker.
        """
        claimed = self._claim(owner)
        if claimed is None:
            return False
        if claimed.attempts > MOST_TRIES:  # it took the whole process down each time
            self._give_up(claimed)
            return True
        try:
            self._answer(claimed)
        except (StoreBusy, StoreFull):
            raise  # not this message's fault; the lease ends by itself
        except Exception as error:  # whatever broke, the person is heard: again soon, then by a human
            # only its class and places: an exception's own words may quote the person
            seen = failure_fields(error)
            _log.error("turn.failed", inbound=claimed.inbound_id, attempts=claimed.attempts, **seen)
            self._put_off(claimed) if claimed.attempts < MOST_TRIES else self._give_up(claimed)
        return True

    def react(self, tx: Tx, contact_id: str, event: Event, *, inbound_id: str | None = None) -> TurnResult:
        """Let one event happen to a conversation, with everything that follows, in the caller's transaction."""
        tx.session.flush()  # a locking read shows what is stored: first store what the caller changed
        contact = tx.session.get_one(Contact, contact_id)
        row = tx.session.get(SessionRow, contact_id, with_for_update=True)
        session = self._remembered(tx, contact, row)
        if row is None:
            row = SessionRow(contact_id=contact_id, floor=int(session.floor), version=0)
        if isinstance(event, WaitExpired) and event.wait_id == _OUTSIDE:
            if row.officer_id is not None or not session.muted:
                return TurnResult()
            event = OfficerLeft()
        if isinstance(event, AlertNews) and event.kind == "reopened":
            row.officer_id = None  # whoever talked has gone silent
        row.version += 1
        reaction = Reaction(tx, contact, row, self.ladder, self._drawer, inbound_id=inbound_id)
        effects = self._happen(reaction, session, event)
        tx.session.flush()
        assessment = triage.assess(event.signals, floor=session.floor) if isinstance(event, Heard) else None
        return TurnResult(effects, tuple(reaction.said), assessment, reaction.receipt)

    def mark(self, tx: Tx, contact_id: str) -> str:
        """What stands before a message that may have come already, in the language of this conversation."""
        contact, row = tx.session.get_one(Contact, contact_id), tx.session.get(SessionRow, contact_id)
        return engine.mark(self.definitions, self._remembered(tx, contact, row), now=tx.now)

    def _happen(self, reaction: Reaction, session: state.Session, event: Event) -> tuple[Effect, ...]:
        """The event, and what the store and the ladder answer to its effects, until nothing more follows."""
        effects: list[Effect] = []
        pending: deque[Event] = deque([event])
        for _ in range(_FEEDBACK):
            if not pending:
                break
            happened = pending.popleft()
            turn = engine.step(self.definitions, session, happened, now=reaction.tx.now)
            session = turn.session
            self._remember(reaction.tx, reaction.row, session)
            for effect in turn.effects:
                pending.extend(reaction.apply(effect, happened))
            effects += turn.effects
            for observer in self.observers:
                observer(reaction.contact.id, happened, turn.effects)
        return tuple(effects)

    def _remember(self, tx: Tx, row: SessionRow, session: state.Session) -> None:
        row.state = tx.seal("session", "state", row.contact_id, state.to_json(session))
        row.floor = min(int(session.floor), 4)
        row.updated_at = tx.now
        tx.session.add(row)
        tx.session.flush()

    def _remembered(self, tx: Tx, contact: Contact, row: SessionRow | None) -> state.Session:
        """The session as it was kept. One that cannot be read begins anew, but its urgency and its alert stay."""
        fresh = state.Session.new(contact.channel)
        if row is None:
            return fresh
        try:
            return state.from_json(tx.open("session", "state", contact.id, row.state))
        except (Unsealable, ValueError) as error:
            _log.error("turn.session_unreadable", subject=contact.id, error=type(error).__name__)
            alarms.ring(tx, "session_unreadable", contact.channel)
        case = tx.session.get(Case, row.case_id) if row.case_id else None
        alert = "" if case is None or case.state == "closed" else "acknowledged" if case.state == "acked" else "open"
        return replace(fresh.raised(Urgency(row.floor)), alert=alert, muted=row.officer_id is not None)

    def _claim(self, owner: str) -> _Claimed | None:
        with self._database.read() as look:
            if look.session.execute(_waiting(look.now)).first() is None:
                return None
        with self._database.write() as tx:
            statement = _waiting(tx.now).with_for_update(of=[Contact, InboundMessage], skip_locked=True)
            found = tx.session.execute(statement).first()
            if found is None:
                return None
            message, contact = found
            message.attempts += 1
            contact.lease_owner, contact.lease_until = owner, tx.now + LEASE
            return _Claimed(message.id, contact.id, message.kind, message.body or b"", message.attempts, owner)

    def _answer(self, claimed: _Claimed) -> None:
        opened = self._database.vault.open_sealed("inbound_message", "body", claimed.inbound_id, claimed.body)
        body = json.loads(opened)
        events = self._events(claimed, body)  # understanding is slow: before the transaction
        with self._database.write() as tx:
            message = _held(tx, claimed)
            if message is None:
                return  # another worker has it since
            contact = tx.session.get_one(Contact, claimed.contact_id)
            if claimed.kind != "human_echo":
                contact.hushed = False  # they write: what comes now is an answer
            reply = None
            if claimed.kind in {"text", "press"}:
                reply = self.ladder.acknowledge_by_contact(tx, contact, body["text"])
            if reply is not None:
                self._confirm(tx, contact, reply, claimed)
            else:
                self._converse(tx, contact, events, message)
            message.state, message.done_at = "done", tx.now
            _released(contact, tx.now)
            tx.session.flush()
            failpoint.hit("turn.before_commit")
        failpoint.hit("turn.after_commit")

    def _events(self, claimed: _Claimed, body: dict[str, Any]) -> tuple[Event, ...]:
        text = str(body["text"])
        match claimed.kind:
            case "press" if engine.is_choice(self.definitions, text):
                return (Pressed(text, str(body["detail"].get("title", ""))),)
            case "media":
                words = (Heard(self._read(text)),) if text.strip() else ()
                return (*words, MediaReceived(body["media"] or "file"))
            case "follow":
                return (Followed(),)
            case "human_echo":
                return (OfficerJoined(),)
            case _:
                before = self._just_before(claimed) if len(text.split()) <= _SHORT else ""
                together = self._read(f"{before}\n{text}") if before else None
                return (Heard(self._read(text), together),)

    def _read(self, text: str) -> Signals:
        offset = timedelta(hours=self.definitions.directory.utc_offset)
        return understand(text, self.model, now=self._database.now() + offset)  # weekdays are the person's

    def _just_before(self, claimed: _Claimed) -> str:
        """The short messages that this person sent in the last minutes, oldest first, a line each."""
        found = (
            select(InboundMessage)
            .where(InboundMessage.contact_id == claimed.contact_id, InboundMessage.kind == "text")
            .order_by(InboundMessage.seq.desc())
            .limit(_TOGETHER)
        )
        lines: list[str] = []
        with self._database.read() as tx:
            rows = tx.session.scalars(found).all()
            newest = next((row for row in rows if row.id == claimed.inbound_id), None)
            for row in rows:
                if newest is None or row.seq >= newest.seq or newest.received_at - row.received_at > _MINUTES:
                    continue
                if row.state != "done":
                    break  # what could not be read is with a human; it must not keep this message back
                said = str(json.loads(tx.open("inbound_message", "body", row.id, row.body or b""))["text"])
                alarmed = row.urgency is not None and row.urgency <= Urgency.U1  # it was answered for itself
                if alarmed or len(said.split()) > _SHORT:
                    break
                lines.insert(0, said)
        return "\n".join(lines)

    def _converse(self, tx: Tx, contact: Contact, events: tuple[Event, ...], message: InboundMessage) -> None:
        for event in events:
            if isinstance(event, OfficerJoined):
                self._outside(tx, contact)
                continue
            if isinstance(event, Heard):
                message.urgency = int(triage.assess(event.signals).level)
            self.react(tx, contact.id, event, inbound_id=message.id)

    def _outside(self, tx: Tx, contact: Contact) -> None:
        """An officer wrote past our console: the bot is silent for a while, and comes back if nobody took over."""
        row = tx.session.get(SessionRow, contact.id)
        if row is None or not self._remembered(tx, contact, row).muted:
            self.react(tx, contact.id, OfficerJoined())
        jobs.add(
            tx,
            kind="wait",
            lane="timer",
            key=f"wait/{contact.id}/{_OUTSIDE}/{int(tx.now.timestamp() * 1_000_000)}",
            subject=contact.id,
            due_at=tx.now + _OUTSIDE_FOR,
            payload={"wait_id": _OUTSIDE},
        )

    def _confirm(self, tx: Tx, contact: Contact, reply: str, claimed: _Claimed) -> None:
        row = SessionRow(contact_id=contact.id, floor=0, version=0)  # never stored: officers have no conversation
        Reaction(tx, contact, row, self.ladder, self._drawer, inbound_id=claimed.inbound_id).answer(
            "acknowledged", reply
        )

    def _put_off(self, claimed: _Claimed) -> None:
        with self._database.write() as tx:
            message = _held(tx, claimed)
            if message is not None:
                message.next_try_at = tx.now + _BACKOFF * 2 ** (claimed.attempts - 1)
                _released(tx.session.get_one(Contact, claimed.contact_id), None)

    def _give_up(self, claimed: _Claimed) -> None:
        """Nothing here could read this message: a human does, at once. No understanding and no flow is run for it."""
        with self._database.write() as tx:
            message = _held(tx, claimed)
            if message is None:
                return
            contact = tx.session.get_one(Contact, claimed.contact_id)
            row = tx.session.get(SessionRow, contact.id, with_for_update=True)
            session = self._remembered(tx, contact, row)
            row = row or SessionRow(contact_id=contact.id, version=0)
            session = replace(session.raised(Urgency.U1), alert=session.alert or "open")
            self._remember(tx, row, session)
            case = cases.open_case(tx, contact, row, level=Urgency.U1, category=cases.UNKNOWN)
            cases.give_reasons(tx, case, message.id, [cases.unread("message:unread", Urgency.U1)])
            self.ladder.open_or_raise(tx, case_id=case.id, level=Urgency.U1)
            alarms.ring(tx, "message_unread", case.code)
            reaction = Reaction(tx, contact, row, self.ladder, self._drawer, inbound_id=message.id)
            outage = engine.outage(self.definitions, session, now=tx.now)
            reaction.apply(outage, Followed())
            message.state, message.done_at = "failed", tx.now
            _released(contact, tx.now)


def _waiting(now: datetime) -> Select[InboundMessage, Contact]:
    """The oldest waiting message of whoever was not looked after for longest, and nobody holds just now."""
    oldest = (
        select(func.min(InboundMessage.seq))
        .where(InboundMessage.state == "new", InboundMessage.contact_id.is_not(None))
        .group_by(InboundMessage.contact_id)
    )
    return (
        select(InboundMessage, Contact)
        .join(Contact, Contact.id == InboundMessage.contact_id)
        .where(
            InboundMessage.seq.in_(oldest),
            InboundMessage.state == "new",
            or_(InboundMessage.next_try_at.is_(None), InboundMessage.next_try_at <= now),
            or_(Contact.lease_until.is_(None), Contact.lease_until <= now),
        )
        .order_by(func.coalesce(Contact.turn_at, InboundMessage.received_at), InboundMessage.seq)
        .limit(1)
    )


def _held(tx: Tx, claimed: _Claimed) -> InboundMessage | None:
    """The message, if it is still in the hands of this claim."""
    found = select(InboundMessage).where(InboundMessage.id == claimed.inbound_id).with_for_update()
    message = tx.session.scalars(found).one()
    contact = tx.session.get_one(Contact, claimed.contact_id, with_for_update=True)
    mine = message.state == "new" and message.attempts == claimed.attempts and contact.lease_owner == claimed.owner
    return message if mine else None


def _released(contact: Contact, served_at: datetime | None) -> None:
    contact.lease_owner = contact.lease_until = None
    contact.turn_at = served_at or contact.turn_at
