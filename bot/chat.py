"""A conversation at this machine's keyboard: the whole installation on a throw-away database and a clock one moves.

Nobody real is rung: the team is the invented one of data/demo and its telephones only note what reached them.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from sqlalchemy import func, select

from bot.app import App, build
from bot.channels.base import Channel, Inbound
from bot.channels.terminal import Terminal
from bot.channels.web import LocalChannel
from bot.clock import MovedClock
from bot.config import Settings
from bot.passing import let_pass
from bot.progress import shown
from bot.recording import Recording
from bot.seed import read_team, seed_team
from bot.sorting import whole, write_line
from bot.store.models import Case, Contact, OutboundMessage, Page, SessionRow
from escalation.triage import assess
from flows.effects import Effect
from flows.events import Event, ReportSaved
from nlu import understand
from nlu.signals import Urgency

WAIT = re.compile(r"/wait\s+(\d{1,6})\s*([smhd])", re.IGNORECASE)
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
LONGEST_WAIT = timedelta(days=366)
VAGUE = "C9"  # questions, greetings, anything that is no report
NAMES = {
    "RaiseAlert": "alert",
    "SaveReport": "report",
    "RequestHandoff": "handoff",
    "LookupReceipt": "lookup",
    "AddToReport": "add",
    "StartWait": "wait",
    "CancelWait": "cancel_wait",
    "CountReach": "reach",
}


class UnknownCommand(ValueError):  # noqa: N818
    """A line that starts with a slash but is no command."""


@dataclass
class Answer:
    """What one line led to."""

    replies: list[dict[str, Any]] = field(default_factory=list)
    urgency: str = Urgency.U4.name
    category: str = ""
    effects: list[str] = field(default_factory=list)
    receipt: str | None = None
    error: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The line that `--json` prints."""
        line = {
            "replies": self.replies,
            "urgency": self.urgency,
            "category": self.category,
            "effects": self.effects,
            "receipt": self.receipt,
        }
        return line if self.error is None else {**line, "error": self.error}


class Conversation:
    """One person after another at the keyboard of one installation."""

    def __init__(self, app: App, clock: MovedClock, record: Path | None = None) -> None:
        self.app = app
        self.clock = clock
        self._recording = Recording(record, clock.now()) if record is not None else None
        self._people = itertools.count(1)
        self._messages = itertools.count(1)
        self._heard: list[tuple[Event, tuple[Effect, ...]]] = []
        app.turns.observers.append(self._observe)
        self._begin()

    def _begin(self) -> None:
        self.address = f"person-{next(self._people)}"
        self._seen = 0  # the newest row of the outbox that was shown
        self._pages = self._count_pages()
        self._choices: dict[str, tuple[str, str]] = {}
        self._category = "C99"

    def _observe(self, _contact_id: str, event: Event, effects: tuple[Effect, ...]) -> None:
        self._heard.append((event, effects))

    def line(self, line: str) -> Answer:
        """Answer one line: a message, `/wait 10m` or `/new`; a slash before anything else is an error."""
        self._heard.clear()
        pressed, _ = self._choices.get(line.strip().casefold(), ("", ""))
        try:
            answer = self._line(line)
        except UnknownCommand as error:
            answer = replace(self._answer(""), error=str(error))
        if self._recording is not None:
            self._recording.line(line, pressed, answer)
        return answer

    def _line(self, line: str) -> Answer:
        text = line.strip()
        if text == "/new":
            self._begin()
            return Answer(category=self._category)
        if text.startswith("/wait"):
            asyncio.run(let_pass(self.app, self.clock, _period(text)))
            return self._answer("")
        if text.startswith("/"):
            raise UnknownCommand("chỉ có /wait 10m (30s, 2h, 1d) và /new")
        self.app.inbox.put(self._inbound(line))
        asyncio.run(self.app.worker.run_due())
        return self._answer(text)

    def _inbound(self, line: str) -> Inbound:
        title, payload = self._choices.get(line.strip().casefold(), ("", ""))
        return Inbound(
            channel="terminal",
            provider_id=f"line-{next(self._messages)}",
            address=self.address,
            kind="press" if payload else "text",
            text=payload or line,
            detail={"title": title} if payload else {},
        )

    def _answer(self, text: str) -> Answer:
        answer = Answer()
        key = self.app.vault.contact_key("terminal", self.address)
        with self.app.database.read() as tx:
            contact = tx.session.scalar(select(Contact).where(Contact.channel == "terminal", Contact.key == key))
            row = tx.session.get(SessionRow, contact.id) if contact else None
            floor = Urgency(row.floor) if row else Urgency.U4
            case = tx.session.get(Case, row.case_id) if row and row.case_id else None
            if contact:
                answer.replies = list(self._replies(tx, contact.id))
        found = assess(understand(text, self.app.model), floor=floor)
        if case is not None:
            self._category = case.category
        elif text and not (found.category.startswith(VAGUE) and not self._category.startswith(VAGUE)):
            self._category = found.category  # "bỏ qua" after a report is still about the report
        answer.urgency, answer.category = min(found.level, floor).name, self._category
        answer.effects = list(dict.fromkeys(self._effects()))
        answer.receipt = next((e.receipt for e, _ in self._heard if isinstance(e, ReportSaved)), None)
        return answer

    def _replies(self, tx: Any, contact_id: str) -> Iterator[dict[str, Any]]:
        rows = tx.session.scalars(
            select(OutboundMessage)
            .where(OutboundMessage.contact_id == contact_id, OutboundMessage.seq > self._seen)
            .order_by(OutboundMessage.seq)
        )
        for row in rows:
            self._seen = row.seq
            if row.state in ("dropped", "failed"):
                continue
            body = json.loads(tx.open("outbound_message", "body", row.id, row.body))
            buttons = body.get("buttons") or []
            self._choices = {}
            for number, button in enumerate(buttons, 1):
                for typed in (str(number), button["title"].strip().casefold()):
                    self._choices[typed] = (button["title"], button["payload"])
            yield {"text": body["text"], "choices": [button["title"] for button in buttons]}

    def _effects(self) -> Iterator[str]:
        for _, effects in self._heard:
            for effect in effects:
                kind = type(effect).__name__
                if kind == "HideChat":
                    yield "erase" if getattr(effect, "erase", False) else "hide"
                elif kind in NAMES:
                    yield NAMES[kind]
        pages = self._count_pages()
        if pages > self._pages:
            yield "page"
        self._pages = pages

    def _count_pages(self) -> int:
        with self.app.database.read() as tx:
            return tx.session.scalar(select(func.count()).select_from(Page).where(Page.sent_at.is_not(None))) or 0


