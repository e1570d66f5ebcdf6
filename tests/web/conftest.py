"""A site to visit: the real application on a real database, with browsers that speak ASGI to it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest
from sqlalchemy import select

from bot import config, credentials, officers
from bot.app import App, build
from bot.channels.base import Inbound
from bot.clock import MovedClock
from bot.config import Settings, TelegramSettings, TwilioSettings, ZaloSettings
from bot.store.models import Case, Contact, ContactMethod, InboundMessage, Officer, RotationRow
from bot.web.server import create_asgi
from bot.words import load_definitions
from flows.definition import Definitions
from nlu.signals import Urgency

PUBLIC = "https://langnghe.example"
TELEGRAM = TelegramSettings("123456:invented", "tele-secret", "http://127.0.0.1:9")
TWILIO = TwilioSettings("AC" + "0" * 32, "twilio-secret", "+84900000000", "http://127.0.0.1:9")
ZALO = ZaloSettings("app-1", "app-secret", "oa-secret", "refresh", "http://127.0.0.1:9", "http://127.0.0.1:9")


PASSWORD = "mot mat khau bia"


@cache
def hashed(password: str) -> str:
    """The slow hash, made once for all tests."""
    return credentials.hash_password(password)


class Browser:
    """One browser with its cookies; it speaks to the application without a socket."""

    def __init__(self, asgi: Any, runner: asyncio.Runner) -> None:
        transport = httpx.ASGITransport(app=asgi, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url=PUBLIC)
        self._runner = runner

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self._runner.run(self.client.get(path, **more))

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self._runner.run(self.client.post(path, **more))

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self._runner.run(self.client.request(method, path, **more))

    def cookie(self, name: str) -> str:
        return self.client.cookies[name]


@dataclass
class Person:
    """An officer as the tests know them."""

    id: str
    login: str
    password: str
    secret: str


@dataclass
class Place:
    """One installation in a test's hands."""

    app: App
    asgi: Any
    clock: MovedClock
    runner: asyncio.Runner
    team: dict[str, Person] = field(default_factory=dict)
    _messages: int = 0

    def browser(self) -> Browser:
        return Browser(self.asgi, self.runner)

    def works(self) -> None:
        """Everything that is due now is done."""
        self.runner.run(self.app.worker.run_due())

    def enrol(self, login: str, role: str = "officer", localities: tuple[str, ...] = ()) -> Person:
        secret = credentials.new_totp_secret()
        with self.app.database.write() as tx:
            row = Officer(
                id=tx.new_id(),
                login=login,
                name=f"Cán bộ {login}",
                role=role,
                localities=list(localities),
                password=hashed(PASSWORD),
                totp=b"",
                created_at=tx.now,
            )
            row.totp = tx.seal("officer", "totp", row.id, secret)
            tx.session.add(row)
            tx.session.flush()
            for position, method in enumerate(("sms", "voice")):
                way_id, number = tx.new_id(), f"+8490000{len(self.team):04d}"
                sealed = tx.seal("contact_method", "address", way_id, number)
                key = tx.vault.contact_key(method, number)
                tx.session.add(
                    ContactMethod(
                        id=way_id, officer_id=row.id, method=method, position=position, address=sealed, key=key
                    )
                )
            self.team[login] = Person(row.id, login, PASSWORD, secret)
        return self.team[login]

    def rotation(self, kind: str, members: list[str], localities: tuple[str, ...] = ()) -> None:
        with self.app.database.write() as tx:
            tx.session.add(
                RotationRow(
                    id=tx.new_id(),
                    name=f"{kind} {members}",
                    kind=kind,
                    localities=list(localities),
                    members=[self.team[login].id for login in members],
                    starts_at=officers.shift_start(tx.now),
                    shift_hours=24,
                )
            )

    def code(self, login: str) -> str:
        """What the officer's authenticator shows now."""
        return pyotp.TOTP(self.team[login].secret).at(self.clock.now())

    def signed_in(self, login: str) -> Browser:
        """A browser whose officer has come through the door (the door itself has tests of its own)."""
        browser = self.browser()
        with self.app.database.write() as tx:
            cookie = credentials.start_session(tx, self.team[login].id, self.clock.now())
        browser.client.cookies.set("__Host-sid", cookie, domain="langnghe.example")
        return browser

    def csrf(self, browser: Browser) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', browser.get("/console").text)
        assert found
        return found[1]

    def case(self, words: str = "ba dang cam dao", *, level: int = 0, locality: str | None = "31135") -> str:
        """A case with its alert, opened by words of a person; its code."""
        self._messages += 1
        number = self._messages
        inbound = Inbound("web", f"case-{number}", f"em-{number}", "text", words)
        assert self.app.inbox.put(inbound) == "stored"
        with self.app.database.write() as tx:
            message = tx.session.scalars(
                select(InboundMessage).where(InboundMessage.provider_id == f"case-{number}")
            ).one()
            message.state = "done"
            case = Case(
                id=tx.new_id(),
                code=f"CT-{number:04d}",
                contact_id=message.contact_id,
                level=level,
                category="C10",
                locality=locality,
                state="open",
                opened_at=tx.now,
            )
            tx.session.add(case)
            tx.session.flush()
            self.app.ladder.open_or_raise(tx, case_id=case.id, level=Urgency(level))
            return case.code

    def rows(self, model: type[Any]) -> list[Any]:
        with self.app.database.read() as tx:
            return list(tx.session.scalars(select(model)))

    def row(self, code: str) -> Case:
        return next(case for case in self.rows(Case) if case.code == code)

    def contact(self) -> Contact:
        (row,) = self.rows(Contact)
        assert isinstance(row, Contact)
        return row


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="session")
def definitions(model_home: Path) -> Definitions:
    return load_definitions(config.load(env={"LANGNGHE_HOME": str(model_home)}))


@pytest.fixture
def place(
    settings: Settings,
    night: MovedClock,
    model: Any,
    definitions: Definitions,
    runner: asyncio.Runner,
    sqlite_url: str,
) -> Iterator[Place]:
    """A site with every channel on, nobody on the team yet."""
    channels = {"telegram": TELEGRAM, "twilio": TWILIO, "zalo": ZALO}
    open_to_all = replace(settings, public_url=PUBLIC, database_url=sqlite_url, **channels)
    app = build(open_to_all, clock=night, model=model, definitions=definitions)
    try:
        # nobody works beside these tests, so nothing is waited for
        yield Place(app, create_asgi(app, patience=0.0), night, runner)
    finally:
        app.close()
