"""The project's own danger signs, spellings and places, read once, and a message read with them."""

from __future__ import annotations

from functools import lru_cache

from bot import config, understanding
from nlu.entities import Speech
from nlu.lexicon import Lexicon
from nlu.model import Model
from nlu.normalise import Normalised, Words, normalise
from nlu.places import Places
from nlu.scores import Readers
from nlu.signals import Hazard


@lru_cache(maxsize=1)
def _read() -> tuple[Lexicon, Speech]:
    return understanding._lexicon(config.load(env={}))


@lru_cache(maxsize=1)
def places() -> Places:
    return understanding.places_of(config.load(env={}))


def lexicon() -> Lexicon:
    return _read()[0]


def speech() -> Speech:
    return _read()[1]


def spellings() -> Words:
    return lexicon().words


def read(text: str) -> Normalised:
    """`text` normalised with the project's spellings."""
    return normalise(text, spellings())


def signs(text: str, *, under_six: bool = False) -> dict[str, Hazard]:
    """The danger signs of `text` by their concept."""
    return {hazard.concept: hazard for hazard in lexicon().hazards(read(text), under_six=under_six)}


def model(readers: Readers | None = None) -> Model:
    """Everything `understand` reads with; no trained reader unless one is given."""
    return Model(lexicon(), speech(), places(), readers)
