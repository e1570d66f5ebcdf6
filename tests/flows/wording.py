"""Everything that can be said to a person, for tests that look at every word."""

from __future__ import annotations

from collections.abc import Iterator

from flows.definition import Definitions
from flows.guidance import Card
from flows.responses import Address, Response, Variation, address_words, fill
from flows.speech import VARIABLES


def said(definitions: Definitions) -> Iterator[tuple[Response, Variation]]:
    for language in definitions.languages.values():
        for response in language.responses.values():
            yield from ((response, variation) for variation in response.variations)


def cards(definitions: Definitions) -> Iterator[tuple[Card, str]]:
    for card in definitions.library.cards.values():
        yield from ((card, text) for text in (card.short, *card.chat, *card.do_now, card.long))


def texts(definitions: Definitions) -> dict[str, str]:
    """Everything that can be said, by where it stands."""
    found = {f"{response.key}:{variation.line}": variation.text for response, variation in said(definitions)}
    return found | {f"{card.id}:{place}": text for place, (card, text) in enumerate(cards(definitions))}


def filled(definitions: Definitions, text: str, address: Address) -> str:
    known = {**definitions.directory.variables, **address_words(definitions.directory, address.id, "vi")}
    return fill(text, known | dict.fromkeys(VARIABLES, "x") | {"receipt": "24681 35790"})
