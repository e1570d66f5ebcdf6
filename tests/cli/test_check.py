"""`langnghe check` and `doctor`: everything wrong at once, with its place, before anybody depends on it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.check import all_problems
from tests.cli.command import ROOT, langnghe


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the configuration and the data that a test may spoil."""
    place = tmp_path / "place"
    place.mkdir()
    shutil.copytree(ROOT / "data", place / "data")
    shutil.copy(ROOT / "config.yml", place)
    return place


def test_the_shipped_project_has_no_problem(home: Path) -> None:
    ran = langnghe("check", home=home)
    assert (ran.code, ran.err) == (0, "")


def test_check_says_which_folder_it_reads(copy: Path, home: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert f"{copy}\n" in langnghe("check", home=home, cwd=copy).out
    assert f"{ROOT}\n" in langnghe("check", home=home, cwd=empty).out  # nothing here: what came with the package


def test_faults_of_every_part_come_back_together_with_their_places(copy: Path, home: Path) -> None:
    (copy / "config.yml").write_text((copy / "config.yml").read_text("utf-8") + "bogus: 1\n", "utf-8")
    (copy / "data" / "responses" / "vi.yml").write_text("responses: [\n", "utf-8")
    policy = copy / "data" / "escalation" / "policy.yml"
    policy.write_text(policy.read_text("utf-8").replace("ack_within: 5m", "ack_within: soon", 1), "utf-8")
    lexicon = sorted((copy / "data" / "lexicon").glob("*.yml"))[0]
    lexicon.write_text("- id: [\n", "utf-8")
    ran = langnghe("--config", str(copy / "config.yml"), "check", home=home, cwd=copy)
    assert ran.code == 1
    for file in ("config.yml:", "data/responses/vi.yml", "data/escalation/policy.yml", f"data/lexicon/{lexicon.name}"):
        assert file in ran.err, file
    assert "bogus" in ran.err
    assert "Traceback" not in ran.err


@pytest.fixture
def small(copy: Path) -> Path:
    """The same with few labelled messages, which take most of the reading."""
    for file in sorted((copy / "data" / "nlu").glob("*.yml"))[1:]:
        file.unlink()
    return copy


def test_the_small_copy_has_no_problem(small: Path) -> None:
    assert all_problems(small) == ()


def test_an_example_of_a_sign_that_is_not_found_is_named_with_its_line(small: Path) -> None:
    file = small / "data" / "lexicon" / "violence.yml"
    lines = file.read_text("utf-8").split("\n")
    line = next(n for n, text in enumerate(lines, 1) if text.lstrip().startswith("must:"))
    lines[line - 1] = '  must: ["trời bữa nay đẹp quá"]'
    file.write_text("\n".join(lines), "utf-8")
    (problem,) = all_problems(small)
    assert (problem.file, problem.line) == ("data/lexicon/violence.yml", line)
    assert "trời bữa nay đẹp quá" in problem.message


@pytest.mark.parametrize(("file", "key"), [("console.yml", "utter_call_taken"), ("web.yml", "utter_web_call")])
def test_words_that_a_page_or_a_call_asks_for_are_missed(small: Path, file: str, key: str) -> None:
    words = small / "data" / "responses" / file
    words.write_text(words.read_text("utf-8").replace(f"  {key}:", "  utter_other:"), "utf-8")
    assert [(one.file, key in one.message) for one in all_problems(small)] == [(f"data/responses/{file}", True)]


def test_a_start_lists_everything_before_a_socket_opens(small: Path, home: Path) -> None:
    (small / "data" / "responses" / "vi.yml").write_text("responses: [\n", "utf-8")
    lexicon = small / "data" / "lexicon" / "violence.yml"
    lexicon.write_text(lexicon.read_text("utf-8").replace("must: [", "must: [trời đẹp, ", 1), "utf-8")
    ran = langnghe("--config", str(small / "config.yml"), "run", "--demo", home=home, cwd=small)
    assert ran.code == 1
    assert "data/responses/vi.yml:" in ran.err
    assert "trời đẹp" in ran.err


@pytest.mark.parametrize(
    "part", ["lexicon", "nlu", "places", "responses", "directory", "guidance", "replies", "escalation"]
)
def test_a_missing_part_is_a_problem_not_a_crash(small: Path, part: str) -> None:
    shutil.rmtree(small / "data" / part)
    assert all_problems(small)


def test_no_data_at_all_is_a_problem(copy: Path, home: Path) -> None:
    shutil.rmtree(copy / "data")
    assert langnghe("--config", str(copy / "nowhere.yml"), "check", home=home, cwd=copy).code in (0, 1)
    (copy / "config.yml").unlink()
    ran = langnghe("--config", str(copy / "config.yml"), "check", home=home, cwd=copy)
    assert ran.code == 1
    assert "config.yml: không tìm thấy" in ran.err


def test_the_doctor_names_what_would_fail_tonight(home: Path) -> None:
    langnghe("migrate", home=home)
    ran = langnghe("doctor", home=home)
    assert ran.code == 1
    assert "LANGNGHE_TWILIO_AUTH_TOKEN" in ran.out
    assert "chưa có ca toàn thành phố" in ran.out
    assert "số ví dụ" in ran.out
    assert "SQLite" in ran.out
    assert "Traceback" not in ran.err


def test_the_doctor_examines_a_machine_where_nothing_was_set_up(home: Path) -> None:
    ran = langnghe("doctor", home=home)
    assert ran.code == 1
    assert "langnghe migrate" in ran.out
    assert "OperationalError" not in ran.out
