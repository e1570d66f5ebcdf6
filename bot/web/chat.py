"""The chat page of the public: small, works on an old phone and without scripts, and leaves no trace when hidden."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.channels.base import Inbound
from bot.store.database import Tx
from bot.store.models import Contact
from bot.web.security import same_site
from bot.web.site import Site, site_of
from bot.web.stream import event, rung, stream
from bot.web.transcript import Line, conversation, heard, said
from flows.effects import Choice
from flows.guidance import MAIN

CHANNEL = "web"
LONGEST = 4_096  # characters of one message; what is longer is cut, never refused
GREETING = "utter_greeting"  # whose choices stand on an empty page
BLANK = "/bang-cuu-chuong"  # a page that any child may have open
REPLAY = 20  # messages looked at again after a reconnection: one may have been sent after a later one
STREAMS_LIMIT = 500


@dataclass(frozen=True)
class Person:
    """The browser that writes: its secret address, and the contact it already is, if any."""

    address: str
    fresh: bool  # the cookie is new and must be set
    contact_id: str | None = None
    hidden_before: datetime | None = None
    hushed: bool = False


def _cookie_name(site: Site) -> str:
    return "__Host-ct" if site.https else "ct"


def _address(site: Site, request: Request) -> str | None:
    value = request.cookies.get(_cookie_name(site), "")
    return value if len(value) == 43 and value.replace("-", "").replace("_", "").isalnum() and value.isascii() else None


def _find(site: Site, tx: Tx, address: str, *, fresh: bool) -> Person:
    key = site.app.vault.contact_key(CHANNEL, address)
    row = tx.session.scalar(select(Contact).where(Contact.channel == CHANNEL, Contact.key == key))
    if row is None:
        return Person(address, fresh)
    return Person(address, fresh, row.id, row.hidden_before, row.hushed)


async def _person(request: Request) -> Person:
    site = site_of(request)
    known = _address(site, request)
    if known is None:
        return Person(secrets.token_urlsafe(32), fresh=True)
    return await site.read(lambda tx: _find(site, tx, known, fresh=False))


def _remember(site: Site, person: Person, response: Response) -> Response:
    if person.fresh:  # until the browser is closed: a phone may be shared
        response.set_cookie(
            _cookie_name(site), person.address, path="/", httponly=True, samesite="lax", secure=site.https
        )
    return response


def _lines(tx: Tx, person: Person) -> list[Line]:
    if person.contact_id is None:
        return []
    since = person.hidden_before
    return conversation(heard(tx, person.contact_id, since=since), said(tx, person.contact_id, since=since))


async def page(request: Request) -> Response:
    """The conversation so far, and a place to write."""
    site = site_of(request)
    person = await _person(request)
    lines = await site.read(lambda tx: _lines(tx, person))
    waiting = bool(lines) and lines[-1].side == "person"
    choices = _first_choices(site) if not lines else () if waiting else lines[-1].choices
    newest = max((line.number for line in lines if line.side != "person"), default=0)
    answer = site.pages.page(
        "chat.html",
        lines=lines,
        waiting=waiting,
        choices=choices,
        newest=newest,
        hidden=_mark(person),
        nonce=secrets.token_urlsafe(16),
    )
    return _remember(site, person, answer)


def _mark(person: Person) -> str:
    """When the chat was last hidden, as a page remembers it; empty when it never was."""
    return person.hidden_before.isoformat() if person.hidden_before is not None else ""


def _first_choices(site: Site) -> tuple[Choice, ...]:
    """What the greeting offers, for whoever does not know how to begin."""
    language = site.app.definitions.languages.get(MAIN)
    greeting = language.responses.get(GREETING) if language is not None else None
    return greeting.variations[-1].choices if greeting is not None else ()


async def write(request: Request) -> Response:
    """A message or a pressed choice. Stored when this answers; the same nonce twice is one message."""
    site = site_of(request)
    if not same_site(request, site.app.settings.public_url):
        raise HTTPException(403)
    form = await request.form()
    person = await _person(request)
    inbound = _inbound(
        person,
        text=str(form.get("text", "")),
        press=str(form.get("press", "")),
        nonce=str(form.get("nonce", "")),
    )
    scripted = "application/json" in request.headers.get("accept", "")
    if inbound is None:
        return JSONResponse({"ok": True}) if scripted else RedirectResponse("/chat", 303)
    outcome = await site.app.inbox.aput(inbound)
    site.metrics.received.labels(CHANNEL, outcome).inc()
    site.app.wake()
    if scripted:
        return _remember(site, person, JSONResponse({"ok": True, "id": inbound.provider_id}, status_code=202))
    await _answered(site, person)
    return _remember(site, person, RedirectResponse("/chat#cuoi", 303))


def _inbound(person: Person, *, text: str, press: str, nonce: str) -> Inbound | None:
    words = unicodedata.normalize("NFC", press or text).replace("\x00", "")[:LONGEST]
    if not words.strip():
        return None
    # bound to the browser: nobody can use up another person's nonce
    once = hashlib.sha256(f"{person.address}|{nonce or secrets.token_urlsafe(16)}".encode()).hexdigest()
    if not press:
        return Inbound(CHANNEL, once, person.address, "text", words)
    title, _, payload = words.rpartition("|")
    return Inbound(CHANNEL, once, person.address, "press", payload, detail={"title": title})


async def _answered(site: Site, person: Person) -> None:
    """Wait a little for the answer, so that a page without scripts shows it at once."""
    deadline = asyncio.get_running_loop().time() + site.patience
    with site.streams.bell() as bell:
        while (left := deadline - asyncio.get_running_loop().time()) > 0:
            lines = await site.read(lambda tx: _lines(tx, _find(site, tx, person.address, fresh=False)))
            if lines and lines[-1].side != "person":
                return
            await rung(bell, min(left, 0.5))


async def events(request: Request) -> Response:
    """New messages as they arrive; a browser that comes back says the last one it has."""
    site = site_of(request)
    address = _address(site, request)
    if address is None or len(site.streams) >= STREAMS_LIMIT:
        raise HTTPException(503 if address else 404)
    given = request.headers.get("last-event-id") or request.query_params.get("after", "0")
    after = int(given) if given.isdecimal() and len(given) < 19 else 0
    mark = request.query_params.get("hidden")
    return stream(lambda: _news(site, address, after, mark))


async def _news(site: Site, address: str, after: int, mark: str | None) -> AsyncIterator[str]:
    newest, shown = after, set[str]()
    hidden, stale = await site.read(lambda tx: _hidden(site, tx, address, after, mark))
    yield "retry: 2000\n\n"
    if stale:  # the chat was hidden between the page and this: a way out that was still under way
        yield event("hide", "")
    with site.streams.bell() as bell:
        while not site.streams.closing:
            person, lines = await site.read(partial(_new_lines, site, address=address, newest=newest))
            if person.hidden_before != hidden:
                hidden = person.hidden_before
                yield event("hide", "")
            for line in lines:
                if line.id not in shown:
                    shown.add(line.id)
                    newest = max(newest, line.number)
                    yield event("line", site.pages.text("chat_line.html", line=line), newest)
                    if line.choices:
                        yield event("choices", site.pages.text("chat_choices.html", choices=line.choices), newest)
            if not await rung(bell):
                yield ": beat\n\n"


def _hidden(site: Site, tx: Tx, address: str, after: int, mark: str | None) -> tuple[datetime | None, bool]:
    """When the chat was hidden, and whether the page that shows line `after`, or bears `mark`, is older than that."""
    person = _find(site, tx, address, fresh=False)
    if person.contact_id is None or person.hidden_before is None:
        return None, False
    if after:
        seen = said(tx, person.contact_id, since=person.hidden_before, after=after - 1)
        return person.hidden_before, all(line.number != after for line in seen)
    return person.hidden_before, mark is not None and mark != _mark(person)


def _new_lines(site: Site, tx: Tx, *, address: str, newest: int) -> tuple[Person, list[Line]]:
    person = _find(site, tx, address, fresh=False)
    if person.contact_id is None:
        return person, []
    return person, said(tx, person.contact_id, since=person.hidden_before, after=max(0, newest - REPLAY))


async def leave(request: Request) -> Response:
    """The quick way out: the chat is hidden at once, the bot falls silent, and the browser stands on a blank page."""
    site = site_of(request)
    if not same_site(request, site.app.settings.public_url):
        raise HTTPException(403)
    person = await _person(request)
    if person.contact_id is not None:
        contact_id = person.contact_id
        inbound = _inbound(person, text=site.pages.words("utter_web_exit_command"), press="", nonce="")
        if inbound is not None:
            await site.app.inbox.aput(inbound)
        await site.write(lambda tx: _hide(tx, contact_id))
    return RedirectResponse(BLANK, 303)


def _hide(tx: Tx, contact_id: str) -> None:
    row = tx.session.get(Contact, contact_id)
    if row is not None:
        row.hidden_before = tx.now
        row.hushed = True


async def blank(request: Request) -> Response:
    """A page that says nothing about where one comes from."""
    return site_of(request).pages.page("blank.html")


ROUTES = [
    Route("/chat", page),
    Route("/chat/messages", write, methods=["POST"]),
    Route("/chat/events", events),
    Route("/chat/leave", leave, methods=["POST"]),
    Route(BLANK, blank),
]
