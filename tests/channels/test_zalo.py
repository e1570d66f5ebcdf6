"""Zalo Official Account: events in, exact requests out, signatures, and every error with its decision."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import Button, Decision, Forged, Inbound, Outbound, RawRequest, Undecodable, Undelivered
from bot.channels.token_store import MemoryTokenStore
from bot.channels.zalo import MEANING, ZaloOA
from bot.channels.zalo_events import SIGNATURE_HEADER, TIMESTAMP_HEADER
from bot.fakes.server import serve
from bot.fakes.zalo import FakeZalo
from tests.channels.common import PUBLIC, TIMES, ZALO, cases, decision, fields, send, using

URL = f"{PUBLIC}/webhooks/zalo"
WHO = "5100000000000000001"


def channel(**settings: Any) -> ZaloOA:
    return ZaloOA(dataclasses.replace(ZALO, **settings), token_store=MemoryTokenStore(), timeouts=TIMES)


OURS = channel()  # reads; keeps nothing between two requests


@pytest.fixture
def fake() -> FakeZalo:
    return FakeZalo(ZALO.app_id, ZALO.app_secret, ZALO.oa_secret, ZALO.refresh_token, public_url=PUBLIC)


@pytest.fixture
def zalo(fake: FakeZalo) -> Iterator[ZaloOA]:
    with serve(fake.app) as base:
        yield channel(api_base=base, oauth_base=base)


def signed(body: bytes, stamp: str, *, prefix: str = "mac=", first: str = ZALO.app_id, **headers: str) -> RawRequest:
    mac = hashlib.sha256(first.encode() + body + stamp.encode() + ZALO.oa_secret.encode()).hexdigest()
    return RawRequest("POST", URL, {SIGNATURE_HEADER: prefix + mac} | headers, body)


def event_request(event: dict[str, Any]) -> RawRequest:
    return signed(json.dumps(event).encode(), str(event["timestamp"]))


@pytest.mark.parametrize("case", cases("zalo.json"))
def test_an_event_says(case: dict[str, Any]) -> None:
    request = event_request(case["event"])
    OURS.verify(request)
    said = OURS.parse(request)
    assert [fields(event, says) for event, says in zip(said, case["says"], strict=True)] == case["says"]
    assert all(event.channel == "zalo" for event in said)


def test_an_event_without_an_id_is_known_by_its_digest() -> None:
    follow = next(case.values[0]["event"] for case in cases("zalo.json") if "follows:" in case.id)
    (event,) = OURS.parse(event_request(follow))
    assert event.provider_id == hashlib.sha256(json.dumps(follow).encode()).hexdigest()


# Worked out once with `sha256sum` over app id + body + timestamp + account secret.
VECTOR_STAMP = "1793000000123"
VECTOR_BODY = (
    '{"app_id":"3344000000000000007","event_name":"user_send_text","timestamp":"1793000000123",'
    '"sender":{"id":"5100000000000000001"},"recipient":{"id":"2200000000000000002"},'
    '"message":{"text":"cô ơi","msg_id":"v-1"}}'
).encode()
VECTOR_MAC = "1911b85f6548109ef6f7bdd14b9028d0463289c171465ec972935809ec2b2a62"


def vector(header: str | None, body: bytes = VECTOR_BODY) -> RawRequest:
    return RawRequest("POST", URL, {} if header is None else {SIGNATURE_HEADER: header}, body)


@pytest.mark.parametrize("prefix", ["mac=", ""])
def test_the_fixed_vector_is_believed_with_and_without_mac(prefix: str) -> None:
    OURS.verify(vector(prefix + VECTOR_MAC))
    (event,) = OURS.parse(vector(VECTOR_MAC))
    assert isinstance(event, Inbound)
    assert event.text == "cô ơi"


@pytest.mark.parametrize(
    "header", [None, "", "mac=", "mac=" + "0" * 64, f"mac={VECTOR_MAC[:-1]}", f"mac=mac={VECTOR_MAC}", "mac=é"]
)
def test_a_wrong_or_missing_signature_is_forged(header: str | None) -> None:
    with pytest.raises(Forged):
        OURS.verify(vector(header))


def test_another_secret_is_forged() -> None:
    with pytest.raises(Forged):
        channel(oa_secret="another").verify(vector(VECTOR_MAC))
    with pytest.raises(Forged):
        channel(oa_secret="").verify(vector(VECTOR_MAC))


@given(place=st.integers(0, len(VECTOR_BODY) - 1), byte=st.integers(0, 255))
def test_any_changed_byte_is_forged(place: int, byte: int) -> None:
    changed = VECTOR_BODY[:place] + bytes([byte]) + VECTOR_BODY[place + 1 :]
    if changed != VECTOR_BODY:
        with pytest.raises(Forged):
            OURS.verify(vector(VECTOR_MAC, changed))


def test_json_written_anew_is_forged() -> None:
    with pytest.raises(Forged):
        OURS.verify(vector(VECTOR_MAC, json.dumps(json.loads(VECTOR_BODY)).encode()))


def test_an_exactly_empty_probe_says_nothing_and_anything_else_unsigned_is_forged() -> None:
    OURS.verify(vector(None, b""))
    assert OURS.parse(vector(None, b"")) == ()
    for body in (b" ", b"{}", b"\0"):
        with pytest.raises(Forged):
            OURS.verify(vector(None, body))


def test_signed_with_the_account_id_first_is_still_forged(caplog: pytest.LogCaptureFixture) -> None:
    request = signed(VECTOR_BODY, VECTOR_STAMP, first="2200000000000000002")
    with pytest.raises(Forged):
        OURS.verify(request)
    assert "account id" in caplog.text


BROKEN = VECTOR_BODY[:-3]


def test_a_broken_body_rightly_signed_is_believed_and_undecodable() -> None:
    for request in (signed(BROKEN, VECTOR_STAMP), signed(b"x", "17", **{TIMESTAMP_HEADER: "17"})):
        OURS.verify(request)
        with pytest.raises(Undecodable):
            OURS.parse(request)


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"event_name": 5},
        {"event_name": "user_send_text"},
        {"event_name": "user_send_text", "sender": {"id": ""}, "message": {"text": "a"}},
        {"event_name": "user_send_text", "sender": {"id": WHO}, "message": {"text": ["a"]}},
        {"event_name": "user_send_text", "sender": WHO, "message": "a"},
        {"event_name": "anonymous_send_text", "sender": {"id": WHO}, "message": {"text": "a"}},
        {"event_name": "follow", "follower": {}},
        {"event_name": "user_withdraw", "user_id": 5},
    ],
)
def test_an_event_that_lacks_what_it_needs_is_undecodable(event: dict[str, Any]) -> None:
    with pytest.raises(Undecodable):
        OURS.parse(event_request(event | {"timestamp": "1"}))


SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "text", "msg_id"]), inner),
)
NAMES = st.sampled_from(["user_send_text", "oa_send_text", "follow", "user_seen_message", "user_withdraw", "x_send_"])


@given(name=NAMES, sender=SHAPES, message=SHAPES, stamp=SHAPES)
def test_any_shape_is_read_or_undecodable(name: str, sender: Any, message: Any, stamp: Any) -> None:
    event = {"event_name": name, "sender": sender, "follower": sender, "message": message, "timestamp": stamp}
    with contextlib.suppress(Undecodable):
        OURS.parse(RawRequest("POST", URL, {}, json.dumps(event).encode()))


@given(st.binary(max_size=200))
def test_any_bytes_are_forged_or_undecodable(body: bytes) -> None:
    request = RawRequest("POST", URL, {SIGNATURE_HEADER: VECTOR_MAC}, body)
    if body:
        with pytest.raises(Forged):
            OURS.verify(request)
        with contextlib.suppress(Undecodable):
            OURS.parse(request)


def test_a_message_goes_out_with_its_choices(fake: FakeZalo, zalo: ZaloOA) -> None:
    (receipt,) = send(zalo, Outbound(WHO, "Giờ em có an toàn không?", (Button("Dạ có", "#ct:safe:yes"),)))
    (told,) = fake.messages
    assert (told.user_id, told.text, told.buttons) == (WHO, "Giờ em có an toàn không?", (("Dạ có", "#ct:safe:yes"),))
    assert receipt.provider_id == told.message_id


def test_the_exact_request() -> None:
    message = Outbound(WHO, "e\u0302\u0323", (Button("t" * 120, "#ct:a"),))
    button = {"title": "t" * 100, "type": "oa.query.hide", "payload": "#ct:a"}
    attachment = {"type": "template", "payload": {"buttons": [button]}}
    assert OURS.render(message) == (
        {"recipient": {"user_id": WHO}, "message": {"text": "ệ", "attachment": attachment}},
    )


def test_six_choices_become_numbered_lines(fake: FakeZalo, zalo: ZaloOA) -> None:
    send(zalo, Outbound(WHO, "Chọn nha", tuple(Button(f"Việc {n}", f"#ct:{n}") for n in range(6))))
    (told,) = fake.messages
    assert told.buttons == ()
    assert told.text.splitlines() == ["Chọn nha", "", *(f"{n + 1}. Việc {n}" for n in range(6))]


def test_an_anonymous_reader_gets_the_reply_in_their_conversation(fake: FakeZalo, zalo: ZaloOA) -> None:
    send(zalo, Outbound("9100000000000000001", "Cô nghe nè. 111.", (Button("Dạ", "#ct:a"),), reply_token="conv-77"))
    (told,) = fake.messages
    assert (told.user_id, told.conversation_id, told.buttons) == ("9100000000000000001", "conv-77", ())
    assert told.text == "Cô nghe nè. 111.\n\n1. Dạ"


def test_a_long_text_goes_in_parts_with_the_choices_under_the_last(fake: FakeZalo, zalo: ZaloOA) -> None:
    text = "\n\n".join(f"Đoạn {number}. " + "cô dặn em nè " * 40 for number in range(9))
    (receipt,) = send(zalo, Outbound(WHO, text, (Button("Dạ", "#ct:ok"),)))
    assert len(receipt.parts) == len(fake.messages) > 1
    assert [bool(told.buttons) for told in fake.messages] == [False] * (len(fake.messages) - 1) + [True]
    assert all(len(told.text) <= 2000 for told in fake.messages)


@pytest.mark.parametrize(("error", "meaning"), sorted(MEANING.items()))
def test_an_error_means(fake: FakeZalo, zalo: ZaloOA, error: int, meaning: Decision) -> None:
    fake.errors[WHO] = error
    assert decision(zalo, Outbound(WHO, "a")) == (meaning, str(error))


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (-32, Decision.RETRY),
        (-213, Decision.SWITCH_CHANNEL),
        (-230, Decision.SWITCH_CHANNEL),
        (-232, Decision.SWITCH_CHANNEL),
        (-201, Decision.DEAD_LETTER),
        (-240, Decision.DEAD_LETTER),
        (-211, Decision.ALERT_ADMIN),
        (-221, Decision.ALERT_ADMIN),
    ],
)
def test_the_documented_meanings(error: int, meaning: Decision) -> None:
    assert MEANING[error] is meaning


def test_an_unknown_error_is_tried_again(fake: FakeZalo, zalo: ZaloOA) -> None:
    fake.errors[WHO] = -9999
    assert decision(zalo, Outbound(WHO, "a")) == (Decision.RETRY, "-9999")


@pytest.mark.parametrize("refusal", [{"error": -216}, {"error": -220}, None])
def test_a_refused_token_is_renewed_once_and_the_message_sent(
    fake: FakeZalo, zalo: ZaloOA, refusal: dict[str, int] | None
) -> None:
    async def act() -> None:
        await zalo.send(Outbound(WHO, "một"))
        fake.fail_next(401 if refusal is None else 200, refusal or {})
        fake.expire_token()
        await zalo.send(Outbound(WHO, "hai"))

    using(zalo, act)
    assert [told.text for told in fake.messages] == ["một", "hai"]
    assert fake.refreshes == 2


def test_a_token_that_is_refused_again_is_for_the_administrator(fake: FakeZalo, zalo: ZaloOA) -> None:
    async def act() -> None:
        await zalo.send(Outbound(WHO, "một"))
        fake.errors[WHO] = -216
        with pytest.raises(Undelivered) as refused:
            await zalo.send(Outbound(WHO, "hai"))
        assert refused.value.decision is Decision.ALERT_ADMIN

    using(zalo, act)
    assert fake.refreshes == 2  # once at first, once after the refusal, and no more


def test_a_provider_that_is_down_slow_or_broken_is_tried_again(fake: FakeZalo, zalo: ZaloOA) -> None:
    async def act() -> None:
        await zalo.send(Outbound(WHO, "a"))
        fake.down = True
        with pytest.raises(Undelivered) as down:
            await zalo.send(Outbound(WHO, "b"))
        fake.down = False
        fake.fail_next(500, {"error": -1})
        with pytest.raises(Undelivered) as broken:
            await zalo.send(Outbound(WHO, "b"))
        fake.fail_next(200, {"nothing": True})
        with pytest.raises(Undelivered) as odd:
            await zalo.send(Outbound(WHO, "b"))
        fake.slow(1.5)
        with pytest.raises(Undelivered) as slow:
            await zalo.send(Outbound(WHO, "b"))
        assert {each.value.decision for each in (down, broken, odd, slow)} == {Decision.RETRY}
        assert slow.value.code == "ReadTimeout"

    using(zalo, act)
    assert [told.text for told in fake.messages] == ["a"]


def test_a_provider_that_is_not_there_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        base = f"http://127.0.0.1:{taken.getsockname()[1]}"
    assert decision(channel(api_base=base, oauth_base=base), Outbound(WHO, "a")) == (Decision.RETRY, "ConnectError")


def test_the_old_api_is_refused_as_the_provider_refuses_it(fake: FakeZalo) -> None:
    with serve(fake.app) as base:
        body = {"recipient": {"user_id": WHO}, "message": {"text": "a"}}
        answer = httpx.post(f"{base}/v2.0/oa/message", json=body, trust_env=False)
    assert (answer.status_code, answer.json()["error"]) == (200, -240)


def test_the_fake_account_signs_as_the_provider_does() -> None:
    seen: list[RawRequest] = []

    def our_side(request: httpx.Request) -> httpx.Response:
        seen.append(RawRequest(request.method, str(request.url), dict(request.headers), request.content))
        return httpx.Response(200)

    account = FakeZalo(
        *(ZALO.app_id, ZALO.app_secret, ZALO.oa_secret, ZALO.refresh_token),
        public_url=PUBLIC,
        transport=httpx.MockTransport(our_side),
    )

    async def act() -> None:
        await account.user_sends(WHO, "Dạ em nè 😢")
        await account.user_sends_media(WHO, caption="ne co")
        await account.anonymous_sends("9100000000000000001", "hỏi")
        await account.user_follows(WHO)
        await account.admin_writes(WHO, "Cô trực đây")
        await account.user_presses(WHO, "#ct:a")

    using(channel(), act)
    said = []
    for raw in seen:
        OURS.verify(raw)
        said += OURS.parse(raw)
    kinds = [event.kind for event in said if isinstance(event, Inbound)]
    assert kinds == ["text", "media", "text", "follow", "human_echo", "press"]


def test_accepted_and_then_an_error_is_tried_again(fake: FakeZalo, zalo: ZaloOA) -> None:
    fake.fail_next(500, after=1, taken=True)  # after the first token
    assert decision(zalo, Outbound(WHO, "a"))[0] is Decision.RETRY
    assert [told.text for told in fake.messages] == ["a"]
