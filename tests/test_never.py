"""docs/never.md names the tests that hold each of the eight rules; a name that is gone leaves a rule bare."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RULES = 8


def test_each_rule_names_tests_and_transcripts_that_exist() -> None:
    written = (ROOT / "docs" / "never.md").read_text("utf-8")
    sources = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    defined = set(re.findall(r"def (test_\w+)\(", sources))
    played = {path.name for path in (ROOT / "tests" / "conversations").glob("*.yml")}
    parts = re.split(r"^## \d\. ", written, flags=re.MULTILINE)[1:]
    assert len(parts) == RULES
    for part in parts:
        named = re.findall(r"`(test_\w+|\w+\.yml)`", part)
        assert any(name.startswith("test_") for name in named), part
        assert [name for name in named if name not in defined | played] == []
