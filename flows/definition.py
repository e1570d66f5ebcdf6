"""Flows, words, numbers and guidance as values: what the engine runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from flows import condition
from flows.guidance import Library
from flows.phrases import Heads, heads
from flows.replies import Reply
from flows.responses import Directory, Language
from flows.yamltree import DefinitionProblem

END = "END"


@dataclass(frozen=True)
class Branch:
    """Where to go when a condition holds; without one, always."""

    when: condition.Condition | None
    target: str  # a step of the same flow, or END


@dataclass(frozen=True)
class Step:
    """What every step has: an id of its own, its line, and where it leads."""

    id: str
    line: int
    next: tuple[Branch, ...]


@dataclass(frozen=True)
class Act(Step):
    """Say a response (utter_…) or do a named action (action_…)."""

    action: str


@dataclass(frozen=True)
class Rejection:
    """An answer that is still awaited, and what is said to it."""

    when: condition.Condition
    utter: str


@dataclass(frozen=True)
class Collect(Step):
    """One question. It is skipped when the slot is known, and the person may always skip it."""

    slot: str
    utter: str
    ask_before_filling: bool = False
    rejections: tuple[Rejection, ...] = ()
    silence: int = 0  # minutes without an answer, after which `silent` is next; 0 = wait for ever
    silent: str = END
    again: str = ""  # the reminder where the question stands once more; it is put only once


@dataclass(frozen=True)
class Link(Step):
    """Leave this flow for another one."""

    flow: str


@dataclass(frozen=True)
class Call(Step):
    """Walk another flow, then come back."""

    flow: str


@dataclass(frozen=True)
class SetSlots(Step):
    """Give slots fixed values."""

    values: tuple[tuple[str, str | bool | None], ...]


@dataclass(frozen=True)
class Noop(Step):
    """Only decide where to go."""


@dataclass(frozen=True)
class Flow:
    """One conversation path, and what the engine must know about it."""

    id: str
    file: str
    line: int
    name: str
    description: str
    steps: Mapping[str, Step]
    first: str
    startable: bool = False  # a choice may start it
    sticky: bool = False  # its questions are answered before anything else is understood
    intro: bool = True  # a first message is preceded by who is speaking
    safety: bool = False  # any answer but a clear one is danger
    questions: int = 5  # at most
    miss: bool = False  # starting it means that the person was not understood
    finish: str | None = None  # the step that "gửi luôn" jumps to


@dataclass(frozen=True)
class SlotType:
    """What an answer may be."""

    name: str
    type: str  # text, bool, choice, place, code
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    offers: str = ""  # choices that are worked out: topics, cards, places
    unsafe_when: bool | None = None  # this answer is danger whenever it is given
    report: bool = False  # part of a report, kept verbatim
    clear: bool = False  # only a clear yes is a yes
    opens: str = ""  # the flow that its button opens when it was not asked for
    even: tuple[str, ...] = ()  # phrases that say yes wherever they stand, also after a no
    near: tuple[str, ...] = ()  # words of which one makes a sentence an answer to "where"
    marked: tuple[str, ...] = ()  # of those the ones that count only where marks are typed: "con" is no "cồn"
    plain: tuple[str, ...] = ()  # words: an answer of these alone is an answer, however urgent it would be by itself
    sure: tuple[str, ...] = ()  # phrases that say yes where only words of `plain` stand around them
    vague: tuple[str, ...] = ()  # words of which a place alone says nothing
    common: tuple[str, ...] = ()  # everyday words without marks: where only they stand, no place is named
    talk: tuple[str, ...] = ()  # words of talk: an unknown name of a place has none of them
    landmarks: tuple[str, ...] = ()  # phrases with which the answer to "where" may begin, and is then no story
    tells: tuple[str, ...] = ()  # words that no landmark has: with one of them it is a story, however it begins
    brief: bool = False  # a long message is no choice of it, whatever words stand in it


@dataclass(frozen=True)
class Route:
    """What a message wants: the first route whose condition holds names the flow (or the kind of danger)."""

    when: condition.Condition | None
    then: str
    file: str
    line: int


@dataclass(frozen=True)
class Definitions:
    """Everything that is said and asked, ready to run."""

    flows: Mapping[str, Flow]
    slots: Mapping[str, SlotType]
    routes: tuple[Route, ...]
    interrupts: tuple[Route, ...]
    asides: tuple[Route, ...]
    dangers: tuple[Route, ...]
    conflicts: tuple[Route, ...]  # when the officers of the place are passed over
    signs: Mapping[str, tuple[str, ...]]  # phrases that choose a reply; they raise nothing
    presses: Mapping[str, tuple[str, ...]]  # end of a payload → other words for its button, while it is offered
    languages: Mapping[str, Language]
    directory: Directory
    library: Library
    replies: Mapping[str, Reply] = field(default_factory=dict)
    asks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # reply → how people ask for it
    places: Mapping[str, str] = field(default_factory=dict)  # unit code → name

    @cached_property
    def heads(self) -> Heads:
        """The phrases of all signs, by their first word."""
        return heads(self.signs)


@dataclass(frozen=True)
class Sources:
    """The texts of all files, by a name that problems show."""

    flows: Mapping[str, str]
    responses: Mapping[str, str]
    directory: Mapping[str, str]
    guidance: Mapping[str, str]
    asks: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    pages: str = ""  # where the pages of this installation are reached, without a slash at the end


class DefinitionProblems(ValueError):  # noqa: N818
    """The flows or words cannot be used; `problems` lists everything that must be mended."""

    def __init__(self, problems: list[DefinitionProblem]) -> None:
        super().__init__(f"{len(problems)} problems in flows or words")
        self.problems = problems
