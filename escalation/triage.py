"""How urgent one message is. Rules and models only raise; only a human lowers or closes."""

from __future__ import annotations

from dataclasses import dataclass

from nlu.signals import Span, Urgency


@dataclass(frozen=True)
class Reason:
    """Why the level is what it is: a lexicon concept, or `reader:<name>` where only a model speaks."""

    concept: str
    span: Span
    level: Urgency


@dataclass(frozen=True)
class Assessment:
    """The level of a message within its session, and the reasons an officer reads."""

    level: Urgency
    check: bool  # not sure enough to page: ask at once whether the person is safe
    category: str
    reasons: tuple[Reason, ...]
    life_at_risk: bool = False