@contextmanager
def conversation(settings: Settings, record: Path | None = None) -> Iterator[Conversation]:
    """A conversation on an installation that is thrown away afterwards; `record`: the transcript to write."""
    from bot.understanding import load_model

    with shown() as progress:
        model = load_model(settings, progress=progress)
    clock = MovedClock(datetime.now(UTC))
    channels: dict[str, Channel] = {"terminal": Terminal(), "sms": LocalChannel("sms"), "voice": LocalChannel("voice")}
    with tempfile.TemporaryDirectory(prefix="langnghe-chat-") as folder:
        home = Path(folder)
        private = replace(settings, home=home, database_url=f"sqlite:///{home / 'chat.db'}", demo=True)
        app = build(private, clock=clock, channels=channels, model=model)
        try:
            with app.database.write() as tx:
                seed_team(tx, read_team(app))
            yield Conversation(app, clock, record)
        finally:
            app.close()


def talk_json(settings: Settings, source: Iterable[bytes], out: TextIO, record: Path | None = None) -> int:
    """One JSON line for every line of `source`, at once."""
    with conversation(settings, record) as talk:
        for raw in source:
            line = raw.decode("utf-8", "replace").removeprefix("\ufeff").rstrip("\r\n")
            write_line(out, talk.line(line).to_json())
    return 0


def talk(settings: Settings, record: Path | None = None) -> int:
    """A conversation between a person and the terminal."""
    console = Console(file=sys.stdout, highlight=False)
    with conversation(settings, record) as said:
        console.print("Cứ viết như nhắn tin. /wait 10m: cho thời gian trôi. /new: một người khác. Ctrl-D: thoát.")
        while True:
            try:
                line = console.input("[bold]› [/bold]")
            except EOFError:
                return 0
            _show(console, said.line(whole(line)))


def _show(console: Console, answer: Answer) -> None:
    for reply in answer.replies:
        console.print(reply["text"], style="cyan", markup=False)
        for number, choice in enumerate(reply["choices"], 1):
            console.print(f"  {number}. {choice}", style="cyan", markup=False)
    notes = [answer.urgency, answer.category, *answer.effects]
    if answer.receipt:
        notes.append(f"mã {answer.receipt}")
    if answer.error:
        notes.append(answer.error)
    console.print("  " + " · ".join(note for note in notes if note), style="dim", markup=False)


def _period(text: str) -> timedelta:
    found = WAIT.fullmatch(text)
    period = timedelta(**{UNITS[found[2].lower()]: int(found[1])}) if found else timedelta()
    if not timedelta() < period <= LONGEST_WAIT:
        raise UnknownCommand("dùng: /wait 10m (30s, 2h, 1d; dài nhất 366d)")
    return period
