"""A night told by a transcript: one person after another at a channel, a team on call, and a clock one moves."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot import desk
from bot.app import App, build
from bot.channels.base import Inbound
from bot.channels.web import LocalChannel
from bot.clock import MovedClock
from bot.config import Settings
from bot.desk import Actor, Desk
from bot.passing import let_pass
from bot.store.models import Alarm, AlertRow, Case, Contact, InboundMessage, Officer, OutboundMessage, Page, SessionRow
from flows.definition import Definitions
from flows.effects import CountReach, Effect, HideChat
from flows.events import Event, ReportSaved
from nlu.model import Model
from nlu.normalise import fold
from nlu.signals import Urgency
from tests.team import add_officer, add_rotation

CHANNELS = ("web", "zalo", "sms", "telegram", "terminal", "voice")
EFFECTS = {
    "RaiseAlert": "alert",
    "SaveReport": "report",
    "RequestHandoff": "handoff",
    "StartWait": "wait",
    "LookupReceipt": "receipt_lookup",
    "AddToReport": "added",
    "CountReach": "card",
}
MOST_MESSAGES = 3
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass
class Happened:
    """What one step of a person, an officer or the clock led to."""

    texts: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    receipt: str | None = None
    pages: list[Page] = field(default_factory=list)


class Stage:
    """One installation, played by the steps of a transcript. A step that is not kept raises AssertionError."""

    def __init__(self, app: App, clock: MovedClock, channel: str) -> None:
        self.app, self.clock, self.channel = app, clock, channel
        self.keys: set[str] = set()  # every response that was said
        self.words: list[str] = []  # everything the person wrote
        self.last = Happened()
        self.receipt = ""
        self._people, self._messages = itertools.count(1), itertools.count(1)
        self._buttons: dict[str, str] = {}
        self._events: list[tuple[Event, tuple[Effect, ...]]] = []
        self._said = 0
        self.talking = ""
        self._paged: set[str] = set()
        self._someone_new(True)
        app.turns.observers.append(lambda _contact, event, effects: self._events.append((event, effects)))

    def play(self, step: dict[str, Any]) -> None:
        """One step of the transcript."""
        deeds: dict[str, Callable[[Any], None]] = {
            "person": self._person,
            "press": self._press,
            "media": self._media,
            "follow": self._follow,
            "wait": self._wait,
            "new_person": self._someone_new,
            "acknowledge": self._acknowledge,
            "officer_joins": self._joins,
            "officer_says": lambda words: self._officer(self.talking, desk.answer, words),
            "officer_leaves": lambda who: self._officer(who, desk.release),
            "close": lambda who: self._officer(who, desk.close, step["help"]),
        }
        expected = []
        for name, value in step.items():
            if name in deeds:
                self._happens(deeds[name], value)
            elif name != "help":
                expected.append((name, value))
        for name, value in expected:
            getattr(self, f"expect_{name}")(value)

    # Deeds

    def _happens(self, deed: Callable[[Any], None], value: Any) -> None:
        self._events.clear()
        deed(value)
        asyncio.run(self.app.worker.run_due())
        self.last = self._seen()
        self._holds_everywhere()

    def _send(self, kind: str, text: str = "", **more: Any) -> None:
        inbound = Inbound(
            channel=self.channel,
            provider_id=f"line-{next(self._messages)}",
            address=self.address,
            kind=kind,
            text=text,
            **more,
        )
        assert self.app.inbox.put(inbound) == "stored"

    def _someone_new(self, _: Any) -> None:
        self.address = f"+8491000{next(self._people):04d}"
        self._buttons = {}
        self._said = 0

    def _person(self, text: str) -> None:
        text = text.replace("{receipt}", self.receipt)
        self.words.append(text)
        self._send("text", text)

    def _press(self, title: str) -> None:
        assert title in self._buttons, f"không có nút “{title}”; có: {', '.join(self._buttons)}"
        self._send("press", self._buttons[title], detail={"title": title})

    def _media(self, kind: str) -> None:
        self._send("media", media=kind)

    def _follow(self, _: Any) -> None:
        self._send("follow")

    def _wait(self, period: str) -> None:
        found = re.fullmatch(r"(\d+)([smhd])", period)
        assert found is not None, period
        asyncio.run(let_pass(self.app, self.clock, timedelta(**{UNITS[found[2]]: int(found[1])})))

    def _acknowledge(self, who: str) -> None:
        with self.app.database.write() as tx:
            alert = tx.session.scalars(select(AlertRow).order_by(AlertRow.opened_at.desc())).first()
            assert alert is not None, "chưa có báo động nào để nhận"
            result = self.app.ladder.acknowledge(tx, alert_id=alert.id, by=self._responder(tx, who))
            assert result.ok, "không nhận được"
            self.app.ladder.schedule_news(tx, alert.id, result.news)

    def _joins(self, who: str) -> None:
        self.talking = who
        with self.app.database.write() as tx:
            actor, case = self._actor(tx, who), self._case(tx)
            assert case is not None
            assert case.contact_id is not None
            desk._join(tx, self._desk, actor, case.contact_id)

    def _officer(self, who: str, deed: Callable[..., None], *words: str) -> None:
        with self.app.database.write() as tx:
            case = self._case(tx)
            assert case is not None, "người này chưa có việc nào"
            deed(tx, self._desk, self._actor(tx, who), case.code, *words)

    # What is seen

    @property
    def _desk(self) -> Desk:
        return Desk(self.app.ladder, self.app.turns)

    def _responder(self, tx: Any, who: str) -> str:
        return "desk:111" if who == "desk" else str(tx.session.scalars(select(Officer.id).filter_by(login=who)).one())

    def _actor(self, tx: Any, who: str) -> Actor:
        officer = tx.session.scalars(select(Officer).filter_by(login=who)).one()
        return Actor(officer.id, officer.role)

    def _contact(self, tx: Any) -> Contact | None:
        key = tx.vault.contact_key(self.channel, self.address)
        found: Contact | None = tx.session.scalar(select(Contact).filter_by(channel=self.channel, key=key))
        return found

    def _case(self, tx: Any) -> Case | None:
        contact = self._contact(tx)
        mine = select(Case).where(Case.contact_id == contact.id if contact else False)
        found: Case | None = tx.session.scalars(mine.order_by(Case.opened_at.desc())).first()
        return found

    def _seen(self) -> Happened:
        seen = Happened()
        with self.app.database.read() as tx:
            contact = self._contact(tx)
            rows = tx.session.scalars(
                select(OutboundMessage)
                .where(OutboundMessage.contact_id == (contact.id if contact else ""), OutboundMessage.seq > self._said)
                .order_by(OutboundMessage.seq)
            ).all()
            shown = [row for row in rows if row.state not in ("dropped", "failed")]
            for row in rows:
                self._said = row.seq
            bodies = [json.loads(tx.open("outbound_message", "body", row.id, row.body)) for row in shown]
            seen.pages = [p for p in tx.session.scalars(select(Page)) if p.sent_at and p.id not in self._paged]
        self._paged |= {page.id for page in seen.pages}
        seen.texts = [body["text"] for body in bodies]
        seen.keys = [row.response or "" for row in shown]
        self.keys.update(seen.keys)
        if bodies:
            self._buttons = {b["title"]: b["payload"] for body in bodies for b in body.get("buttons") or []}
        seen.choices = list(self._buttons)
        for event, effects in self._events:
            if isinstance(event, ReportSaved):
                self.receipt = seen.receipt = event.receipt
            for effect in effects:
                kind = "erase" if isinstance(effect, HideChat) and effect.erase else EFFECTS.get(type(effect).__name__)
                seen.effects.append("hide" if isinstance(effect, HideChat) and kind is None else kind or "")
                if isinstance(effect, CountReach):
                    self.keys.add(f"card:{effect.card}")
        return seen

    def _holds_everywhere(self) -> None:
        """What is promised in every turn of every transcript."""
        assert len(self.last.texts) <= MOST_MESSAGES, self.last.texts
        for text, key in zip(self.last.texts, self.last.keys, strict=True):
            if key != "officer":
                assert text.count("?") <= 1, f"hai câu hỏi trong một tin: {text}"
                assert "tại sao" not in text.lower(), text
        with self.app.database.read() as tx:
            pages = [self.app.ladder.page_text(tx, page) for page in self.last.pages]
        for page in pages:
            for text in self.words:
                told = [word for word in fold(text.lower()).split() if len(word) > 3]
                pairs = [" ".join(pair) for pair in itertools.pairwise(told)]
                assert not any(pair in fold(page.lower()) for pair in pairs), "tin gọi mang lời của người nhắn"

    # What is expected of the step before

    def expect_bot(self, parts: list[str]) -> None:
        said = "\n".join(self.last.texts).casefold()
        for part in parts:
            assert part.casefold() in said, f"thiếu “{part}” trong:\n{said}"

    def expect_not(self, parts: list[str]) -> None:
        said = "\n".join(self.last.texts).casefold()
        for part in parts:
            assert part.casefold() not in said, f"không được có “{part}”:\n{said}"

    def expect_silent(self, _: bool) -> None:
        assert self.last.texts == []

    def expect_choices(self, titles: list[str]) -> None:
        assert set(titles) <= set(self.last.choices), self.last.choices

    def expect_messages(self, most: int) -> None:
        assert 0 < len(self.last.texts) <= most

    def expect_urgency(self, level: str) -> None:
        assert self._floor().name == level

    def expect_at_most(self, level: str) -> None:
        assert self._floor() >= Urgency[level], self._floor().name

    def expect_effects(self, names: list[str]) -> None:
        assert set(names) <= set(self.last.effects), self.last.effects

    def expect_no_effects(self, names: list[str]) -> None:
        assert not set(names) & set(self.last.effects), self.last.effects

    def expect_receipt(self, _: bool) -> None:
        assert self.last.receipt is not None
        assert self.last.receipt in "\n".join(self.last.texts)

    def expect_page(self, page: dict[str, str]) -> None:
        with self.app.database.read() as tx:
            who = self._responder(tx, page["to"])
        methods = [one.method for one in self.last.pages if one.responder == who]
        assert methods, f"{page['to']} không được gọi; được gọi: {[one.responder for one in self.last.pages]}"
        assert page.get("method", methods[0]) in methods

    def expect_no_page(self, who: bool | str) -> None:
        rung = [page.responder for page in self.last.pages]
        if who is True:
            assert rung == []
            return
        with self.app.database.read() as tx:
            assert self._responder(tx, str(who)) not in rung

    def expect_handover(self, _: bool) -> None:
        self.expect_page({"to": "desk"})

    def expect_case(self, case: dict[str, str] | str) -> None:
        with self.app.database.read() as tx:
            found = self._case(tx)
            if case == "none":
                assert found is None
                return
            assert isinstance(case, dict)
            assert found is not None, "chưa có việc nào"
            assert found.state == case.get("state", found.state), found.state
            assert Urgency(found.level).name == case.get("level", Urgency(found.level).name)

    def expect_alarm(self, kind: str) -> None:
        with self.app.database.read() as tx:
            assert kind in set(tx.session.scalars(select(Alarm.kind).where(Alarm.cleared_at.is_(None))))

    def expect_messages_kept(self, _: bool) -> None:
        with self.app.database.read() as tx:
            kept = [
                json.loads(tx.open("inbound_message", "body", row.id, row.body))["text"]
                for row in tx.session.scalars(select(InboundMessage))
            ]
        assert set(self.words) <= set(kept)

    def _floor(self) -> Urgency:
        with self.app.database.read() as tx:
            contact = self._contact(tx)
            row = tx.session.get(SessionRow, contact.id) if contact else None
            return Urgency(row.floor) if row else Urgency.U4


@contextmanager
def stage(
    settings: Settings, parts: tuple[Model, Definitions], home: Path, url: str, transcript: dict[str, Any]
) -> Iterator[Stage]:
    """The installation of one transcript, with the team it names on call."""
    model, definitions = parts
    at = datetime.fromisoformat(str(transcript.get("at", "2026-11-03T02:10:00+07:00")))
    clock = MovedClock(at)
    channels = {name: LocalChannel(name) for name in CHANNELS}
    private = replace(settings, home=home, database_url=url)
    app = build(private, clock=clock, channels=channels, model=model, definitions=definitions)
    try:
        with app.database.write() as tx:
            _on_duty(tx, transcript.get("on_duty", ["an", "binh"]), transcript.get("supervisor", ["dung"]))
        yield Stage(app, clock, transcript.get("channel", "web"))
    finally:
        app.close()


def _on_duty(tx: Any, city: list[str], supervisors: list[str]) -> None:
    people = {
        login: add_officer(tx, login, f"+8490000000{number}", role="supervisor" if login in supervisors else "officer")
        for number, login in enumerate(("an", "binh", "dung"), 1)
    }
    for kind, logins in (("city", city), ("supervisor", supervisors)):
        if logins:
            add_rotation(tx, kind, [], [people[login] for login in logins])
