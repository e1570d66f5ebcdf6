"""Which channels an installation has: those that are wanted and whose secrets are there."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from bot.channels.base import Channel
from bot.channels.terminal import Terminal
from bot.channels.web import Web
from bot.channels.wire import Timeouts
from bot.channels.zalo_tokens import TokenStore
from bot.clock import Clock
from bot.config import Settings

# The client libraries write URLs with tokens, phone numbers and bodies into their logs below these levels.
_QUIET = {
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "telegram": logging.WARNING,
    "telegram.request.BaseRequest": logging.CRITICAL,  # quotes a provider's whole answer as an error
    "twilio": logging.WARNING,
    "twilio.http_client": logging.WARNING,
    "urllib3": logging.ERROR,  # its warnings name the URL
    "urllib3.connectionpool": logging.ERROR,
}


def build_channels(
    settings: Settings,
    *,
    token_store: TokenStore,
    timeouts: Timeouts | None = None,
    clock: Clock | None = None,
) -> dict[str, Channel]:
    """Every channel that is on, by name; one that is switched off or has no secrets is absent."""
    hush_clients()
    wanted: Mapping[str, bool] = settings.service.get("channels", {})
    makers: dict[str, Callable[[], Channel | None]] = {
        "web": Web,
        "terminal": Terminal,
        "telegram": lambda: _telegram(settings, timeouts),
        "sms": lambda: _sms(settings, timeouts),
        "voice": lambda: _voice(settings, timeouts),
        "zalo": lambda: _zalo(settings, token_store, clock, timeouts),
    }
    made = {name: make() for name, make in makers.items() if wanted.get(name, True)}
    return {name: channel for name, channel in made.items() if channel is not None}


def hush_clients() -> None:
    """Keep the client libraries from logging what they send."""
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)


def _telegram(settings: Settings, timeouts: Timeouts | None) -> Channel | None:
    if settings.telegram is None:
        return None
    from bot.channels.telegram import Telegram

    return Telegram(settings.telegram, timeouts=timeouts)


def _sms(settings: Settings, timeouts: Timeouts | None) -> Channel | None:
    if settings.twilio is None:
        return None
    from bot.channels.sms import TwilioSms

    texts: Mapping[str, Any] = settings.service.get("sms", {})
    marks = bool(texts.get("diacritics", False))
    return TwilioSms(settings.twilio, public_url=settings.public_url, diacritics=marks, timeouts=timeouts)


def _voice(settings: Settings, timeouts: Timeouts | None) -> Channel | None:
    if settings.twilio is None:
        return None
    from bot.channels.voice import TwilioVoice

    return TwilioVoice(settings.twilio, public_url=settings.public_url, timeouts=timeouts)


def _zalo(
    settings: Settings, token_store: TokenStore, clock: Clock | None, timeouts: Timeouts | None
) -> Channel | None:
    if settings.zalo is None:
        return None
    from bot.channels.zalo import ZaloOA

    return ZaloOA(settings.zalo, token_store=token_store, clock=clock, timeouts=timeouts)
