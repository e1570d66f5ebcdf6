"""The guidance library as pages: without script, printable on A5, small enough for an old phone."""

from __future__ import annotations

from dataclasses import dataclass

import segno
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.site import Site, site_of
from flows.guidance import Card
from flows.responses import Directory, address_words, fill

QR_SCALE = 3  # pixels of one square
GROWN_UP = "em"  # how a young person of 16 and 17 is called, like the younger ones


@dataclass(frozen=True)
class Sheet:
    """One card as its page shows it, all variables filled."""

    id: str
    title: str
    whom: str
    do_now: tuple[str, ...]
    paragraphs: tuple[str, ...]
    calls: tuple[tuple[str, str, str], ...]  # number, name, hours and fee
    source: str
    state: str
    reviewed: str
    url: str
    qr: Markup


async def shelf(request: Request) -> Response:
    """All cards, by who asks and what about."""
    site = site_of(request)
    library = site.app.definitions.library
    shelves = [
        (title, [(library.topics[topic], library.of(audience, topic)) for topic in library.topics_of(audience)])
        for audience, title in library.audiences.items()
    ]
    return site.pages.page("shelf.html", shelves=shelves)


async def sheet(request: Request) -> Response:
    """One card; 404 for one that nobody wrote."""
    site = site_of(request)
    card = site.app.definitions.library.cards.get(request.path_params["card"])
    if card is None:
        raise HTTPException(404)
    return site.pages.page("sheet.html", sheet=_sheet(site, card))


def _sheet(site: Site, card: Card) -> Sheet:
    directory = site.app.definitions.directory
    words = {**directory.variables, **address_words(directory, _address(directory, card.audience), "vi")}
    url = f"{site.app.settings.public_url}/g/{card.id}"
    code = segno.make(url, error="m", micro=False)
    return Sheet(
        id=card.id,
        title=fill(card.title, words),
        whom=site.app.definitions.library.audiences.get(card.audience, ""),
        do_now=tuple(fill(line, words) for line in card.do_now),
        paragraphs=tuple(fill(part, words).strip() for part in card.long.split("\n") if part.strip()),
        calls=tuple(
            (service.number, service.name, ", ".join(filter(None, (service.hours, service.fee))))
            for service in (directory.services[one] for one in card.call if one in directory.services)
            if service.safety or service.number
        ),
        source=card.source,
        state=card.state,
        reviewed=card.review_by.strftime("%d/%m/%Y") if card.review_by else "",
        url=url,
        # our own address drawn by the library: nothing of a person is in it
        qr=Markup(code.svg_inline(scale=QR_SCALE, border=2, dark="#000", light="#fff")),  # noqa: S704
    )


def _address(directory: Directory, audience: str) -> str:
    return next((entry.id for entry in directory.addresses if entry.audience == audience), GROWN_UP)


ROUTES = [Route("/g", shelf), Route("/g/{card}", sheet)]
