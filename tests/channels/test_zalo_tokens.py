"""Zalo's tokens: one refresh at a time, the new pair kept before it is used, and a person asked when none is left."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels.base import Decision, Outbound, Undelivered
from bot.channels.token_store import MemoryTokenStore, TokenStore
from bot.channels.zalo import ZaloOA
from bot.channels.zalo_tokens import TokenPair
from bot.clock import MovedClock
from bot.fakes.server import serve
from bot.fakes.zalo import FakeZalo
from bot.store.database import Database
from bot.store.vault import Vault
from tests.channels.common import PUBLIC, TIMES, ZALO, send, using
from tests.conftest import NIGHT

WHO = "5100000000000000001"


class Busy(MemoryTokenStore):
    """A store whose database is busy for the first writes."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def put(self, pair: TokenPair) -> None:
        if self.times:
            self.times -= 1
            raise OSError("database is locked")
        super().put(pair)


@pytest.fixture
def fake() -> FakeZalo:
    return FakeZalo(ZALO.app_id, ZALO.app_secret, ZALO.oa_secret, ZALO.refresh_token, public_url=PUBLIC)


@pytest.fixture
def base(fake: FakeZalo) -> Iterator[str]:
    with serve(fake.app) as address:
        yield address


def account(base: str, store: MemoryTokenStore | TokenStore, *, seed: str = ZALO.refresh_token) -> ZaloOA:
    settings = dataclasses.replace(ZALO, api_base=base, oauth_base=base, refresh_token=seed)
    return ZaloOA(settings, token_store=store, clock=MovedClock(NIGHT), timeouts=TIMES)


def test_the_first_message_gets_the_first_pair_and_keeps_it(fake: FakeZalo, base: str) -> None:
    store = MemoryTokenStore()
    send(account(base, store), Outbound(WHO, "a"), Outbound(WHO, "b"))
    pair = store.get()
    assert pair is not None
    assert (pair.access, pair.refresh) == (fake.access_token, fake.refresh_token)
    assert fake.refreshes == 1


def test_a_restart_uses_the_kept_pair(fake: FakeZalo, base: str) -> None:
    store = MemoryTokenStore()
    send(account(base, store), Outbound(WHO, "a"))
    send(account(base, store), Outbound(WHO, "b"))
    assert fake.refreshes == 1


def test_many_messages_at_once_cause_one_refresh(fake: FakeZalo, base: str) -> None:
    zalo = account(base, MemoryTokenStore())

    async def act() -> None:
        await asyncio.gather(*(zalo.send(Outbound(WHO, str(n))) for n in range(8)))
        fake.expire_token()
        await asyncio.gather(*(zalo.send(Outbound(WHO, str(n))) for n in range(8)))

    using(zalo, act)
    assert fake.refreshes == 2
    assert len(fake.messages) == 16


def test_each_refresh_token_is_used_once(fake: FakeZalo, base: str) -> None:
    zalo = account(base, MemoryTokenStore())

    async def act() -> None:
        for number in range(4):
            await zalo.send(Outbound(WHO, str(number)))
            fake.expire_token()

    using(zalo, act)
    assert fake.refreshes == 4
    assert len(fake.messages) == 4


def test_another_process_was_first(fake: FakeZalo, base: str) -> None:
    store = MemoryTokenStore()
    one, other = account(base, store), account(base, store)

    async def act() -> None:
        await one.send(Outbound(WHO, "a"))
        fake.expire_token()
        await other.send(Outbound(WHO, "b"))
        await one.send(Outbound(WHO, "c"))
        await other.aclose()

    using(one, act)
    assert fake.refreshes == 2


def test_a_spent_refresh_token_is_for_the_administrator(fake: FakeZalo, base: str) -> None:
    fake.refresh_token = "spent-elsewhere"
    zalo = account(base, MemoryTokenStore())
    with pytest.raises(Undelivered) as refused:
        send(zalo, Outbound(WHO, "a"))
    assert (refused.value.decision, refused.value.code) == (Decision.ALERT_ADMIN, "TokenRefused")


def test_a_new_consent_replaces_the_old_pair(fake: FakeZalo, base: str) -> None:
    store = MemoryTokenStore()
    send(account(base, store), Outbound(WHO, "a"))
    fake.refresh_token, fake.access_token = "rt-after-new-consent", ""
    send(account(base, store, seed="rt-after-new-consent"), Outbound(WHO, "b"))
    assert [told.text for told in fake.messages] == ["a", "b"]


def test_a_pair_that_could_not_be_kept_is_not_lost(fake: FakeZalo, base: str) -> None:
    store = Busy(2)
    zalo = account(base, store)

    async def act() -> None:
        for _ in range(2):
            with pytest.raises(Undelivered) as waits:
                await zalo.send(Outbound(WHO, "a"))
            assert (waits.value.decision, waits.value.code) == (Decision.RETRY, "TokenStore")
        assert fake.messages == []  # kept before it is used
        await zalo.send(Outbound(WHO, "a"))

    using(zalo, act)
    assert fake.refreshes == 1


@pytest.mark.parametrize("status", [500, 502, 429])
def test_a_token_server_in_trouble_is_tried_again(fake: FakeZalo, base: str, status: int) -> None:
    fake.fail_next(status, {})
    zalo = account(base, MemoryTokenStore())
    with pytest.raises(Undelivered) as refused:
        send(zalo, Outbound(WHO, "a"))
    assert refused.value.decision is Decision.RETRY


def test_the_token_is_renewed_ahead_of_its_end(fake: FakeZalo, base: str) -> None:
    zalo = account(base, MemoryTokenStore())

    async def act() -> None:
        assert zalo.refresh_due(NIGHT)
        assert await zalo.keep_fresh(NIGHT)
        assert not zalo.refresh_due(NIGHT + timedelta(hours=19, minutes=59))
        assert not await zalo.keep_fresh(NIGHT + timedelta(hours=19, minutes=59))
        assert zalo.refresh_due(NIGHT + timedelta(hours=20))
        assert await zalo.keep_fresh(NIGHT + timedelta(hours=20))

    using(zalo, act)
    assert fake.refreshes == 2


def test_a_pair_never_shows_itself() -> None:
    pair = TokenPair("at-secret", "rt-secret", NIGHT)
    assert "secret" not in repr(pair)


@contextmanager
def database(home: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{home / 'langnghe.db'}", Vault.open(home), MovedClock(NIGHT))
    try:
        made.migrate()
        yield made
    finally:
        made.close()


def test_the_pair_survives_a_restart_sealed(tmp_path: Path) -> None:
    first = TokenPair("at-canary", "rt-canary", NIGHT, "seed")
    second = dataclasses.replace(first, refresh="rt-canary-2")
    with database(tmp_path) as before:
        assert TokenStore(before).get() is None
        TokenStore(before).put(first)
        TokenStore(before).put(second)
    with database(tmp_path) as after:
        assert TokenStore(after).get() == second
    assert not any(b"canary" in file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
