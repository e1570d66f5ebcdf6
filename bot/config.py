"""The settings of one installation, read once into frozen values; every problem is listed before a socket opens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class TelegramSettings:
    """Secrets of the Telegram bot."""

    token: str = field(repr=False)
    secret: str = field(repr=False)
    api_base: str = "https://api.telegram.org"


@dataclass(frozen=True)
class TwilioSettings:
    """Secrets of the Twilio account that sends SMS and calls officers."""

    account_sid: str
    auth_token: str = field(repr=False)
    from_number: str = field(repr=False)
    api_base: str = "https://api.twilio.com"


@dataclass(frozen=True)
class ZaloSettings:
    """Secrets of the Zalo Official Account."""

    app_id: str
    app_secret: str = field(repr=False)
    oa_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    api_base: str = "https://openapi.zalo.me"
    oauth_base: str = "https://oauth.zaloapp.com"


@dataclass(frozen=True)
class Settings:
    """Everything an installation may choose."""

    root: Path  # where config.yml stands
    data: Path  # words, directory, lexicon, policy
    home: Path  # database, keys and model
    database_url: str = field(repr=False)
    public_url: str = "http://127.0.0.1:8111"
    demo: bool = False
    telegram: TelegramSettings | None = None
    twilio: TwilioSettings | None = None
    zalo: ZaloSettings | None = None
    body_limit: int = 65_536  # bytes of one request
    lease: timedelta = timedelta(seconds=15)
    service: dict[str, Any] = field(default_factory=dict)  # the checked `service:` block of config.yml
