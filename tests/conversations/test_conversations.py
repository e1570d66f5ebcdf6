"""Every transcript in this folder is kept, on both databases; and every flow has one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.config import Settings
from bot.yamlmarks import read_plain
from flows.definition import Act, Collect, Definitions
from nlu.model import Model
from tests.conversations.stage import stage

FOLDER = Path(__file__).parent
TRANSCRIPTS = sorted(FOLDER.glob("*.yml"))
_said: dict[str, set[str]] = {}


@cache
def _read(path: Path) -> dict[str, Any]:
    transcript: dict[str, Any] = read_plain(path)
    return transcript


def _played() -> Iterator[Any]:
    """Every transcript on the embedded database, and those of the first promises (`both: true`) on PostgreSQL too."""
    for path in TRANSCRIPTS:
        for kind in ("sqlite", "postgresql") if _read(path).get("both") else ("sqlite",):
            yield pytest.param(path, kind, id=f"{kind}-{path.stem}")


@pytest.mark.parametrize(("path", "kind"), list(_played()))
def test_the_conversation_goes_as_it_is_told(
    path: Path, kind: str, settings: Settings, model: Model, definitions: Definitions, request: pytest.FixtureRequest
) -> None:
    transcript = _read(path)
    database_url, home = request.getfixturevalue(f"{kind}_url"), request.getfixturevalue("home")
    with stage(settings, (model, definitions), home, database_url, transcript) as told:
        for number, step in enumerate(transcript["steps"], 1):
            try:
                told.play(step)
            except AssertionError as error:
                said = "\n".join(told.last.texts)
                raise AssertionError(
                    f"{path.name}, bước {number} {step}: {error}\n"
                    f"máy nói:\n{said}\n{told.last.effects} {told.last.choices}"
                ) from error
        _said[path.stem] = told.keys


def test_there_are_transcripts_enough() -> None:
    assert len(TRANSCRIPTS) >= 120
    assert sum(bool(_read(path).get("both")) for path in TRANSCRIPTS) >= 25
    assert len({_read(path)["promise"] for path in TRANSCRIPTS}) == len(TRANSCRIPTS)


def test_every_flow_has_a_transcript(definitions: Definitions) -> None:
    if len(_said) < len(TRANSCRIPTS):
        pytest.skip("only when all transcripts were played in this run")
    heard = {key for keys in _said.values() for key in keys}
    silent = []
    for flow in definitions.flows.values():
        words = {step.action for step in flow.steps.values() if isinstance(step, Act) and step.action[:6] == "utter_"}
        words |= {step.utter for step in flow.steps.values() if isinstance(step, Collect)}
        if words and not words & heard:
            silent.append(flow.id)
    assert silent == []
