"""A whole installation with its providers in one process, on a clock one moves: for the drill and for the journeys.

The webhooks are called over HTTP with real signatures, and the real clients call the providers' fakes over HTTP. Only
the worker is driven by hand: it runs whatever is due when somebody writes, presses, or time passes.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import func, select
from starlette.applications import Starlette
from starlette.routing import Mount

from bot import duty
from bot.app import App, build
from bot.clock import MovedClock
from bot.config import DEMO_SID, Settings, TelegramSettings, TwilioSettings, ZaloSettings
from bot.fakes.phone import Call, Sms
from bot.fakes.server import serve
from bot.fakes.telegram import FakeTelegram
from bot.fakes.twilio import FakeTwilio
from bot.fakes.zalo import FakeZalo
from bot.passing import let_pass
from bot.seed import read_team, seed_team
from bot.store.models import Alarm, AlertRow, Case, ContactMethod, InboundMessage, Job, OutboundMessage

if TYPE_CHECKING:
    from flows.definition import Definitions
    from nlu.model import Model

NIGHT = datetime(2026, 11, 2, 19, 10, tzinfo=UTC)  # 02:10 in Cần Thơ
PUBLIC = "https://langnghe.example"  # what is signed; the fakes reach the server on loopback all the same
PERIOD = re.compile(r"(\d+)([smhd])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
T = TypeVar("T")


@dataclass(frozen=True)
class Paged:
    """One page as a telephone saw it."""

    at: datetime
    number: str
    method: str  # sms | voice
    text: str  # of a call: what was heard, empty until it is answered


@dataclass
class Providers:
    """The fakes of one town."""

    twilio: FakeTwilio
    telegram: FakeTelegram
    zalo: FakeZalo

    def reach(self, base: str) -> None:
        """Our server now listens here."""
        for fake in (self.twilio, self.telegram, self.zalo):
            fake.reach(base)


@dataclass
class Town:
    """One night in it. Every method runs what its deed makes due before it returns."""

    app: App
    clock: MovedClock
    providers: Providers
    runner: asyncio.Runner
    home: Path
    _stack: ExitStack = field(default_factory=ExitStack)

    @property
    def twilio(self) -> FakeTwilio:
        """The telephone network."""
        return self.providers.twilio

    @property
    def zalo(self) -> FakeZalo:
        """The Zalo account."""
        return self.providers.zalo

    @property
    def telegram(self) -> FakeTelegram:
        """The Telegram bot."""
        return self.providers.telegram

    def do(self, deed: Coroutine[Any, Any, T]) -> T:
        """Run one deed of a provider, then everything that is due."""
        result = self.runner.run(deed)
        self.work()
        return result

    def only(self, deed: Coroutine[Any, Any, T]) -> T:
        """Run one deed of a provider while the worker stands still."""
        return self.runner.run(deed)

    def work(self) -> int:
        """Run everything that is due now."""
        return self.runner.run(self.app.worker.run_due())

    def after(self, period: str) -> None:
        """Let time pass (30s, 5m, 2h, 1d); every deadline on the way is met at its own time."""
        found = PERIOD.fullmatch(period)
        assert found is not None, period
        self.runner.run(let_pass(self.app, self.clock, timedelta(**{UNITS[found[2]]: int(found[1])})))

    def on_zalo(self, user: str, text: str) -> list[str]:
        """A person writes on Zalo; what they are told by it."""
        before = len(self.zalo.messages)
        self.do(self.zalo.user_sends(user, text))
        return [m.text for m in self.zalo.messages[before:] if m.user_id == user]

    def by_sms(self, number: str, text: str) -> list[str]:
        """A person writes a text message; what they are told by it."""
        before = len(self.twilio.messages)
        self.do(self.twilio.receive_sms(number, text))
        return [m.body for m in self.twilio.messages[before:] if m.to == number]

    def on_telegram(self, chat: int, text: str) -> list[str]:
        """A person writes on Telegram; what they are told by it."""
        before = len(self.telegram.messages)
        self.do(self.telegram.writes(chat, text))
        return [m.text for m in self.telegram.messages[before:] if m.chat_id == chat]

    def number_of(self, responder: str) -> str:
        """The telephone of an officer, or of a desk (`desk:<id>`)."""
        if responder.startswith("desk:"):
            lines: dict[str, str] = self.app.settings.service["escalation"]["desks"][responder.removeprefix("desk:")]
            return next(iter(lines.values()))
        with self.app.database.read() as tx:
            row = tx.session.scalars(
                select(ContactMethod).where(ContactMethod.officer_id == responder).order_by(ContactMethod.position)
            ).first()
            assert row is not None
            return tx.open("contact_method", "address", row.id, row.address)

    def on_call(self, locality: str | None = None) -> list[str]:
        """The numbers of the ladder's people as it stands now: who leads, the next, the supervisor."""
        with self.app.database.read() as tx:
            people = [r.id for r in duty.responders(tx, locality, tx.now)[:2]]
            people += [r.id for r in duty.supervisors(tx, locality, tx.now)[:1]]
        return [self.number_of(person) for person in people]

    def pages(self, number: str | None = None) -> list[Paged]:
        """Every page that reached a telephone of the team or a desk, oldest first."""
        team = self._team_numbers()
        found = [Paged(m.at, m.to, "sms", m.body) for m in self.twilio.messages if m.to in team]
        found += [Paged(c.at, c.to, "voice", c.script) for c in self.twilio.calls]
        return sorted((p for p in found if number in (None, p.number)), key=lambda page: page.at)

    def _team_numbers(self) -> set[str]:
        desks: dict[str, dict[str, str]] = self.app.settings.service["escalation"]["desks"]
        numbers = {address for lines in desks.values() for address in lines.values()}
        with self.app.database.read() as tx:
            for row in tx.session.scalars(select(ContactMethod)):
                numbers.add(tx.open("contact_method", "address", row.id, row.address))
        return numbers

    def newest_call(self, number: str) -> Call:
        """The newest call to a telephone."""
        return [call for call in self.twilio.calls if call.to == number][-1]

    def newest_sms(self, number: str) -> Sms:
        """The newest text message to a telephone."""
        return [sms for sms in self.twilio.messages if sms.to == number][-1]

    def presses(self, number: str, key: str = "1") -> str:
        """The owner of a telephone answers the newest call and presses a key; what they heard."""
        call = self.newest_call(number)
        self.do(self.twilio.answer(call.sid))
        self.do(self.twilio.press(call.sid, key))
        return " ".join(call.said)

    def alerts(self) -> list[AlertRow]:
        """Every alert, oldest first."""
        with self.app.database.read() as tx:
            return list(tx.session.scalars(select(AlertRow).order_by(AlertRow.opened_at)))

    def cases(self) -> list[Case]:
        """Every case, oldest first."""
        with self.app.database.read() as tx:
            return list(tx.session.scalars(select(Case).order_by(Case.opened_at)))

    def alarms(self) -> set[str]:
        """The kinds of alarm that ring now."""
        with self.app.database.read() as tx:
            return set(tx.session.scalars(select(Alarm.kind).where(Alarm.cleared_at.is_(None))))

    def lost(self) -> list[str]:
        """What is stuck or missing: messages without a turn, due jobs, failed deliveries, alerts without a deadline."""
        with self.app.database.read() as tx:
            counts = {
                "inbound": select(InboundMessage).where(InboundMessage.state.in_(["new", "failed"])),
                "outbound": select(OutboundMessage).where(OutboundMessage.state.in_(["queued", "sending", "failed"])),
                "job": select(Job).where(Job.state.in_(["pending", "claimed"]), Job.due_at <= tx.now),
                "deadline": select(AlertRow).where(AlertRow.state != "closed", ~_has_deadline()),
            }
            found = {
                name: tx.session.scalar(select(func.count()).select_from(query.subquery()))
                for name, query in counts.items()
            }
        return [f"{name}: {count}" for name, count in found.items() if count]

    def restart(self) -> None:
        """The process ends where it stands; another one starts on the same database."""
        self._stack.close()
        self.app.close()
        self.app = build(self.app.settings, clock=self.clock, model=self.app.model, definitions=self.app.definitions)
        self.open()

    def open(self) -> None:
        """Start serving."""
        from bot.web.server import create_asgi

        self.providers.reach(self._stack.enter_context(serve(create_asgi(self.app))))

    def close(self) -> None:
        """Stop serving and close everything."""
        self._stack.close()
        self.app.close()


