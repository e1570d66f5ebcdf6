"""The two processes that run for long: the web server (with the worker inside, unless told otherwise), the worker."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Callable

import uvicorn
from rich.console import Console

from bot.app import App, build
from bot.config import Settings, channel_states
from bot.progress import shown


def serve(settings: Settings, host: str, port: int) -> int:
    """Serve until told to stop; raises before any socket opens if something cannot be used."""
    from bot.web.server import create_asgi

    app, login = _demo(settings) if settings.demo else (_build(settings), None)
    try:
        listener = _bind(host, port)
        config = uvicorn.Config(
            create_asgi(app),
            log_config=None,  # ours: nothing a person wrote may reach a log
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=10,
        )
        _Server(config, lambda: _announce(app, login)).run(sockets=[listener])
    finally:
        app.close()
    return 0


def work(settings: Settings) -> int:
    """Deliver, ring and watch deadlines until told to stop."""
    app = _build(settings)
    _say_channels(settings)

    async def until_stopped() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        await app.worker.serve(stop)

    try:
        asyncio.run(until_stopped())
    finally:
        app.close()
    return 0


class _Server(uvicorn.Server):
    """Says where it can be reached once it really can."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._announce()


def _build(settings: Settings) -> App:
    with shown() as progress:
        app = build(settings, progress=progress)
    app.warm_up()
    return app


def _demo(settings: Settings) -> tuple[App, str]:
    from bot.demo import build_demo
    from bot.seed import seed_demo

    with shown() as progress:
        app = build_demo(settings, progress=progress)
    app.warm_up()
    return app, seed_demo(app)


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def _announce(app: App, login: str | None) -> None:
    base = app.settings.public_url
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    console.print(f"\n[bold]Lắng Nghe đang chạy[/bold] tại {base}")
    console.print(f"  Trò chuyện:              {base}/chat")
    console.print(f"  Bàn làm việc cán bộ:     {base}/console")
    if login is not None:
        console.print(f"  Điện thoại thử:          {base}/demo/phone")
        console.print(f"  Vào bàn làm việc 1 lần:  {base}{login}")
        console.print("  Dừng: Ctrl-C. Mọi số điện thoại và cán bộ ở đây đều là bịa.")
    _say_channels(app.settings)


def _say_channels(settings: Settings) -> None:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for state in channel_states(settings):
        if not state.on:
            console.print(f"  Kênh {state.name} tắt: {state.why}", markup=False)
