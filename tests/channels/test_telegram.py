"""Telegram: every kind of update in, exact messages out, every error with its decision."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import Button, Decision, Forged, Inbound, Outbound, RawRequest, Undecodable, Undelivered
from bot.channels.telegram import SECRET_HEADER, Telegram, callback_data
from bot.fakes.server import serve
from bot.fakes.telegram import FakeTelegram
from tests.channels.common import PUBLIC, TELEGRAM, TIMES, cases, decision, fields, send, using

WHO = 610001
OURS = Telegram(TELEGRAM)  # reads; keeps nothing between two requests


@pytest.fixture
def fake() -> FakeTelegram:
    return FakeTelegram(TELEGRAM.token, TELEGRAM.secret, public_url=PUBLIC)


@pytest.fixture
def telegram(fake: FakeTelegram) -> Iterator[Telegram]:
    with serve(fake.app) as base:
        yield Telegram(dataclasses.replace(TELEGRAM, api_base=base), timeouts=TIMES)


def request(body: Any, *, secret: str | None = TELEGRAM.secret) -> RawRequest:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {} if secret is None else {SECRET_HEADER: secret}
    return RawRequest("POST", f"{PUBLIC}/webhooks/telegram", headers, raw)


@pytest.mark.parametrize("case", cases("telegram.json"))
def test_an_update_says(case: dict[str, Any]) -> None:
    channel = OURS
    said = channel.parse(request(case["update"]))
    if case["says"] is None:
        assert said == ()
    else:
        (event,) = said
        assert isinstance(event, Inbound)
        assert event.channel == "telegram"
        assert fields(event, case["says"]) == case["says"]


@pytest.mark.parametrize("secret", [None, "", "invented_Secret-2", TELEGRAM.secret[:-1], TELEGRAM.secret + "x", "é"])
def test_a_wrong_secret_is_forged(secret: str | None) -> None:
    with pytest.raises(Forged):
        OURS.verify(request({}, secret=secret))


def test_the_right_secret_is_believed() -> None:
    OURS.verify(request({}))


def test_no_secret_of_our_own_believes_nobody() -> None:
    with pytest.raises(Forged):
        Telegram(dataclasses.replace(TELEGRAM, secret="")).verify(request({}, secret=""))


BROKEN = [
    b"",
    b"{",
    b"[]",
    b'"x"',
    b"{}",
    b'{"update_id": "7"}',
    b"\xff\xfe",
    b'{"update_id": 7, "message": {"message_id": 1}}',
    b'{"update_id": 7, "message": []}',
    b'{"update_id": 7, "message": {"message_id": 1, "date": "x", "chat": {"id": 1, "type": "private"}, "text": "a"}}',
    b'{"update_id": 7, "message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "text": 5}}',
    b"[" * 60_000,
]


@pytest.mark.parametrize("body", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_body_is_undecodable_and_answered_with_nothing(body: bytes) -> None:
    channel = OURS
    with pytest.raises(Undecodable):
        channel.parse(request(body))
    assert channel.answer(request(body)) is None


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=4)))
def test_any_shape_is_read_or_undecodable(shape: Any) -> None:
    with contextlib.suppress(Undecodable):
        OURS.parse(request({"update_id": 1, "message": shape, "callback_query": shape}))


def test_a_message_of_4096_letters_is_kept_whole() -> None:
    text = "Dạ em kể cô nghe. " * 227 + "hết nha cô"
    chat = {"id": WHO, "type": "private"}
    update = {"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": chat, "text": text}}
    (event,) = Telegram(TELEGRAM).parse(request(update))
    assert isinstance(event, Inbound)
    assert event.text == text
    assert len(text) == 4096


def test_a_press_is_answered_in_the_response() -> None:
    pressed = next(case.values[0]["update"] for case in cases("telegram.json") if case.id == "a pressed choice")
    answer = Telegram(TELEGRAM).answer(request(pressed))
    assert answer is not None
    assert json.loads(answer.body) == {"method": "answerCallbackQuery", "callback_query_id": "99001"}
    assert answer.content_type == "application/json"


def test_a_group_is_left() -> None:
    group = next(case.values[0]["update"] for case in cases("telegram.json") if "group" in case.id)
    answer = Telegram(TELEGRAM).answer(request(group))
    assert answer is not None
    assert json.loads(answer.body) == {"method": "leaveChat", "chat_id": -100200300}


def test_a_message_goes_out_with_its_choices(fake: FakeTelegram, telegram: Telegram) -> None:
    buttons = (Button("Dạ có", "#ct:safe:yes"), Button("Dạ không", "#ct:safe:no"))
    (receipt,) = send(telegram, Outbound(str(WHO), "Giờ em có an toàn không?", buttons))
    (told,) = fake.messages
    assert (told.chat_id, told.text) == (WHO, "Giờ em có an toàn không?")
    assert told.buttons == (("Dạ có", "#ct:safe:yes"), ("Dạ không", "#ct:safe:no"))
    assert receipt.provider_id == str(told.message_id)
    assert [method for method, _ in fake.calls] == ["sendMessage"]  # no getMe before it


def test_a_long_text_goes_in_parts_with_the_choices_under_the_last(fake: FakeTelegram, telegram: Telegram) -> None:
    text = "\n\n".join(f"Đoạn {number}. " + "cô dặn em nè " * 60 for number in range(12))
    (receipt,) = send(telegram, Outbound(str(WHO), text, (Button("Dạ", "#ct:ok"),)))
    assert len(fake.messages) == len(receipt.parts) > 1
    assert [bool(told.buttons) for told in fake.messages] == [False] * (len(fake.messages) - 1) + [True]
    assert "".join("".join(told.text.split()) for told in fake.messages) == "".join(text.split())


def test_after_a_failure_in_the_middle_only_the_rest_goes_again(fake: FakeTelegram, telegram: Telegram) -> None:
    message = Outbound(str(WHO), "một " * 3000)
    fake.fail_next(500, after=1)

    async def twice() -> None:
        with pytest.raises(Undelivered):
            await telegram.send(message)
        await telegram.send(message)

    using(telegram, twice)
    assert "".join(told.text.replace(" ", "") for told in fake.messages) == "một" * 3000


def test_a_press_of_a_sent_choice_comes_back_as_its_payload(fake: FakeTelegram, telegram: Telegram) -> None:
    token = "#ct:ack:" + "A" * 43
    assert callback_data(token) == token
    send(telegram, Outbound(str(WHO), "Ca mới", (Button("Tôi nhận", token),)))
    assert fake.messages[0].buttons == (("Tôi nhận", token),)


def test_a_payload_that_is_too_long_comes_back_as_the_words_on_the_button(
    fake: FakeTelegram, telegram: Telegram
) -> None:
    payload = "#ct:" + "đường_dài" * 20
    send(telegram, Outbound(str(WHO), "Chọn nha", (Button("Cha mẹ của bé", payload),)))
    ((_, data),) = fake.messages[0].buttons
    assert len(data.encode()) <= 64
    query = {"id": "1", "from": {"id": WHO, "is_bot": False, "first_name": "A"}, "chat_instance": "1", "data": data}
    keyboard = {"inline_keyboard": [[{"text": "Cha mẹ của bé", "callback_data": data}]]}
    under = {"message_id": 1, "date": 1, "chat": {"id": WHO, "type": "private"}, "text": "x", "reply_markup": keyboard}
    (event,) = telegram.parse(request({"update_id": 1, "callback_query": query | {"message": under}}))
    assert isinstance(event, Inbound)
    assert (event.kind, event.text) == ("text", "Cha mẹ của bé")


@given(st.text(max_size=200))
def test_callback_data_always_fits(payload: str) -> None:
    assert len(callback_data(payload).encode("utf-8", "surrogatepass")) <= 64


def test_flood_control_says_how_long_to_wait(fake: FakeTelegram, telegram: Telegram) -> None:
    fake.flood_next(17)
    with pytest.raises(Undelivered) as refused:
        send(telegram, Outbound(str(WHO), "a"))
    assert refused.value.decision is Decision.RETRY
    assert refused.value.retry_after == timedelta(seconds=17)


def test_a_person_who_blocked_the_bot_is_reached_another_way(fake: FakeTelegram, telegram: Telegram) -> None:
    fake.blocked.add(WHO)
    assert decision(telegram, Outbound(str(WHO), "a")) == (Decision.SWITCH_CHANNEL, "Forbidden")


def test_a_chat_that_does_not_exist(fake: FakeTelegram, telegram: Telegram) -> None:
    fake.unknown.add(WHO)
    assert decision(telegram, Outbound(str(WHO), "a")) == (Decision.SWITCH_CHANNEL, "ChatNotFound")


def test_a_message_the_provider_cannot_read_is_our_fault(fake: FakeTelegram, telegram: Telegram) -> None:
    assert decision(telegram, Outbound(str(WHO), "")) == (Decision.DEAD_LETTER, "BadRequest")


def test_an_address_that_is_no_chat() -> None:
    assert decision(Telegram(TELEGRAM), Outbound("ai do", "a")) == (Decision.DEAD_LETTER, "BadAddress")


def test_a_wrong_token_is_for_the_administrator(fake: FakeTelegram) -> None:
    with serve(fake.app) as base:
        wrong = Telegram(dataclasses.replace(TELEGRAM, token="1:other", api_base=base), timeouts=TIMES)
        assert decision(wrong, Outbound(str(WHO), "a")) == (Decision.ALERT_ADMIN, "InvalidToken")


def test_a_provider_that_is_down_slow_or_broken_is_tried_again(fake: FakeTelegram, telegram: Telegram) -> None:
    fake.fail_next(500, {"ok": False, "error_code": 500, "description": "x"})
    assert decision(telegram, Outbound(str(WHO), "a")) == (Decision.RETRY, "NetworkError")
    fake.down = True
    assert decision(telegram, Outbound(str(WHO), "a")) == (Decision.RETRY, "NetworkError")
    fake.down = False
    fake.slow(1.5)
    assert decision(telegram, Outbound(str(WHO), "a")) == (Decision.RETRY, "TimedOut")


def test_a_provider_that_is_not_there_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    nobody = Telegram(dataclasses.replace(TELEGRAM, api_base=f"http://127.0.0.1:{port}"), timeouts=TIMES)
    assert decision(nobody, Outbound(str(WHO), "a")) == (Decision.RETRY, "NetworkError")


def test_accepted_and_then_an_error_may_arrive_twice_but_never_not(fake: FakeTelegram, telegram: Telegram) -> None:
    fake.fail_next(502, {}, taken=True)

    async def act() -> None:
        with pytest.raises(Undelivered) as refused:
            await telegram.send(Outbound(str(WHO), "a"))
        assert refused.value.decision is Decision.RETRY
        await telegram.send(Outbound(str(WHO), "a"))

    using(telegram, act)
    assert [told.text for told in fake.messages] == ["a", "a"]


def test_messages_of_both_sides_are_hidden(fake: FakeTelegram, telegram: Telegram) -> None:
    using(telegram, lambda: telegram.hide(str(WHO), [str(each) for each in range(1, 131)]))
    assert fake.deleted == list(range(1, 131))
    assert [method for method, _ in fake.calls] == ["deleteMessages", "deleteMessages"]
