"""The composition root: the one place where the parts of a running installation are put together."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.clock import Clock, MovedClock, SystemClock
from bot.config import Settings

if TYPE_CHECKING:
    from bot.channels.base import Channel
    from bot.fakes.twilio import FakeTwilio
    from bot.inbox import Inbox
    from bot.ladder import Ladder
    from bot.store.database import Database
    from bot.store.vault import Vault
    from bot.turn import Turns
    from bot.worker import Worker
    from escalation.policy import Policy
    from flows.definition import Definitions
    from nlu.model import Model

Progress = Callable[[str, float], None]  # what is being done (Vietnamese), and how far, 0…1


@dataclass
class App:
    """Everything one process needs to do the whole job; close it when done."""

    settings: Settings
    clock: Clock
    database: Database
    vault: Vault
    inbox: Inbox
    model: Model
    definitions: Definitions
    policy: Policy
    ladder: Ladder
    turns: Turns
    channels: Mapping[str, Channel]
    worker: Worker
    phone: FakeTwilio | None = None  # the demo's phone network, mounted in our own server
    extra: dict[str, object] = field(default_factory=dict)

    def wake(self) -> None:
        """Tell the worker that there is something to do."""
        self.worker.wake()

    def warm_up(self) -> None:
        """Do now what would make the first message wait: the index of the guidance library, the first reading."""
        from nlu import understand

        library = self.definitions.library
        for one in (library, *library.others.values()):
            _ = one.index, one.voices
        understand("xin chao", self.model)

    def close(self) -> None:
        """Close connections and files; what was saved stays saved."""
        self.inbox.close()
        close = getattr(self.model.readers, "close", None)  # only readers in another process hold connections
        if close is not None:
            close()
        _finish(self.channels)
        self.database.close()


def owner_name() -> str:
    """A name for this process in claims and leases: host, process, and a random part, at most 40 characters."""
    return f"{socket.gethostname()[:16]}-{os.getpid()}-{secrets.token_hex(4)}"


def choose_clock(settings: Settings) -> Clock:
    """The demo's clock can be moved; PostgreSQL's own clock rules where several machines share it."""
    if settings.demo:
        return MovedClock()
    if settings.database_url.startswith("postgresql"):
        from bot.store.clocks import DatabaseClock
        from bot.store.engines import open_engines, parse_url

        return DatabaseClock(open_engines(parse_url(settings.database_url))[0])
    return SystemClock()


def open_store(settings: Settings, clock: Clock | None = None) -> tuple[Database, Vault]:
    """The database and its keys alone: enough for commands that change no conversation."""
    from bot.store.database import Database
    from bot.store.vault import Vault

    settings.prepare_home()
    vault = Vault.open(settings.home)
    return Database(settings.database_url, vault, clock or choose_clock(settings)), vault


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    channels: Mapping[str, Channel] | None = None,
    model: Model | None = None,
    definitions: Definitions | None = None,
    progress: Progress | None = None,
) -> App:
    """A whole installation, its database migrated. Raises ConfigProblems, DefinitionProblems or KeyFileProblem."""
    from bot.inbox import Inbox
    from bot.ladder import Ladder, load_policy
    from bot.turn import Turns
    from bot.understanding import load_model
    from bot.words import load_definitions
    from bot.worker import Worker

    definitions = definitions or load_definitions(settings)
    policy = load_policy(settings)
    model = model or load_model(settings, progress=progress)
    clock = clock or choose_clock(settings)
    database, vault = open_store(settings, clock)
    database.migrate()
    if channels is None:
        from bot.channels.registry import build_channels
        from bot.channels.token_store import TokenStore

        channels = build_channels(settings, token_store=TokenStore(database), clock=clock)
    inbox = Inbox(database)
    ladder = Ladder(policy, settings)
    turns = Turns(database, model, definitions, ladder)
    worker = Worker(database, clock, turns, ladder, channels, owner=owner_name())
    database.on_commit(worker.wake)
    return App(
        settings=settings,
        clock=clock,
        database=database,
        vault=vault,
        inbox=inbox,
        model=model,
        definitions=definitions,
        policy=policy,
        ladder=ladder,
        turns=turns,
        channels=channels,
        worker=worker,
    )


def _finish(channels: Mapping[str, Channel]) -> None:
    async def close_all() -> None:
        for channel in channels.values():
            await channel.aclose()

    asyncio.run(close_all())
