"""Server-sent events: every commit wakes the open streams, and a server that stops is not held up by them."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from starlette.responses import StreamingResponse

GATHER = 0.08  # seconds in which commits are gathered into one wake-up
BEAT = 15.0  # seconds between signs of life on a quiet stream


class Streams:
    """The open event streams of this process. `ring` may be called from any thread."""

    def __init__(self) -> None:
        self._bells: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._lock = threading.Lock()
        self._gathering = False
        self.generation = 0
        self.closing = False

    def __len__(self) -> int:
        return len(self._bells)

    def ring(self) -> None:
        """Something was committed: every stream looks again."""
        with self._lock:
            if self._gathering or not self._bells:
                return
            loops = set(self._bells.values())
            self._gathering = True
        for loop in loops:
            loop.call_soon_threadsafe(loop.call_later, GATHER, self._ring_now)

    def _ring_now(self) -> None:
        with self._lock:
            self._gathering = False
            self.generation += 1
            bells = list(self._bells.items())
        for bell, loop in bells:
            loop.call_soon_threadsafe(bell.set)

    def close(self) -> None:
        """End every stream; called from a signal handler too, so it only hands work to the loops."""
        self.closing = True
        for bell, loop in list(self._bells.items()):
            loop.call_soon_threadsafe(bell.set)

    @contextmanager
    def bell(self) -> Iterator[asyncio.Event]:
        """A bell that rings after commits, for as long as the block runs."""
        bell = asyncio.Event()
        with self._lock:
            self._bells[bell] = asyncio.get_running_loop()
        try:
            yield bell
        finally:
            with self._lock:
                self._bells.pop(bell, None)

    @contextmanager
    def ended_by_signals(self) -> Iterator[None]:
        """Close the streams as soon as the process is told to stop: the server waits for them otherwise."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

        def stop(number: int, frame: FrameType | None) -> None:
            self.close()
            handler: Any = before[signal.Signals(number)]
            if callable(handler):
                handler(number, frame)

        for number in before:
            signal.signal(number, stop)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


async def rung(bell: asyncio.Event, timeout: float = BEAT) -> bool:
    """Wait for the bell; False if it stayed quiet for `timeout` seconds."""
    try:
        await asyncio.wait_for(bell.wait(), timeout)
    except TimeoutError:
        return False
    bell.clear()
    return True


def event(name: str, data: str, number: int | None = None) -> str:
    """One event of a stream, as the protocol writes it."""
    lines = [f"event: {name}"] if number is None else [f"id: {number}", f"event: {name}"]
    lines += [f"data: {line}" for line in data.split("\n")]
    return "\n".join(lines) + "\n\n"


def stream(produce: Callable[[], AsyncIterator[str]]) -> StreamingResponse:
    """The answer that carries a stream; proxies are asked not to hold it back."""
    return StreamingResponse(produce(), media_type="text/event-stream", headers={"x-accel-buffering": "no"})


async def pause(streams: Streams, seconds: float) -> None:
    """Wait, but not for longer than the server lives."""
    with streams.bell() as bell:
        until = asyncio.get_running_loop().time() + seconds
        while not streams.closing and (left := until - asyncio.get_running_loop().time()) > 0:
            await rung(bell, left)
