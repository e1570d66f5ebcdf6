"""The names that officers read in place of ids: danger signs, categories, localities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.web.words import Words
from bot.yamlmarks import read_plain


@dataclass(frozen=True)
class Labels:
    """Names by id; what has no name is shown as its id."""

    words: Words
    concepts: Mapping[str, str]
    localities: Mapping[str, str]

    def concept(self, concept: str) -> str:
        """What a danger sign says; of a reason that stands in no text (`check:silent`), what happened."""
        kind, _, rest = concept.partition(":")
        if not rest:
            return self.concepts.get(concept, concept)
        key = f"utter_console_reason_{kind}"
        return self._or(f"{key}_{rest}" if f"{key}_{rest}" in self.words.texts else key, rest)

    def category(self, code: str) -> str:
        """The words of a category code."""
        return self._or(f"utter_console_category_{code}", code)

    def level(self, level: int) -> str:
        """The words of an urgency."""
        return self._or(f"utter_console_level_{level}", f"U{level}")

    def locality(self, code: str | None) -> str:
        """The name of a commune-level unit."""
        return self.words("utter_console_no_locality") if code is None else self.localities.get(code, code)

    def of(self, kind: str, key: str) -> str:
        """The words of an enum: state, method, clock, alarm, news, role, action, field, error."""
        return self._or(f"utter_console_{kind}_{key}", key)

    def _or(self, key: str, fallback: str) -> str:
        return self.words(key, id=fallback) if key in self.words.texts else fallback


def load_labels(data: Path, words: Words, localities: Mapping[str, str]) -> Labels:
    """Read the names of danger signs from the lexicon; a folder that is not there gives none."""
    concepts = {str(item["id"]): str(item["says"]) for item in _items(data / "lexicon", "id", "says")}
    return Labels(words, concepts, localities)


def _items(folder: Path, *keys: str) -> Iterator[Mapping[str, Any]]:
    for path in sorted(folder.glob("*.yml")):
        yield from _within(read_plain(path), keys)


def _within(value: Any, keys: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict):
        if all(key in value for key in keys):
            yield value
        for inner in value.values():
            yield from _within(inner, keys)
    elif isinstance(value, list):
        for inner in value:
            yield from _within(inner, keys)
