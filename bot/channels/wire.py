"""How the clients reach a provider."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Timeouts:
    """Seconds. A page is worth little late: a slow provider is left early, and the next method is used."""

    connect: float = 3.0
    read: float = 8.0


def is_loopback(url: str) -> bool:
    """Whether a base address is this machine: a proxy of the environment is not asked for it."""
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
