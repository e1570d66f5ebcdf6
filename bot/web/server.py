"""The web application of one installation: its routes, what surrounds them, and the worker that runs beside."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from bot.config import ConfigProblems
from bot.store.database import StoreBusy, StoreFull
from bot.web import chat, console, demo, guide, health, home, preview, voice, webhooks
from bot.web.labels import load_labels
from bot.web.metrics import Metrics
from bot.web.pages import HERE, Pages
from bot.web.security import SecureHeaders, TooLong
from bot.web.site import Site, site_of
from bot.web.stream import Streams
from bot.web.words import load_words, problems

if TYPE_CHECKING:
    from bot.app import App

PATIENCE = 2.0  # seconds a browser without scripts is kept waiting for the answer
STOP_SECONDS = 5.0  # how long the worker may take to put down what it is doing; leases cover the rest


def create_asgi(app: App, *, patience: float = PATIENCE) -> Starlette:
    """The ASGI application around `app`; its lifespan runs the worker unless the settings say it runs elsewhere.

    `patience`: seconds a browser without scripts is kept waiting for the answer. Raises ConfigProblems when a page
    asks for words that are not there.
    """
    if missing := problems(app.settings.data):
        raise ConfigProblems(tuple(missing))
    words = load_words(app.settings.data)
    labels = load_labels(app.settings.data, words, app.definitions.places)
    site = Site(app, Pages(words), labels, Streams(), Metrics(), patience)
    app.database.on_commit(site.streams.ring)
    asgi = Starlette(
        routes=_routes(app),
        middleware=[
            Middleware(SecureHeaders, https=site.https),
            Middleware(TooLong, limit=app.settings.body_limit, refuse=_too_long),
            Middleware(RequestBodyLimitMiddleware, max_body_size=app.settings.body_limit),
        ],
        exception_handlers={
            HTTPException: _refused,
            StoreBusy: _busy,
            StoreFull: _busy,
            Exception: _failed,
        },
        lifespan=_lifespan,
    )
    asgi.state.site = site
    return asgi


def _routes(app: App) -> list[BaseRoute]:
    routes: list[BaseRoute] = [
        *home.ROUTES,
        *guide.ROUTES,
        *chat.ROUTES,
        *console.ROUTES,
        *webhooks.ROUTES,
        *voice.ROUTES,
        *health.ROUTES,
        Mount("/static", StaticFiles(directory=HERE / "static"), name="static"),
    ]
    if app.settings.demo and app.phone is not None:
        routes += [*demo.ROUTES, *preview.ROUTES, Mount("/demo/twilio", app.phone.app)]
    return routes


@contextlib.asynccontextmanager
async def _lifespan(asgi: Starlette) -> AsyncIterator[None]:
    site: Site = asgi.state.site
    stop = asyncio.Event()
    beside = asyncio.create_task(_work(site, stop))
    with site.streams.ended_by_signals():
        yield
    site.streams.close()
    stop.set()
    site.app.wake()
    with contextlib.suppress(asyncio.CancelledError, TimeoutError):
        await asyncio.wait_for(beside, STOP_SECONDS)


async def _work(site: Site, stop: asyncio.Event) -> None:
    if site.app.settings.service.get("worker", "in_process") == "in_process":
        await site.app.worker.serve(stop)


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


def _for_machines(request: Request) -> bool:
    return request.url.path.startswith(("/webhooks/", "/healthz", "/readyz", "/metrics", "/static/"))


def _say(request: Request, status: int, key: str, headers: dict[str, str] | None = None) -> Response:
    """An error in words that help: what to do now, and 111 whatever has happened."""
    pages = site_of(request).pages
    if _for_machines(request):
        return PlainTextResponse(f"{status}\n", status_code=status, headers=headers)
    if _wants_json(request):
        return JSONResponse({"error": pages.words(key)}, status_code=status, headers=headers)
    officers = request.url.path.startswith("/console")
    page = pages.page("error.html", status=status, message=pages.words(key), officers=officers)
    page.headers.update(headers or {})
    return page


_WORDS = {404: "utter_web_not_found", 413: "utter_web_too_long", 403: "utter_web_refused", 405: "utter_web_not_found"}


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _say(
        request, error.status_code, _WORDS.get(error.status_code, "utter_web_outage"), dict(error.headers or {})
    )


def _too_long(request: Request) -> Response:
    return _say(request, 413, _WORDS[413], {"connection": "close"})


async def _busy(request: Request, _: Exception) -> Response:
    return _say(request, 503, "utter_web_outage", {"retry-after": "2"})


async def _failed(request: Request, _: Exception) -> Response:
    return _say(request, 500, "utter_web_outage")
