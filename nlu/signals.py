"""The values that describe one message: what it seems to say, and where in the text each sign stands.

This module must import on Python 3.10 too: a Rasa process loads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum


class Urgency(IntEnum):
    """How soon a human must hear of it; the smaller the number, the sooner."""

    U0 = 0
    U1 = 1
    U2 = 2
    U3 = 3
    U4 = 4


class Weight(str, Enum):
    """What a danger sign may do by itself, from its measured precision."""

    PAGE = "page"  # at least nine of ten hits were right: raises to its level
    ASK = "ask"  # the bot asks at once whether the person is safe
    EXPLAIN = "explain"  # only a reason beside a reader's own score


@dataclass(frozen=True)
class Span:
    """Characters `start` up to, not including, `end` of the text as the person wrote it."""

    start: int
    end: int


@dataclass(frozen=True)
class Hazard:
    """A danger sign found in the text."""

    concept: str
    category: str
    level: Urgency
    span: Span
    weight: Weight
    life_at_risk: bool = False  # the first reply then carries 113 and 115 beside 111


@dataclass(frozen=True)
class Entity:
    """A thing named in the text: age, place, time, relation, ongoing, phone, receipt."""

    kind: str
    value: str  # normalised: "12", a unit code, "now" | "within_72h" | "recurring" | "past" | "planned"
    span: Span
    candidates: tuple[str, ...] = ()  # more than one: the bot asks which


@dataclass(frozen=True)
class Signals:
    """Everything the readers found in one message; nothing is decided yet."""

    text: str
    intent: str  # as in the labelling: report_self, report_other, guidance, human, hotline, …, or "unclear"
    intent_score: float
    category: str  # C01 … C99
    category_score: float
    urgency: Mapping[Urgency, float] = field(default_factory=dict)  # probabilities; what is missing to 1 is "ordinary"
    hazards: tuple[Hazard, ...] = ()
    entities: tuple[Entity, ...] = ()
    language: str = "vi"
    command: str | None = (
        None  # a whole-message command: exit, erase, human, hotline, help, restart, stop, skip, finish, yes, no
    )
    readers: tuple[str, ...] = ("lexicon",)  # which readers answered
    weighty_words: tuple[Span, ...] = ()  # where only a model speaks: the words that weighed most
    spelled: str = ""  # the text in one spelling, short forms written out: "ko" is "không"
    asked: tuple[tuple[str, float], ...] = ()  # questions that a short reply answers, with probabilities, best first
    own: str = ""  # own_anger, own_urges, own_hand: what the writer fears of themselves, or has just done
    alarm: float = 0.0  # how sure the trained readers are that a human must hear of it now
    page_from: float = 1.0  # the alarm from which they page by themselves
    check_from: float = 1.0  # and from which the person is asked whether they are safe
