"""A whole conversation on a real database: inbox, turns and ladder, with nobody on call unless a test adds them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot import config, understanding
from bot.channels.base import Inbound
from bot.clock import MovedClock
from bot.config import Settings
from bot.inbox import Inbox
from bot.ladder import Ladder, load_policy
from bot.store import jobs
from bot.store.database import Database, Tx
from bot.store.models import (
    AlertRow,
    Case,
    Contact,
    ContactMethod,
    InboundMessage,
    Job,
    Officer,
    OutboundMessage,
    Report,
    RotationRow,
    SessionRow,
)
from bot.timers import Timers
from bot.turn import Turns
from flows.definition import Definitions
from flows.events import Event
from nlu.model import Model

OFFICER_NUMBER = "+84900000009"


@pytest.fixture(scope="session")
def _project(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return config.load(env={"LANGNGHE_HOME": str(tmp_path_factory.mktemp("home"))})


@pytest.fixture(scope="session")
def model(_project: Settings) -> Model:
    """The lexicon alone: what is tested here does not need the trained reader."""
    lexicon, speech = understanding._lexicon(_project)
    return Model(lexicon, speech, understanding.places_of(_project))


@dataclass
class World:
    """One installation in a test's hands."""

    database: Database
    clock: MovedClock
    inbox: Inbox
    turns: Turns
    heard: list[str] = field(default_factory=list)
    _number: int = 0

    def receives(self, text: str, *, who: str = "em", kind: str = "text", channel: str = "web", **more: Any) -> None:
        """A message arrives and is stored, not answered yet."""
        self._number += 1
        inbound = Inbound(channel=channel, provider_id=f"m{self._number}", address=who, kind=kind, text=text, **more)
        assert self.inbox.put(inbound) == "stored"

    def works(self, owner: str = "a") -> int:
        """Every waiting turn is done; how many that were."""
        done = 0
        while self.turns.run_next(owner):
            done += 1
        return done

    def says(self, text: str, *, who: str = "em", kind: str = "text", channel: str = "web", **more: Any) -> list[str]:
        """A message arrives and is answered; the answers."""
        before = len(self.replies(who, channel))
        self.receives(text, who=who, kind=kind, channel=channel, **more)
        self.works()
        self.clock.advance(timedelta(seconds=1))
        return self.replies(who, channel)[before:]

    def happens(self, event: Event, who: str = "em") -> None:
        with self.database.write() as tx:
            self.turns.react(tx, self._contact(tx, who, "web").id, event)

    def passes(self, **time: int) -> None:
        """Time passes, and the timers that fell due run."""
        self.clock.advance(timedelta(**time))
        timers = Timers(self.turns, self.turns.ladder)
        while claimed := jobs.claim(self.database, owner="t", lanes={"timer"}, limit=1, lease=timedelta(seconds=15)):
            with self.database.write() as tx:
                timers.run(tx, claimed[0])

    def replies(self, who: str = "em", channel: str = "web") -> list[str]:
        """Everything that was to be said to a person, oldest first, but what was kept back."""
        with self.database.read() as tx:
            contact = self._contact(tx, who, channel, missing_ok=True)
            if contact is None:
                return []
            found = select(OutboundMessage).where(
                OutboundMessage.contact_id == contact.id, OutboundMessage.state != "dropped"
            )
            rows = tx.session.scalars(found.order_by(OutboundMessage.seq)).all()
            return [json.loads(tx.open("outbound_message", "body", row.id, row.body))["text"] for row in rows]

    def rows(self, model: type[Any]) -> list[Any]:
        with self.database.read() as tx:
            return list(tx.session.scalars(select(model)))

    def contact(self, who: str = "em", channel: str = "web") -> Contact:
        with self.database.read() as tx:
            found = self._contact(tx, who, channel)
            assert found is not None
            return found

    def _contact(self, tx: Tx, who: str, channel: str, *, missing_ok: bool = False) -> Any:
        key = tx.vault.contact_key(channel, who)
        found = select(Contact).where(Contact.channel == channel, Contact.key == key)
        return tx.session.scalar(found) if missing_ok else tx.session.scalars(found).one()

    def counts(self) -> dict[str, int]:
        """How many rows stand in the tables a turn writes to."""
        tables = (SessionRow, OutboundMessage, Case, AlertRow, Job, Report)
        return {table.__tablename__: len(self.rows(table)) for table in tables}

    def messages(self) -> list[InboundMessage]:
        return sorted(self.rows(InboundMessage), key=lambda row: row.seq)

    def add_officer(self) -> str:
        """One officer, on call for the whole city for ever, reached by SMS."""
        with self.database.write() as tx:
            officer = Officer(
                id=tx.new_id(), login="a", name="Cán bộ A", role="officer", localities=[], password="-",
                totp=b"-", created_at=tx.now,
            )  # fmt: skip
            tx.session.add(officer)
            tx.session.flush()
            method = ContactMethod(
                id=tx.new_id(),
                officer_id=officer.id,
                method="sms",
                position=0,
                address=b"",
                key=tx.vault.contact_key("sms", OFFICER_NUMBER),
            )
            method.address = tx.seal("contact_method", "address", method.id, OFFICER_NUMBER)
            rotation = RotationRow(
                id=tx.new_id(), name="city", kind="city", localities=[], members=[officer.id],
                starts_at=tx.now - timedelta(days=1), shift_hours=24,
            )  # fmt: skip
            tx.session.add_all([method, rotation])
            return officer.id


@pytest.fixture
def world(
    database: Database, clock: MovedClock, settings: Settings, model: Model, definitions: Definitions
) -> Iterator[World]:
    inbox = Inbox(database)
    turns = Turns(database, model, definitions, Ladder(load_policy(settings), settings))
    yield World(database, clock, inbox, turns)
    inbox.close()
