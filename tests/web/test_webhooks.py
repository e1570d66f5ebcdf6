"""Providers' webhooks: what is not theirs changes nothing, what is theirs is stored before they hear 200."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from bot.channels.base import Inbound
from bot.store.models import AlertRow, InboundMessage, Job, OutboundMessage, Page
from tests.web.conftest import PUBLIC, TELEGRAM, TWILIO, ZALO, Place

FORM = {"content-type": "application/x-www-form-urlencoded"}


def twilio(place: Place, path: str, fields: dict[str, str], *, signed: bool = True, **more: Any) -> Any:
    fields = {"AccountSid": TWILIO.account_sid, **fields}
    signature = RequestValidator(TWILIO.auth_token).compute_signature(PUBLIC + path, fields)
    headers = FORM | {"x-twilio-signature": signature if signed else signature[::-1]} | more.pop("headers", {})
    return place.browser().post(path, content=urlencode(fields), headers=headers, **more)


def telegram(place: Place, body: bytes, secret: str = TELEGRAM.secret) -> Any:
    headers = {"x-telegram-bot-api-secret-token": secret, "content-type": "application/json"}
    return place.browser().post("/webhooks/telegram", content=body, headers=headers)


def zalo(place: Place, event: dict[str, Any], *, signed: bool = True) -> Any:
    body = json.dumps(event).encode()
    mac = hashlib.sha256(
        ZALO.app_id.encode() + body + str(event["timestamp"]).encode() + ZALO.oa_secret.encode()
    ).hexdigest()
    headers = {"x-zevent-signature": f"mac={mac if signed else mac[::-1]}", "content-type": "application/json"}
    return place.browser().post("/webhooks/zalo", content=body, headers=headers)


SMS = {
    "MessageSid": "SM" + "1" * 32,
    "From": "+84900000777",
    "To": TWILIO.from_number,
    "Body": "con sợ",
    "NumMedia": "0",
}
UPDATE = {
    "update_id": 7,
    "message": {
        "message_id": 1,
        "date": 1700000000,
        "chat": {"id": 42, "type": "private"},
        "from": {"id": 42, "is_bot": False, "first_name": "x"},
        "text": "con sợ",
    },
}
EVENT = {
    "app_id": ZALO.app_id,
    "event_name": "user_send_text",
    "timestamp": "1700000000000",
    "sender": {"id": "u1"},
    "recipient": {"id": "oa"},
    "message": {"msg_id": "m1", "text": "con sợ"},
}


def test_a_forged_request_is_refused_and_nothing_is_stored(place: Place) -> None:
    answers = [
        twilio(place, "/webhooks/twilio/sms", SMS, signed=False),
        twilio(place, "/webhooks/twilio/status", SMS | {"MessageStatus": "failed"}, signed=False),
        twilio(place, "/webhooks/twilio/voice/x/answer", {"CallSid": "CA1"}, signed=False),
        twilio(place, "/webhooks/twilio/voice/x/key", {"CallSid": "CA1", "Digits": "1"}, signed=False),
        twilio(place, "/webhooks/twilio/voice/x/status", {"CallSid": "CA1", "CallStatus": "busy"}, signed=False),
        telegram(place, json.dumps(UPDATE).encode(), secret="wrong"),
        zalo(place, EVENT, signed=False),
    ]
    assert [answer.status_code for answer in answers] == [403] * 7
    assert place.rows(InboundMessage) == []


@pytest.mark.parametrize("path", ["telegram", "twilio/sms", "zalo", "twilio/voice/x/key"])
def test_a_request_without_any_signature_is_refused(place: Place, path: str) -> None:
    assert place.browser().post(f"/webhooks/{path}", content=b"a=b", headers=FORM).status_code == 403
    assert place.rows(InboundMessage) == []


def test_what_a_provider_signed_is_stored_and_the_same_again_is_one_message(place: Place) -> None:
    for _ in range(2):
        answer = twilio(place, "/webhooks/twilio/sms", SMS)
        assert answer.status_code == 200
        assert b"<Response/>" in answer.content
        assert answer.headers["content-type"].startswith("text/xml")
        assert telegram(place, json.dumps(UPDATE).encode()).status_code == 200
        assert zalo(place, EVENT).status_code == 200
    assert sorted(row.channel for row in place.rows(InboundMessage)) == ["sms", "telegram", "zalo"]


def test_the_signed_address_is_the_configured_one_whatever_host_is_claimed(place: Place) -> None:
    answer = twilio(place, "/webhooks/twilio/sms", SMS, headers={"host": "evil.example"})
    assert answer.status_code == 200


def test_a_believed_body_that_cannot_be_read_is_kept_aside(place: Place) -> None:
    assert telegram(place, b'{"update_id": ').status_code == 200
    (row,) = place.rows(InboundMessage)
    assert (row.kind, row.state, row.contact_id) == ("undecodable", "aside", None)
    assert b"update_id" not in row.body  # sealed


def test_a_body_over_the_limit_is_refused(place: Place) -> None:
    big = b"a" * (place.app.settings.body_limit + 1)

    async def in_parts() -> Any:
        yield big[:60_000]
        yield big[60_000:]

    assert telegram(place, big).status_code == 413
    assert telegram(place, in_parts()).status_code == 413  # type: ignore[arg-type]
    assert place.rows(InboundMessage) == []


def test_a_store_that_cannot_take_it_asks_the_provider_to_send_again(place: Place) -> None:
    place.app.inbox.close()
    for answer in (telegram(place, json.dumps(UPDATE).encode()), zalo(place, EVENT), telegram(place, b"{")):
        assert answer.status_code == 503
        assert answer.headers["retry-after"]


def test_a_channel_that_is_off_is_not_there(place: Place) -> None:
    place.app.channels = {name: channel for name, channel in place.app.channels.items() if name == "web"}
    for path in ("telegram", "twilio/sms", "twilio/status", "twilio/voice/x/key", "zalo"):
        assert place.browser().post(f"/webhooks/{path}", content=b"").status_code == 404


def test_the_probe_of_zalo_with_an_empty_body_is_answered(place: Place) -> None:
    assert place.browser().post("/webhooks/zalo", content=b"").status_code == 200
    assert place.browser().get("/webhooks/zalo").status_code == 200


@pytest.fixture
def call(place: Place) -> Page:
    """The call to the officer on duty, for a case that has just opened."""
    place.enrol("an")
    place.enrol("binh")
    place.rotation("city", ["an", "binh"])
    place.case()
    return next(page for page in place.rows(Page) if page.method == "voice")


def test_a_call_says_the_case_and_the_key_acknowledges(place: Place, call: Page) -> None:
    base = f"/webhooks/twilio/voice/{call.token}"
    said = twilio(place, f"{base}/answer", {"CallSid": "CA1", "CallStatus": "in-progress"})
    assert said.status_code == 200
    assert "<Gather" in said.text
    assert f"{PUBLIC}{base}/key" in said.text
    assert "dao" not in said.text
    thanks = twilio(place, f"{base}/key", {"CallSid": "CA1", "Digits": "1"})
    assert "<Hangup" in thanks.text
    (alert,) = place.rows(AlertRow)
    assert (alert.state, alert.acked_by) == ("acked", call.responder)
    assert any(job.kind == "news" and job.payload == {"news": "acknowledged"} for job in place.rows(Job))


def test_no_key_is_asked_for_again_and_then_is_no_acknowledgement(place: Place, call: Page) -> None:
    base = f"/webhooks/twilio/voice/{call.token}/key"
    again = twilio(place, base, {"CallSid": "CA1", "Digits": ""})
    assert "again=1" in again.text
    over = twilio(place, f"{base}?again=1", {"CallSid": "CA1", "Digits": "5"})
    assert "<Gather" not in over.text
    assert next(page for page in place.rows(Page) if page.id == call.id).state == "failed"
    (alert,) = place.rows(AlertRow)
    assert alert.state == "open"


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed", "completed"])
def test_a_call_that_reached_nobody_is_told_to_the_ladder_at_once(place: Place, call: Page, status: str) -> None:
    with place.app.database.write() as tx:
        tx.session.get_one(Page, call.id).state = "sent"
    twilio(place, f"/webhooks/twilio/voice/{call.token}/status", {"CallSid": "CA1", "CallStatus": status})
    assert next(page for page in place.rows(Page) if page.id == call.id).state == "failed"


def test_an_unknown_call_is_met_with_silence(place: Place) -> None:
    for step in ("answer", "key", "status"):
        answer = twilio(place, f"/webhooks/twilio/voice/nobody/{step}", {"CallSid": "CA1", "CallStatus": "busy"})
        assert answer.status_code == 200
        assert answer.text.endswith("<Response/>")


def test_news_of_a_message_only_moves_it_forward(place: Place) -> None:
    place.app.inbox.put(Inbound("sms", "SM0", "+84900000777", "text", "alo"))
    contact = place.contact()
    with place.app.database.write() as tx:
        row_id = tx.new_id()
        tx.session.add(
            OutboundMessage(
                id=row_id,
                contact_id=contact.id,
                response="x",
                body=tx.seal("outbound_message", "body", row_id, '{"text":"x","buttons":[]}'),
                state="sent",
                provider_id="SM9",
                created_at=tx.now,
            )
        )
    for status, state in (("delivered", "delivered"), ("sent", "delivered"), ("failed", "delivered")):
        fields = {"MessageSid": "SM9", "MessageStatus": status}
        assert twilio(place, "/webhooks/twilio/status", fields).status_code == 200
        assert [row.state for row in place.rows(OutboundMessage)] == [state]
