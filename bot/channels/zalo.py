"""Zalo Official Account: events by signed webhook, customer-service messages by the Open API.

Source: docs.zaloplatforms.com, OA API v3. Errors come with HTTP 200 and `error` other than 0.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx

from bot.channels import text as words
from bot.channels import zalo_events
from bot.channels.base import (
    Button,
    ChannelEvent,
    Decision,
    Forged,
    Limits,
    Outbound,
    RawRequest,
    Receipt,
    Undelivered,
)
from bot.channels.loops import OwnLoop
from bot.channels.parts import Parts
from bot.channels.wire import Timeouts, is_loopback, may_have_arrived, tls
from bot.channels.zalo_tokens import Tokens, TokenStore, answer_of
from bot.clock import Clock, SystemClock
from bot.config import ZaloSettings

log = logging.getLogger(__name__)

_TITLE_MOST, _PAYLOAD_MOST = 100, 1000  # characters of a button
_LINES, _FROM_ACCOUNT = 10, 0  # of a conversation: most in one answer; `src` of what the account itself wrote
_TOKEN_REFUSED = frozenset({-216, -220, -124})
_BY_DECISION = {
    Decision.RETRY: (-32, -200),
    Decision.SWITCH_CHANNEL: (-213, -227, -230, -232, -234, -244),
    Decision.DEAD_LETTER: (-201, -210, -233, -240),
    Decision.ALERT_ADMIN: (-209, -211, -212, -218, -221, -223, -224, -248, -311, -320, -321),
}
MEANING = {code: decision for decision, codes in _BY_DECISION.items() for code in codes}


class ZaloOA:
    """One Official Account."""

    name = "zalo"
    limits = Limits(text=2000, buttons=5)

    def __init__(
        self,
        settings: ZaloSettings,
        *,
        token_store: TokenStore,
        clock: Clock | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._settings = settings
        self._timeouts = timeouts or Timeouts()
        self._loop = OwnLoop(self.name)
        self._http: httpx.AsyncClient | None = self._made()  # used in its own loop only
        self._tokens = Tokens(settings, token_store, clock or SystemClock(), self._client)
        self._parts = Parts()

    def verify(self, request: RawRequest) -> None:
        """Raise Forged unless the event is signed; an exactly empty request (the console's probe) says nothing."""
        if not request.body:
            return
        if zalo_events.signed(request, self._settings.app_id, self._settings.oa_secret):
            return
        if zalo_events.signed_by_oa_id(request, self._settings.oa_secret):
            log.warning("zalo event signed with the account id instead of the app id")
        raise Forged

    def parse(self, request: RawRequest) -> tuple[ChannelEvent, ...]:
        """What the event says; own echoes and unknown events say nothing."""
        return zalo_events.events(request.body) if request.body else ()

    def render(self, message: Outbound) -> tuple[Mapping[str, Any], ...]:
        """The exact bodies, in order; the choices stand under the last one."""
        as_buttons = _fit_buttons(message)
        text = words.clean(message.text)
        whole = text if as_buttons else words.with_numbers(text, message.buttons)
        texts = words.split(whole, self.limits.text)
        last = len(texts) - 1
        return tuple(
            {"recipient": _recipient(message), "message": _message(part, message.buttons if place == last else ())}
            if as_buttons
            else {"recipient": _recipient(message), "message": {"text": part}}
            for place, part in enumerate(texts)
        )

    async def send(self, message: Outbound) -> Receipt:
        """Hand the message over, long ones in parts; a refused token is renewed once and the part sent again."""
        bodies = self.render(message)
        path = "/v2.0/oa/message" if message.reply_token else "/v3.0/oa/message/cs"

        async def send_one(place: int, text: str) -> str:
            body = bodies[place]
            return await self._loop.run(self._send_body(path, {**body, "message": {**body["message"], "text": text}}))

        return await self._parts.send(message, _texts(bodies), send_one, mark=message.mark, most=self.limits.text)

    async def recall(self, message: Outbound, *, since: datetime, known: Collection[str]) -> None:
        """Read the newest lines of the conversation; raises Undelivered, as for anybody without an account."""
        if message.reply_token:
            raise Undelivered(Decision.RETRY, "NoConversation")
        lines = await self._loop.run(self._conversation(message.address))
        earliest = since.timestamp() * 1000
        left = [
            (str(line.get("message_id")), str(line.get("message")))
            for line in sorted(lines, key=_sent_at)
            if line.get("src") == _FROM_ACCOUNT and line.get("message_id") not in known and _sent_at(line) >= earliest
        ]
        self._parts.learn(message, _texts(self.render(message)), left)

    def refresh_due(self, now: datetime) -> bool:
        """Whether the access token should be renewed ahead of its end (reads the token store)."""
        return self._tokens.due(now)

    async def keep_fresh(self, now: datetime) -> bool:
        """Renew the access token if it is due, and say whether it was; raises Undelivered."""
        return await self._loop.run(self._tokens.keep_fresh(now))

    async def aclose(self) -> None:
        """Close connections."""
        await self._loop.aclose(self._close)

    async def _send_body(self, path: str, body: Mapping[str, Any]) -> str:
        return _message_id(await self._ask("POST", path, json=body))

    async def _conversation(self, user_id: str) -> Sequence[Mapping[str, Any]]:
        asked = {"data": json.dumps({"user_id": user_id, "offset": 0, "count": _LINES})}
        answer = await self._ask("GET", "/v2.0/oa/conversation", params=asked)
        lines = answer.get("data")
        if answer.get("error") != 0 or not isinstance(lines, list):
            raise Undelivered(Decision.RETRY, str(answer.get("error"))[:16])
        return [line for line in lines if isinstance(line, dict)]

    async def _ask(self, method: str, path: str, **what: Any) -> Mapping[str, Any]:
        """The provider's answer; after a refused token once more with a new one."""
        token = await self._tokens.access()
        answer = await self._ask_with(token, method, path, **what)
        if _refuses_token(answer):
            answer = await self._ask_with(await self._tokens.renew(token), method, path, **what)
        return answer

    async def _ask_with(self, token: str, method: str, path: str, **what: Any) -> Mapping[str, Any]:
        """HTTP 401 reads as a refused token."""
        url = self._settings.api_base.rstrip("/") + path
        try:
            response = await self._client().request(method, url, headers={"access_token": token}, **what)
            if response.status_code == 401:
                return {"error": -216}
        except httpx.HTTPError as error:
            raise Undelivered(Decision.RETRY, type(error).__name__, unsure=may_have_arrived(error)) from None
        return answer_of(response)

    async def _close(self) -> None:
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            self._http = self._made()
        return self._http

    def _made(self) -> httpx.AsyncClient:
        times = self._timeouts
        timeout = httpx.Timeout(times.read, connect=times.connect)
        trust = not (is_loopback(self._settings.api_base) and is_loopback(self._settings.oauth_base))
        return httpx.AsyncClient(timeout=timeout, trust_env=trust, follow_redirects=False, verify=tls())


def _fit_buttons(message: Outbound) -> bool:
    """Whether the choices can be buttons; an anonymous reader has none, and six or more become numbered lines."""
    fit = all(len(button.payload) <= _PAYLOAD_MOST for button in message.buttons)
    return not message.reply_token and fit and len(message.buttons) <= ZaloOA.limits.buttons


def _recipient(message: Outbound) -> Mapping[str, str]:
    if message.reply_token:
        return {"anonymous_id": message.address, "conversation_id": message.reply_token}
    return {"user_id": message.address}


def _message(text: str, buttons: tuple[Button, ...]) -> Mapping[str, Any]:
    if not buttons:
        return {"text": text}
    listed = [
        {"title": button.title[:_TITLE_MOST], "type": "oa.query.hide", "payload": button.payload} for button in buttons
    ]
    return {"text": text, "attachment": {"type": "template", "payload": {"buttons": listed}}}


def _texts(bodies: Sequence[Mapping[str, Any]]) -> list[str]:
    return [body["message"]["text"] for body in bodies]


def _sent_at(line: Mapping[str, Any]) -> float:
    """Milliseconds since 1970; 0 where a line has no time."""
    at = line.get("time")
    return float(at) if isinstance(at, int | float) else 0.0


def _refuses_token(answer: Mapping[str, Any]) -> bool:
    return answer.get("error") in _TOKEN_REFUSED


def _message_id(answer: Mapping[str, Any]) -> str:
    """The id of what was taken; raises Undelivered with what the error means. Unknown errors are tried again."""
    error = answer.get("error")
    if _refuses_token(answer):
        raise Undelivered(Decision.ALERT_ADMIN, str(error))
    if error != 0:
        code = str(error) if isinstance(error, int) else "BadAnswer"
        raise Undelivered(MEANING.get(error, Decision.RETRY) if isinstance(error, int) else Decision.RETRY, code)
    data = answer.get("data")
    found = data.get("message_id") if isinstance(data, dict) else None
    return found if isinstance(found, str) else ""
