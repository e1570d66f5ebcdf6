"""Triage of many messages at once: JSON Lines in, JSON Lines out, one answer for every line and at once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from bot.config import Settings
    from nlu.model import Model


def sort_lines(settings: Settings, source: Iterable[bytes], out: TextIO) -> int:
    """Answer every line of `source`; a line that cannot be read is answered with an error and the next one follows."""
    from bot.progress import shown
    from bot.understanding import load_model

    with shown() as progress:
        model = load_model(settings, progress=progress)
    for raw in source:
        write_line(out, sort_one(raw, model))
    return 0


def sort_one(raw: bytes, model: Model) -> dict[str, Any]:
    """How urgent the message of one line is, and why; or `{"id","error"}`."""
    from escalation.triage import assess
    from nlu import understand

    try:
        line = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return {"id": None, "error": "không phải JSON"}
    if not isinstance(line, dict):
        return {"id": None, "error": 'phải là {"id": …, "text": "…"}'}
    if not isinstance(line.get("text"), str):
        return {"id": line.get("id"), "error": "thiếu text, hoặc text không phải là chữ"}
    signals = understand(whole(line["text"]), model)
    found = assess(signals)
    return {
        "id": line.get("id"),
        "urgency": found.level.name,
        "check": found.check,
        "category": found.category,
        "intent": signals.intent,
        "reasons": [{"concept": r.concept, "span": [r.span.start, r.span.end]} for r in found.reasons],
    }


def whole(text: str) -> str:
    """The text with broken characters (lone halves of a pair) as question marks; every place stays where it was."""
    return text.encode("utf-8", "replace").decode("utf-8")


def write_line(out: TextIO, value: dict[str, Any]) -> None:
    """One JSON line, at once."""
    text = json.dumps(value, ensure_ascii=False)
    if not text.isascii() and whole(text) != text:
        text = json.dumps(value)
    out.write(text + "\n")
    out.flush()
