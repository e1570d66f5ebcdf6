"""The demo: the whole installation with a phone network of its own, mounted in its own server."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.app import App, Progress, build
from bot.clock import MovedClock
from bot.config import Settings

if TYPE_CHECKING:
    from flows.definition import Definitions
    from nlu.model import Model


def build_demo(
    settings: Settings,
    *,
    model: Model | None = None,
    definitions: Definitions | None = None,
    progress: Progress | None = None,
) -> App:
    """An installation that rings invented phones only; its data stands apart from a real one's, in var/demo."""
    from bot.fakes.twilio import FakeTwilio
    from bot.understanding import load_model

    assert settings.twilio is not None
    model = model or load_model(settings, progress=progress)
    home = settings.home / "demo"
    apart = replace(settings, home=home, database_url=f"sqlite:///{home / 'langnghe.db'}")
    app = build(apart, clock=MovedClock(), model=model, definitions=definitions)
    twilio = settings.twilio
    app.phone = FakeTwilio(
        twilio.account_sid,
        twilio.auth_token,
        public_url=settings.public_url,
        number=twilio.from_number,
        clock=app.clock,
        auto_status=True,
    )
    return app
