"""A Zalo Official Account: signed events, messages with their windows, and tokens that work once.

Source: docs.zaloplatforms.com. Errors come with HTTP 200; only the refused refresh token may come with 400.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.channels.zalo_events import mac
from bot.clock import Clock, SystemClock
from bot.fakes.provider import FakeProvider, form


@dataclass(frozen=True)
class Told:
    """One message of the account to a person."""

    message_id: str
    user_id: str  # of a follower, or the anonymous id
    text: str
    buttons: tuple[tuple[str, str], ...] = ()  # title, payload
    conversation_id: str = ""  # of an anonymous reader
    sent_at: int = 0  # milliseconds since 1970


class FakeZalo(FakeProvider):
    """One account and its app. `app` is what the client talks to; `messages` is what people got."""

    def __init__(
        self,
        app_id: str,
        app_secret: str,
        oa_secret: str,
        refresh_token: str,
        *,
        public_url: str,
        reach: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
        oa_id: str = "4318000000000000999",
    ) -> None:
        super().__init__(public_url, reach=reach, transport=transport)
        self.app_id = app_id
        self.oa_id = oa_id
        self.messages: list[Told] = []
        self.refreshes = 0  # pairs that were issued
        self.access_token = ""  # the one that works now
        self.refresh_token = refresh_token
        self.errors: dict[str, int] = {}  # user id → error that sending to them gives
        self._app_secret = app_secret
        self._oa_secret = oa_secret
        self._clock = clock or SystemClock()
        self._ids = count(1)
        self.app = self._guarded(
            {
                "/v3.0/oa/message/cs": self._send_cs,
                "/v2.0/oa/message": self._send_v2,
                "/v2.0/oa/conversation": self._conversation,
                "/v4/oa/access_token": self._refresh,
            }
        )

    @property
    def sent(self) -> list[Told]:
        """The messages that were accepted, oldest first."""
        return self.messages

    def expire_token(self) -> None:
        """The access token stops working; the refresh token still does."""
        self.access_token = ""

    def error_next(self, error: int, *, times: int = 1) -> None:
        """Answer the next calls with an error, as ever with HTTP 200."""
        self.fail_next(200, {"error": error, "message": "refused by the fake account"}, times=times)

    async def event(self, name: str, *, retry: int = 0, **what: Any) -> httpx.Response:
        """Send one signed event; `retry` is the provider's count of its own attempts."""
        stamp = str(int(self._clock.now().timestamp() * 1000))
        fields: dict[str, Any] = {"app_id": self.app_id, "event_name": name, "timestamp": stamp} | what
        return await self.post_raw(json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode(), retry=retry)

    async def post_raw(self, body: bytes, *, timestamp: str = "", retry: int = 0) -> httpx.Response:
        """Send exactly these bytes, rightly signed even where they are no JSON."""
        signature = mac(self.app_id, body, timestamp or _stamp_of(body), self._oa_secret)
        headers = {"content-type": "application/json", "x-zevent-signature": f"mac={signature}"}
        if retry:
            headers["num_retry"] = str(retry)
        if timestamp:
            headers["x-zevent-timestamp"] = timestamp
        return await self._post(f"{self.public_url}/webhooks/zalo", body, headers)

    async def user_sends(self, user_id: str, text: str, *, msg_id: str = "", retry: int = 0) -> httpx.Response:
        """A follower writes; the same `msg_id` again is the provider's repeat."""
        message = {"text": text, "msg_id": msg_id or self._message_id()}
        return await self.event("user_send_text", retry=retry, **self._from(user_id), message=message)

    async def user_presses(self, user_id: str, payload: str) -> httpx.Response:
        """A follower presses a choice: it arrives as typed words."""
        return await self.user_sends(user_id, payload)

    async def user_sends_media(self, user_id: str, sort: str = "image", *, caption: str = "") -> httpx.Response:
        """A follower sends something other than words."""
        url = "https://media.example.org/fake"
        attachments = [{"type": sort, "payload": {"url": url, "thumbnail": url}}]
        message = {"msg_id": self._message_id(), "text": caption, "attachments": attachments}
        return await self.event(f"user_send_{sort}", **self._from(user_id), message=message)

    async def anonymous_sends(self, anonymous_id: str, text: str, *, conversation_id: str = "") -> httpx.Response:
        """Somebody who does not follow the account writes."""
        message = {
            "conversation_id": conversation_id or f"c-{anonymous_id}",
            "text": text,
            "msg_id": self._message_id(),
        }
        return await self.event("anonymous_send_text", **self._from(anonymous_id), message=message)

    async def user_follows(self, user_id: str) -> httpx.Response:
        """A person follows the account."""
        return await self.event("follow", oa_id=self.oa_id, follower={"id": user_id}, source="oa_profile")

    async def admin_writes(self, user_id: str, text: str) -> httpx.Response:
        """A human types in the account's own console."""
        sender = {"id": self.oa_id, "admin_id": "8800000000000000009"}
        message = {"text": text, "msg_id": self._message_id()}
        return await self.event("oa_send_text", sender=sender, recipient={"id": user_id}, message=message)

    def _from(self, user_id: str) -> dict[str, Any]:
        return {"sender": {"id": user_id}, "recipient": {"id": self.oa_id}, "user_id_by_app": "5521000000000000009"}

    def _message_id(self) -> str:
        return f"fa{next(self._ids):019d}"

    async def _send_cs(self, request: Request) -> Response:
        body = await request.json()
        user_id = str(body.get("recipient", {}).get("user_id", ""))
        return self._refused(request, user_id) or self._take(body, user_id, "")

    async def _send_v2(self, request: Request) -> Response:
        body = await request.json()
        recipient = body.get("recipient", {})
        if "user_id" in recipient:
            return _error(-240)
        anonymous, conversation = str(recipient.get("anonymous_id", "")), str(recipient.get("conversation_id", ""))
        if not conversation:
            return _error(-201)
        return self._refused(request, anonymous) or self._take(body, anonymous, conversation)

    async def _conversation(self, request: Request) -> Response:
        """The newest lines that the account wrote to one follower; what people wrote is not kept here."""
        asked = json.loads(request.query_params.get("data", "{}"))
        user_id = str(asked.get("user_id", ""))
        refused = self._refused(request, user_id)
        if refused is not None:
            return refused
        told = [each for each in reversed(self.messages) if each.user_id == user_id][: min(asked.get("count", 5), 10)]
        lines = [
            {
                "src": 0,
                "time": each.sent_at,
                "type": "text",
                "message": each.text,
                "message_id": each.message_id,
                "from_id": self.oa_id,
                "to_id": user_id,
            }
            for each in told
        ]
        return JSONResponse({"error": 0, "message": "Success", "data": lines})

    def _refused(self, request: Request, user_id: str) -> Response | None:
        if not self.access_token or request.headers.get("access_token") != self.access_token:
            return _error(-216)
        if not user_id:
            return _error(-201)
        return _error(self.errors[user_id]) if user_id in self.errors else None

    def _take(self, body: Mapping[str, Any], user_id: str, conversation_id: str) -> Response:
        message = body.get("message", {})
        text = message.get("text", "")
        listed = message.get("attachment", {}).get("payload", {}).get("buttons", [])
        buttons = tuple((button["title"], button["payload"]) for button in listed)
        wrong = any(len(title) > 100 or len(payload) > 1000 for title, payload in buttons)
        if not text or len(text) > 2000 or len(buttons) > 5 or wrong or (buttons and conversation_id):
            return _error(-201)
        sent = int(self._clock.now().timestamp() * 1000)
        told = Told(self._message_id(), user_id, text, buttons, conversation_id, sent)
        self.messages.append(told)
        data = {
            "message_id": told.message_id,
            "user_id": user_id,
            "sent_time": str(sent),
            "quota": {"quota_type": "reply"},
        }
        return JSONResponse({"error": 0, "message": "Success", "data": data})

    async def _refresh(self, request: Request) -> Response:
        posted = await form(request)
        known = request.headers.get("secret_key") == self._app_secret and posted.get("app_id") == self.app_id
        if not known or posted.get("refresh_token") != self.refresh_token:
            return JSONResponse({"error": -14014, "error_name": "Invalid refresh token"})
        self.refreshes += 1
        self.access_token, self.refresh_token = f"at-{secrets.token_hex(8)}", f"rt-{secrets.token_hex(8)}"
        return JSONResponse(
            {"access_token": self.access_token, "refresh_token": self.refresh_token, "expires_in": "90000"}
        )


def _stamp_of(body: bytes) -> str:
    try:
        return str(json.loads(body)["timestamp"])
    except (ValueError, KeyError, TypeError):
        return ""


def _error(code: int) -> Response:
    return JSONResponse({"error": code, "message": "refused by the fake account"})
