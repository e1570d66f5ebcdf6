"""Where providers tell us what people wrote: verify, store, answer. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import delivery
from bot.channels.base import ChannelEvent, DeliveryUpdate, Forged, Inbound, RawRequest, Undecodable
from bot.store.database import Tx
from bot.web.site import Site, site_of

Handler = Callable[[Request], Awaitable[Response]]
Outcome = Literal["stored", "duplicate", "update", "aside", "nothing"]

TWIML = "text/xml; charset=utf-8"


def public_url(request: Request, base: str) -> str:
    """The URL that the provider called and signed. Never built from Host, which anyone can write."""
    path = request.scope.get("raw_path") or request.scope["path"].encode()
    query = request.scope.get("query_string", b"")
    return base.rstrip("/") + path.decode("ascii") + (f"?{query.decode('ascii')}" if query else "")


async def raw_request(request: Request, base: str) -> RawRequest:
    """The request as the channel reads it."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    return RawRequest(request.method, public_url(request, base), headers, await request.body())


async def verified(request: Request, channel_name: str) -> RawRequest:
    """The request, believed; 404 if the channel is off, 403 if it is not the provider's own."""
    site = site_of(request)
    channel = site.app.channels.get(channel_name)
    if channel is None:
        raise HTTPException(404)
    raw = await raw_request(request, site.app.settings.public_url)
    try:
        channel.verify(raw)
    except Forged:
        site.metrics.received.labels(channel_name, "forged").inc()
        raise HTTPException(403) from None
    return raw


async def take_in(site: Site, channel_name: str, raw: RawRequest) -> tuple[ChannelEvent, ...]:
    """Store what a believed request says, and return it; durable when this returns. Raises StoreBusy, StoreFull."""
    try:
        events = site.app.channels[channel_name].parse(raw)
    except Undecodable:
        await run_in_threadpool(site.app.inbox.aside, channel_name, raw.body)
        site.metrics.received.labels(channel_name, "aside").inc()
        return ()
    for event in events:
        outcome = await _keep(site, event)
        site.metrics.received.labels(channel_name, outcome).inc()
    site.app.wake()
    return events


async def _keep(site: Site, event: ChannelEvent) -> str:
    if isinstance(event, Inbound):
        return await run_in_threadpool(site.app.inbox.put, event)
    await note_delivery(site, event)
    return "update"


async def note_delivery(site: Site, update: DeliveryUpdate) -> None:
    """Let the message or the page know how it fared."""

    def work(tx: Tx) -> None:
        delivery.note(tx, site.app.ladder, site.app.turns, update)

    await site.write(work)


async def telegram(request: Request) -> Response:
    """Updates of the Telegram bot."""
    raw = await verified(request, "telegram")
    await take_in(site_of(request), "telegram", raw)
    return Response(status_code=200)


async def sms(request: Request) -> Response:
    """A text message came in; the answer goes out by the REST API, never in this response."""
    raw = await verified(request, "sms")
    await take_in(site_of(request), "sms", raw)
    return Response("<Response/>", media_type=TWIML)


async def status(request: Request) -> Response:
    """How a text message fared."""
    raw = await verified(request, "sms")
    await take_in(site_of(request), "sms", raw)
    return Response("<Response/>", media_type=TWIML)


async def zalo(request: Request) -> Response:
    """Events of the Zalo Official Account. Its console probes the address with an empty request when it is saved."""
    if site_of(request).app.channels.get("zalo") is None:
        raise HTTPException(404)
    if not await request.body():
        return Response(status_code=200)
    raw = await verified(request, "zalo")
    await take_in(site_of(request), "zalo", raw)
    return Response(status_code=200)


ROUTES = [
    Route("/webhooks/telegram", telegram, methods=["POST"]),
    Route("/webhooks/twilio/sms", sms, methods=["POST"]),
    Route("/webhooks/twilio/status", status, methods=["POST"]),
    Route("/webhooks/zalo", zalo, methods=["GET", "POST"]),
]
