"""What the tests of the worker hold in their hands."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import select

from bot import auditor
from bot.channels.base import ChannelEvent, Decision, Forged, Limits, Outbound, RawRequest, Receipt, Undelivered
from bot.clock import MovedClock
from bot.config import Settings
from bot.ladder import Ladder
from bot.store import jobs
from bot.store.database import Database, Tx
from bot.store.models import (
    Alarm,
    AlertRow,
    Audit,
    Case,
    Contact,
    Job,
    OutboundMessage,
    OverrideRow,
    Page,
    RotationRow,
    SessionRow,
)
from bot.worker import Worker
from escalation.policy import Policy
from flows.events import Event
from nlu.signals import Urgency
from tests.team import add_officer, add_rotation

T = TypeVar("T")
PHONES = {"an": "+84900000001", "binh": "+84900000002", "dung": "+84900000004"}
DESK = "+84900000111"
CHILD = "+84900000099"
PLACE = "31135"


class Line:
    """A channel of the tests: keeps the port, takes what it is given, and breaks when it is told to."""

    limits = Limits(text=1_000, buttons=0)

    def __init__(self, name: str) -> None:
        self.name = name
        self.sent: list[Outbound] = []
        self.faults: list[Undelivered | Exception] = []
        self.down: Undelivered | None = None
        self.before: Callable[[], None] | None = None  # what happens while the provider is being called
        self.hold: Callable[[Outbound], asyncio.Event | None] = lambda message: None

    def verify(self, request: RawRequest) -> None:
        raise Forged

    def parse(self, request: RawRequest) -> tuple[ChannelEvent, ...]:
        return ()

    async def send(self, message: Outbound) -> Receipt:
        gate = self.hold(message)
        if gate is not None:
            await gate.wait()
        if self.before is not None:
            self.before()
        if self.faults:
            raise self.faults.pop(0)
        if self.down is not None:
            raise self.down
        self.sent.append(message)
        return Receipt(f"{self.name}-{len(self.sent)}")

    async def aclose(self) -> None:
        return

    def texts(self, address: str) -> list[str]:
        return [message.text for message in self.sent if message.address == address]


@dataclass
class Ear:
    """A conversation that only listens."""

    heard: list[tuple[str, Event]] = field(default_factory=list)
    broken: bool = False

    def run_next(self, owner: str) -> bool:
        return False

    def mark(self, tx: Tx, contact_id: str) -> str:
        return "(gửi lại) "

    def react(self, tx: Tx, contact_id: str, event: Event) -> None:
        if self.broken:
            raise RuntimeError("a fault in a conversation")
        self.heard.append((contact_id, event))


def passing(code: str = "503", retry_after: timedelta | None = None) -> Undelivered:
    return Undelivered(Decision.RETRY, code, retry_after=retry_after)


def final(decision: Decision = Decision.SWITCH_CHANNEL) -> Undelivered:
    return Undelivered(decision, "21211")


class Duty:
    """A team on call, a worker, and the telephones."""

    def __init__(
        self,
        database: Database,
        clock: MovedClock,
        settings: Settings,
        policy: Policy,
        runner: asyncio.Runner,
        *,
        staffed: bool = True,
    ) -> None:
        self.database, self.clock, self.runner = database, clock, runner
        self.ladder = Ladder(policy, settings)
        self.ear = Ear()
        self.sms, self.voice, self.web = Line("sms"), Line("voice"), Line("web")
        self.worker = self.new_worker("one")
        self.people = self.write(self._team) if staffed else {}

    def new_worker(self, owner: str) -> Worker:
        channels = {"sms": self.sms, "voice": self.voice, "web": self.web}
        return Worker(self.database, self.clock, self.ear, self.ladder, channels, owner=owner)  # type: ignore[arg-type]

    def write(self, work: Callable[[Tx], T]) -> T:
        with self.database.write() as tx:
            return work(tx)

    def read(self, work: Callable[[Tx], T]) -> T:
        with self.database.read() as tx:
            return work(tx)

    def work(self) -> int:
        return self.runner.run(self.worker.run_due())

    def after(self, **period: float) -> None:
        """Let time pass; every deadline on the way is met at its own time."""
        until = self.clock.now() + timedelta(**period)
        self.work()
        while (due := self.read(jobs.next_due)) is not None and due <= until:
            self.clock.advance(max(due - self.clock.now(), timedelta()))
            self.work()
        self.clock.advance(until - self.clock.now())
        self.work()

    def _team(self, tx: Tx) -> dict[str, str]:
        roles = {"dung": "supervisor"}
        people = {name: add_officer(tx, name, phone, role=roles.get(name, "officer")) for name, phone in PHONES.items()}
        add_rotation(tx, "locality", [PLACE], [people["an"], people["binh"]])
        add_rotation(tx, "city", [], [people["binh"], people["an"]])
        add_rotation(tx, "supervisor", [], [people["dung"]])
        return people

    def contact(self, channel: str = "web", address: str = CHILD) -> str:
        def work(tx: Tx) -> str:
            contact_id = tx.new_id()
            sealed = tx.seal("contact", "address", contact_id, address)
            key = tx.vault.contact_key(channel, address)
            tx.session.add(Contact(id=contact_id, channel=channel, key=key, address=sealed, created_at=tx.now))
            return contact_id

        return self.write(work)

    def case(self, level: Urgency = Urgency.U0, place: str | None = PLACE, code: str = "CT-7K2M") -> str:
        """A case of one child on the web chat, with its alert."""
        contact_id = self.contact(address=f"browser-{code}")

        def work(tx: Tx) -> str:
            case = Case(
                id=tx.new_id(),
                code=code,
                contact_id=contact_id,
                level=int(level),
                category="C01",
                locality=place,
                state="open",
                opened_at=tx.now,
            )
            tx.session.add(case)
            state = tx.seal("session", "state", contact_id, "{}")
            tx.session.add(
                SessionRow(contact_id=contact_id, state=state, floor=int(level), case_id=case.id, updated_at=tx.now)
            )
            tx.session.flush()
            self.ladder.open_or_raise(tx, case_id=case.id, level=level)
            return case.id

        return self.write(work)

    def message(self, contact_id: str, text: str, *, inbound: bool = True) -> str:
        def work(tx: Tx) -> str:
            message_id = tx.new_id()
            contact = tx.session.get_one(Contact, contact_id)
            body = tx.seal("outbound_message", "body", message_id, json.dumps({"text": text, "buttons": []}))
            tx.session.add(
                OutboundMessage(
                    id=message_id,
                    contact_id=contact_id,
                    inbound_id=tx.new_id() if inbound else None,
                    response="utter_x",
                    body=body,
                    state="queued",
                    created_at=tx.now,
                )
            )
            tx.session.flush()
            jobs.add(
                tx,
                kind="message",
                lane=f"message:{contact.channel}",
                key=f"message:{message_id}",
                subject=message_id,
                due_at=tx.now,
                strand=contact_id,
            )
            return message_id

        return self.write(work)

    def override(self, *, add: str | None = None, remove: str | None = None, kind: str = "locality") -> None:
        def work(tx: Tx) -> None:
            rotation = tx.session.scalars(select(RotationRow.id).where(RotationRow.kind == kind)).one()
            tx.session.add(
                OverrideRow(
                    id=tx.new_id(),
                    rotation_id=rotation,
                    add_officer=self.people[add] if add else None,
                    remove_officer=self.people[remove] if remove else None,
                    starts_at=tx.now,
                    ends_at=tx.now + timedelta(days=1),
                )
            )

        self.write(work)

    def replies(self, phone: str, text: str) -> str | None:
        """An officer's text message, as the turn hands it to the ladder."""

        def work(tx: Tx) -> str | None:
            key = tx.vault.contact_key("sms", phone)
            contact = tx.session.scalar(select(Contact).where(Contact.key == key))
            if contact is None:
                contact = Contact(id=tx.new_id(), channel="sms", key=key, address=b"", created_at=tx.now)
                tx.session.add(contact)
                tx.session.flush()
            return self.ladder.acknowledge_by_contact(tx, contact, text)

        return self.write(work)

    def alert(self) -> AlertRow:
        return self.read(lambda tx: tx.session.scalars(select(AlertRow).order_by(AlertRow.opened_at.desc())).first())  # type: ignore[return-value]

    def case_row(self, case_id: str) -> Case:
        return self.read(lambda tx: tx.session.get_one(Case, case_id))

    def pages(self, **where: Any) -> list[Page]:
        found = select(Page).filter_by(**where).order_by(Page.created_at)
        return self.read(lambda tx: list(tx.session.scalars(found)))

    def alarms(self) -> set[str]:
        return self.read(lambda tx: set(tx.session.scalars(select(Alarm.kind).where(Alarm.cleared_at.is_(None)))))

    def deeds(self) -> list[str]:
        return self.read(lambda tx: list(tx.session.scalars(select(Audit.action).order_by(Audit.seq))))

    def armed(self) -> list[Job]:
        found = select(Job).where(Job.kind == "deadline", Job.state.in_(("pending", "claimed")))
        return self.read(lambda tx: list(tx.session.scalars(found)))

    def news(self) -> list[str]:
        return [event.kind for _, event in self.ear.heard]  # type: ignore[union-attr]

    def figures(self) -> dict[str, float]:
        return dict(self.read(auditor.figures))

    def claim(self, owner: str, lanes: Collection[str] = ("page",)) -> list[jobs.ClaimedJob]:
        return jobs.claim(self.database, owner=owner, lanes=lanes, limit=10, lease=timedelta(seconds=15))
