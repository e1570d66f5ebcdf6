"""`langnghe triage`: one answer for every line, at once, whatever the line is."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from bot.sorting import sort_one, write_line
from nlu.model import Model
from tests.cli.command import ROOT, command, environment, langnghe


def test_danger_is_sorted_with_its_reasons(model_home: Path) -> None:
    line = {"id": "a", "text": "ba dang cam dao ruot me"}
    ran = langnghe("triage", home=model_home, stdin=json.dumps(line) + "\n")
    assert (ran.code, ran.err) == (0, "")
    (answer,) = map(json.loads, ran.out.splitlines())
    assert list(answer) == ["id", "urgency", "check", "category", "intent", "reasons"]
    assert answer["id"] == "a"
    assert answer["urgency"] in ("U0", "U1")
    assert answer["check"] is False
    for reason in answer["reasons"]:
        start, end = reason["span"]
        assert line["text"][start:end].strip()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"not json\n", "JSON"),
        (b"\n", "JSON"),
        (b"[1]\n", "id"),
        (b'{"id": 7}\n', "text"),
        (b'{"id": 7, "text": 3}\n', "text"),
        (b'{"id": 7, "text": null}\n', "text"),
        (b"\xff\xfe{}\n", "JSON"),
        (b"[" * 100_000 + b"\n", "JSON"),
        (b'{"id": 1e999999999, "text": 1}\n', "text"),
    ],
    ids=range(9),
)
def test_a_bad_line_is_answered_and_the_next_one_follows(model: Model, raw: bytes, said: str) -> None:
    answer = sort_one(raw, model)
    assert said in answer["error"]
    assert set(answer) == {"id", "error"}
    assert sort_one(b'{"id": 1, "text": "chao"}', model)["urgency"] == "U4"


@profile(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(text=st.text(alphabet=st.characters(exclude_categories=()), max_size=80), id_=st.text(max_size=5))
def test_any_text_is_sorted_into_one_line(model: Model, text: str, id_: str) -> None:
    out = io.StringIO()
    write_line(out, sort_one(json.dumps({"id": id_, "text": text}).encode(), model))
    (line,) = out.getvalue().rstrip("\n").split("\n")
    line.encode()
    answer: dict[str, Any] = json.loads(line)
    assert answer["id"] == id_
    assert answer["urgency"] in ("U0", "U1", "U2", "U3", "U4")


def test_each_line_is_answered_before_the_next_is_asked(model_home: Path) -> None:
    process = subprocess.Popen(
        command(["triage"]), stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=environment(model_home)
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        for number in range(3):
            process.stdin.write(b'{"id": %d, "text": "em so lam"}\n' % number)
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()
    assert process.returncode == 0
