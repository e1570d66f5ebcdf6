"""Reads flows, responses, directory and guidance from disk; everything wrong in them comes back at once."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import flows
from bot.config import Settings
from bot.problems import Problem
from flows.definition import Definitions, Sources
from flows.reading import build, examined

FLOWS = Path(flows.__file__).parent / "definitions"


def load_definitions(settings: Settings) -> Definitions:
    """The checked definitions; raises flows.definition.DefinitionProblems with every fault."""
    return build(sources(settings))


def problems(settings: Settings) -> list[Problem]:
    """Everything to mend in flows and words, in the order of files and lines; empty when all is well."""
    _, found = examined(sources(settings))
    return [Problem(fault.file, fault.line, fault.message) for fault in found]


def sources(settings: Settings) -> Sources:
    """The texts of all files, by the names that problems show."""
    responses = [path for path in _yaml(settings.data / "responses") if len(path.stem) == 2]  # one per language
    return Sources(
        flows=_texts(_yaml(FLOWS), "flows/definitions"),
        responses=_texts(responses, "data/responses"),
        directory=_texts(_yaml(settings.data / "directory"), "data/directory"),
        guidance=_guidance(settings.data / "guidance"),
        asks=_texts(_yaml(settings.data / "replies"), "data/replies"),
        places=_places(settings.data / "places"),
        pages=settings.public_url.rstrip("/"),
    )


def _guidance(folder: Path) -> dict[str, str]:
    """The cards, and in a folder of its own each language into which they were translated."""
    texts = _texts(_yaml(folder), "data/guidance")
    for other in sorted(path for path in folder.glob("*") if path.is_dir()):
        texts |= _texts(_yaml(other), f"data/guidance/{other.name}")
    return texts


def _yaml(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yml"))


def _texts(paths: Iterable[Path], shown: str) -> dict[str, str]:
    return {f"{shown}/{path.name}": path.read_text("utf-8", errors="replace") for path in paths}


def _places(folder: Path) -> dict[str, str]:
    """Names of the commune-level units by their code, from the first two columns of every table of places."""
    names: dict[str, str] = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(line for line in lines if not line.startswith("#")):
                names.setdefault(row["code"], row["unit"])
    return names
