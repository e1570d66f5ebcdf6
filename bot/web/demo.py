"""The demo's telephones: what every officer's phone shows, rings and says, and a clock that can be moved."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.clock import MovedClock
from bot.fakes.phone import Call, Device
from bot.fakes.twilio import FakeTwilio
from bot.store.database import Tx
from bot.store.models import ContactMethod, Officer
from bot.web.security import same_site
from bot.web.site import Site, site_of
from bot.web.stream import event, rung, stream

MINUTES = (1, 5, 15, 60)
RINGS = timedelta(minutes=5)  # as long as the shortest step of the ladder: longer than a real telephone, time to read
LOOK_EVERY = 1.0  # seconds: the phone network is not the database, nothing rings for it


@dataclass(frozen=True)
class Phone:
    """A telephone and whose it is."""

    owner: str
    device: Device
    call: Call | None  # the one that rings or is spoken in now
    missed: int


def _phone(owner: str, device: Device, now: datetime) -> Phone:
    ringing = [call for call in device.calls if call.state == "ringing"]
    spoken = [call for call in device.calls if call.state == "answered"]
    fresh = [call for call in ringing if now - call.at < RINGS]
    call = next(iter(reversed(fresh + spoken)), None)
    return Phone(owner, device, call, len(ringing) - (call in ringing))


def _network(site: Site) -> FakeTwilio:
    assert site.app.phone is not None
    return site.app.phone


def _owners(site: Site, tx: Tx) -> dict[str, str]:
    """Every number of the team and of the desks, by name."""
    words = site.pages.words
    owners: dict[str, str] = {}
    rows = tx.session.execute(
        select(ContactMethod, Officer.name)
        .join(Officer, Officer.id == ContactMethod.officer_id)
        .where(ContactMethod.method.in_(("sms", "voice")), Officer.active)
        .order_by(Officer.created_at, Officer.role, Officer.login)
    )
    for method, name in rows:
        owners.setdefault(tx.open("contact_method", "address", method.id, method.address), name)
    desks = site.app.settings.service.get("escalation", {}).get("desks", {})
    for desk_id, ways in desks.items():
        for number in ways.values():
            owners.setdefault(number, words("utter_console_desk", id=desk_id))
    return owners


async def _phones(site: Site) -> list[Phone]:
    network = _network(site)
    owners = await site.read(lambda tx: _owners(site, tx))
    strangers = [device.number for device in network.devices() if device.number not in owners]
    named = [*owners.items(), *((number, site.pages.words("utter_demo_stranger")) for number in strangers)]
    now = site.app.database.now()
    phones = [_phone(owner, network.device(number), now) for number, owner in named]
    return sorted(phones, key=lambda phone: phone.call is None)


async def phone_page(request: Request) -> Response:
    """All telephones."""
    site = site_of(request)
    moved = isinstance(site.app.clock, MovedClock)
    minutes = MINUTES if moved else ()
    return site.pages.page("phone.html", minutes=minutes, values=await _shown(site))


async def phone_part(request: Request) -> Response:
    """The telephones alone, to be put into the open page."""
    site = site_of(request)
    return site.pages.page("phone_part.html", values=await _shown(site))


async def _shown(site: Site) -> dict[str, object]:
    base = site.app.settings.public_url.rstrip("/")
    return {"phones": await _phones(site), "now": site.app.database.now(), "base": base}


async def events(request: Request) -> Response:
    """Tells the open page when a telephone changed."""
    site = site_of(request)
    return stream(lambda: _changes(site))


async def _changes(site: Site) -> AsyncIterator[str]:
    before, number = "", 0
    with site.streams.bell() as bell:
        while not site.streams.closing:
            minute = site.app.database.now().replace(second=0, microsecond=0)  # the page shows what time it is
            seen = f"{minute.isoformat()} {await _phones(site)!r}"
            now = hashlib.sha256(seen.encode()).hexdigest()[:24]
            if now != before:
                before, number = now, number + 1
                yield event("changed", before, number)
            else:
                yield event("beat", "")
            await rung(bell, LOOK_EVERY)


async def deed(request: Request) -> Response:
    """Do something with a telephone: pick up, press a key, keep silent, hang up, send a text message."""
    site = site_of(request)
    if not same_site(request, site.app.settings.public_url):
        raise HTTPException(403)
    form, network = await request.form(), _network(site)
    name, call = str(request.path_params["deed"]), str(form.get("call", ""))
    try:
        match name:
            case "answer":
                await network.answer(call)
            case "press":
                await network.press(call, str(form.get("digits", "1"))[:1] or "1")
            case "silent":
                await network.stay_silent(call)
            case "hangup":
                await network.hang_up(call)
            case "sms":
                await network.receive_sms(str(form.get("number", "")), str(form.get("text", ""))[:1000])
            case _:
                raise HTTPException(404)
    except KeyError:
        raise HTTPException(404) from None
    return _back(request)


def _back(request: Request) -> Response:
    """To the telephones; a page that is open already only looks again."""
    site_of(request).streams.ring()
    return Response(status_code=204) if request.headers.get("hx-request") else RedirectResponse("/demo/phone", 303)


async def clock(request: Request) -> Response:
    """Move the demo's clock forward, and do what is due by then."""
    site = site_of(request)
    if not same_site(request, site.app.settings.public_url):
        raise HTTPException(403)
    form = await request.form()
    minutes = str(form.get("minutes", "5"))
    if not isinstance(site.app.clock, MovedClock) or minutes not in {str(each) for each in MINUTES}:
        raise HTTPException(404)
    site.app.clock.advance(timedelta(minutes=int(minutes)))
    site.app.wake()
    return _back(request)


ROUTES = [
    Route("/demo/phone", phone_page),
    Route("/demo/phone/part", phone_part),
    Route("/demo/phone/events", events),
    Route("/demo/phone/{deed}", deed, methods=["POST"]),
    Route("/demo/clock", clock, methods=["POST"]),
]
