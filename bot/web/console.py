"""The officers' console: the live queue, one case, and what can be done with it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot import desk
from bot.credentials import SignedIn, find_session
from bot.store.database import Tx
from bot.web import auth
from bot.web.auth import done_by_officers, seen_by_officers
from bot.web.console_views import CaseView, Queue, Reader
from bot.web.site import Site
from bot.web.stream import event, rung, stream

Act = Callable[[Tx, desk.Desk, desk.Actor, str, FormData], None]
NOT_MORE_OFTEN = 0.4  # seconds between two looks of one stream


def actor_of(officer: SignedIn) -> desk.Actor:
    """The officer as the desk knows them."""
    return desk.Actor(officer.officer_id, officer.role, officer.localities)


def _queue(site: Site, officer: SignedIn, tx: Tx) -> Queue:
    return Reader(tx, site.labels, site.app.policy).queue(actor_of(officer))


@seen_by_officers
async def first_page(request: Request, site: Site, officer: SignedIn) -> Response:
    """The queue."""
    queue = await site.read(lambda tx: _queue(site, officer, tx))
    return site.pages.page("queue.html", officer=officer, queue=queue)


@seen_by_officers
async def queue_part(request: Request, site: Site, officer: SignedIn) -> Response:
    """The queue alone, to be put into the page that is already open."""
    queue = await site.read(lambda tx: _queue(site, officer, tx))
    return site.pages.page("queue_part.html", officer=officer, queue=queue)


async def _look(site: Site, officer: SignedIn, code: str, how: str) -> CaseView:
    """Read a case, and put on record who did; a case that is not theirs is on record too, and not there."""
    actor = actor_of(officer)

    def work(tx: Tx) -> CaseView | None:
        try:
            view = Reader(tx, site.labels, site.app.policy).case(actor, code)
        except desk.NoSuchCase:
            desk.looked(tx, actor, code, "refused")
            return None
        desk.looked(tx, actor, code, how)
        return view

    view = await site.write(work)
    if view is None:
        raise HTTPException(404)
    return view


@seen_by_officers
async def case_page(request: Request, site: Site, officer: SignedIn) -> Response:
    """One case: what was said, why it is urgent, who was rung, and what can be done."""
    view = await _look(site, officer, str(request.path_params["code"]), "page")
    key = request.query_params.get("done", "")
    done = f"utter_console_done_{key}" if key in _ACTS else ""
    return _case(site, officer, view, done=site.pages.words(done) if done else "")


def _case(
    site: Site,
    officer: SignedIn,
    view: CaseView,
    *,
    status: int = 200,
    done: str = "",
    error: str = "",
    drafts: dict[str, str] | None = None,
) -> Response:
    values = {"officer": officer, "case": view, "done": done, "error": error, "drafts": drafts or {}}
    return site.pages.page("case.html", status=status, **values)


@seen_by_officers
async def case_part(request: Request, site: Site, officer: SignedIn) -> Response:
    """The living part of a case: its state, the conversation, the ladder."""
    view = await _look(site, officer, str(request.path_params["code"]), "refresh")
    return site.pages.page("case_part.html", officer=officer, case=view)


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _level(form: FormData) -> int:
    value = _text(form, "level")
    return int(value) if value in {"0", "1", "2", "3", "4"} else -1


_ACTS: dict[str, Act] = {
    "acknowledge": lambda tx, d, a, code, form: desk.acknowledge(tx, d, a, code),
    "take_over": lambda tx, d, a, code, form: desk.take_over(tx, d, a, code),
    "answer": lambda tx, d, a, code, form: desk.answer(tx, d, a, code, _text(form, "text")),
    "release": lambda tx, d, a, code, form: desk.release(tx, d, a, code),
    "give_back": lambda tx, d, a, code, form: desk.give_back(tx, d, a, code),
    "update": lambda tx, d, a, code, form: desk.update_reporter(
        tx, d, a, code, _text(form, "report"), _text(form, "text")
    ),
    "level": lambda tx, d, a, code, form: desk.set_level(tx, d, a, code, _level(form), _text(form, "reason")),
    "action": lambda tx, d, a, code, form: desk.note_action(tx, d, a, code, _text(form, "text")),
    "close": lambda tx, d, a, code, form: desk.close(tx, d, a, code, _text(form, "outcome")),
}


@done_by_officers
async def act(request: Request, site: Site, officer: SignedIn, form: FormData) -> Response:
    """Do one thing with a case; what cannot be done is said on the page, with what was typed still there."""
    name, code = str(request.path_params["act"]), str(request.path_params["code"])
    deed = _ACTS.get(name)
    if deed is None:
        raise HTTPException(404)
    actor, parts = actor_of(officer), desk.Desk(site.app.ladder, site.app.turns)
    try:
        await site.write(lambda tx: deed(tx, parts, actor, code, form))
    except desk.NoSuchCase:
        await site.write(lambda tx: desk.looked(tx, actor, code, "refused"))
        raise HTTPException(404) from None
    except desk.CannotDo as problem:
        view = await _look(site, officer, code, "page")
        drafts = {f"{name}_{field}": value for field, value in form.items() if isinstance(value, str)}
        message = site.pages.words(problem.key, **problem.values)
        return _case(site, officer, view, status=409, error=message, drafts=drafts)
    return RedirectResponse(f"/console/cases/{code}?done={name}", 303)


@done_by_officers
async def alarm_seen(request: Request, site: Site, officer: SignedIn, form: FormData) -> Response:
    """A supervisor has seen to an alarm."""
    alarm_id, actor = str(request.path_params["id"]), actor_of(officer)
    try:
        await site.write(lambda tx: desk.seen_to(tx, actor, alarm_id))
    except desk.NoSuchCase:
        raise HTTPException(404) from None
    return RedirectResponse("/console", 303)


@seen_by_officers
async def events(request: Request, site: Site, officer: SignedIn) -> Response:
    """Tells an open page when what it shows has changed; the page then asks for its living part."""
    cookie = request.cookies.get(auth.cookie_name(site), "")
    code = request.query_params.get("case", "")
    return stream(lambda: _changes(site, cookie, code))


async def _changes(site: Site, cookie: str, code: str) -> AsyncIterator[str]:
    before, number = "", 0
    yield "retry: 2000\n\n"
    with site.streams.bell() as bell:
        while not site.streams.closing:
            now = await site.read(lambda tx: _fingerprint(site, tx, cookie, code))
            if now is None:
                yield event("expired", "")
                return
            if now != before:
                before, number = now, number + 1
                yield event("changed", before, number)
            if await rung(bell):
                await asyncio.sleep(NOT_MORE_OFTEN)
            else:
                yield event("beat", "")


def _fingerprint(site: Site, tx: Tx, cookie: str, code: str) -> str | None:
    """A hash of what the page shows, without what merely ages; None when the session has ended."""
    officer = find_session(tx, cookie, site.now())
    if officer is None:
        return None
    reader, actor = Reader(tx, site.labels, site.app.policy), actor_of(officer)
    told: list[object] = []
    if code:
        try:
            view = reader.case(actor, code)
        except desk.NoSuchCase:
            return None
        told += [view.row.state, view.row.level, view.row.step, view.row.officer, view.talks, view.hushed]
        told += [view.row.turn, view.pages, view.reports, [(said.line.id, said.line.state) for said in view.said]]
        told += [view.reasons, len(view.history)]
    else:
        queue = reader.queue(actor)
        told += [(r.code, r.level, r.state, r.step, r.turn, r.officer, r.wants_human) for r in queue.rows]
        told += [len(queue.closed), [(alarm.id, alarm.count) for alarm in queue.alarms]]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:24]


ROUTES = [
    *auth.ROUTES,
    Route("/console", first_page),
    Route("/console/queue", queue_part),
    Route("/console/events", events),
    Route("/console/cases/{code}", case_page),
    Route("/console/cases/{code}/part", case_part),
    Route("/console/cases/{code}/{act}", act, methods=["POST"]),
    Route("/console/alarms/{id}/seen", alarm_seen, methods=["POST"]),
]
