"""A Telegram that knows one bot: the methods we call, and updates with the secret header.

Source: core.telegram.org/bots/api.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.clock import Clock, SystemClock
from bot.fakes.provider import FakeProvider, form

_BOT = {"id": 7_999_999_999, "is_bot": True, "first_name": "Lắng Nghe", "username": "fake_bot"}


@dataclass(frozen=True)
class Told:
    """One message of the bot to a person."""

    message_id: int
    chat_id: int
    text: str
    buttons: tuple[tuple[str, str], ...] = ()  # title, callback_data


class FakeTelegram(FakeProvider):
    """One bot. `app` is what the client talks to; `messages` is what people got."""

    def __init__(
        self,
        token: str,
        secret: str,
        *,
        public_url: str,
        reach: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(public_url, reach=reach, transport=transport)
        self.secret = secret
        self.messages: list[Told] = []
        self.answered: list[str] = []  # callback queries whose spinner was stopped
        self.deleted: list[int] = []  # message ids
        self.left: list[int] = []  # groups the bot walked out of
        self.blocked: set[int] = set()  # people who blocked the bot
        self.unknown: set[int] = set()  # chats that do not exist
        self.calls: list[tuple[str, Mapping[str, str]]] = []
        self._clock = clock or SystemClock()
        self._updates = count(880_000_001)
        self._ids = count(101)
        self.app = self._guarded({f"/bot{token}/{{method}}": self._method, "/bot{token}/{method}": self._unauthorised})

    @property
    def sent(self) -> list[Told]:
        """The messages that were accepted, oldest first."""
        return self.messages

    def flood_next(self, retry_after: int, *, times: int = 1) -> None:
        """Refuse the next calls because of flood control."""
        body = {"ok": False, "error_code": 429, "description": f"Too Many Requests: retry after {retry_after}"}
        self.fail_next(429, body | {"parameters": {"retry_after": retry_after}}, times=times)

    async def update(self, *, secret: str | None = None, update_id: int | None = None, **what: Any) -> httpx.Response:
        """Send one update; a method named in our response is carried out."""
        body = json.dumps({"update_id": update_id or next(self._updates), **what}).encode()
        headers = {"content-type": "application/json", "x-telegram-bot-api-secret-token": secret or self.secret}
        response = await self._post(f"{self.public_url}/webhooks/telegram", body, headers)
        if response.headers.get("content-type", "").startswith("application/json") and response.content:
            call = response.json()
            if isinstance(call, dict) and "method" in call:
                self._carry_out(str(call["method"]), {name: str(value) for name, value in call.items()})
        return response

    async def writes(self, chat_id: int, text: str, *, update_id: int | None = None) -> httpx.Response:
        """A person writes in the private chat."""
        return await self.update(update_id=update_id, message=self.message(chat_id, text=text))

    async def presses(self, chat_id: int, data: str) -> httpx.Response:
        """A person presses a choice under the newest message that has it."""
        told = next((m for m in reversed(self.messages) if data in [d for _, d in m.buttons]), None)
        title = next((t for t, d in told.buttons if d == data), data) if told else data
        under = {
            "message_id": told.message_id if told else 1,
            "from": _BOT,
            "chat": _chat(chat_id),
            "date": self._stamp(),
            "text": told.text if told else "…",
            "reply_markup": {"inline_keyboard": [[{"text": title, "callback_data": data}]]},
        }
        query = {"id": str(next(self._updates)), "from": _person(chat_id), "message": under, "chat_instance": "-1"}
        return await self.update(callback_query=query | {"data": data})

    async def blocks(self, chat_id: int) -> httpx.Response:
        """A person blocks the bot."""
        self.blocked.add(chat_id)
        old, new = ({"user": _BOT, "status": "member"}, {"user": _BOT, "status": "kicked", "until_date": 0})
        who = {"chat": _chat(chat_id), "from": _person(chat_id), "date": self._stamp()}
        return await self.update(my_chat_member=who | {"old_chat_member": old, "new_chat_member": new})

    def message(self, chat_id: int, **what: Any) -> dict[str, Any]:
        """A message object of a person's private chat."""
        head = {"message_id": next(self._ids), "from": _person(chat_id), "chat": _chat(chat_id)}
        return head | {"date": self._stamp()} | what

    def _stamp(self) -> int:
        return int(self._clock.now().timestamp())

    async def _unauthorised(self, request: Request) -> Response:
        return _refusal(401, "Unauthorized")

    async def _method(self, request: Request) -> Response:
        posted = await form(request)
        method = request.path_params["method"]
        self.calls.append((method, posted))
        if method == "getMe":
            return _ok(_BOT)
        if method != "sendMessage":
            return _ok(True) if self._carry_out(method, posted) else _refusal(404, "Not Found")
        return self._send(posted)

    def _send(self, posted: Mapping[str, str]) -> Response:
        chat_id, text = int(posted["chat_id"]), posted.get("text", "")
        if chat_id in self.blocked:
            return _refusal(403, "Forbidden: bot was blocked by the user")
        if chat_id in self.unknown:
            return _refusal(400, "Bad Request: chat not found")
        if not text or len(text.encode("utf-16-le")) > 2 * 4096:
            return _refusal(
                400, "Bad Request: message text is empty" if not text else "Bad Request: message is too long"
            )
        buttons = _buttons(posted.get("reply_markup", ""))
        if any(not 1 <= len(data.encode()) <= 64 for _, data in buttons):
            return _refusal(400, "Bad Request: BUTTON_DATA_INVALID")
        told = Told(next(self._ids), chat_id, text, buttons)
        self.messages.append(told)
        result = {
            "message_id": told.message_id,
            "from": _BOT,
            "chat": _chat(chat_id),
            "date": self._stamp(),
            "text": text,
        }
        return _ok(result)

    def _carry_out(self, method: str, posted: Mapping[str, str]) -> bool:
        match method:
            case "answerCallbackQuery":
                self.answered.append(posted["callback_query_id"])
            case "leaveChat":
                self.left.append(int(posted["chat_id"]))
            case "deleteMessages":
                self.deleted.extend(json.loads(posted["message_ids"]))
            case "setWebhook":
                self.secret = posted.get("secret_token", self.secret)
            case _:
                return False
        return True


def _buttons(markup: str) -> tuple[tuple[str, str], ...]:
    rows = json.loads(markup)["inline_keyboard"] if markup else []
    return tuple((button["text"], button["callback_data"]) for row in rows for button in row)


def _person(chat_id: int) -> dict[str, Any]:
    return {"id": chat_id, "is_bot": False, "first_name": "Người thử", "language_code": "vi"}


def _chat(chat_id: int) -> dict[str, Any]:
    return {"id": chat_id, "first_name": "Người thử", "type": "private"}


def _ok(result: Any) -> Response:
    return JSONResponse({"ok": True, "result": result})


def _refusal(status: int, description: str) -> Response:
    return JSONResponse({"ok": False, "error_code": status, "description": description}, status)
