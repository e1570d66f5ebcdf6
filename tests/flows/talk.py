"""A conversation with the real flows: one event after another, and what each of them led to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from flows.definition import Definitions
from flows.effects import Effect, RaiseAlert, Say
from flows.engine import step
from flows.events import Event, Heard, Pressed
from flows.state import Session
from nlu.signals import Entity, Hazard, Signals, Span, Urgency, Weight

NIGHT = datetime(2026, 11, 2, 19, 10, tzinfo=UTC)  # a Tuesday, 02:10 in Cần Thơ
MORNING = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)  # the same Tuesday, 09:00 in Cần Thơ
CALM: Mapping[Urgency, float] = {Urgency.U4: 0.9}  # a trained reader answered, and sees nothing

Kind = TypeVar("Kind")


def words(
    text: str,
    intent: str = "unclear",
    category: str = "C99",
    *,
    score: float = 0.9,
    command: str | None = None,
    urgency: Mapping[Urgency, float] = CALM,
    hazards: tuple[Hazard, ...] = (),
    entities: tuple[Entity, ...] = (),
    language: str = "vi",
) -> Signals:
    """What the readers found in a message, made by hand."""
    return Signals(
        text=text,
        intent=intent,
        intent_score=score,
        category=category,
        category_score=score,
        urgency=urgency,
        hazards=hazards,
        entities=entities,
        language=language,
        command=command,
    )


def command(name: str, text: str = "") -> Signals:
    """A whole message that is one command."""
    return words(text or name, command=name)


def sign(
    level: Urgency = Urgency.U0, category: str = "C01", weight: Weight = Weight.PAGE, concept: str = "weapon"
) -> Hazard:
    """A danger sign in a text."""
    return Hazard(concept, category, level, Span(0, 2), weight)


def danger(
    text: str = "ba đang cầm dao rượt em",
    level: Urgency = Urgency.U0,
    category: str = "C01",
    *,
    concept: str = "weapon",
) -> Signals:
    """A message for which a human is called at once."""
    return words(text, "report_self", category, hazards=(sign(level, category, concept=concept),))


def doubt(text: str = "em sợ lắm", category: str = "C01") -> Signals:
    """A message after which the person is asked whether they are safe."""
    unsure = words(text, "report_self", category, urgency={Urgency.U2: 0.6})
    return replace(unsure, alarm=0.5, check_from=0.4)


def told(text: str = "thầy hay đánh em ở lớp", intent: str = "report_self", category: str = "C01") -> Signals:
    """A report of abuse that is not urgent."""
    return words(text, intent, category, urgency={Urgency.U2: 0.9})


def place(text: str, *codes: str) -> Signals:
    """An answer that names one place, or one of several with the same name."""
    found = Entity("place", codes[0], Span(0, len(text)), codes if len(codes) > 1 else ())
    return words(text, entities=(found,))


class Talk:
    """One person and the bot; `now` may be moved."""

    def __init__(self, definitions: Definitions, session: Session | None = None) -> None:
        self.definitions = definitions
        self.session = session or Session.new()
        self.now = NIGHT
        self.effects: tuple[Effect, ...] = ()

    def happens(self, *events: Event) -> Talk:
        """Let each event happen; what is seen afterwards is of the last."""
        for event in events:
            turn = step(self.definitions, self.session, event, now=self.now)
            self.session, self.effects = turn.session, turn.effects
        return self

    def hears(self, *messages: Signals | str) -> Talk:
        """The person writes."""
        return self.happens(*(Heard(words(one) if isinstance(one, str) else one) for one in messages))

    def presses(self, *titles: str) -> Talk:
        """The person presses what is offered by this title, or a payload."""
        for title in titles:
            offered = {choice.title: choice.payload for choice in self.session.choices}
            self.happens(Pressed(title if title.startswith("#ct:") else offered[title], title))
        return self

    def where(self, **values: object) -> Talk:
        """The same conversation with something of its session changed."""
        self.session = replace(self.session, **values)  # type: ignore[arg-type]
        return self

    def of(self, kind: type[Kind]) -> list[Kind]:
        """The effects of one kind, in order."""
        return [effect for effect in self.effects if isinstance(effect, kind)]

    @property
    def keys(self) -> list[str]:
        """The responses that were said."""
        return [say.key for say in self.of(Say)]

    @property
    def text(self) -> str:
        """Everything that was said, together."""
        return "\n".join(say.text for say in self.of(Say))

    @property
    def alarm(self) -> RaiseAlert | None:
        """The alert that was demanded first, if any."""
        return next(iter(self.of(RaiseAlert)), None)
