"""The Zalo access token: short-lived, and renewed with a refresh token that works once and is replaced each time.

Source: docs.zaloplatforms.com, OAuth v4. A refresh token that was spent and whose answer was lost can only be replaced
by a person who consents again; so the new pair is kept before it is used, and one refresh runs at a time.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import httpx

from bot.channels.base import Decision, Undelivered
from bot.clock import Clock
from bot.config import ZaloSettings

REFRESH_AFTER = timedelta(hours=20)  # an access token lives 25 hours


@dataclass(frozen=True)
class TokenPair:
    """One access token and the refresh token that replaces it."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    issued_at: datetime
    seed: str = ""  # digest of the configured refresh token it descends from


class TokenStore(Protocol):
    """Where the pair is kept between processes and restarts."""

    def get(self) -> TokenPair | None:
        """The newest pair."""
        ...

    def put(self, pair: TokenPair) -> None:
        """Keep a pair; durable when it returns."""
        ...


class Tokens:
    """Gives an access token, and renews it when it is old or refused. Used in one event loop, its client's."""

    def __init__(
        self, settings: ZaloSettings, store: TokenStore, clock: Clock, http: Callable[[], httpx.AsyncClient]
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._http = http
        self._lock = asyncio.Lock()
        self._seed = hashlib.sha256(settings.refresh_token.encode()).hexdigest()
        self._unsaved: TokenPair | None = None  # issued, but the store was busy: it must not be lost

    async def access(self) -> str:
        """A token that may be used now; raises Undelivered if none can be had."""
        pair = await self._kept()
        return pair.access if pair else await self.renew("")

    async def renew(self, refused: str) -> str:
        """A token other than the `refused` one; many callers at once cause one refresh. Raises Undelivered."""
        async with self._lock:
            pair = await self._kept()
            if pair is not None and pair.access != refused:
                return pair.access  # somebody else was first
            return (await self._refreshed(pair)).access

    def due(self, now: datetime) -> bool:
        """Whether the token is old enough to be renewed ahead of its end."""
        pair = self._store.get()
        return pair is None or pair.seed != self._seed or pair.issued_at + REFRESH_AFTER <= now

    async def keep_fresh(self, now: datetime) -> bool:
        """Renew the token if it is due, and say whether it was. Raises Undelivered."""
        async with self._lock:
            pair = await self._kept()
            if pair is not None and pair.issued_at + REFRESH_AFTER > now:
                return False
            await self._refreshed(pair)
            return True

    async def _kept(self) -> TokenPair | None:
        """The pair that descends from the configured token; after a new consent the old one counts no more."""
        await self._save_left_over()
        pair = await asyncio.to_thread(self._store.get)
        return pair if pair and pair.seed == self._seed else None

    async def _save_left_over(self) -> None:
        if self._unsaved is None:
            return
        try:
            await asyncio.to_thread(self._store.put, self._unsaved)
        except Exception:  # whatever the store's trouble is, the pair is held until it can be kept
            raise Undelivered(Decision.RETRY, "TokenStore") from None
        self._unsaved = None

    async def _refreshed(self, pair: TokenPair | None) -> TokenPair:
        spent = pair.refresh if pair else self._settings.refresh_token
        answer = await self._ask(spent)
        access, refresh = answer.get("access_token"), answer.get("refresh_token")
        if not isinstance(access, str) or not access or not isinstance(refresh, str) or not refresh:
            return await self._after_refusal(spent)
        self._unsaved = TokenPair(access, refresh, self._clock.now(), self._seed)
        new = self._unsaved
        await self._save_left_over()
        return new

    async def _after_refusal(self, spent: str) -> TokenPair:
        """Another process may have spent the token first: then its pair is in the store; else a person must consent."""
        pair = await asyncio.to_thread(self._store.get)
        if pair is not None and pair.seed == self._seed and pair.refresh != spent:
            return pair
        raise Undelivered(Decision.ALERT_ADMIN, "TokenRefused")

    async def _ask(self, refresh: str) -> Mapping[str, Any]:
        fields = {"refresh_token": refresh, "app_id": self._settings.app_id, "grant_type": "refresh_token"}
        headers = {"secret_key": self._settings.app_secret}
        url = f"{self._settings.oauth_base.rstrip('/')}/v4/oa/access_token"
        try:
            response = await self._http().post(url, data=fields, headers=headers)
        except httpx.HTTPError as error:
            raise Undelivered(Decision.RETRY, type(error).__name__) from None
        return answer_of(response)


def answer_of(response: httpx.Response) -> Mapping[str, Any]:
    """The provider's JSON object; raises Undelivered where a server in trouble, or none of theirs, answered."""
    if response.status_code >= 500 or response.status_code == 429:
        raise Undelivered(Decision.RETRY, f"http_{response.status_code}", unsure=response.status_code != 429)
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise Undelivered(Decision.RETRY, "BadAnswer", unsure=True)
    return answer
