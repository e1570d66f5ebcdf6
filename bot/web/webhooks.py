"""Where providers tell us what people wrote: verify, store, answer. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import delivery
from bot.channels.base import (
    AnswersWebhook,
    ChannelEvent,
    DeliveryUpdate,
    Forged,
    Inbound,
    RawRequest,
    Undecodable,
)
from bot.inbox import Unstorable
from bot.store.database import Tx
from bot.store.models import Page
from bot.web.site import Site, site_of
from bot.web.stream import pause

TWIML = "text/xml; charset=utf-8"
NEWS_TOO_EARLY = 2.0  # seconds: a callback may come before the id that it speaks of is committed


def public_url(request: Request, base: str) -> str:
    """The URL that the provider called and signed. Never built from Host, which anyone can write."""
    path = request.scope.get("raw_path") or request.scope["path"].encode()
    query = request.scope.get("query_string", b"")
    whole: bytes = path + b"?" + query if query else path
    return base.rstrip("/") + whole.decode("latin-1")


async def verified(request: Request, channel_name: str) -> RawRequest:
    """The request, believed; 404 if the channel is off, 403 if it is not the provider's own."""
    site = site_of(request)
    channel = site.app.channels.get(channel_name)
    if channel is None:
        raise HTTPException(404)
    headers = {name.lower(): value for name, value in request.headers.items()}
    url = public_url(request, site.app.settings.public_url)
    raw = RawRequest(request.method, url, headers, await request.body())
    try:
        channel.verify(raw)
    except Forged:
        site.metrics.received.labels(channel_name, "forged").inc()
        raise HTTPException(403) from None
    return raw


async def take_in(request: Request, channel_name: str) -> Response:
    """Store what a believed request says; durable when this returns. StoreBusy and StoreFull become 503."""
    raw = await verified(request, channel_name)
    site = site_of(request)
    channel = site.app.channels[channel_name]
    try:
        events = channel.parse(raw)
    except Undecodable:
        events = ()
        await keep_aside(site, channel_name, raw)
    early: list[DeliveryUpdate] = []
    for event in events:
        if isinstance(event, Inbound):
            await _store(site, channel_name, event, raw)
        elif not await _note(site, event):
            early.append(event)
    site.app.wake()
    answer = channel.answer(raw) if isinstance(channel, AnswersWebhook) else None
    later = BackgroundTask(_note_later, site, early) if early else None
    if answer is None:
        return Response(status_code=200, background=later)
    return Response(answer.body, headers={"content-type": answer.content_type}, background=later)


async def keep_aside(site: Site, channel_name: str, raw: RawRequest) -> None:
    """Keep a body that nobody can read, sealed; not one word of it goes anywhere else."""
    await site.app.inbox.aaside(channel_name, raw.body)
    site.metrics.received.labels(channel_name, "aside").inc()


async def _store(site: Site, channel_name: str, event: Inbound, raw: RawRequest) -> None:
    try:
        outcome: str = await site.app.inbox.aput(event)
    except Unstorable:  # sent again it would fail again
        await keep_aside(site, channel_name, raw)
        return
    site.metrics.received.labels(channel_name, outcome).inc()


async def _note(site: Site, update: DeliveryUpdate) -> bool:
    def work(tx: Tx) -> bool:
        return delivery.note(tx, site.app.ladder, update)

    return await site.write(work)


async def _note_later(site: Site, updates: Sequence[DeliveryUpdate]) -> None:
    await pause(site.streams, NEWS_TOO_EARLY)
    for update in updates:
        await _note(site, update)


def note_all(site: Site, tx: Tx, page: Page, updates: Sequence[ChannelEvent]) -> None:
    """Take in every news of one page."""
    for update in updates:
        if isinstance(update, DeliveryUpdate):
            delivery.note_page(tx, site.app.ladder, page, update)


async def telegram(request: Request) -> Response:
    """Updates of the Telegram bot."""
    return await take_in(request, "telegram")


async def sms(request: Request) -> Response:
    """A text message came in, or news of one that went out; our answer goes out by the REST API, never here."""
    return await take_in(request, "sms")


async def zalo(request: Request) -> Response:
    """Events of the Zalo Official Account. Its console probes the address with an empty request when it is saved."""
    if site_of(request).app.channels.get("zalo") is None:
        raise HTTPException(404)
    if not await request.body():
        return Response(status_code=200)
    return await take_in(request, "zalo")


ROUTES = [
    Route("/webhooks/telegram", telegram, methods=["POST"]),
    Route("/webhooks/twilio/sms", sms, methods=["POST"]),
    Route("/webhooks/twilio/status", sms, methods=["POST"]),
    Route("/webhooks/zalo", zalo, methods=["GET", "POST"]),
]
