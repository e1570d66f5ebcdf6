"""A chat at the keyboard as a golden transcript (tests/conversations), ready to be named and shortened by hand."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from bot.chat import Answer

SAME = {"alert": "alert", "report": "report", "handoff": "handoff", "hide": "hide", "erase": "erase", "wait": "wait"}
EFFECTS = SAME | {"lookup": "receipt_lookup", "add": "added", "reach": "card"}  # chat's name → the transcript's
SHOWN = 60  # characters of each answer that the transcript will ask for


class Recording:
    """The steps of one chat; the file is written anew after every line, so that nothing is lost by closing it."""

    def __init__(self, path: Path, at: datetime) -> None:
        self._path = path
        self._head = {
            "promise": "điền vào đây: lời hứa mà hội thoại này giữ",
            "channel": "terminal",
            "at": at.isoformat(timespec="seconds"),
        }
        self._steps: list[dict[str, Any]] = []
        self._receipt = ""

    def line(self, line: str, pressed: str, answer: Answer) -> None:
        """One line that was typed (`pressed`: the title of the choice it meant), and what it led to."""
        text = line.strip()
        if answer.error is not None:
            return
        if text == "/new":
            self._steps.append({"new_person": True})
        elif text.startswith("/wait"):
            self._steps.append({"wait": text.removeprefix("/wait").replace(" ", "").lower()})
        else:
            words = line.replace(self._receipt, "{receipt}") if self._receipt else line
            self._steps.append({"press": pressed} if pressed else {"person": words})
        if text != "/new":
            self._steps += _expected(answer)
        self._receipt = answer.receipt or self._receipt
        document = {**self._head, "steps": self._steps}
        self._path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120), "utf-8")


def _expected(answer: Answer) -> list[dict[str, Any]]:
    if not answer.replies:
        return [{"silent": True}]
    steps: list[dict[str, Any]] = [{"bot": [_opening(reply["text"]) for reply in answer.replies]}]
    effects = [EFFECTS[name] for name in answer.effects if name in EFFECTS]
    if effects:
        steps.append({"effects": effects})
    steps.append({"urgency": answer.urgency})
    if answer.receipt:
        steps.append({"receipt": True})
    return steps


def _opening(text: str) -> str:
    """The first words of an answer, cut between two words; a receipt code is never written down."""
    first = text.split("\n", 1)[0]
    if len(first) <= SHOWN:
        return first
    return first[:SHOWN].rsplit(" ", 1)[0]
