"""The reader of questions is learnt once, kept whole, and learnt anew when anything it came from changes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.asked import load_asked
from bot.config import Settings
from nlu.normalise import normalise
from tests.nlu.known import lexicon

QUESTIONS = """
asks:
  sleep: ["tối nay ngủ đâu", "dem nay ngu o dau", "ngủ nhờ ở đâu"]
  money: ["tốn tiền không", "gọi có mất tiền"]
"""

SPOILS: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:900]),
    "gone": Path.unlink,
}


@pytest.fixture
def few(settings: Settings, tmp_path: Path) -> Settings:
    """Settings whose data has only a handful of questions."""
    data = tmp_path / "data"
    (data / "replies").mkdir(parents=True)
    shutil.copytree(settings.data / "lexicon", data / "lexicon")
    (data / "replies" / "asks.yml").write_text(QUESTIONS, "utf-8")
    return replace(settings, data=data)


def best(settings: Settings, text: str) -> str:
    return load_asked(settings, lexicon().words).read(normalise(text, lexicon().words))[0][0]


def kept(settings: Settings) -> tuple[int, int]:
    """The file as it was last put in its place: every learning writes a new one."""
    found = (settings.home / "model" / "asked.npz").stat()
    return found.st_ino, found.st_mtime_ns


def test_it_is_learnt_once_and_kept(few: Settings) -> None:
    assert best(few, "tối nay con ngủ đâu") == "sleep"
    before = kept(few)
    assert best(few, "đêm nay ngủ ở đâu") == "sleep"
    assert kept(few) == before


def test_another_way_to_ask_is_learnt_at_the_next_start(few: Settings) -> None:
    best(few, "tốn tiền không")
    before = kept(few)
    more = QUESTIONS + '  code: ["cho xin mã", "mất mã rồi"]\n'
    (few.data / "replies" / "asks.yml").write_text(more, "utf-8")
    assert best(few, "mất mã") == "code"
    assert kept(few) != before


@pytest.mark.parametrize("how", SPOILS)
def test_what_is_damaged_is_learnt_anew_and_kept_whole(few: Settings, how: str) -> None:
    best(few, "tốn tiền không")
    SPOILS[how](few.home / "model" / "asked.npz")
    assert best(few, "tốn tiền không") == "money"
    before = kept(few)
    assert best(few, "tốn tiền không") == "money"
    assert kept(few) == before
