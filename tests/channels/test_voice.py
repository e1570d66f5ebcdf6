"""A call to an officer: what is asked of the provider, what is said, and that only a key acknowledges."""

from __future__ import annotations

import dataclasses
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from bot.channels.base import Decision, Forged, Outbound, RawRequest, Undecodable
from bot.channels.voice import TwilioVoice
from bot.fakes.server import serve
from bot.fakes.twilio import FakeTwilio
from tests.channels.common import PUBLIC, TIMES, TWILIO, cases, decision, fields, form_request, send, using

OFFICER = "+84900000031"
PAGE = f"{PUBLIC}/webhooks/twilio/voice/page-token"
OWN = {"AccountSid": TWILIO.account_sid}
SCRIPT = "Ca khẩn LN-7, mức 0. Bấm 1 để nhận."


class OurSide:
    """The webhook routes, as small as they can be: they keep what came and answer with the channel's documents."""

    def __init__(self) -> None:
        self.voice = TwilioVoice(TWILIO, public_url=PUBLIC, timeouts=TIMES)
        self.seen: list[RawRequest] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        raw = RawRequest(request.method, str(request.url), dict(request.headers), request.content)
        self.voice.verify(raw)
        self.seen.append(raw)
        if raw.url.endswith("/answer"):
            return httpx.Response(200, text=TwilioVoice.answer_twiml(SCRIPT, f"{PAGE}/key"))
        if raw.url.endswith("/key"):
            pressed = self.voice.digits(raw)
            thanks, sorry = TwilioVoice.thanks_twiml("Đã nhận."), TwilioVoice.not_acked_twiml("Chưa ai nhận.")
            return httpx.Response(200, text=thanks if pressed == "1" else sorry)
        return httpx.Response(204)

    @property
    def paths(self) -> list[str]:
        return [raw.url.removeprefix(PAGE) for raw in self.seen]


@pytest.fixture
def ours() -> OurSide:
    return OurSide()


@pytest.fixture
def fake(ours: OurSide) -> FakeTwilio:
    return FakeTwilio(TWILIO.account_sid, TWILIO.auth_token, public_url=PUBLIC, transport=httpx.MockTransport(ours))


@pytest.fixture
def voice(fake: FakeTwilio) -> Iterator[TwilioVoice]:
    with serve(fake.app) as base:
        yield TwilioVoice(dataclasses.replace(TWILIO, api_base=base), public_url=PUBLIC, timeouts=TIMES)


@pytest.mark.parametrize("case", cases("voice.json"))
def test_a_callback_says(case: dict[str, Any]) -> None:
    channel = TwilioVoice(TWILIO, public_url=PUBLIC)
    request = form_request("/webhooks/twilio/voice/page-token/status", case["form"] | OWN)
    channel.verify(request)
    said = channel.parse(request)
    assert [fields(event, case["says"]) for event in said] == ([case["says"]] if case["says"] else [])


def test_a_callback_without_a_call_is_undecodable() -> None:
    with pytest.raises(Undecodable):
        TwilioVoice(TWILIO, public_url=PUBLIC).parse(form_request("/webhooks/twilio/voice/x/status", OWN))


def test_a_key_of_somebody_else_is_forged() -> None:
    pressed = form_request("/webhooks/twilio/voice/x/key", OWN | {"CallSid": "CA1", "Digits": "1"}, token="other")
    with pytest.raises(Forged):
        TwilioVoice(TWILIO, public_url=PUBLIC).verify(pressed)


def test_a_call_is_asked_for_with_its_pages_own_addresses(fake: FakeTwilio, voice: TwilioVoice) -> None:
    (receipt,) = send(voice, Outbound(OFFICER, SCRIPT, ref="page-token"))
    (call,) = fake.calls
    assert (call.sid, call.to, call.from_) == (receipt.provider_id, OFFICER, TWILIO.from_number)
    assert (call.url, call.status_url) == (f"{PAGE}/answer", f"{PAGE}/status")
    assert call.events == ("initiated", "ringing", "answered", "completed")
    assert SCRIPT not in str(call)  # the words are asked for when somebody picks up


def test_a_reference_cannot_leave_its_place_in_the_address(fake: FakeTwilio, voice: TwilioVoice) -> None:
    send(voice, Outbound(OFFICER, SCRIPT, ref="../../a?b=c"))
    assert fake.calls[0].url == f"{PUBLIC}/webhooks/twilio/voice/..%2F..%2Fa%3Fb%3Dc/answer"


