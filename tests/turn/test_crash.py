"""A process that dies at any instant of a turn loses nothing and answers nothing twice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.clock import MovedClock
from bot.store.database import Database
from bot.store.models import AlertRow, Case, InboundMessage, Job, OutboundMessage
from bot.store.vault import Vault

ROOT = Path(__file__).resolve().parents[2]


def _process(url: str, home: Path, *text: str, dies_at: str = "") -> int:
    env = {**os.environ, "LANGNGHE_TEST_FAILPOINT": dies_at}
    command = [sys.executable, "-m", "tests.turn.one_turn", url, str(home), *text]
    return subprocess.run(command, cwd=ROOT, env=env, check=False, timeout=120).returncode


@pytest.mark.parametrize("instant", ["inbox.after_commit", "turn.before_commit", "turn.after_commit"])
def test_killed_in_a_turn_the_cry_for_help_is_answered_once(database_url: str, home: Path, instant: str) -> None:
    assert _process(database_url, home, "ba dang cam dao ruot me", dies_at=instant) == 137
    assert _process(database_url, home) == 0
    database = Database(database_url, Vault.open(home), MovedClock())
    try:
        with database.read() as tx:
            assert tx.session.scalars(select(InboundMessage.state)).all() == ["done"]
            assert len(tx.session.scalars(select(Case)).all()) == 1
            assert len(tx.session.scalars(select(AlertRow)).all()) == 1
            said = tx.session.scalars(select(OutboundMessage.response).order_by(OutboundMessage.seq)).all()
            assert said
            assert len(set(said)) == len(said)
            armed = select(func.count()).select_from(Job).where(Job.kind == "deadline", Job.state == "pending")
            assert tx.session.scalar(armed) == 1
    finally:
        database.close()
