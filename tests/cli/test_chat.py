"""`langnghe chat`: the whole installation at the keyboard, a clock one moves, and nobody real is rung."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import config
from bot.chat import Conversation, conversation
from tests.cli.command import langnghe
from tests.conversations.stage import stage

KEYS = ["replies", "urgency", "category", "effects", "receipt"]


@pytest.fixture(scope="module")
def talk(model_home: Path) -> Iterator[Conversation]:
    with conversation(config.load(env={"LANGNGHE_HOME": str(model_home)})) as talk:
        yield talk


@pytest.fixture(autouse=True)
def _somebody_new(talk: Conversation) -> None:
    talk.line("/new")


def test_danger_hears_111_and_rings_an_officer(talk: Conversation) -> None:
    answer = talk.line("ba dang cam dao ruot me").to_json()
    assert list(answer) == KEYS
    assert "111" in answer["replies"][0]["text"]
    assert answer["urgency"] in ("U0", "U1")
    assert {"alert", "page"} <= set(answer["effects"])


def test_the_ladder_climbs_while_time_passes(talk: Conversation) -> None:
    talk.line("ba dang cam dao ruot me")
    later = talk.line("/wait 5m")
    assert "page" in later.effects
    assert talk.line("/wait 15m").replies  # nobody answered: they are told whom to call


def test_another_person_starts_without_the_danger_of_the_one_before(talk: Conversation) -> None:
    talk.line("ba dang cam dao ruot me")
    assert talk.line("/new").to_json()["replies"] == []
    assert talk.line("chao").urgency == "U4"


def test_a_choice_is_taken_by_its_number_or_its_words(talk: Conversation) -> None:
    first = talk.line("chao")
    choices = first.replies[-1]["choices"]
    assert choices
    assert talk.line("1").replies
    talk.line("/new")
    talk.line("chao")
    assert talk.line(choices[0].upper()).replies


@pytest.mark.parametrize(
    "line", ["", "   ", "\x00", "\u202e\u202dabc", "🙂🙂", "a" * 4096, "/wait", "/wait 10", "/wait 0m", "/bay"]
)
def test_any_line_is_answered(talk: Conversation, line: str) -> None:
    answer = talk.line(line).to_json()
    assert list(answer)[: len(KEYS)] == KEYS
    if line.startswith("/"):
        assert answer["error"]


def test_every_line_of_standard_input_gets_one_json_line(model_home: Path) -> None:
    lines = ["ba dang cam dao ruot me", "", "/wait 5m", "/new", "😀", "/nothing"]
    ran = langnghe("chat", "--json", home=model_home, stdin="\n".join(lines) + "\n")
    assert ran.code == 0, ran.err
    answers: list[dict[str, Any]] = [json.loads(line) for line in ran.out.splitlines()]
    assert len(answers) == len(lines)
    assert "111" in answers[0]["replies"][0]["text"]
    assert "dao" not in ran.err
    assert not (model_home / "langnghe.db").exists()


def test_bytes_that_are_no_text_are_answered(model_home: Path) -> None:
    ran = langnghe("chat", "--json", home=model_home, stdin=b"\xff\xfe\x00\n\xe1\xba")
    assert ran.code == 0, ran.err
    assert len(ran.out.splitlines()) == 2


def test_a_chat_is_recorded_as_a_transcript_that_plays_again(
    model_home: Path, tmp_path: Path, definitions: Any
) -> None:
    settings, file = config.load(env={"LANGNGHE_HOME": str(model_home)}), tmp_path / "told.yml"
    with conversation(settings, file) as talk:
        for line in ("/new", "duong e sap ve rui, e so lam", "bỏ qua", "/wait 5m", "/quit"):
            talk.line(line)
        model = talk.app.model
    recorded = yaml.safe_load(file.read_text("utf-8"))
    assert [next(iter(step)) for step in recorded["steps"]][:2] == ["new_person", "person"]
    assert {"wait": "5m"} in recorded["steps"]
    with stage(settings, (model, definitions), tmp_path, f"sqlite:///{tmp_path}/again.db", recorded) as told:
        for step in recorded["steps"]:
            told.play(step)
