"""The exercise itself: every night keeps its promises, and a broken promise is seen."""

from __future__ import annotations

import json

import pytest

from bot.config import Settings
from bot.drill import SCENARIOS, Outcome, Scenario, drill, play
from bot.town import Town
from flows.definition import Definitions
from nlu.model import Model


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_night_keeps_its_promises(
    scenario: Scenario, settings: Settings, model: Model, definitions: Definitions
) -> None:
    outcome = play(scenario, settings, model, definitions)
    assert outcome.broken == []
    assert outcome.lost == []


def test_a_broken_promise_ends_the_drill_with_an_error(
    settings: Settings, model: Model, capsys: pytest.CaptureFixture[str]
) -> None:
    def silent(night: Town, seen: Outcome) -> None:
        """Không ai trả lời"""
        seen.expect(bool(night.zalo.messages), "có trả lời")

    nights = (Scenario("silent", silent),)
    assert drill(settings, scenarios=nights, model=model) == 1
    assert "KHÔNG GIỮ ĐƯỢC: có trả lời" in capsys.readouterr().out
    assert drill(settings, as_json=True, scenarios=nights, model=model) == 1
    (outcome,) = json.loads(capsys.readouterr().out)
    assert outcome["broken"] == ["có trả lời"]


def test_an_unknown_night_is_refused(settings: Settings) -> None:
    assert drill(settings, only=["no-such-night"]) == 2
