"""What may have left already: the provider is asked; where nobody can tell, the repeat says that it is one."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from bot.channels.base import Button, Channel, Outbound, Recalls, Undelivered
from bot.channels.sms import TwilioSms
from bot.channels.telegram import Telegram
from bot.channels.token_store import MemoryTokenStore
from bot.channels.zalo import ZaloOA
from bot.clock import MovedClock
from bot.fakes.server import serve
from bot.fakes.telegram import FakeTelegram
from bot.fakes.twilio import FakeTwilio
from bot.fakes.zalo import FakeZalo
from tests.channels.common import PUBLIC, TELEGRAM, TIMES, TWILIO, ZALO, using

NOW = datetime(2026, 11, 2, 19, 10, tzinfo=UTC)
PHONE, WHO = "+84900000021", "5100000000000000001"
MARK = "(Gui lai cho chac.) "


class Asked(Channel, Recalls, Protocol):
    """A channel that can be asked."""


class Line:
    """One provider with a clock, the channel to it, and how to see what arrived."""

    def __init__(self, name: str, base: str, fake: FakeTwilio | FakeZalo, clock: MovedClock) -> None:
        self.name, self.fake, self.clock, self._base = name, fake, clock, base
        self.to = PHONE if name == "sms" else WHO

    def channel(self) -> Asked:
        """A new one, as a process has that knows nothing of the one before."""
        if self.name == "sms":
            return TwilioSms(dataclasses.replace(TWILIO, api_base=self._base), public_url=PUBLIC, timeouts=TIMES)
        settings = dataclasses.replace(ZALO, api_base=self._base, oauth_base=self._base)
        assert isinstance(self.fake, FakeZalo)
        settings = dataclasses.replace(settings, refresh_token=self.fake.refresh_token)
        return ZaloOA(settings, token_store=MemoryTokenStore(), timeouts=TIMES)

    def texts(self) -> list[str]:
        return [each.body if hasattr(each, "body") else each.text for each in self.fake.messages]

    def ids(self) -> list[str]:
        return [each.sid if hasattr(each, "sid") else each.message_id for each in self.fake.messages]

    def first(self, message: Outbound) -> None:
        """A process sends it and is gone."""
        channel = self.channel()
        using(channel, lambda: channel.send(message))

    def again(self, message: Outbound, *, since: datetime = NOW, known: Collection[str] = ()) -> str:
        """Another process asks, then sends; the id under which the message counts."""
        channel = self.channel()

        async def ask_and_send() -> str:
            await channel.recall(message, since=since, known=known)
            return (await channel.send(dataclasses.replace(message, mark=""))).provider_id

        return using(channel, ask_and_send)


@pytest.fixture(params=["sms", "zalo"])
def line(request: pytest.FixtureRequest) -> Iterator[Line]:
    clock = MovedClock(NOW)
    fake: FakeTwilio | FakeZalo
    if request.param == "sms":
        fake = FakeTwilio(TWILIO.account_sid, TWILIO.auth_token, public_url=PUBLIC, clock=clock)
    else:
        fake = FakeZalo(
            ZALO.app_id, ZALO.app_secret, ZALO.oa_secret, ZALO.refresh_token, public_url=PUBLIC, clock=clock
        )
    with serve(fake.app) as base:
        yield Line(request.param, base, fake, clock)


def test_what_has_left_is_not_sent_again(line: Line) -> None:
    message = Outbound(line.to, "Em chay ra ngoai truoc nha.", (Button("Da", "#ct:ok"),))
    line.first(message)
    assert line.again(message) == line.ids()[0]
    assert len(line.fake.messages) == 1


def test_what_has_not_left_is_sent_and_bears_no_mark(line: Line) -> None:
    line.first(Outbound(line.to, "mot"))
    line.again(Outbound(line.to, "hai", mark=MARK))
    assert line.texts() == ["mot", "hai"]


def test_of_a_long_text_only_the_missing_parts_are_sent(line: Line) -> None:
    parts = 3
    text = " ".join(f"cau {number} co dan em." for number in range(90 * parts))
    message = Outbound(line.to, text)
    line.fake.fail_next(400, {"error": -201}, after=2 if line.name == "zalo" else 1)  # zalo: the token comes first
    with pytest.raises(Undelivered):
        line.first(message)
    assert len(line.fake.messages) == 1
    line.again(message)
    assert " ".join(line.texts()).split() == text.split()


def test_the_same_words_sent_before_are_another_message(line: Line) -> None:
    message = Outbound(line.to, "Em con o do khong?")
    line.first(message)
    line.clock.advance(timedelta(seconds=20))
    assert line.again(message, known=line.ids()) == line.ids()[1]
    line.clock.advance(timedelta(hours=2))
    assert line.again(message, since=line.clock.now()) == line.ids()[2]


def test_another_persons_message_is_not_this_ones(line: Line) -> None:
    line.first(Outbound(line.to[:-1] + "7", "mot"))
    line.again(Outbound(line.to, "mot"))
    assert line.texts() == ["mot", "mot"]


def test_a_provider_in_trouble_cannot_tell(line: Line) -> None:
    line.fake.down = True
    channel = line.channel()
    with pytest.raises(Undelivered):
        using(channel, lambda: channel.recall(Outbound(line.to, "mot"), since=NOW, known=()))


def test_nobody_can_tell_of_a_reader_without_an_account() -> None:
    channel = ZaloOA(ZALO, token_store=MemoryTokenStore(), timeouts=TIMES)
    with pytest.raises(Undelivered):
        using(channel, lambda: channel.recall(Outbound("a1", "mot", reply_token="c1"), since=NOW, known=()))


def test_a_repeat_is_marked_before_its_first_part(line: Line) -> None:
    line.first(Outbound(line.to, "mot", mark=MARK))
    assert line.texts() == [MARK + "mot"]


def test_telegram_cannot_be_asked_and_marks_the_repeat() -> None:
    fake = FakeTelegram(TELEGRAM.token, TELEGRAM.secret, public_url=PUBLIC)
    with serve(fake.app) as base:
        telegram = Telegram(dataclasses.replace(TELEGRAM, api_base=base), timeouts=TIMES)
        assert not isinstance(telegram, Recalls)
        using(telegram, lambda: telegram.send(Outbound("41", "Em chạy ra ngoài nha.", mark="(Gửi lại cho chắc.) ")))
    assert [told.text for told in fake.messages] == ["(Gửi lại cho chắc.) Em chạy ra ngoài nha."]


def test_a_mark_that_would_break_the_limit_is_left_out() -> None:
    fake = FakeTelegram(TELEGRAM.token, TELEGRAM.secret, public_url=PUBLIC)
    with serve(fake.app) as base:
        telegram = Telegram(dataclasses.replace(TELEGRAM, api_base=base), timeouts=TIMES)
        using(telegram, lambda: telegram.send(Outbound("41", "a" * 4096, mark="(Gửi lại cho chắc.) ")))
    assert [told.text for told in fake.messages] == ["a" * 4096]
