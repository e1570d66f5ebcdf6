"""What a telephone of the fake network has seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass
class Sms:
    """One text message that passed through."""

    sid: str
    to: str
    from_: str
    body: str
    at: datetime
    outgoing: bool  # from our side to a phone
    status: str = "queued"
    status_url: str = ""


@dataclass
class Call:
    """One call to a phone."""

    sid: str
    to: str
    from_: str
    url: str
    status_url: str
    events: tuple[str, ...]
    at: datetime
    state: Literal["ringing", "answered", "ended"] = "ringing"
    status: str = "ringing"
    said: list[str] = field(default_factory=list)  # everything that was heard, in order
    action: str | None = None  # where the next key goes; None: no key is waited for
    reports_silence: bool = False
    pressed: str = ""

    @property
    def script(self) -> str:
        """What the officer hears first."""
        return self.said[0] if self.said else ""


@dataclass(frozen=True)
class Device:
    """One telephone as its owner sees it, newest last."""

    number: str
    messages: tuple[Sms, ...]
    calls: tuple[Call, ...]
