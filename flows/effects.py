"""What a turn asks of the world, in order. A closed union; the shell commits them, then sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from escalation.triage import Reason
from nlu.signals import Urgency


@dataclass(frozen=True)
class Choice:
    """A button, or a numbered line where the channel has none."""

    title: str
    payload: str  # starts with "#ct:"


@dataclass(frozen=True)
class Say:
    """One message to the person."""

    key: str  # the response key in data/responses, or "officer"
    text: str
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class RaiseAlert:
    """A human must hear of it. On a session with an open alert it only ever raises its level."""

    level: Urgency
    category: str
    reasons: tuple[Reason, ...]
    locality: str | None = None  # unit code; None = unknown
    language: str = "vi"
    past_officers: bool = False  # somebody of the place is accused: those who work there must not have it


@dataclass(frozen=True)
class SaveReport:
    """Store what was told as a report and draw a receipt code; the shell answers with ReportSaved."""

    level: Urgency
    category: str
    role: str  # self, parent, teacher, neighbour, relative, other, unknown
    fields: Mapping[str, str] = field(default_factory=dict)  # the answers, verbatim
    locality: str | None = None
    submitted: bool = True  # False: an unfinished one that carries danger
    past_officers: bool = False


@dataclass(frozen=True)
class RequestHandoff:
    """The person wants a human in this chat."""

    level: Urgency
    category: str
    locality: str | None = None
    past_officers: bool = False


@dataclass(frozen=True)
class LookupReceipt:
    """Find a report by its receipt code; the shell answers with ReceiptChecked."""

    code: str


@dataclass(frozen=True)
class AddToReport:
    """Something new for the report found by receipt, told by its reporter."""

    text: str
    past_officers: bool = False


@dataclass(frozen=True)
class StartWait:
    """Wake this session after a while with WaitExpired(wait_id); arming the same id again replaces it."""

    wait_id: str
    after: timedelta


@dataclass(frozen=True)
class CancelWait:
    """Forget a wait."""

    wait_id: str


@dataclass(frozen=True)
class HideChat:
    """Hide the conversation from whoever holds the phone. The case stays."""

    erase: bool  # xóa: what was said before is shown nowhere on the person's side


@dataclass(frozen=True)
class CountReach:
    """One guidance card or lesson reached one person, or one answer was given; counted without identity."""

    card: str  # a card, `course:<id>:<lesson>`, or `after:<answer>`
    audience: str
    locality: str | None = None


Effect = (
    Say
    | RaiseAlert
    | SaveReport
    | RequestHandoff
    | LookupReceipt
    | AddToReport
    | StartWait
    | CancelWait
    | HideChat
    | CountReach
)
