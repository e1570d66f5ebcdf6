"""Serves an ASGI application on a free port of this machine."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import uvicorn
from starlette.types import ASGIApp

_START_SECONDS = 20.0


@contextmanager
def serve(app: ASGIApp, *, port: int = 0, lifespan: Literal["auto", "on", "off"] = "auto") -> Iterator[str]:
    """Serve `app` on 127.0.0.1 while the block runs, and give its base address, `http://127.0.0.1:<port>`.

    Raises RuntimeError if the application does not start. Requests under way have one second to end.
    """
    listening = socket.create_server(("127.0.0.1", port), backlog=128)
    config = uvicorn.Config(
        app,
        lifespan=lifespan,
        log_config=None,
        log_level="warning",
        access_log=False,
        ws="none",
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), name="fake-server", daemon=True)
    thread.start()
    try:
        if not server.begun.wait(_START_SECONDS) or not server.started:
            raise RuntimeError("the application did not start")
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(_START_SECONDS)
        listening.close()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.begun = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets=sockets)
        finally:
            self.begun.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets=sockets)
        for connection in list(self.server_state.connections):  # a browser that did not hang up in time
            if (transport := getattr(connection, "transport", None)) is not None:
                transport.abort()
        await asyncio.sleep(0)  # what was cut off is closed before the loop is
