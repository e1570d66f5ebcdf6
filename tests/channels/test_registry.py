"""Which channels an installation has, that each keeps the port, and that none of them writes secrets into a log."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import logging
from pathlib import Path
from typing import Any

import pytest

from bot.channels.base import AnswersWebhook, Forged, Outbound, RawRequest, Undelivered
from bot.channels.registry import build_channels
from bot.channels.token_store import MemoryTokenStore
from bot.config import Settings
from bot.fakes.server import serve
from bot.fakes.telegram import FakeTelegram
from bot.fakes.twilio import FakeTwilio
from bot.fakes.zalo import FakeZalo
from tests.channels.common import PUBLIC, TELEGRAM, TIMES, TWILIO, ZALO

WORDS = "chuyện của em"
EVERY = ["web", "terminal", "telegram", "sms", "voice", "zalo"]


def installation(**changes: Any) -> Settings:
    where = Path("unused")
    made = Settings(root=where, data=where, home=where, database_url="sqlite://", public_url=PUBLIC)
    return dataclasses.replace(made, **changes)


def build(settings: Settings) -> dict[str, Any]:
    return dict(build_channels(settings, token_store=MemoryTokenStore(), timeouts=TIMES))


def test_a_channel_without_secrets_is_absent() -> None:
    assert list(build(installation())) == ["web", "terminal"]


def test_with_all_secrets_every_channel_is_there() -> None:
    channels = build(installation(telegram=TELEGRAM, twilio=TWILIO, zalo=ZALO))
    assert list(channels) == EVERY
    assert {name: channel.name for name, channel in channels.items()} == dict(zip(EVERY, EVERY, strict=True))


def test_a_channel_that_is_switched_off_is_absent() -> None:
    off = {"channels": {"telegram": False, "voice": False}}
    assert list(build(installation(telegram=TELEGRAM, twilio=TWILIO, service=off))) == ["web", "terminal", "sms"]


def test_marks_in_text_messages_are_a_choice_of_the_installation() -> None:
    for marks, sent in ((True, "Cô đây"), (False, "Co day")):
        sms = build(installation(twilio=TWILIO, service={"sms": {"diacritics": marks}}))["sms"]
        assert sms.render(Outbound("+84900000021", "Cô đây")) == (sent,)


@pytest.mark.parametrize("name", EVERY)
def test_an_unsigned_request_is_forged_on_every_channel(name: str) -> None:
    channel = build(installation(telegram=TELEGRAM, twilio=TWILIO, zalo=ZALO))[name]
    with pytest.raises(Forged):
        channel.verify(RawRequest("POST", f"{PUBLIC}/webhooks/{name}", {}, b"x=1"))


def test_whose_webhook_is_answered_with_a_body() -> None:
    channels = build(installation(telegram=TELEGRAM, twilio=TWILIO, zalo=ZALO))
    assert [name for name, each in channels.items() if isinstance(each, AnswersWebhook)] == ["telegram", "sms", "voice"]


def test_the_page_and_the_terminal_take_a_message_at_once() -> None:
    for name in ("web", "terminal"):
        assert asyncio.run(build(installation())[name].send(Outbound("x", "a"))).provider_id == ""


@pytest.mark.parametrize("fault", ["none", "down", "broken", "refused"])
def test_no_token_number_or_word_reaches_a_log(fault: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    telegram = FakeTelegram(TELEGRAM.token, TELEGRAM.secret, public_url=PUBLIC)
    twilio = FakeTwilio(TWILIO.account_sid, TWILIO.auth_token, public_url=PUBLIC)
    zalo = FakeZalo(ZALO.app_id, ZALO.app_secret, ZALO.oa_secret, ZALO.refresh_token, public_url=PUBLIC)
    with serve(telegram.app) as at_telegram, serve(twilio.app) as at_twilio, serve(zalo.app) as at_zalo:
        channels = build(
            installation(
                telegram=dataclasses.replace(TELEGRAM, api_base=at_telegram),
                twilio=dataclasses.replace(TWILIO, api_base=at_twilio),
                zalo=dataclasses.replace(ZALO, api_base=at_zalo, oauth_base=at_zalo),
            )
        )
        for fake in (telegram, twilio, zalo):
            fake.down = fault == "down"
            if fault == "broken":
                fake.fail_next(500, {"description": f"{WORDS} 0900000021", "message": WORDS}, times=9)
        telegram.blocked = {610001} if fault == "refused" else set()
        asyncio.run(say_everywhere(channels))
    logged = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    secrets = [TELEGRAM.token, TWILIO.auth_token, ZALO.app_secret, "rt-", "at-", TWILIO.account_sid]
    for private in [*secrets, "900000021", "610001", "5100000000000000001", "chuyện", "chuyen"]:
        assert private not in logged


async def say_everywhere(channels: dict[str, Any]) -> None:
    to = {"telegram": "610001", "sms": "+84900000021", "voice": "+84900000021", "zalo": "5100000000000000001"}
    for name, address in to.items():
        try:
            await channels[name].send(Outbound(address, WORDS, ref="r"))
        except Undelivered:
            logging.getLogger("bot.test").exception("refused")
        await channels[name].aclose()


def test_a_channel_serves_one_event_loop_after_the_other() -> None:
    """The command line and the tests start a loop for each deed; connections outlive it and are closed at last."""
    telegram = FakeTelegram(TELEGRAM.token, TELEGRAM.secret, public_url=PUBLIC)
    zalo = FakeZalo(ZALO.app_id, ZALO.app_secret, ZALO.oa_secret, ZALO.refresh_token, public_url=PUBLIC)
    with serve(telegram.app) as at_telegram, serve(zalo.app) as at_zalo:
        channels = build(
            installation(
                telegram=dataclasses.replace(TELEGRAM, api_base=at_telegram),
                zalo=dataclasses.replace(ZALO, api_base=at_zalo, oauth_base=at_zalo),
            )
        )
        for name in ("telegram", "zalo"):
            for _ in range(3):
                asyncio.run(channels[name].send(Outbound("1", WORDS)))
            asyncio.run(channels[name].aclose())
            asyncio.run(channels[name].aclose())  # closing twice is closing once
            asyncio.run(channels[name].send(Outbound("1", WORDS)))
            asyncio.run(channels[name].aclose())
    gc.collect()  # a connection left open would be a warning, and a warning is an error
    assert len(telegram.messages) == len(zalo.messages) == 4
