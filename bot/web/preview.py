"""For those who write the words: every response as a bubble, as an SMS and as Zalo shows it. Only in the demo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.base import Button
from bot.channels.segments import cost, without_marks
from bot.channels.text import with_numbers
from bot.channels.zalo import ZaloOA
from bot.web.site import site_of
from flows.definition import Definitions
from flows.responses import Response as Words
from flows.responses import Variation, address_words, fill
from flows.speech import VARIABLES

SAMPLE = {name: f"[{name}]" for name in VARIABLES}


@dataclass(frozen=True)
class Shape:
    """One wording in every channel's shape."""

    key: str
    language: str
    when: str  # its conditions
    text: str
    buttons: tuple[str, ...]
    sms: str
    segments: int
    numbered: bool  # Zalo shows the choices as numbered lines, because they are too many for buttons


async def words(request: Request) -> Response:
    """All wordings, as an unknown person would read them."""
    site = site_of(request)
    return site.pages.page("preview.html", shapes=list(shapes(site.app.definitions)))


def shapes(definitions: Definitions) -> Iterator[Shape]:
    """Every wording of every language, in the order of the files."""
    for language in definitions.languages.values():
        for response in language.responses.values():
            for variation in response.variations:
                yield _shape(definitions, language.code, response, variation)


def _shape(definitions: Definitions, language: str, response: Words, variation: Variation) -> Shape:
    directory = definitions.directory
    known = {**directory.variables, **address_words(directory, "unknown", language), **SAMPLE}
    text = fill(variation.text, known)
    buttons = tuple(Button(fill(choice.title, known), choice.payload) for choice in variation.choices)
    sms = without_marks(with_numbers(text, buttons))
    return Shape(
        key=response.key,
        language=language,
        when=", ".join(f"{name} = {value}" for name, value in variation.conditions),
        text=text,
        buttons=tuple(button.title for button in buttons),
        sms=sms,
        segments=cost(sms).segments,
        numbered=len(buttons) > ZaloOA.limits.buttons,
    )


ROUTES = [Route("/demo/words", words)]
