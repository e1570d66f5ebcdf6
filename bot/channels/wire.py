"""How the clients reach a provider."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import httpx


@dataclass(frozen=True)
class Timeouts:
    """Seconds. A page is worth little late: a slow provider is left early, and the next method is used."""

    connect: float = 3.0
    read: float = 8.0


def is_loopback(url: str) -> bool:
    """Whether a base address is this machine: a proxy of the environment is not asked for it."""
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")


@cache
def tls() -> ssl.SSLContext:
    """What the clients of all providers verify certificates with; reading the authorities takes 30 ms each time."""
    return httpx.create_ssl_context()


def may_have_arrived(error: BaseException | None) -> bool:
    """Whether a request whose answer never came may have done its work all the same."""
    never_left = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
    return isinstance(error, httpx.HTTPError) and not isinstance(error, never_left)
