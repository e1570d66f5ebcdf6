"""The reader of questions is learnt once, kept whole, and learnt anew when anything it came from changes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.asked import load_asked
from bot.config import Settings
from nlu import asked as reader
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


@pytest.fixture
def learnt(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many questions each learning had."""
    told: list[int] = []
    learn = reader.learn

    def counted(asks: dict[str, list[str]], others: dict[str, list[str]], words: object) -> reader.Asked:
        told.append(len(asks))
        return learn(asks, others, words)  # type: ignore[arg-type]

    monkeypatch.setattr(reader, "learn", counted)
    return told


def best(settings: Settings, text: str) -> str:
    return load_asked(settings, lexicon().words).read(normalise(text, lexicon().words))[0][0]


def test_it_is_learnt_once_and_kept(few: Settings, learnt: list[int]) -> None:
    assert best(few, "tối nay con ngủ đâu") == best(few, "đêm nay ngủ ở đâu") == "sleep"
    assert learnt == [2]


def test_another_way_to_ask_is_learnt_at_the_next_start(few: Settings, learnt: list[int]) -> None:
    best(few, "tốn tiền không")
    more = QUESTIONS + '  code: ["cho xin mã", "mất mã rồi"]\n'
    (few.data / "replies" / "asks.yml").write_text(more, "utf-8")
    assert best(few, "mất mã") == "code"
    assert learnt == [2, 3]


@pytest.mark.parametrize("how", SPOILS)
def test_what_is_damaged_is_learnt_anew(few: Settings, learnt: list[int], how: str) -> None:
    best(few, "tốn tiền không")
    SPOILS[how](few.home / "model" / "asked.npz")
    assert best(few, "tốn tiền không") == "money"
    assert learnt == [2, 2]
