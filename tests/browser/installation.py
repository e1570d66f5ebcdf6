"""The demo installation on a free port of this machine, served from a thread; for the walks and for the pictures."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

from bot import config
from bot.app import App
from bot.clock import MovedClock
from bot.demo import build_demo
from bot.fakes.server import serve
from bot.seed import seed_demo
from bot.web.pages import LOCAL
from bot.web.server import create_asgi
from bot.web.site import Site

if TYPE_CHECKING:
    from flows.definition import Definitions
    from nlu.model import Model

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class NoChromium(Exception):  # noqa: N818
    """No Chromium on this machine: run scripts/browser, or sudo apt-get install chromium."""

    def __str__(self) -> str:
        return str(self.__doc__)


def chromium() -> str:
    """The path of this machine's Chromium; raises NoChromium."""
    found = next((path for name in CHROMIUM if (path := which(name))), None)
    if found is None:
        raise NoChromium
    return found


@dataclass
class Installation:
    """A running demo. Its clock is moved by the page, as anybody does who tries it."""

    app: App
    port: int
    login: str  # the path that signs in once
    _serving: ExitStack = field(default_factory=ExitStack)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def starts(self) -> None:
        asgi = create_asgi(self.app)
        site: Site = asgi.state.site
        self._serving.enter_context(serve(asgi, port=self.port))
        self._serving.callback(site.streams.close)  # first, as a real server that is told to stop does

    def stops(self) -> None:
        self._serving.close()


@contextmanager
def installation(model: Model, definitions: Definitions, home: Path) -> Iterator[Installation]:
    """The demo as `langnghe run --demo` serves it, at two in the morning: no shift changes while somebody looks."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    settings = config.load(env={"LANGNGHE_HOME": str(home)}, demo=True, public_url=f"http://127.0.0.1:{port}")
    app = build_demo(settings, model=model, definitions=definitions)
    assert isinstance(app.clock, MovedClock)
    app.clock.advance(_until_night(app.clock.now()))
    there = Installation(app, port, seed_demo(app))
    try:
        there.starts()
        yield there
    finally:
        there.stops()
        with ThreadPoolExecutor(1) as beside:  # Playwright's own event loop may still run in this thread
            beside.submit(app.close).result()


def _until_night(now: datetime) -> timedelta:
    local = now.astimezone(LOCAL)
    night = datetime.combine(local, time(2, 10), LOCAL)
    return night - local if night > local else night + timedelta(days=1) - local
