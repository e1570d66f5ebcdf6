"""The port that every channel keeps, and the closed vocabulary of its errors."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, Protocol, runtime_checkable


@dataclass(frozen=True)
class RawRequest:
    """One HTTP request as it came, before anybody believes it."""

    method: str
    url: str  # public URL with query, as the provider signed it
    headers: Mapping[str, str]  # lower-case names
    body: bytes


class Forged(Exception):  # noqa: N818
    """The signature is wrong or missing; nothing has happened."""


class Undecodable(Exception):  # noqa: N818
    """The signature is right but the body cannot be read; it is kept aside without its text in any log."""


@dataclass(frozen=True)
class Inbound:
    """Something a person did on a channel."""

    channel: str
    provider_id: str  # unique per channel; the same id twice is the same message
    address: str  # who, as the provider names them; never stored or logged in the clear
    kind: Literal["text", "press", "media", "follow", "unfollow", "withdraw", "stop", "human_echo"]
    text: str = ""  # words, caption, or press payload; NFC, NUL removed
    media: str = ""  # image, voice, …; never a URL
    sent_at: datetime | None = None  # the provider's stamp; late ones are accepted
    reply_token: str = ""  # what a reply needs beside the address (Zalo anonymous conversation id)
    detail: Mapping[str, str] = field(default_factory=dict)  # e.g. callback query id


@dataclass(frozen=True)
class DeliveryUpdate:
    """A provider's news of something we sent; states only move forward."""

    channel: str
    provider_id: str
    state: Literal["sent", "delivered", "read", "failed"]
    error: str = ""
    decision: Decision | None = None  # of a failure: what the sender does about it


ChannelEvent = Inbound | DeliveryUpdate


@dataclass(frozen=True)
class Button:
    """A choice under a message; a channel without buttons writes them as numbered lines."""

    title: str
    payload: str


@dataclass(frozen=True)
class Outbound:
    """One message, page or call to one address."""

    address: str
    text: str
    buttons: tuple[Button, ...] = ()
    ref: str = ""  # opaque page token (voice: part of the call's URL); no meaning to anyone else
    reply_token: str = ""
    mark: str = ""  # words before the first part that leaves: it may have come already


@dataclass(frozen=True)
class Receipt:
    """The provider has taken it."""

    provider_id: str  # of the first part, where a long text went as several
    parts: tuple[str, ...] = ()  # every part's id, in order; empty: one part


class Decision(StrEnum):
    """What the sender does about an error."""

    RETRY = "retry"
    SWITCH_CHANNEL = "switch_channel"
    DEAD_LETTER = "dead_letter"
    ALERT_ADMIN = "alert_admin"  # dead-letter, and ring the administrator


class Undelivered(Exception):  # noqa: N818
    """A provider did not take the message; `decision` says what to do now."""

    def __init__(
        self, decision: Decision, code: str, *, retry_after: timedelta | None = None, unsure: bool = False
    ) -> None:
        super().__init__(f"{decision.value} ({code})")
        self.decision = decision
        self.code = code  # a provider's error code or an exception's class name; never its text
        self.retry_after = retry_after
        self.unsure = unsure  # no answer came: it may have arrived all the same


@dataclass(frozen=True)
class WebhookAnswer:
    """What a provider wants to read in the response to its webhook, status 200."""

    body: bytes
    content_type: str


@dataclass(frozen=True)
class Limits:
    """What one message on this channel may be."""

    text: int  # characters
    buttons: int  # 0: choices become numbered lines


class Channel(Protocol):
    """One provider."""

    name: str
    limits: Limits

    def verify(self, request: RawRequest) -> None:
        """Raise Forged unless the request is the provider's own."""
        ...

    def parse(self, request: RawRequest) -> tuple[ChannelEvent, ...]:
        """What the request says; unknown kinds give nothing; a broken body raises Undecodable."""
        ...

    async def send(self, message: Outbound) -> Receipt:
        """Hand one message to the provider, or raise Undelivered. A call that timed out may have arrived."""
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...


@runtime_checkable
class Recalls(Protocol):
    """A channel whose provider can be asked what has left."""

    async def recall(self, message: Outbound, *, since: datetime, known: Collection[str]) -> None:
        """Learn which parts of this message left since then, so that `send` goes on after them.

        `known`: ids of other messages, which count for this one no more. Raises Undelivered if nobody can tell.
        """
        ...


@runtime_checkable
class AnswersWebhook(Protocol):
    """A channel whose provider reads our response."""

    def answer(self, request: RawRequest) -> WebhookAnswer | None:
        """The response to a believed request; None: an empty one. Never raises on a broken body."""
        ...
