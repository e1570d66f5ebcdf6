"""The words of the pages, from data/responses; a page never carries a sentence of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.problems import Problem
from bot.yamlmarks import read_plain

FILES = ("web.yml", "console.yml")
PAGES = Path(__file__).parent
_KEY = re.compile(r"""["'](utter_(?:console|web|call)_[a-z0-9_]*[a-z0-9])["']""")
_NUMBER = re.compile(r"\{so_(\w+)\}")
PUBLIC_NUMBER = "111"  # the id of the national line in data/directory/hotlines.yml


class MissingWords(Exception):  # noqa: N818
    """A page asks for words that data/responses does not have."""


@dataclass(frozen=True)
class Words:
    """Texts by response key, with `{so_<id>}` filled from the directory of services."""

    texts: Mapping[str, str]
    numbers: Mapping[str, str]  # by service id

    @property
    def number(self) -> str:
        """The number of the national child helpline."""
        return self.numbers[PUBLIC_NUMBER]

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of `key`, its `{names}` replaced by `values`; raises MissingWords."""
        try:
            text = self.texts[key]
        except KeyError:
            raise MissingWords(key) from None
        for name, value in values.items():
            text = text.replace("{" + name + "}", str(value))
        return _NUMBER.sub(lambda found: self.numbers[found[1]], text)


def load_words(data: Path) -> Words:
    """The words of the pages; raises MissingWords or OSError when a file is not there or not readable."""
    texts: dict[str, str] = {}
    for name in FILES:
        texts |= _responses(read_plain(data / "responses" / name))
    numbers = _numbers(data)
    unknown = {found for text in texts.values() for found in _NUMBER.findall(text)} - set(numbers)
    if unknown or PUBLIC_NUMBER not in numbers:
        raise MissingWords(f"hotlines.yml: {', '.join(sorted(unknown)) or PUBLIC_NUMBER}")
    return Words(texts, numbers)


def problems(data: Path) -> list[Problem]:
    """What keeps the pages from being shown: a file that cannot be read, and words that a page or a call asks for."""
    found: list[Problem] = []
    texts: dict[str, str] = {}
    for name in FILES:
        shown = f"data/responses/{name}"
        try:
            texts |= _responses(read_plain(data / "responses" / name))
        except (OSError, yaml.YAMLError, KeyError, TypeError, IndexError, AttributeError) as error:
            found.append(Problem(shown, 0, f"không đọc được lời của trang web: {type(error).__name__}"))
    if found:
        return found
    missing = sorted(_asked_for() - set(texts))
    found += [Problem(f"data/responses/{_file_of(key)}", 0, f"thiếu câu `{key}`") for key in missing]
    try:
        load_words(data)
    except (OSError, yaml.YAMLError, MissingWords, KeyError, TypeError) as error:
        found.append(Problem("data/directory/hotlines.yml", 0, f"lời trang web cần số mà danh bạ không có: {error}"))
    return found


@cache
def _asked_for() -> set[str]:
    """The keys that stand whole in a template or in the program's own code; those put together have an id to show."""
    files = (*PAGES.glob("templates/*.html"), *PAGES.parent.rglob("*.py"))
    return {key for file in files for key in _KEY.findall(file.read_text("utf-8"))}


def _file_of(key: str) -> str:
    return "web.yml" if key.startswith("utter_web_") else "console.yml"


def _responses(document: Any) -> dict[str, str]:
    return {key: str(variants[0]["text"]).strip() for key, variants in document["responses"].items()}


def _numbers(data: Path) -> dict[str, str]:
    document = read_plain(data / "directory" / "hotlines.yml")
    return {str(entry["id"]): str(entry["number"]) for entry in document["services"] if entry.get("number")}
