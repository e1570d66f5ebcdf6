"""Everything that is wrong with the configuration, the words, the flows and the ladder, found at once."""

from __future__ import annotations

from pathlib import Path

from bot.config import ConfigProblems, Settings, find_root, load
from bot.problems import Problem


def all_problems(root: Path | None = None) -> tuple[Problem, ...]:
    """Problems of the installation at `root`, in the order of files and lines; empty when it can start."""
    from bot import ladder, understanding, words
    from bot.web import words as web_words

    root = (root or find_root()).resolve()
    try:
        settings = load(root)
        found: list[Problem] = []
    except ConfigProblems as error:
        found = list(error.problems)
        settings = _only_data(root)
    if settings.data.is_dir():
        found += words.problems(settings)
        found += web_words.problems(settings.data)
        found += understanding.problems(settings)
        found += ladder.problems(settings)
    return tuple(sorted(set(found)))


def _only_data(root: Path) -> Settings:
    """Enough of the settings to look at the data even while config.yml cannot be used."""
    data = root / "data"
    return Settings(root=root, data=data if data.is_dir() else find_root() / "data", home=root / "var", database_url="")
