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
from flows.guidance import Card, Library
from flows.responses import Directory, Service, address_words, fill

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
    return _shelf(site_of(request), site_of(request).app.definitions.library)


async def named(request: Request) -> Response:
    """One card, or all cards of the language that is named; 404 for what nobody wrote."""
    site = site_of(request)
    library, name = site.app.definitions.library, request.path_params["card"]
    return _shelf(site, library.others[name]) if name in library.others else _shown(site, library, name)


async def translated(request: Request) -> Response:
    """One card in another language; 404 for what nobody translated."""
    site = site_of(request)
    other = site.app.definitions.library.others.get(request.path_params["language"])
    if other is None:
        raise HTTPException(404)
    return _shown(site, other, request.path_params["card"])


def _shelf(site: Site, library: Library) -> Response:
    shelves = [
        (title, [(library.topics[topic], library.of(audience, topic)) for topic in library.topics_of(audience)])
        for audience, title in library.audiences.items()
    ]
    main = site.app.definitions.library
    others = [one for one in (main, *main.others.values()) if one.language != library.language]
    around = _around(site, library)
    return site.pages.page("shelf.html", shelves=shelves, library=library, around=around, others=others)


def _shown(site: Site, library: Library, name: str) -> Response:
    card = library.cards.get(name)
    if card is None:
        raise HTTPException(404)
    around = _around(site, library)
    return site.pages.page("sheet.html", sheet=_sheet(site, library, card), library=library, around=around)


def _around(site: Site, library: Library) -> dict[str, str]:
    """What stands around a card, numbers filled in."""
    return {name: fill(text, site.app.definitions.directory.variables) for name, text in library.page.items()}


def _sheet(site: Site, library: Library, card: Card) -> Sheet:
    directory = site.app.definitions.directory
    words = {**directory.variables, **address_words(directory, _address(directory, card.audience), library.language)}
    url = site.app.settings.public_url + library.address(card.id)
    code = segno.make(url, error="m", micro=False)
    return Sheet(
        id=card.id,
        title=fill(card.title, words),
        whom=library.audiences.get(card.audience, ""),
        do_now=tuple(fill(line, words) for line in card.do_now),
        paragraphs=tuple(fill(part, words).strip() for part in card.long.split("\n") if part.strip()),
        calls=tuple(
            (service.number, *_named(library, service))
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


def _named(library: Library, service: Service) -> tuple[str, str]:
    """A service's name, and its hours and fee; in another language the one line that its file has."""
    known = library.services.get(service.id)
    return (service.name, ", ".join(filter(None, (service.hours, service.fee)))) if known is None else (known, "")


def _address(directory: Directory, audience: str) -> str:
    return next((entry.id for entry in directory.addresses if entry.audience == audience), GROWN_UP)


ROUTES = [Route("/g", shelf), Route("/g/{card}", named), Route("/g/{language}/{card}", translated)]
