"""SMS by Twilio: text messages in and out, and how each one fared.

Source: twilio.com/docs/messaging. Twilio does not receive in Vietnam; there, this side serves a number of another
country or a provider that speaks the same protocol.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from twilio.rest import Client

from bot.channels import segments, twilio
from bot.channels import text as words
from bot.channels.base import (
    ChannelEvent,
    Decision,
    DeliveryUpdate,
    Inbound,
    Limits,
    Outbound,
    RawRequest,
    Receipt,
    Undecodable,
    Undelivered,
    WebhookAnswer,
)
from bot.channels.parts import Parts
from bot.channels.phones import address_of
from bot.channels.wire import Timeouts
from bot.config import TwilioSettings

# The provider blocks the number itself on exactly these (and answers in its own words).
STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
_MOST = 1600  # characters the provider takes in one message
_LOOKED_AT = 50  # newest messages to one number
_STATES: dict[str, Literal["sent", "delivered", "read", "failed"]] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
}


class TwilioSms:
    """One number (or messaging service) of one account."""

    name = "sms"
    limits = Limits(text=1530, buttons=0)  # ten segments of GSM-7; the provider's own limit is 1,600 characters

    def __init__(
        self,
        settings: TwilioSettings,
        *,
        public_url: str,
        diacritics: bool = False,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._settings = settings
        self._status_url = f"{public_url.rstrip('/')}/webhooks/twilio/status"
        self._diacritics = diacritics
        self._caller = twilio.Caller(settings, "sms", timeouts=timeouts)
        self._parts = Parts()

    def verify(self, request: RawRequest) -> None:
        """Raise Forged unless the request carries the account's signature over the public URL."""
        twilio.verify(request, self._settings.auth_token, self._settings.account_sid)

    def parse(self, request: RawRequest) -> tuple[ChannelEvent, ...]:
        """A message that came in, or the state of one that went out."""
        form = twilio.form_of(request)
        sid = form.get("MessageSid") or form.get("SmsSid") or form.get("SmsMessageSid")
        if not sid or len(sid) > 64:
            raise Undecodable
        if "MessageStatus" in form:
            update = _update(form, sid)
            return (update,) if update else ()
        return (_message(form, sid),)

    def answer(self, request: RawRequest) -> WebhookAnswer | None:
        """An empty TwiML document: replies go by the REST API."""
        return WebhookAnswer(twilio.EMPTY_RESPONSE, twilio.TWIML_TYPE)

    def render(self, message: Outbound) -> tuple[str, ...]:
        """The exact texts, with choices as numbered lines, without marks unless they are wanted and cheap."""
        text = words.with_numbers(words.clean(message.text), message.buttons)
        return words.split(segments.for_sms(text, diacritics=self._diacritics), self.limits.text)

    async def send(self, message: Outbound) -> Receipt:
        """Hand the message over, long ones in parts; news of it comes to the status webhook."""
        if not message.address:
            raise Undelivered(Decision.DEAD_LETTER, "BadAddress")

        async def send_one(_place: int, part: str) -> str:
            return await self._caller.call(lambda client: self._create(client, message.address, part))

        mark = segments.for_sms(message.mark, diacritics=self._diacritics)
        return await self._parts.send(message, self.render(message), send_one, mark=mark, most=_MOST)

    async def recall(self, message: Outbound, *, since: datetime, known: Collection[str]) -> None:
        """Ask the account's log, newest first, for what went to this number; raises Undelivered."""
        log = await self._caller.call(lambda client: client.messages.list(to=message.address, limit=_LOOKED_AT))
        left = [
            (str(row.sid), str(row.body))
            for row in reversed(log)
            if row.direction.startswith("outbound") and row.sid not in known and row.date_created >= since
        ]
        self._parts.learn(message, self.render(message), left)

    async def aclose(self) -> None:
        """Close connections."""
        await self._caller.aclose()

    def _create(self, client: Client, to: str, body: str) -> str:
        sender = self._settings.from_number
        by = {"messaging_service_sid": sender} if sender.startswith("MG") else {"from_": sender}
        made = client.messages.create(to=to, body=body, status_callback=self._status_url, **by)
        return str(made.sid)


def _message(form: twilio.Form, sid: str) -> Inbound:
    if not form.get("From"):
        raise Undecodable
    body = words.clean(form.get("Body"))
    media = _media(form)
    stopped = form.get("OptOutType").upper() == "STOP" or body.strip().upper() in STOP_WORDS
    return Inbound(
        channel="sms",
        provider_id=sid,
        address=address_of(form.get("From")),
        kind="stop" if stopped else "media" if media else "text",
        text=body,
        media=media,
    )


def _media(form: twilio.Form) -> str:
    count = form.get("NumMedia", "0")
    if not count.isdecimal() or int(count) == 0:
        return ""
    family = form.get("MediaContentType0").partition("/")[0].lower()
    return {"image": "image", "audio": "voice", "video": "video"}.get(family, "file")


def _update(form: twilio.Form, sid: str) -> DeliveryUpdate | None:
    state = _STATES.get(form.get("MessageStatus").lower())
    if state is None:
        return None  # accepted, queued, sending, and words still to be invented
    if state != "failed":
        return DeliveryUpdate("sms", sid, state)
    code = form.get("ErrorCode")
    known = twilio.meaning(int(code)) if code.isdecimal() else None
    # The provider has tried already; the same text would fail the same way.
    decision = Decision.SWITCH_CHANNEL if known in (None, Decision.RETRY) else known
    return DeliveryUpdate("sms", sid, "failed", error=code[:16], decision=decision)