def _has_deadline() -> Any:
    return (
        select(Job.id)
        .where(Job.subject == AlertRow.id, Job.kind == "deadline", Job.state.in_(["pending", "claimed"]))
        .exists()
    )


@contextmanager
def town(
    settings: Settings,
    model: Model,
    definitions: Definitions | None = None,
    *,
    staffed: bool = True,
    live: bool = False,
) -> Iterator[Town]:
    """A town with the invented team of data/demo (`staffed`), on a throw-away home and database.

    `live`: time runs by itself and the worker runs in the server, as in a real installation.
    """
    clock = MovedClock(None if live else NIGHT)
    providers = Providers(
        FakeTwilio(DEMO_SID, "an-invented-token", public_url=PUBLIC, clock=clock),
        FakeTelegram("900001:invented", "an-invented-secret", public_url=PUBLIC, clock=clock),
        FakeZalo("900000000000000001", "app-secret", "oa-secret", "refresh-0", public_url=PUBLIC, clock=clock),
    )
    mounted = Starlette(
        routes=[
            Mount("/twilio", providers.twilio.app),
            Mount("/telegram", providers.telegram.app),
            Mount("/zalo", providers.zalo.app),
        ]
    )
    with ExitStack() as stack:
        base = stack.enter_context(serve(mounted))
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="langnghe-town-")))
        runner = stack.enter_context(asyncio.Runner())
        url = f"sqlite:///{home / 'town.db'}"
        wired = _wired(settings, base, home, url, worker="in_process" if live else "separate")
        app = build(wired, clock=clock, model=model, definitions=definitions)
        there = Town(app, clock, providers, runner, home)
        there.open()
        stack.callback(there.close)
        if staffed:
            with app.database.write() as tx:
                seed_team(tx, read_team(app))
        yield there


def _wired(settings: Settings, base: str, home: Path, database_url: str, *, worker: str) -> Settings:
    """The settings with every provider at `base`."""
    return replace(
        settings,
        home=home,
        database_url=database_url,
        public_url=PUBLIC,
        demo=False,
        telegram=TelegramSettings("900001:invented", "an-invented-secret", f"{base}/telegram"),
        twilio=TwilioSettings(DEMO_SID, "an-invented-token", "+84900000000", f"{base}/twilio"),
        zalo=ZaloSettings("900000000000000001", "app-secret", "oa-secret", "refresh-0", f"{base}/zalo", f"{base}/zalo"),
        service={**settings.service, "worker": worker},
    )
