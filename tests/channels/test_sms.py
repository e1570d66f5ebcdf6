"""SMS by Twilio: forms in, exact requests out, signatures, and every error with its decision."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.channels import twilio
from bot.channels.base import Button, Decision, DeliveryUpdate, Forged, Inbound, Outbound, RawRequest, Undecodable
from bot.channels.delivery import advances
from bot.channels.segments import cost
from bot.channels.sms import TwilioSms
from bot.fakes.server import serve
from bot.fakes.twilio import FakeTwilio
from tests.channels.common import PUBLIC, TIMES, TWILIO, cases, decision, fields, form_request, send, using

PHONE = "+84900000021"
SMS, STATUS = "/webhooks/twilio/sms", "/webhooks/twilio/status"
OWN = {"AccountSid": TWILIO.account_sid}


@pytest.fixture
def fake() -> FakeTwilio:
    return FakeTwilio(TWILIO.account_sid, TWILIO.auth_token, public_url=PUBLIC)


@pytest.fixture
def sms(fake: FakeTwilio) -> Iterator[TwilioSms]:
    with serve(fake.app) as base:
        yield channel(api_base=base)


def channel(**settings: Any) -> TwilioSms:
    marks = settings.pop("diacritics", False)
    return TwilioSms(dataclasses.replace(TWILIO, **settings), public_url=PUBLIC + "/", diacritics=marks, timeouts=TIMES)


OURS = channel()  # reads; keeps nothing between two requests


@pytest.mark.parametrize("case", cases("sms.json"))
def test_a_form_says(case: dict[str, Any]) -> None:
    request = form_request(SMS, case["form"] | OWN)
    OURS.verify(request)
    said = OURS.parse(request)
    if case["says"] is None:
        assert said == ()
    else:
        (event,) = said
        assert event.channel == "sms"
        assert fields(event, case["says"]) == case["says"]


@pytest.mark.parametrize("form", [{}, {"Body": "a"}, {"MessageSid": "SM1", "Body": "a"}, {"From": PHONE, "Body": "a"}])
def test_a_form_without_id_or_sender_is_undecodable(form: dict[str, str]) -> None:
    with pytest.raises(Undecodable):
        OURS.parse(form_request(SMS, form | OWN))


# Worked out once with `openssl dgst -hmac` over the rule in the provider's security page.
VECTOR_URL = "https://langnghe.example.org/webhooks/twilio/sms"
VECTOR_BODY = (
    b"AccountSid=AC33333333333333333333333333333333&Body=c%C3%B4+%C6%A1i&From=%2B84900000021&FromCity=&MessageSid=SM1"
)
VECTOR_SHA1 = "6qZEghMf2hn4QkK/cBsh8liwYLc="
VECTOR_SHA256 = "8qb2x+OSAfFtBSOuYrDnD91eKV+ZIRyvFSpCTL+BSsY="


def vector(signature: str, settings: str = "", body: bytes = VECTOR_BODY, url: str = VECTOR_URL) -> RawRequest:
    headers = {"x-twilio-signature": signature} | (
        {"x-twilio-webhooks-signature-settings": settings} if settings else {}
    )
    return RawRequest("POST", url, headers, body)


def test_the_fixed_vectors_are_believed() -> None:
    OURS.verify(vector(VECTOR_SHA1))
    OURS.verify(vector(VECTOR_SHA256, "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"))
    (event,) = OURS.parse(vector(VECTOR_SHA1))
    assert isinstance(event, Inbound)
    assert event.text == "cô ơi"


@pytest.mark.parametrize(
    "request_",
    [
        vector(""),
        vector(VECTOR_SHA1[:-2] + "A="),
        vector(VECTOR_SHA256),
        vector(VECTOR_SHA1, "key=k,algorithm=HMAC_SHA256"),
        vector(VECTOR_SHA1, "key=k,algorithm=HMAC_MD5"),
        vector(VECTOR_SHA1, url=VECTOR_URL + "?a=1"),
        vector(VECTOR_SHA1, url=VECTOR_URL.replace("https", "http")),
        vector(VECTOR_SHA1, body=VECTOR_BODY.replace(b"&FromCity=", b"&FromCity=x")),
        vector(VECTOR_SHA1, body=VECTOR_BODY + b"&x=1"),
        vector(VECTOR_SHA1, body=b""),
        vector(VECTOR_SHA1, body=b"\xff\xfe"),
        vector(VECTOR_SHA1, body=VECTOR_BODY.replace(b"%C3", b"%FF")),
        vector(VECTOR_SHA1, body=b"&".join([b"a=1"] * 500)),
        RawRequest("POST", VECTOR_URL, {}, VECTOR_BODY),
    ],
    ids=range(14),
)
def test_anything_else_is_forged(request_: RawRequest) -> None:
    with pytest.raises(Forged):
        OURS.verify(request_)


def test_another_account_of_the_same_secret_is_forged() -> None:
    with pytest.raises(Forged):
        OURS.verify(form_request(SMS, {"AccountSid": "AC" + "4" * 32, "MessageSid": "SM1", "From": PHONE}))


def test_blank_parameters_are_signed_and_kept() -> None:
    OURS.verify(form_request(SMS, OWN | {"MessageSid": "SM1", "From": PHONE, "FromCity": "", "ToZip": ""}))


@example(place=107, byte=ord("&"))
@given(place=st.integers(0, len(VECTOR_BODY) - 1), byte=st.integers(0, 255))
def test_no_changed_byte_changes_what_a_believed_form_says(place: int, byte: int) -> None:
    """The signature covers names and values, not their spelling nor where one ends: `+` and `%20` are the same word.

    Twilio signs names and values run together, so `MessageSid&SM…` is signed as `MessageSid=SM…` is: such a form has no
    message and is refused.
    """
    changed = VECTOR_BODY[:place] + bytes([byte]) + VECTOR_BODY[place + 1 :]
    request = vector(VECTOR_SHA1, body=changed)
    try:
        OURS.verify(request)
        said = OURS.parse(request)
    except (Forged, Undecodable):
        return
    assert said == OURS.parse(vector(VECTOR_SHA1))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_undecodable(body: bytes) -> None:
    with contextlib.suppress(Undecodable):
        OURS.parse(RawRequest("POST", VECTOR_URL, {}, body))


def test_the_webhook_is_answered_with_an_empty_document() -> None:
    answer = OURS.answer(vector(VECTOR_SHA1))
    assert answer is not None
    assert answer.body.endswith(b"<Response/>")
    assert answer.content_type.startswith("text/xml")


def test_a_message_goes_out_plain_with_numbered_choices(fake: FakeTwilio, sms: TwilioSms) -> None:
    message = Outbound(PHONE, "Giờ em có an toàn không?", (Button("Dạ có", "#ct:y"), Button("Dạ không", "#ct:n")))
    (receipt,) = send(sms, message)
    (sent,) = fake.messages
    assert sent.body == "Gio em co an toan khong?\n\n1. Da co\n2. Da khong"
    assert cost(sent.body).segments == 1
    assert (sent.to, sent.from_) == (PHONE, TWILIO.from_number)
    assert sent.status_url == f"{PUBLIC}{STATUS}"
    assert receipt.provider_id == sent.sid


def test_marks_are_kept_only_where_they_are_wanted_and_cheap() -> None:
    wanted = channel(diacritics=True)
    assert wanted.render(Outbound(PHONE, "Cô nghe em đây.")) == ("Cô nghe em đây.",)
    assert wanted.render(Outbound(PHONE, "Cô nghe em đây. " * 20)) == ("Co nghe em day. " * 20,)
    assert OURS.render(Outbound(PHONE, "Cô nghe em đây.")) == ("Co nghe em day.",)


def test_a_messaging_service_may_stand_for_a_number(fake: FakeTwilio) -> None:
    with serve(fake.app) as base:
        send(channel(api_base=base, from_number="MG" + "5" * 32), Outbound(PHONE, "a"))
    assert len(fake.messages) == 1


def test_a_very_long_text_goes_in_parts(fake: FakeTwilio, sms: TwilioSms) -> None:
    text = " ".join(f"cau {number} co dan em." for number in range(200))
    (receipt,) = send(sms, Outbound(PHONE, text))
    assert [sent.sid for sent in fake.messages] == list(receipt.parts)
    assert " ".join(sent.body for sent in fake.messages) == text
    assert all(cost(sent.body).segments <= 10 for sent in fake.messages)


def test_an_api_base_with_a_path_is_kept(fake: FakeTwilio) -> None:
    with serve(Starlette(routes=[Mount("/demo/twilio", fake.app)])) as base:
        send(channel(api_base=f"{base}/demo/twilio"), Outbound(PHONE, "a"))
    assert len(fake.messages) == 1


ERRORS = [
    (21211, 400, Decision.SWITCH_CHANNEL),
    (21610, 400, Decision.SWITCH_CHANNEL),
    (21614, 400, Decision.SWITCH_CHANNEL),
    (30003, 400, Decision.SWITCH_CHANNEL),
    (21408, 403, Decision.ALERT_ADMIN),
    (21606, 400, Decision.ALERT_ADMIN),
    (20003, 401, Decision.ALERT_ADMIN),
    (20404, 404, Decision.ALERT_ADMIN),
    (20429, 429, Decision.RETRY),
    (20503, 503, Decision.RETRY),
    (21617, 400, Decision.DEAD_LETTER),
    (21602, 400, Decision.DEAD_LETTER),
]


@pytest.mark.parametrize(("code", "status", "meaning"), ERRORS)
def test_an_error_code_means(fake: FakeTwilio, sms: TwilioSms, code: int, status: int, meaning: Decision) -> None:
    fake.error_next(code, status=status)
    assert decision(sms, Outbound(PHONE, "a")) == (meaning, str(code))
    assert fake.messages == []


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (429, Decision.RETRY),
        (500, Decision.RETRY),
        (502, Decision.RETRY),
        (403, Decision.ALERT_ADMIN),
        (400, Decision.DEAD_LETTER),
    ],
)
def test_a_status_without_a_code_means(fake: FakeTwilio, sms: TwilioSms, status: int, meaning: Decision) -> None:
    fake.fail_next(status, {"message": "no code here"})
    assert decision(sms, Outbound(PHONE, "a"))[0] is meaning


def test_a_provider_that_is_down_or_slow_is_tried_again(fake: FakeTwilio, sms: TwilioSms) -> None:
    fake.down = True
    assert decision(sms, Outbound(PHONE, "a"))[0] is Decision.RETRY


def test_a_slow_provider_is_left(fake: FakeTwilio, sms: TwilioSms) -> None:
    fake.slow(1.5)
    assert decision(sms, Outbound(PHONE, "a")) == (Decision.RETRY, "ReadTimeout")


def test_a_provider_that_is_not_there_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert decision(channel(api_base=f"http://127.0.0.1:{port}"), Outbound(PHONE, "a")) == (
        Decision.RETRY,
        "ConnectionError",
    )


def test_accepted_and_then_an_error_is_tried_again(fake: FakeTwilio, sms: TwilioSms) -> None:
    fake.fail_next(500, {}, taken=True)
    assert decision(sms, Outbound(PHONE, "a"))[0] is Decision.RETRY
    assert len(fake.messages) == 1


def test_wrong_credentials_are_for_the_administrator(fake: FakeTwilio) -> None:
    with serve(fake.app) as base:
        assert decision(channel(api_base=base, auth_token="other"), Outbound(PHONE, "a")) == (
            Decision.ALERT_ADMIN,
            "20003",
        )


def test_an_empty_address_is_never_sent() -> None:
    assert decision(channel(), Outbound("", "a")) == (Decision.DEAD_LETTER, "BadAddress")


def test_every_known_code_has_one_meaning() -> None:
    assert not twilio._ADMIN & twilio._UNREACHABLE


STATES = st.sampled_from(["queued", "sent", "delivered", "read", "failed", "dropped"])
NEWS = st.lists(st.sampled_from(["sent", "delivered", "read", "failed"]), max_size=8)


def after(state: str, news: list[str]) -> str:
    for each in news:
        state = each if advances(state, each) else state
    return state


@given(state=STATES, news=NEWS)
def test_the_same_news_twice_changes_nothing(state: str, news: list[str]) -> None:
    assert after(state, news + news[-1:]) == after(state, news)


@given(news=NEWS, more=NEWS)
def test_delivered_is_never_undone(news: list[str], more: list[str]) -> None:
    reached = after("queued", news)
    if reached in ("delivered", "read"):
        assert after(reached, more) in ("delivered", "read")
    if reached == "failed":
        assert after(reached, more) == "failed"


def test_late_news_of_sending_after_delivery_changes_nothing() -> None:
    assert not advances("delivered", "sent")
    assert advances("sent", "delivered")


def test_the_fake_network_signs_as_the_provider_does(fake: FakeTwilio) -> None:
    seen: list[RawRequest] = []

    def our_side(request: httpx.Request) -> httpx.Response:
        seen.append(RawRequest(request.method, str(request.url), dict(request.headers), request.content))
        return httpx.Response(200)

    network = FakeTwilio(
        TWILIO.account_sid, TWILIO.auth_token, public_url=PUBLIC, transport=httpx.MockTransport(our_side)
    )

    async def act() -> None:
        await network.receive_sms("0900000021", "Dạ em nè\ncô ơi 😢", sid="SM" + "1" * 32)

    using(channel(), act)
    OURS.verify(seen[0])
    (event,) = OURS.parse(seen[0])
    assert isinstance(event, Inbound)
    assert (event.text, event.address) == ("Dạ em nè\ncô ơi 😢", PHONE)


def test_a_status_callback_of_the_fake_network_moves_the_message(fake: FakeTwilio, sms: TwilioSms) -> None:
    seen: list[RawRequest] = []

    def our_side(request: httpx.Request) -> httpx.Response:
        seen.append(RawRequest(request.method, str(request.url), dict(request.headers), request.content))
        return httpx.Response(200)

    fake._transport = httpx.MockTransport(our_side)

    async def act() -> None:
        receipt = await sms.send(Outbound(PHONE, "a"))
        await fake.report(receipt.provider_id, "undelivered", error_code=30003)

    using(sms, act)
    sms.verify(seen[0])
    assert sms.parse(seen[0]) == (
        DeliveryUpdate("sms", fake.messages[0].sid, "failed", "30003", Decision.SWITCH_CHANNEL),
    )
