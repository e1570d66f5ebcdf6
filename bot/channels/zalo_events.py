"""What Zalo Official Account tells us: the signature of its webhook, and its events. Pure.

Source: docs.zaloplatforms.com, OA webhook pages. Ids exceed 2^53 and stay strings.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from bot.channels import text as words
from bot.channels.base import ChannelEvent, DeliveryUpdate, Inbound, RawRequest, Undecodable

SIGNATURE_HEADER = "x-zevent-signature"
TIMESTAMP_HEADER = "x-zevent-timestamp"
PRESS_PREFIX = "#ct:"
_TIMESTAMP = re.compile(rb'"timestamp"\s*:\s*"?(\d{1,20})')
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MEDIA = {
    "image": "image",
    "gif": "image",
    "audio": "voice",
    "video": "video",
    "sticker": "sticker",
    "location": "location",
    "file": "file",
    "link": "file",
    "business_card": "contact",
}

Kind = Literal["text", "press", "media", "follow", "unfollow", "withdraw", "stop", "human_echo"]


def mac(app_id: str, body: bytes, timestamp: str, secret: str) -> str:
    """The signature of one event: plain SHA-256, not HMAC, over the bytes as received."""
    return hashlib.sha256(app_id.encode() + body + timestamp.encode() + secret.encode()).hexdigest()


def signed(request: RawRequest, app_id: str, secret: str) -> bool:
    """Whether the header holds the body's own signature, with or without `mac=` before it."""
    given = request.headers.get(SIGNATURE_HEADER, "").strip().removeprefix("mac=").lower().encode()
    if not given or not secret:
        return False
    return any(
        hmac.compare_digest(given, mac(app_id, request.body, stamp, secret).encode()) for stamp in _stamps(request)
    )


def signed_by_oa_id(request: RawRequest, secret: str) -> bool:
    """Whether it is signed with the account's id as first term, as some published integrations do: still refused."""
    data = _object(request.body)
    places = (data.get("oa_id"), _part(data.get("recipient")).get("id"), _part(data.get("sender")).get("id"))
    return any(signed(request, str(each), secret) for each in places if isinstance(each, str) and secret)


def _stamps(request: RawRequest) -> Iterator[str]:
    """The timestamp inside the body; where the body cannot be read, what stands for it there or in a header."""
    data = _object(request.body)
    stamp = data.get("timestamp")
    if isinstance(stamp, str | int) and not isinstance(stamp, bool):
        yield str(stamp)
        return
    if not data and (found := _TIMESTAMP.search(request.body)):
        yield found[1].decode()
    if header := request.headers.get(TIMESTAMP_HEADER):
        yield header.strip()


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _part(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def events(body: bytes) -> tuple[ChannelEvent, ...]:
    """What one event says; an unknown one says nothing. Raises Undecodable on a broken one."""
    data = _object(body)
    name = data.get("event_name")
    if not isinstance(name, str):
        raise Undecodable
    sender, sends, _ = name.partition("_send_")
    read = _READERS.get(sender + sends)
    return read(_Told(name, data, hashlib.sha256(body).hexdigest())) if read else ()


@dataclass(frozen=True)
class _Told:
    """One event, and the digest of its body for those that have no id."""

    name: str
    data: Mapping[str, Any]
    digest: str

    @property
    def message(self) -> Mapping[str, Any]:
        return _part(self.data.get("message"))


def _said(told: _Told) -> tuple[ChannelEvent, ...]:
    """`user_send_…` and `anonymous_send_…`: words, or something other than words."""
    message = told.message
    sort = told.name.partition("_send_")[2]
    text = _text(message)
    media = "" if sort == "text" else _MEDIA.get(sort, "file")
    kind: Kind = "media" if media else "press" if text.startswith(PRESS_PREFIX) else "text"
    event = _inbound(
        told,
        kind,
        _id(told, "sender"),
        text=text,
        media=media,
        detail=dict(_facts(message)),
        reply_token=_conversation(message) if told.name.startswith("anonymous") else "",
    )
    return (event,)


def _echo(told: _Told) -> tuple[ChannelEvent, ...]:
    """Our own message comes back: never answered; one typed by a human makes the bot fall silent."""
    if not _part(told.data.get("sender")).get("admin_id"):
        return ()
    return (_inbound(told, "human_echo", _id(told, "recipient"), text=_text(told.message)),)


def _received(told: _Told) -> tuple[ChannelEvent, ...]:
    sent = told.message.get("msg_id")
    return (DeliveryUpdate("zalo", sent, "delivered"),) if isinstance(sent, str) else ()


def _seen(told: _Told) -> tuple[ChannelEvent, ...]:
    sent = told.message.get("msg_ids")
    return tuple(DeliveryUpdate("zalo", each, "read") for each in _strings(sent))


def _followed(told: _Told) -> tuple[ChannelEvent, ...]:
    kind: Kind = "follow" if told.name == "follow" else "unfollow"
    return (_inbound(told, kind, _id(told, "follower")),)


def _withdrew(told: _Told) -> tuple[ChannelEvent, ...]:
    who = told.data.get("user_id")
    if not isinstance(who, str) or not who:
        raise Undecodable
    return (_inbound(told, "withdraw", who),)


# `user_submit_info` (name, phone, address) is missing on purpose: nothing of it is kept.
_READERS: dict[str, Callable[[_Told], tuple[ChannelEvent, ...]]] = {
    "user_send_": _said,
    "anonymous_send_": _said,
    "oa_send_": _echo,
    "user_received_message": _received,
    "user_seen_message": _seen,
    "follow": _followed,
    "unfollow": _followed,
    "user_withdraw": _withdrew,
}


def _inbound(told: _Told, kind: Kind, address: str, **more: Any) -> Inbound:
    known = told.message.get("msg_id")
    provider_id = known if isinstance(known, str) and 0 < len(known) <= 128 else told.digest
    return Inbound("zalo", provider_id, address, kind, sent_at=_instant(told.data.get("timestamp")), **more)


def _id(told: _Told, role: str) -> str:
    found = _part(told.data.get(role)).get("id")
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    if not isinstance(found, str) or not found:
        raise Undecodable
    return found


def _conversation(message: Mapping[str, Any]) -> str:
    found = message.get("conversation_id")
    if not isinstance(found, str) or not found:
        raise Undecodable
    return found


def _text(message: Mapping[str, Any]) -> str:
    text = message.get("text")
    if text is None:
        return ""
    if not isinstance(text, str):
        raise Undecodable
    return words.clean(text)


def _facts(message: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A shared position in its two numbers; never an address of a file."""
    attachments = message.get("attachments")
    for attachment in attachments if isinstance(attachments, list) else []:
        place = _part(_part(_part(attachment).get("payload")).get("coordinates"))
        for name in ("latitude", "longitude"):
            if isinstance(place.get(name), str | float | int):
                yield name, words.clean(str(place[name]))[:32]


def _instant(stamp: Any) -> datetime | None:
    """Epoch milliseconds, as a string; however old, it is accepted."""
    try:
        return _EPOCH + timedelta(milliseconds=int(stamp))
    except (TypeError, ValueError, OverflowError):
        return None


def _strings(value: Any) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()
