"""The words of pages, from data/escalation/pages.yml: a case code and a level, never a word of a report."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bot.problems import Problem
from bot.yamlmarks import Marked, read_marked
from nlu.signals import Urgency

FILE = "data/escalation/pages.yml"
Reader = Literal["team", "holder", "desk"]
_READERS = ("team", "holder", "desk")
_SHAPES = ("sms", "chat", "voice")
_REPLIES = ("taken", "taken_more", "already", "nothing", "unknown")


@dataclass(frozen=True)
class PageWords:
    """Texts by reader and shape, level names, and what officers may answer."""

    levels: Mapping[str, str]
    repeat: str
    ack_button: str
    texts: Mapping[str, Mapping[str, str]]
    ack_words: tuple[str, ...]  # folded
    replies: Mapping[str, str]
    public_url: str

    def page(self, reader: Reader, method: str, *, code: str, level: Urgency, repeat: bool) -> str:
        """What one page says; for a voice call, the script that is read out."""
        shape = method if method in ("sms", "voice") else "chat"
        spoken = ", ".join(code.replace("-", ""))
        return self._filled(
            self.texts[reader][shape],
            code=code,
            spoken=spoken,
            level=self.levels[level.name],
            link=self.link(code),
            repeat=self.repeat if repeat else "",
        )

    def reply(self, key: str, *, code: str = "", others: str = "", count: int = 0) -> str:
        """The answer to an officer's message."""
        return self._filled(self.replies[key], code=code, others=others, count=str(count), link=self.link(code))

    def link(self, code: str) -> str:
        """Where the console shows the case."""
        return f"{self.public_url.rstrip('/')}/console/c/{code}"

    def asked_code(self, text: str) -> str | None:
        """The one word behind an acknowledging one, as a case code ("" if none); None: this acknowledges nothing."""
        folded = fold(text)
        for word in sorted(self.ack_words, key=len, reverse=True):
            if folded == word:
                return ""
            if folded.startswith(f"{word} "):
                rest = [part for part in folded[len(word) :].split() if any(map(str.isalnum, part))]
                return rest[0].upper() if len(rest) == 1 else None
        return None

    @staticmethod
    def _filled(text: str, **values: str) -> str:
        for name, value in values.items():
            text = text.replace("{" + name + "}", value)
        return text


def fold(text: str) -> str:
    """Lower case without marks, one space between words, no closing punctuation: as officers type in a hurry."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(re.sub(r"[.,!;:()]", " ", bare).split())


def load_words(data: Path, public_url: str) -> PageWords:
    """The words in `data`; raises OSError, or ValueError when `words_problems` would find something."""
    marked, problems = _read(data)
    if problems:
        raise ValueError("; ".join(map(str, problems)))
    value = marked.value
    return PageWords(
        levels={name: str(text) for name, text in value["levels"].items()},
        repeat=str(value["repeat"]),
        ack_button=str(value["ack_button"]),
        texts={reader: {shape: str(value[reader][shape]).strip() for shape in _SHAPES} for reader in _READERS},
        ack_words=tuple(fold(str(word)) for word in value["ack_words"]),
        replies={key: str(value["replies"][key]) for key in _REPLIES},
        public_url=public_url,
    )


def words_problems(data: Path) -> list[Problem]:
    """Everything that is missing in pages.yml."""
    return _read(data)[1]


def _read(data: Path) -> tuple[Marked, list[Problem]]:
    try:
        marked = read_marked((data / "escalation" / "pages.yml").read_text("utf-8"), FILE)
    except (OSError, UnicodeDecodeError):
        return Marked(None), [Problem(FILE, 0, "không đọc được tệp")]
    return marked, [*marked.problems, *_missing(marked)]


def _missing(marked: Marked) -> list[Problem]:
    value: Any = marked.value if isinstance(marked.value, dict) else {}
    needed: list[tuple[str, ...]] = [("levels", level.name) for level in Urgency]
    needed += [("repeat",), ("ack_button",), ("ack_words",)]
    needed += [(reader, shape) for reader in _READERS for shape in _SHAPES]
    needed += [("replies", key) for key in _REPLIES]
    problems = []
    for path in needed:
        found = value
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        if not found:
            problems.append(Problem(FILE, marked.line(*path), f"thiếu lời: {'.'.join(path)}"))
        elif path[0] in _READERS and "{code}" not in found and "{spoken}" not in found:
            problems.append(Problem(FILE, marked.line(*path), f"{'.'.join(path)}: thiếu {{code}} (mã ca)"))
    return problems
