"""A phone network that speaks Twilio's wire format: SMS both ways, calls with keys, signed callbacks.

Source: twilio.com/docs/messaging/api, /docs/voice/api, /docs/usage/security.
"""

from __future__ import annotations

import base64
import hmac
from typing import Literal
from urllib.parse import urlencode

import httpx
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from twilio.request_validator import RequestValidator

from bot.channels.phones import address_of
from bot.clock import Clock, SystemClock
from bot.fakes import twilio_wire as wire
from bot.fakes.phone import Call, Device, Sms
from bot.fakes.provider import FakeProvider, form
from bot.fakes.twiml import BadTwiml, Spoken, hear

Missed = Literal["busy", "no-answer", "failed"]


class FakeTwilio(FakeProvider):
    """One account. `app` is what the client talks to; everything it did is in `messages` and `calls`."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        *,
        public_url: str,
        number: str = "+84900000000",
        reach: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
        auto_status: bool = False,
    ) -> None:
        super().__init__(public_url, reach=reach, transport=transport)
        self.account_sid = account_sid
        self.number = number
        self.auto_status = auto_status  # report each message sent and delivered by itself
        self.unreachable: dict[str, int] = {}  # number → error code that sending to it gives
        self.messages: list[Sms] = []
        self.received: list[Sms] = []
        self.calls: list[Call] = []
        self._auth_token = auth_token
        self._validator = RequestValidator(auth_token)
        self._clock = clock or SystemClock()
        account = f"/2010-04-01/Accounts/{account_sid}"
        self.app = self._guarded(
            {f"{account}/Messages.json": self._messages, f"{account}/Calls.json": self._create_call}
        )

    @property
    def sent(self) -> list[Sms]:
        """The messages that were accepted, oldest first."""
        return self.messages

    def error_next(self, code: int, *, status: int = 400, times: int = 1) -> None:
        """Refuse the next calls with one of the provider's error codes."""
        self.fail_next(status, wire.error(code, status), times=times)

    def device(self, number: str) -> Device:
        """One telephone; a number nobody has called yet is an empty one."""
        seen = sorted([*self.messages, *self.received], key=lambda sms: sms.at)
        return Device(
            number,
            tuple(sms for sms in seen if number in (sms.to, sms.from_)),
            tuple(call for call in self.calls if call.to == number),
        )

    def devices(self) -> tuple[Device, ...]:
        """Every telephone that anything reached or came from, in the order they first appear."""
        numbers = [sms.to for sms in self.messages] + [sms.from_ for sms in self.received]
        return tuple(self.device(number) for number in dict.fromkeys(numbers + [call.to for call in self.calls]))

    def call(self, call_sid: str) -> Call:
        """One call; KeyError if there is none."""
        for call in self.calls:
            if call.sid == call_sid:
                return call
        raise KeyError(call_sid)

    async def receive_sms(self, from_: str, body: str, *, sid: str = "", **fields: str) -> httpx.Response:
        """A person's text message reaches us; the same `sid` again is the provider's repeat."""
        sms = Sms(sid or wire.sid("SM"), self.number, address_of(from_), body, self._clock.now(), False, "received")
        if all(each.sid != sms.sid for each in self.received):
            self.received.append(sms)
        posted = wire.received(sms, self.account_sid)
        return await self._signed(f"{self.public_url}/webhooks/twilio/sms", posted | fields)

    async def reply_sms(self, number: str, body: str) -> httpx.Response:
        """The owner of a telephone answers."""
        return await self.receive_sms(number, body)

    async def report(self, message_sid: str, status: str, *, error_code: int | None = None) -> httpx.Response | None:
        """Tell us how a message fared; any order, any number of times. None: nobody asked to be told."""
        sms = next(each for each in self.messages if each.sid == message_sid)
        sms.status = status
        if not sms.status_url:
            return None
        return await self._signed(sms.status_url, wire.message_status(sms, self.account_sid, error_code))

    async def answer(self, call_sid: str) -> Call:
        """Somebody picks up: the call's document is fetched and heard. Picking up twice changes nothing."""
        call = self.call(call_sid)
        if call.state != "ringing":
            return call
        call.state, call.status = "answered", "in-progress"
        await self._tell(call, "answered")
        await self._follow(call, call.url, {})
        return call

    async def press(self, call_sid: str, digits: str = "1") -> Call:
        """Press a key in an answered call that waits for one; otherwise nothing happens."""
        call = self.call(call_sid)
        if call.action is None:
            return call
        call.pressed += digits
        await self._follow(call, call.action, {"Digits": digits, "msg": "Gather End"})
        return call

    async def stay_silent(self, call_sid: str) -> Call:
        """Let the time for a key run out."""
        call = self.call(call_sid)
        if call.action is not None and call.reports_silence:
            await self._follow(call, call.action, {"Digits": "", "msg": "Gather End"})
        else:
            await self.hang_up(call_sid)
        return call

    async def hang_up(self, call_sid: str) -> Call:
        """Put the phone down; a call that still rings is declined."""
        call = self.call(call_sid)
        if call.state != "ended":
            await self._end(call, "completed" if call.state == "answered" else "busy")
        return call

    async def miss(self, call_sid: str, status: Missed = "no-answer") -> Call:
        """The call never connects."""
        call = self.call(call_sid)
        if call.state == "ringing":
            await self._end(call, status)
        return call

    async def _messages(self, request: Request) -> Response:
        return await (self._list_messages if request.method == "GET" else self._create_message)(request)

    async def _list_messages(self, request: Request) -> Response:
        refused = self._unauthorized(request)
        if refused is not None:
            return refused
        to = request.query_params.get("To")
        newest = [sms for sms in reversed(self.messages) if to in (None, sms.to)]
        found = newest[: int(request.query_params.get("PageSize", "50"))]
        return JSONResponse(wire.message_page(found, self.account_sid))

    async def _create_message(self, request: Request) -> Response:
        posted = await form(request)
        refused = self._refused(request, posted)
        if refused is not None:
            return refused
        if not posted.get("Body") or len(posted["Body"]) > 1600:
            return JSONResponse(wire.error(21602 if not posted.get("Body") else 21617, 400), 400)
        sms = Sms(
            wire.sid("SM"),
            posted["To"],
            posted.get("From", self.number),
            posted["Body"],
            self._clock.now(),
            True,
            status_url=posted.get("StatusCallback", ""),
        )
        self.messages.append(sms)
        news = BackgroundTask(self._report_all, sms.sid) if self.auto_status else None
        return JSONResponse(wire.message_json(sms, self.account_sid), 201, background=news)

    async def _create_call(self, request: Request) -> Response:
        async with request.form() as fields:
            events = tuple(str(each) for each in fields.getlist("StatusCallbackEvent"))
        posted = await form(request)
        refused = self._refused(request, posted)
        if refused is not None:
            return refused
        if not posted.get("Url"):
            return JSONResponse(wire.error(21205, 400), 400)
        call = Call(
            wire.sid("CA"),
            posted["To"],
            posted["From"],
            posted["Url"],
            posted.get("StatusCallback", ""),
            events or ("completed",),
            self._clock.now(),
        )
        self.calls.append(call)
        return JSONResponse(wire.call_json(call, self.account_sid), 201)

    def _refused(self, request: Request, posted: dict[str, str]) -> Response | None:
        unauthorized = self._unauthorized(request)
        if unauthorized is not None:
            return unauthorized
        if not posted.get("To", "").startswith("+"):
            return JSONResponse(wire.error(21211, 400), 400)
        if not (posted.get("From") or posted.get("MessagingServiceSid")):
            return JSONResponse(wire.error(21603, 400), 400)
        code = self.unreachable.get(posted["To"])
        return JSONResponse(wire.error(code, 400), 400) if code else None

    def _unauthorized(self, request: Request) -> Response | None:
        login = base64.b64encode(f"{self.account_sid}:{self._auth_token}".encode()).decode()
        given = request.headers.get("authorization", "")
        if hmac.compare_digest(given.encode(), f"Basic {login}".encode()):
            return None
        return JSONResponse(wire.error(20003, 401), 401)

    async def _report_all(self, message_sid: str) -> None:
        for status in ("sent", "delivered"):
            try:
                await self.report(message_sid, status)
            except httpx.HTTPError:
                return  # our side is closing down; the real one would give up later

    async def _follow(self, call: Call, url: str, more: dict[str, str]) -> None:
        """Fetch a document and do what it says; a broken one ends the call, as the real network does."""
        call.action = None
        response = await self._signed(url, wire.call_form(call, self.account_sid) | more)
        spoken = _heard(response, url)
        if spoken is None:
            await self._end(call, "failed")
            return
        call.said.extend(spoken.said)
        call.action, call.reports_silence = spoken.action, spoken.reports_silence
        if spoken.action is None:
            await self._end(call, "completed")

    async def _end(self, call: Call, status: str) -> None:
        call.state, call.status, call.action = "ended", status, None
        await self._tell(call, "completed")

    async def _tell(self, call: Call, event: str) -> None:
        if call.status_url and event in call.events:
            await self._signed(call.status_url, wire.call_status(call, self.account_sid, event))

    async def _signed(self, url: str, fields: dict[str, str]) -> httpx.Response:
        headers = {
            "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
            "x-twilio-signature": self._validator.compute_signature(url, fields),
        }
        return await self._post(url, urlencode(fields).encode(), headers)


def _heard(response: httpx.Response, url: str) -> Spoken | None:
    if response.status_code != 200:
        return None
    try:
        return hear(response.text, url)
    except BadTwiml:
        return None
