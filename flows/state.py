"""What the bot remembers of one conversation, between two turns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from flows.effects import Choice
from nlu.signals import Urgency

VERSION = 1
TOLD_LIMIT = 40  # messages kept beside the report; all of them also stay in the inbox
TEXT_LIMIT = 4_096  # characters of one message

PASSING = ("officers", "higher")  # conflicts in which the officers of the place are passed over
WAKE = "wake:"  # a wait that outlives the question: it starts the flow that its name ends in

Slot = str | bool | None


class UnknownVersion(ValueError):  # noqa: N818
    """This session was written by another version of the program; it is not read by guess."""


@dataclass(frozen=True)
class Frame:
    """Where the conversation stands in one flow."""

    flow: str
    step: str
    asked: bool = False  # the question of this step was put, its answer is awaited
    misses: int = 0  # answers of this step that could not be used
    put: int = 0  # how often this question was spoken of: put, then only reminded of, then awaited in silence


@dataclass(frozen=True)
class Session:
    """The memory of one conversation. `floor` is its highest urgency so far and never falls here."""

    channel: str = "web"
    language: str = "vi"
    floor: Urgency = Urgency.U4
    category: str = "C99"
    life_at_risk: bool = False
    danger: str = ""  # the kind of danger the last danger reply was about
    alert: str = ""  # "", open, acknowledged, unanswered, handed_over, reopened, closed
    role: str = "unknown"  # self, parent, teacher, neighbour, relative, other, unknown
    address: str = "unknown"  # how the person is called, a key of the address forms
    about: str = ""  # self or other: whose harm it is
    muted: bool = False  # an officer talks
    away: bool = False  # the chat was hidden: whoever writes now may be somebody else, until they tell of harm again
    greeted: bool = False
    misses: int = 0
    questions: int = 0  # asked in the present report
    awaiting: str = ""  # an answer of the shell: saved or receipt
    frames: tuple[Frame, ...] = ()
    choices: tuple[Choice, ...] = ()  # what was offered last
    waits: tuple[str, ...] = ()
    slots: Mapping[str, Slot] = field(default_factory=dict)
    told: tuple[str, ...] = ()  # the person's own words about harm, oldest first

    @staticmethod
    def new(channel: str = "web") -> Session:
        """A conversation that has not begun."""
        return Session(channel=channel)

    @property
    def top(self) -> Frame | None:
        """The frame that is being worked on."""
        return self.frames[-1] if self.frames else None

    @property
    def past_officers(self) -> bool:
        """Whether somebody of the place is accused, as was heard or answered."""
        return self.slots.get("conflict") in PASSING or self.slots.get("works_here") is True

    @property
    def eased(self) -> bool:
        """Whether a human was called on a mere doubt, and the person said since that they are safe."""
        return self.slots.get("softly") is True and self.slots.get("is_safe") is True

    def with_slots(self, **values: Slot) -> Session:
        """The session with some slots set."""
        return replace(self, slots={**self.slots, **values})

    def without_slots(self, *names: str) -> Session:
        """The session with some slots forgotten."""
        return replace(self, slots={name: value for name, value in self.slots.items() if name not in names})

    def hearing(self, text: str) -> Session:
        """The session that also remembers these words of the person."""
        text = text[:TEXT_LIMIT].strip()
        if not text or text in self.told:
            return self
        return replace(self, told=(*self.told, text)[-TOLD_LIMIT:])

    def waking(self, flow: str) -> Session:
        """The session that will start `flow` by itself once its wait runs out."""
        wait = WAKE + flow
        return replace(self, waits=(*(other for other in self.waits if other != wait), wait))

    def raised(self, level: Urgency) -> Session:
        """The session whose floor is at least as urgent as `level`."""
        return replace(self, floor=min(self.floor, level))


def to_json(session: Session) -> str:
    """The session as text that from_json reads back into an equal value."""
    return json.dumps({"version": VERSION, **asdict(session)}, separators=(",", ":"))


def from_json(text: str) -> Session:
    """The session in `text`; raises UnknownVersion for what another version wrote, ValueError for what is broken."""
    document: dict[str, Any] = json.loads(text)
    if not isinstance(document, dict) or document.pop("version", None) != VERSION:
        raise UnknownVersion("session of another version")
    try:
        document["floor"] = Urgency(document["floor"])
        document["frames"] = tuple(Frame(**frame) for frame in document["frames"])
        document["choices"] = tuple(Choice(**choice) for choice in document["choices"])
        document["waits"] = tuple(document["waits"])
        document["told"] = tuple(document["told"])
        return Session(**document)
    except (KeyError, TypeError) as error:
        raise ValueError("a session with missing or unknown fields") from error


def locality(session: Session) -> str | None:
    """The code of the place that was told, if it is known."""
    place = session.slots.get("locality")
    return place if isinstance(place, str) else None


def listed(session: Session, slot: str) -> tuple[str, ...]:
    """The names that a slot holds side by side."""
    value = session.slots.get(slot)
    return tuple(value.split(",")) if isinstance(value, str) and value else ()
