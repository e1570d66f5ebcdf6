"""The call to an officer: what it says, the key that acknowledges, and what happens when nobody presses it."""

from __future__ import annotations

from urllib.parse import quote

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import delivery
from bot.channels import twilio
from bot.channels.base import RawRequest, Undecodable
from bot.channels.voice import TwilioVoice
from bot.store.database import Tx
from bot.store.models import Page
from bot.web.site import Site, site_of
from bot.web.webhooks import TWIML, keep_aside, note_all, verified

ACK_KEY = "1"
SILENT = twilio.EMPTY_RESPONSE


def _page(tx: Tx, token: str) -> Page | None:
    return tx.session.scalar(select(Page).where(Page.token == token, Page.method == "voice"))


def _say(body: str | bytes) -> Response:
    return Response(body, media_type=TWIML)


def _key_url(site: Site, token: str, *, again: bool) -> str:
    base = site.app.settings.public_url.rstrip("/")
    return f"{base}/webhooks/twilio/voice/{quote(token, safe='')}/key" + ("?again=1" if again else "")


async def answer(request: Request) -> Response:
    """Somebody picked up: say the case code, ask for the key."""
    await verified(request, "voice")
    site, token = site_of(request), str(request.path_params["token"])
    script = await site.read(lambda tx: _script(site, tx, token))
    if script is None:
        return _say(SILENT)
    return _say(TwilioVoice.answer_twiml(script, _key_url(site, token, again=False)))


def _script(site: Site, tx: Tx, token: str) -> str | None:
    page = _page(tx, token)
    return None if page is None else site.app.ladder.voice_script(tx, page)


async def key(request: Request) -> Response:
    """A key was pressed, or none. Only the right key says that a human has it; a voicemail presses nothing."""
    raw = await verified(request, "voice")
    site, token = site_of(request), str(request.path_params["token"])
    try:
        pressed = _digits(raw)
    except Undecodable:
        await keep_aside(site, "voice", raw)
        return _say(SILENT)
    again = request.query_params.get("again") == "1"
    return _say(await site.write(lambda tx: _pressed(site, tx, token, pressed, again=again)))


def _digits(raw: RawRequest) -> str:
    return twilio.form_of(raw).get("Digits").strip()


def _pressed(site: Site, tx: Tx, token: str, pressed: str, *, again: bool) -> str | bytes:
    page = _page(tx, token)
    if page is None:
        return SILENT
    site.app.ladder.hold(tx, page)
    words, app = site.pages.words, site.app
    if pressed == ACK_KEY:
        result = app.ladder.acknowledge(tx, page_token=token)
        app.ladder.schedule_news(tx, page.alert_id, result.news)
        return TwilioVoice.thanks_twiml(words("utter_call_taken" if result.ok else "utter_call_already_taken"))
    if not again:
        return TwilioVoice.answer_twiml(app.ladder.voice_script(tx, page), _key_url(site, token, again=True))
    delivery.page_failed(tx, app.ladder, page, "no_key")
    return TwilioVoice.not_acked_twiml(words("utter_call_not_taken"))


async def status(request: Request) -> Response:
    """How the call fares. One that nobody answered, or that ended without a key, makes the next one ring at once."""
    raw = await verified(request, "voice")
    site, token = site_of(request), str(request.path_params["token"])
    try:
        ended = twilio.form_of(raw).get("CallStatus").lower() == "completed"
        updates = site.app.channels["voice"].parse(raw)
    except Undecodable:
        await keep_aside(site, "voice", raw)
        return _say(SILENT)

    def work(tx: Tx) -> None:
        page = _page(tx, token)
        if page is None:
            return
        site.app.ladder.hold(tx, page)
        note_all(site, tx, page, updates)
        if ended:
            delivery.page_failed(tx, site.app.ladder, page, "no_key")

    await site.write(work)
    return _say(SILENT)


_BASE = "/webhooks/twilio/voice/{token}"
ROUTES = [
    Route(f"{_BASE}/answer", answer, methods=["POST"]),
    Route(f"{_BASE}/key", key, methods=["POST"]),
    Route(f"{_BASE}/status", status, methods=["POST"]),
]
