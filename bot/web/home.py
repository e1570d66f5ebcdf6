"""The first page: where to chat, where officers work, and 111."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.site import site_of


async def home(request: Request) -> Response:
    """The ways on from here."""
    site = site_of(request)
    return site.pages.page("home.html", demo=site.app.settings.demo and site.app.phone is not None)


ROUTES = [Route("/", home)]
