"""The officers' console: the live queue, one case, and what can be done with it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot import desk
from bot.credentials import SignedIn, find_session
from bot.store.database import Tx
from bot.web import auth
from bot.web.auth import Visit, done_by_officers, seen_by_officers
from bot.web.console_views import CaseView, Queue, Reader
from bot.web.site import Site
from bot.web.stream import event, rung, stream

Act = Callable[[Tx, desk.Desk, desk.Actor, str, Visit], None]
NOT_MORE_OFTEN = 0.4  # seconds between two looks of one stream


def actor_of(officer: SignedIn) -> desk.Actor:
    """The officer as the desk knows them."""
    return desk.Actor(officer.officer_id, officer.role, officer.localities)


async def _queue(visit: Visit) -> Queue:
    site, actor = visit.site, actor_of(visit.officer)
    return await site.read(lambda tx: Reader(tx, site.labels, site.app.policy).queue(actor))


@seen_by_officers
async def first_page(visit: Visit) -> Response:
    """The queue."""
    queue = await _queue(visit)
    return visit.site.pages.page("queue.html", officer=visit.officer, queue=queue)


@seen_by_officers
async def queue_part(visit: Visit) -> Response:
    """The queue alone, to be put into the page that is already open."""
    queue = await _queue(visit)
    return visit.site.pages.page("queue_part.html", officer=visit.officer, queue=queue)


async def _look(visit: Visit, how: str) -> CaseView:
    """Read a case, and put on record who did; a case that is not theirs is on record too, and not there."""
    site, actor, code = visit.site, actor_of(visit.officer), visit.path("code")

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
async def case_page(visit: Visit) -> Response:
    """One case: what was said, why it is urgent, who was rung, and what can be done."""
    view = await _look(visit, "page")
    key = visit.request.query_params.get("done", "")
    done = f"utter_console_done_{key}" if key in _ACTS else ""
    return _case(visit, view, done=visit.site.pages.words(done) if done else "")


def _case(
    visit: Visit,
    view: CaseView,
    *,
    status: int = 200,
    done: str = "",
    error: str = "",
    drafts: dict[str, str] | None = None,
) -> Response:
    values = {"officer": visit.officer, "case": view, "done": done, "error": error, "drafts": drafts or {}}
    return visit.site.pages.page("case.html", status=status, values=values)


@seen_by_officers
async def case_part(visit: Visit) -> Response:
    """The living part of a case: its state, the conversation, the ladder."""
    view = await _look(visit, "refresh")
    return visit.site.pages.page("case_part.html", officer=visit.officer, case=view)


def _level(visit: Visit) -> int:
    value = visit.text("level")
    return int(value) if value in {"0", "1", "2", "3", "4"} else -1


_ACTS: dict[str, Act] = {
    "acknowledge": lambda tx, d, a, code, _: desk.acknowledge(tx, d, a, code),
    "take_over": lambda tx, d, a, code, _: desk.take_over(tx, d, a, code),
    "answer": lambda tx, d, a, code, v: desk.answer(tx, d, a, code, v.text("text")),
    "release": lambda tx, d, a, code, _: desk.release(tx, d, a, code),
    "give_back": lambda tx, d, a, code, _: desk.give_back(tx, d, a, code),
    "update": lambda tx, d, a, code, v: desk.update_reporter(
        tx, d, a, code, report_id=v.text("report"), text=v.text("text")
    ),
    "level": lambda tx, d, a, code, v: desk.set_level(tx, d, a, code, level=_level(v), reason=v.text("reason")),
    "action": lambda tx, d, a, code, v: desk.note_action(tx, d, a, code, v.text("text")),
    "close": lambda tx, d, a, code, v: desk.close(tx, d, a, code, v.text("outcome")),
}


@done_by_officers
async def act(visit: Visit) -> Response:
    """Do one thing with a case; what cannot be done is said on the page, with what was typed still there."""
    site, name, code = visit.site, visit.path("act"), visit.path("code")
    deed = _ACTS.get(name)
    if deed is None:
        raise HTTPException(404)
    actor, parts = actor_of(visit.officer), desk.Desk(site.app.ladder, site.app.turns)
    try:
        await site.write(lambda tx: deed(tx, parts, actor, code, visit))
    except desk.NoSuchCase:
        await site.write(lambda tx: desk.looked(tx, actor, code, "refused"))
        raise HTTPException(404) from None
    except desk.CannotDo as problem:
        view = await _look(visit, "page")
        drafts = {f"{name}_{field}": value for field, value in visit.form.items() if isinstance(value, str)}
        message = site.pages.words(problem.key, **problem.values)
        return _case(visit, view, status=409, error=message, drafts=drafts)
    return RedirectResponse(f"/console/c/{code}?done={name}", 303)


@done_by_officers
async def alarm_seen(visit: Visit) -> Response:
    """A supervisor has seen to an alarm."""
    alarm_id, actor = visit.path("id"), actor_of(visit.officer)
    try:
        await visit.site.write(lambda tx: desk.seen_to(tx, actor, alarm_id))
    except desk.NoSuchCase:
        raise HTTPException(404) from None
    return RedirectResponse("/console", 303)


@seen_by_officers
async def events(visit: Visit) -> Response:
    """Tells an open page when what it shows has changed; the page then asks for its living part."""
    site = visit.site
    cookie = visit.request.cookies.get(auth.cookie_name(site), "")
    code = visit.request.query_params.get("case", "")
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
        told += [view.reasons]
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
    Route("/console/c/{code}", case_page),
    Route("/console/c/{code}/part", case_part),
    Route("/console/c/{code}/{act}", act, methods=["POST"]),
    Route("/console/alarms/{id}/seen", alarm_seen, methods=["POST"]),
]
