"""What the routes share: the application, its pages, its open streams, and the one way to run blocking work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from bot.clock import MovedClock, SystemClock
from bot.store.database import Tx
from bot.web.labels import Labels
from bot.web.metrics import Metrics
from bot.web.pages import Pages
from bot.web.stream import Streams

if TYPE_CHECKING:
    from bot.app import App

T = TypeVar("T")
P = ParamSpec("P")


@dataclass
class Site:
    """One web application."""

    app: App
    pages: Pages
    labels: Labels
    streams: Streams
    metrics: Metrics
    patience: float  # seconds a browser without scripts is kept waiting for the answer

    @property
    def https(self) -> bool:
        """Whether people reach us over TLS: then cookies are bound to this host."""
        return self.app.settings.public_url.startswith("https://")

    def now(self) -> datetime:
        """The time of sign-ins. A demo's clock is moved to watch the ladder climb; nobody is signed out by that."""
        if self.app.settings.demo and isinstance(self.app.clock, MovedClock):
            return SystemClock().now()
        return self.app.database.now()

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Run `work` in one reading transaction, off the event loop."""
        return await run_in_threadpool(self._read, work)

    async def write(self, work: Callable[[Tx], T]) -> T:
        """Run `work` in one writing transaction, off the event loop, and wake the worker."""
        result = await run_in_threadpool(self._write, work)
        self.app.wake()
        return result

    def _read(self, work: Callable[[Tx], T]) -> T:
        with self.app.database.read() as tx:
            return work(tx)

    def _write(self, work: Callable[[Tx], T]) -> T:
        with self.app.database.write() as tx:
            return work(tx)


def site_of(request: Request) -> Site:
    """The site that answers this request."""
    return cast(Site, request.app.state.site)
