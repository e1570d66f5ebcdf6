"""A worker that dies at any instant of a sending loses neither a page nor a message."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.worker.duties import CHILD, PHONES

ROOT = Path(__file__).resolve().parents[2]


def shift(url: str, home: Path, sent: Path, *new: str, dies_at: str = "") -> int:
    env = {**os.environ, "LANGNGHE_TEST_FAILPOINT": dies_at}
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
    assert shift(database_url, home, sent) == 0
    assert sent.read_text("utf-8").splitlines() == lines  # and nothing more
