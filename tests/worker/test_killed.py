"""A worker that dies at any instant of a sending loses neither a page nor a message."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.fakes.server import serve
from bot.fakes.twilio import FakeTwilio
from tests.channels.common import PUBLIC, TWILIO
from tests.worker.duties import CHILD, PHONES

ROOT = Path(__file__).resolve().parents[2]


def shift(url: str, home: Path, sent: Path, *new: str, dies_at: str = "", base: str = "") -> int:
    env = {**os.environ, "LANGNGHE_TEST_FAILPOINT": dies_at, "LANGNGHE_TEST_SMS_BASE": base}
    command = [sys.executable, "-m", "tests.worker.one_shift", url, str(home), str(sent), *new]
    return subprocess.run(command, cwd=ROOT, env=env, check=False, timeout=120).returncode


@pytest.mark.parametrize(
    "instant", ["page.before_send", "page.after_send", "message.before_send", "message.after_send"]
)
def test_the_ladder_survives_kill_9(database_url: str, tmp_path: Path, instant: str) -> None:
    home, sent = tmp_path / "home", tmp_path / "sent"
    home.mkdir()
    sent.touch()
    assert shift(database_url, home, sent, "new", dies_at=instant) == 137
    assert shift(database_url, home, sent) == 0
    lines = sent.read_text("utf-8").splitlines()
    pages = [line for line in lines if line.startswith(f"sms {PHONES['an']}")]
    messages = [line for line in lines if line.startswith(f"sms {CHILD}")]
    assert len(pages) == (2 if instant == "page.after_send" else 1)
    assert len(messages) == (2 if instant == "message.after_send" else 1)
    if instant.startswith("page"):
        assert "(nhắc lại)" in pages[-1]  # it may have left before: said, so that nobody takes it for another case
    else:
        assert "(gửi lại)" in messages[-1]  # this line cannot be asked what left, so the person is told
    assert shift(database_url, home, sent) == 0
    assert sent.read_text("utf-8").splitlines() == lines  # and nothing more


@pytest.mark.parametrize("instant", ["message.before_send", "message.after_send"])
def test_a_network_that_can_be_asked_brings_the_person_every_message_once(
    database_url: str, tmp_path: Path, instant: str
) -> None:
    home, sent = tmp_path / "home", tmp_path / "sent"
    home.mkdir()
    network = FakeTwilio(TWILIO.account_sid, TWILIO.auth_token, public_url=PUBLIC)
    with serve(network.app) as base:
        assert shift(database_url, home, sent, "new", dies_at=instant, base=base) == 137
        assert shift(database_url, home, sent, base=base) == 0
        assert shift(database_url, home, sent, base=base) == 0
    assert [sms.body for sms in network.messages if sms.to == CHILD] == ["mot"]
