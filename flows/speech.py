"""One message to a person: the right wording, in their language, with the right form of address and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from flows.definition import Definitions
from flows.effects import Choice, Say
from flows.facts import facts
from flows.guidance import MAIN, Library
from flows.responses import Response, address_words, fill
from flows.state import Session

MESSAGES = 3  # at most, in one turn

# Variables beside the forms of address and the numbers: set by the engine, never typed by a person unescaped.
VARIABLES = frozenset(
    {"receipt", "update", "place", "title", "known", "age", "advice", "page", "lesson", "number", "count"}
)


@dataclass(frozen=True)
class Scene:
    """Where and when something is said."""

    definitions: Definitions
    session: Session
    now: datetime

    @property
    def library(self) -> Library:
        """The guidance library in the person's language."""
        return self.definitions.library.spoken(self.session.language)


def say(
    scene: Scene, key: str, *, extra: Mapping[str, str] | None = None, choices: tuple[Choice, ...] | None = None
) -> Say:
    """The response `key` for this person now; KeyError when no language has it (the checker makes sure of that)."""
    response, language = _response(scene.definitions, key, scene.session.language)
    variation = response.choose(facts(scene.definitions.directory, scene.session, scene.now))
    variables = words_for(scene, language) | dict(extra or {})
    offered = variation.choices if choices is None else (*choices, *variation.choices)
    return Say(
        key,
        fill(variation.text, variables),
        tuple(Choice(fill(choice.title, variables), choice.payload) for choice in offered),
    )


def words_for(scene: Scene, language: str = MAIN) -> dict[str, str]:
    """The variables that are the same in every message to this person."""
    directory = scene.definitions.directory
    return {**directory.variables, **address_words(directory, scene.session.address, language)}


def outage(scene: Scene) -> Say:
    """What is said when a turn failed: plainly that it did, and 111."""
    return say(scene, "utter_outage")


def few(says: list[Say]) -> list[Say]:
    """The same words in at most MESSAGES messages; the last keeps its choices and stays a message of its own."""
    while len(says) > MESSAGES:
        first, second, *rest = says
        says = [Say(second.key, f"{first.text}\n\n{second.text}", second.choices or first.choices), *rest]
    return says


def one_list(says: list[Say]) -> list[Say]:
    """The same messages with the choices of the last that has any: of two lists in one turn "1" could be either."""
    last = max((at for at, one in enumerate(says) if one.choices), default=0)
    return [one if at == last else replace(one, choices=()) for at, one in enumerate(says)]


def _response(definitions: Definitions, key: str, language: str) -> tuple[Response, str]:
    for code in (language, MAIN):
        known = definitions.languages.get(code)
        if known is not None and key in known.responses:
            return known.responses[key], code
    raise KeyError(key)
