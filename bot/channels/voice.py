"""A voice call to an officer by Twilio: it says a case code, and only a pressed key acknowledges.

Source: twilio.com/docs/voice/twiml, /docs/voice/api/call-resource.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote

from twilio.rest import Client
from twilio.twiml.voice_response import Gather, VoiceResponse

from bot.channels import text as words
from bot.channels import twilio
from bot.channels.base import (
    ChannelEvent,
    Decision,
    DeliveryUpdate,
    Limits,
    Outbound,
    RawRequest,
    Receipt,
    Undecodable,
    Undelivered,
    WebhookAnswer,
)
from bot.channels.wire import Timeouts
from bot.config import TwilioSettings

LANGUAGE = "vi-VN"
VOICE = "Google.vi-VN-Standard-A"  # the provider's basic voices do not speak Vietnamese
RING_SECONDS = 25  # shorter than most operators' voicemail, which would count as answered
EVENTS = ("initiated", "ringing", "answered", "completed")
_STATES: dict[str, Literal["sent", "delivered", "failed"]] = {
    "queued": "sent",
    "initiated": "sent",
    "ringing": "sent",
    "in-progress": "delivered",  # somebody, or a voicemail, picked up: acknowledges nothing
    "completed": "delivered",
    "busy": "failed",
    "no-answer": "failed",
    "failed": "failed",
    "canceled": "failed",
}


class TwilioVoice:
    """Calls officers and nobody else."""

    name = "voice"
    limits = Limits(text=3000, buttons=0)

    def __init__(self, settings: TwilioSettings, *, public_url: str, timeouts: Timeouts | None = None) -> None:
        self._settings = settings
        self._base = f"{public_url.rstrip('/')}/webhooks/twilio/voice"
        self._caller = twilio.Caller(settings, "voice", timeouts=timeouts)

    def verify(self, request: RawRequest) -> None:
        """Raise Forged unless the request carries the account's signature over the public URL."""
        twilio.verify(request, self._settings.auth_token, self._settings.account_sid)

    def parse(self, request: RawRequest) -> tuple[ChannelEvent, ...]:
        """How a call fares; a key press is read by `digits`, and machine detection is only a hint."""
        form = twilio.form_of(request)
        sid = form.get("CallSid")
        if not sid or len(sid) > 64:
            raise Undecodable
        status = form.get("CallStatus").lower()
        state = _STATES.get(status)
        if state is None or "Digits" in form:
            return ()
        if state != "failed":
            return (DeliveryUpdate("voice", sid, state),)
        return (DeliveryUpdate("voice", sid, "failed", error=status, decision=Decision.SWITCH_CHANNEL),)

    def digits(self, request: RawRequest) -> str:
        """The keys that were pressed; empty: none, which acknowledges nothing. Raises Undecodable."""
        return twilio.form_of(request).get("Digits").strip()

    def answer(self, request: RawRequest) -> WebhookAnswer | None:
        """An empty TwiML document, for callbacks that want no words."""
        return WebhookAnswer(twilio.EMPTY_RESPONSE, twilio.TWIML_TYPE)

    async def send(self, message: Outbound) -> Receipt:
        """Ring the officer. What is said is asked for when they pick up, at the page's own URL (`ref`)."""
        if not message.address or not message.ref:
            raise Undelivered(Decision.DEAD_LETTER, "BadAddress")
        return Receipt(await self._caller.call(lambda client: self._create(client, message)))

    async def aclose(self) -> None:
        """Close connections."""
        await self._caller.aclose()

    def _create(self, client: Client, message: Outbound) -> str:
        page = f"{self._base}/{quote(message.ref, safe='')}"
        made = client.calls.create(
            to=message.address,
            from_=self._settings.from_number,
            url=f"{page}/answer",
            method="POST",
            status_callback=f"{page}/status",
            status_callback_method="POST",
            status_callback_event=list(EVENTS),
            timeout=RING_SECONDS,
        )
        return str(made.sid)

    @staticmethod
    def answer_twiml(script: str, action_url: str) -> str:
        """Say the script and wait for one key; that none was pressed is reported to the action as well.

        The web route then asks once more with another action, and gives up after that.
        """
        gather = Gather(
            input="dtmf", num_digits=1, timeout=8, action=action_url, method="POST", action_on_empty_result=True
        )
        gather.pause(length=1)  # until the phone is at the ear
        gather.say(words.clean(script), language=LANGUAGE, voice=VOICE)
        response = VoiceResponse()
        response.append(gather)
        return str(response)

    @staticmethod
    def thanks_twiml(text: str) -> str:
        """Say that the acknowledgement was taken, and hang up."""
        return _goodbye(text)

    @staticmethod
    def not_acked_twiml(text: str) -> str:
        """Say that nobody has taken the alert, so that the next person is rung, and hang up."""
        return _goodbye(text)


def _goodbye(text: str) -> str:
    response = VoiceResponse()
    response.say(words.clean(text), language=LANGUAGE, voice=VOICE)
    response.hangup()
    return str(response)
