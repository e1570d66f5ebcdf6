"""What is wrong in data/escalation is said all at once, with its file and line."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bot.config import Settings
from bot.ladder import load_policy, problems
from escalation.policy import PolicyProblems
from tests.worker.conftest import duty_settings


@pytest.fixture
def broken(tmp_path: Path) -> Settings:
    """The installation with a copy of its data that a test may break."""
    settings = duty_settings(tmp_path)
    shutil.copytree(settings.data / "escalation", tmp_path / "data" / "escalation")
    return replace(settings, data=tmp_path / "data")


def _change(settings: Settings, name: str, old: str, new: str) -> None:
    path = settings.data / "escalation" / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_the_shipped_data_is_whole(broken: Settings) -> None:
    assert problems(broken) == []


def test_every_fault_is_named_with_its_line(broken: Settings) -> None:
    _change(broken, "policy.yml", "desk_follow_up: 60m", "desk_follow_up: soon")
    _change(broken, "pages.yml", "repeat: ", "again: ")
    _change(broken, "pages.yml", 'sms: "{repeat}Lắng Nghe: ca {code}, mức', 'sms: "{repeat}Lắng Nghe: mức')
    found = problems(broken)
    assert {problem.file for problem in found} == {"data/escalation/policy.yml", "data/escalation/pages.yml"}
    said = "\n".join(map(str, found))
    assert "U0.desk_follow_up" in said
    assert "thiếu lời: repeat" in said
    assert "team.sms: thiếu {code}" in said
    assert all(problem.line > 0 for problem in found)
    with pytest.raises(PolicyProblems):
        load_policy(broken)


def test_a_desk_without_a_number_is_a_problem(broken: Settings) -> None:
    nobody = replace(broken, service={"escalation": {"desks": {"112": {"sms": "+84900000112"}}}})
    assert "desk:111" in str(problems(nobody)[0])


def test_a_missing_file_is_a_problem_and_not_a_crash(broken: Settings) -> None:
    (broken.data / "escalation" / "pages.yml").unlink()
    (broken.data / "escalation" / "policy.yml").write_text("levels: [", "utf-8")
    assert len(problems(broken)) == 2
