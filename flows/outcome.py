"""What an action of a flow gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flows.effects import Effect
from flows.speech import Scene
from flows.state import Session


@dataclass(frozen=True)
class Outcome:
    """The session after an action, what it asks of the world, and the news the flow now waits for."""

    session: Session
    effects: tuple[Effect, ...] = ()
    awaiting: str = ""


Action = Callable[[Scene], Outcome]
