"""Log lines carry ids, enums and numbers; never a word or a number of a person."""

from __future__ import annotations

import json
import logging
from enum import IntEnum

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot import logs


class Level(IntEnum):
    U0 = 0


@pytest.fixture(autouse=True)
def _restored() -> object:
    root, level = logging.root.handlers[:], logging.root.level
    logs.configure()
    yield
    logging.root.handlers[:] = root
    logging.root.setLevel(level)
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_ids_enums_and_numbers_pass(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger().info("page.sent", page="ab12", urgency=Level.U0, attempts=2)
    (line,) = lines(capsys)
    assert line["event"] == "page.sent"
    assert (line["page"], line["urgency"], line["attempts"]) == ("ab12", "U0", 2)


@given(words=st.text(min_size=1).filter(lambda text: " " in text or not text.isascii()))
def test_words_never_pass_whatever_the_field(words: str) -> None:
    line = logs.sieve(None, "info", {"event": words, "case": words, "text": words, words: 1})
    dropped = line.pop("dropped", [])
    assert isinstance(dropped, list)
    assert not [said for said in (*line, *line.values(), *dropped) if words in str(said).replace("unnamed", "")]


@pytest.mark.parametrize("number", ["+84900000001", "0900000001", "0900 000 001", "0900.000.001"])
def test_a_phone_number_never_passes(number: str) -> None:
    assert number not in json.dumps(logs.sieve(None, "info", {"event": "sms", "id": number, "code": number}))


def test_an_unknown_field_is_named_but_not_shown() -> None:
    assert logs.sieve(None, "info", {"event": "x", "body": "abc"}) == {"event": "x", "dropped": ["body"]}


def test_an_exception_leaves_its_class_and_place_but_not_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        try:
            raise KeyError("ba em danh em")
        except KeyError as error:
            raise ValueError("em o nha mot minh") from error
    except ValueError:
        structlog.get_logger().exception("turn.failed")
        logging.getLogger("somebody").exception("em o nha %s", "mot minh")
    ours, theirs = lines(capsys)
    for line in (ours, theirs):
        assert line["error"] == "builtins.ValueError"
        assert "nha" not in json.dumps(line)
        assert "tests/cli/test_logs.py" in json.dumps(line)


def test_a_library_cannot_log_words(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("telegram.ext").warning("user +84900000001 wrote cuu em")
    logging.getLogger("httpx").info("POST https://api.example/bot123:secret/sendMessage")
    (line,) = lines(capsys)
    assert line["logger"] == "telegram.ext"
    assert "cuu" not in json.dumps(line)
    assert "849" not in json.dumps(line)
