"""A small duty on a real database: a team, a case, and telephones that the test holds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.clock import MovedClock
from bot.config import Settings
from bot.ladder import load_policy
from bot.store.database import Database
from tests.worker.duties import Duty

ROOT = Path(__file__).resolve().parents[2]


def duty_settings(home: Path) -> Settings:
    """The project's data, and a desk of invented numbers."""
    return Settings(
        root=ROOT,
        data=ROOT / "data",
        home=home,
        database_url="",
        public_url="https://langnghe.example",
        service={"escalation": {"desks": {"111": {"voice": "+84900000111", "sms": "+84900000111"}}}},
    )


@pytest.fixture
def duty(database: Database, clock: MovedClock, tmp_path: Path) -> Iterator[Duty]:
    """The team of An, Bình and the supervisor Dung, with the 111 desk behind them."""
    settings = duty_settings(tmp_path)
    with asyncio.Runner() as runner:
        yield Duty(database, clock, settings, load_policy(settings), runner)
