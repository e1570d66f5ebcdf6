"""The console's door: sign in, stay signed in for a while, sign out."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot import audit, credentials
from bot.credentials import SignedIn
from bot.store.database import Tx
from bot.web.security import same_site
from bot.web.site import Site, site_of

Handler = Callable[[Request], Awaitable[Response]]

_WAY_BACK = re.compile(r"/console(/c/[A-Za-z0-9-]{1,24})?")


@dataclass(frozen=True)
class Visit:
    """A request of a signed-in officer."""

    request: Request
    site: Site
    officer: SignedIn
    form: FormData = field(default_factory=FormData)  # of a deed

    def path(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def text(self, name: str) -> str:
        """A text field of the form."""
        value = self.form.get(name)
        return value if isinstance(value, str) else ""


Visited = Callable[[Visit], Awaitable[Response]]


def cookie_name(site: Site) -> str:
    """A cookie of this host alone when the connection is private."""
    return "__Host-sid" if site.https else "sid"


async def signed_in(request: Request) -> SignedIn | None:
    """The officer of this browser. What a person does keeps the session alive; what a page does by itself does not."""
    site = site_of(request)
    cookie = request.cookies.get(cookie_name(site), "")
    if not cookie or len(cookie) > 64:
        return None
    now = site.now()
    by_itself = request.headers.get("hx-request") == "true" or request.url.path.endswith("/events")

    def look(tx: Tx) -> tuple[SignedIn | None, bool]:
        officer = credentials.find_session(tx, cookie, now)
        return officer, officer is not None and not by_itself and credentials.is_stale(tx, officer.key, now)

    officer, stale = await site.read(look)
    if officer is not None and stale:
        key = officer.key
        await site.write(lambda tx: credentials.touch_session(tx, key, now))
    return officer


def seen_by_officers(handler: Visited) -> Handler:
    """A page for signed-in officers; others are sent to the door."""

    @wraps(handler)
    async def guarded(request: Request) -> Response:
        officer = await signed_in(request)
        if officer is None:
            return _to_the_door(request)
        return await handler(Visit(request, site_of(request), officer))

    return guarded


def done_by_officers(handler: Visited) -> Handler:
    """A deed of a signed-in officer, sent by a form of our own pages that carries the session's token."""

    @wraps(handler)
    async def guarded(request: Request) -> Response:
        site = site_of(request)
        officer = await signed_in(request)
        if officer is None:
            return _to_the_door(request)
        form = await request.form()
        token = form.get("csrf")
        whole = isinstance(token, str) and secrets.compare_digest(token.encode(), officer.csrf.encode())
        if not whole or not same_site(request, site.app.settings.public_url):
            raise HTTPException(403)
        return await handler(Visit(request, site, officer, form))

    return guarded


def _to_the_door(request: Request) -> Response:
    site = site_of(request)
    if request.headers.get("hx-request") == "true":
        return Response(status_code=401, headers={"hx-redirect": "/console/login"})
    if request.url.path.endswith("/events"):
        return Response(status_code=401)
    path = request.url.path
    if request.method == "GET" and request.headers.get("sec-fetch-site") == "cross-site":
        # the cookie is SameSite=Strict: a link in a message brings none, a step from our own page does
        return site.pages.page("console_step.html", path=path if _WAY_BACK.fullmatch(path) else "/console")
    back = path if request.method == "GET" and _WAY_BACK.fullmatch(path) and path != "/console" else ""
    return RedirectResponse("/console/login" + (f"?next={back}" if back else ""), 303)


async def door(request: Request) -> Response:
    """The sign-in form."""
    return _form(request, 200, "")


def _form(request: Request, status: int, message: str, login: str = "") -> Response:
    way = request.query_params.get("next", "")
    back = way if _WAY_BACK.fullmatch(way) else ""
    return site_of(request).pages.page("login.html", status=status, message=message, login=login, back=back)


async def sign_in(request: Request) -> Response:
    """Name, password and one-time code, all right; else one message for whatever was wrong."""
    site = site_of(request)
    if not same_site(request, site.app.settings.public_url):
        raise HTTPException(403)
    form = await request.form()
    login, password, code = (str(form.get(name, ""))[:200] for name in ("login", "password", "code"))
    login, now, words = login.strip().lower(), site.now(), site.pages.words
    try:
        officer_id, stored = await site.read(lambda tx: _asked(tx, login, now))
    except credentials.TooManyTries:
        site.metrics.failed_sign_ins.inc()
        return _form(request, 429, words("utter_console_login_wait"), login)
    right = await run_in_threadpool(credentials.password_is, stored, password)

    def finish(tx: Tx) -> str | None:
        credentials.refuse_floods(tx, login, now)  # many at once were all let through the first look
        if right and officer_id is not None and credentials.use_code(tx, officer_id, code, now):
            audit.record(tx, officer_id, "login", officer_id)
            return credentials.start_session(tx, officer_id, now)
        credentials.note_failure(tx, login, now)
        return None

    try:
        cookie = await site.write(finish)
    except credentials.TooManyTries:
        cookie = None
    if cookie is None:
        site.metrics.failed_sign_ins.inc()
        return _form(request, 401, words("utter_console_login_wrong"), login)
    way = str(form.get("next", ""))
    return _let_in(site, cookie, way if _WAY_BACK.fullmatch(way) else "/console")


def _asked(tx: Tx, login: str, now: datetime) -> tuple[str | None, str]:
    credentials.refuse_floods(tx, login, now)
    return credentials.stored_password(tx, login)


def _let_in(site: Site, cookie: str, way: str) -> Response:
    response = RedirectResponse(way, 303)
    response.set_cookie(cookie_name(site), cookie, path="/", httponly=True, samesite="strict", secure=site.https)
    return response


async def once(request: Request) -> Response:
    """The link that was printed at start: it signs in once."""
    site, token, now = site_of(request), str(request.path_params["token"]), site_of(request).now()

    def work(tx: Tx) -> str | None:
        officer_id = credentials.use_once(tx, token, now)
        if officer_id is None:
            return None
        audit.record(tx, officer_id, "login.once", officer_id)
        return credentials.start_session(tx, officer_id, now)

    cookie = await site.write(work)
    if cookie is None:
        return _form(request, 403, site.pages.words("utter_console_once_used"))
    return _let_in(site, cookie, "/console")


@done_by_officers
async def sign_out(visit: Visit) -> Response:
    """Forget this browser, and have it forget us."""
    site, officer = visit.site, visit.officer

    def work(tx: Tx) -> None:
        credentials.end_session(tx, officer.key)
        audit.record(tx, officer.officer_id, "logout", officer.officer_id)

    await site.write(work)
    response = RedirectResponse("/console/login", 303)
    response.delete_cookie(cookie_name(site), path="/", httponly=True, samesite="strict", secure=site.https)
    response.headers["clear-site-data"] = '"cache", "storage"'
    return response


ROUTES = [
    Route("/console/login", door, methods=["GET"]),
    Route("/console/login", sign_in, methods=["POST"]),
    Route("/console/logout", sign_out, methods=["POST"]),
    Route("/console/once/{token}", once, methods=["GET"]),
]