@pytest.mark.parametrize("message", [Outbound("", "a", ref="r"), Outbound(OFFICER, "a")])
def test_a_call_to_nobody_or_without_a_page_is_never_made(message: Outbound) -> None:
    channel = TwilioVoice(TWILIO, public_url=PUBLIC)
    assert decision(channel, message) == (Decision.DEAD_LETTER, "BadAddress")


@pytest.mark.parametrize(
    ("code", "status", "meaning"),
    [
        (13224, 400, Decision.SWITCH_CHANNEL),
        (21211, 400, Decision.SWITCH_CHANNEL),
        (20429, 429, Decision.RETRY),
        (20003, 401, Decision.ALERT_ADMIN),
    ],
)
def test_an_error_means(fake: FakeTwilio, voice: TwilioVoice, code: int, status: int, meaning: Decision) -> None:
    fake.error_next(code, status=status)
    assert decision(voice, Outbound(OFFICER, SCRIPT, ref="r")) == (meaning, str(code))


def test_the_document_says_it_and_waits_for_one_key() -> None:
    root = ET.fromstring(TwilioVoice.answer_twiml('Ca "LN<7>" & mức 0', "https://x.example.org/key?a=1&b=2"))
    gather = root.find("Gather")
    assert gather is not None
    assert gather.attrib | {"timeout": ""} == {
        "input": "dtmf",
        "numDigits": "1",
        "action": "https://x.example.org/key?a=1&b=2",
        "actionOnEmptyResult": "true",
        "method": "POST",
        "timeout": "",
    }
    assert [say.text for say in gather.iter("Say")] == ['Ca "LN<7>" & mức 0']
    assert {say.get("language") for say in root.iter("Say")} == {"vi-VN"}


@pytest.mark.parametrize("document", [TwilioVoice.thanks_twiml("Cảm ơn."), TwilioVoice.not_acked_twiml("Chưa nhận.")])
def test_the_last_word_hangs_up_and_waits_for_no_key(document: str) -> None:
    root = ET.fromstring(document)
    assert [child.tag for child in root] == ["Say", "Hangup"]


def test_an_officer_hears_the_script_and_presses_1(fake: FakeTwilio, voice: TwilioVoice, ours: OurSide) -> None:
    async def act() -> None:
        call = fake.call((await voice.send(Outbound(OFFICER, SCRIPT, ref="page-token"))).provider_id)
        assert call.state == "ringing"
        assert (await fake.answer(call.sid)).script == SCRIPT
        assert call.state == "answered"
        await fake.press(call.sid, "1")
        assert (call.state, call.said[-1]) == ("ended", "Đã nhận.")

    using(voice, act)
    assert ours.paths == ["/status", "/answer", "/key", "/status"]
    assert ours.voice.digits(ours.seen[2]) == "1"


def test_silence_a_hang_up_and_a_wrong_key_acknowledge_nothing(
    fake: FakeTwilio, voice: TwilioVoice, ours: OurSide
) -> None:
    async def act() -> None:
        for end in (fake.stay_silent, fake.hang_up, lambda sid: fake.press(sid, "9")):
            call = fake.call((await voice.send(Outbound(OFFICER, SCRIPT, ref="page-token"))).provider_id)
            await fake.answer(call.sid)
            await end(call.sid)
            assert call.state == "ended"
            assert "Đã nhận." not in call.said

    using(voice, act)
    assert [ours.voice.digits(raw) for raw in ours.seen if raw.url.endswith("/key")] == ["", "9"]


def test_a_call_that_nobody_answers_is_reported(fake: FakeTwilio, voice: TwilioVoice, ours: OurSide) -> None:
    async def act() -> None:
        receipt = await voice.send(Outbound(OFFICER, SCRIPT, ref="page-token"))
        await fake.miss(receipt.provider_id)
        await fake.press(receipt.provider_id, "1")  # a key of a phone that was never picked up is nothing

    using(voice, act)
    assert ours.paths == ["/status"]
    (event,) = ours.voice.parse(ours.seen[0])
    assert fields(event, ["state", "error"]) == {"state": "failed", "error": "no-answer"}


def test_the_signed_form_carries_blank_fields(fake: FakeTwilio, voice: TwilioVoice, ours: OurSide) -> None:
    async def act() -> None:
        receipt = await voice.send(Outbound(OFFICER, SCRIPT, ref="page-token"))
        await fake.answer(receipt.provider_id)

    using(voice, act)
    posted = dict(parse_qsl(ours.seen[-1].body.decode(), keep_blank_values=True))
    assert posted["ToCity"] == ""
