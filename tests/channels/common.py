"""What the channel tests share: payload tables, invented accounts, and one way to send."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from bot.channels.base import Channel, Decision, Outbound, RawRequest, Receipt, Undelivered
from bot.channels.wire import Timeouts
from bot.config import TelegramSettings, TwilioSettings, ZaloSettings

PUBLIC = "https://langnghe.example.org"
PAYLOADS = Path(__file__).parent / "payloads"
TIMES = Timeouts(connect=0.5, read=0.5)
TELEGRAM = TelegramSettings("123456:invented-token", "invented_Secret-1")
TWILIO = TwilioSettings("AC" + "3" * 32, "invented-auth-token", "+84900000099")
ZALO = ZaloSettings("3344000000000000007", "invented-app-secret", "invented-oa-secret", "rt-first")

T = TypeVar("T")


def cases(name: str) -> list[Any]:
    """One table of payloads, each with what it must say."""
    return [pytest.param(case, id=case["name"]) for case in json.loads((PAYLOADS / name).read_text("utf-8"))]


def fields(event: Any, names: Any) -> dict[str, Any]:
    """The named fields of an event, as the tables write them."""
    found = {name: getattr(event, name) for name in names}
    if found.get("sent_at") is not None:
        found["sent_at"] = found["sent_at"].isoformat()
    return found | ({"detail": dict(found["detail"])} if "detail" in found else {})


def form_request(path: str, form: dict[str, str], *, token: str = TWILIO.auth_token) -> RawRequest:
    """A signed form, as the provider posts it."""
    url = PUBLIC + path
    signature = RequestValidator(token).compute_signature(url, form)
    return RawRequest("POST", url, {"x-twilio-signature": signature}, urlencode(form).encode())


def using(channel: Channel, act: Callable[[], Awaitable[T]]) -> T:
    """Run one act and close the channel in the same loop."""

    async def run() -> T:
        try:
            return await act()
        finally:
            await channel.aclose()

    return asyncio.run(run())


def send(channel: Channel, *messages: Outbound) -> list[Receipt]:
    """Send messages one after the other."""

    async def act() -> list[Receipt]:
        return [await channel.send(message) for message in messages]

    return using(channel, act)


def decision(channel: Channel, message: Outbound) -> tuple[Decision, str]:
    """What the error of a send asks for, and its code."""
    with pytest.raises(Undelivered) as refused:
        send(channel, message)
    return refused.value.decision, refused.value.code
