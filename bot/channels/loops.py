"""A client's own event loop, in a thread of its own: whoever sends, from whatever loop, uses the same connections."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class OwnLoop:
    """Runs a client's work; connections live as long as this does, not as long as one caller's loop."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._running: tuple[asyncio.AbstractEventLoop, threading.Thread] | None = None

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` gives, or its exception; cancelling the caller cancels it."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop()))

    async def aclose(self, close: Callable[[], Awaitable[None]]) -> None:
        """Close the client in its loop, then end the loop; a later `run` starts another."""
        with self._lock:
            running, self._running = self._running, None
        if running is None:
            return
        loop, thread = running
        try:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_await(close), loop))
        finally:
            loop.call_soon_threadsafe(loop.stop)
            await asyncio.to_thread(thread.join)

    def _loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._running is None:
                loop = asyncio.new_event_loop()
                thread = threading.Thread(target=_turn, args=(loop,), name=f"channel-{self._name}", daemon=True)
                thread.start()
                self._running = (loop, thread)
            return self._running[0]


async def _await(close: Callable[[], Awaitable[None]]) -> None:
    await close()


def _turn(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()
