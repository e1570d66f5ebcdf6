"""What can happen to a conversation. A closed union: adding one makes the type checker name every place to change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from nlu.signals import Signals


@dataclass(frozen=True)
class Heard:
    """The person wrote words. `together`: the same read with the short messages just before it, if there were any."""

    signals: Signals
    together: Signals | None = None


@dataclass(frozen=True)
class Pressed:
    """The person pressed a choice; the payload is untrusted (anyone can type it)."""

    payload: str
    title: str = ""


@dataclass(frozen=True)
class MediaReceived:
    """The person sent something other than words; nothing of it was downloaded."""

    kind: str  # image, voice, video, sticker, file, location, contact


@dataclass(frozen=True)
class Followed:
    """The person opened the chat or followed the account without writing."""


@dataclass(frozen=True)
class WaitExpired:
    """A wait that the flow armed has run out; an older or cancelled wait never arrives here."""

    wait_id: str


@dataclass(frozen=True)
class AlertNews:
    """The alert of this person's case changed in a way the person is told about."""

    kind: Literal["acknowledged", "unanswered", "handed_over", "reopened", "closed"]


@dataclass(frozen=True)
class OfficerJoined:
    """A human officer took over the conversation: the bot falls silent."""


@dataclass(frozen=True)
class OfficerSaid:
    """A human officer wrote to the person through the bot."""

    text: str


@dataclass(frozen=True)
class OfficerLeft:
    """The officer released the conversation back to the bot."""


@dataclass(frozen=True)
class ReportSaved:
    """The shell stored the report and drew a receipt code for it (answer to effect SaveReport)."""

    receipt: str


@dataclass(frozen=True)
class ReceiptChecked:
    """The answer to effect LookupReceipt. An unknown code has status None; a locked one says so."""

    status: Literal["received", "in_progress", "done"] | None
    updates: tuple[str, ...] = field(default=())  # words an officer wrote for the reporter, oldest first
    locked: bool = False  # too many wrong codes: try later


Event = (
    Heard
    | Pressed
    | MediaReceived
    | Followed
    | WaitExpired
    | AlertNews
    | OfficerJoined
    | OfficerSaid
    | OfficerLeft
    | ReportSaved
    | ReceiptChecked
)
