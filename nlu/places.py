"""Communes and wards of the city, by their new and their old names, with and without marks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nlu.normalise import Normalised, fold
from nlu.signals import Entity

_KINDS = ("thành phố", "thị trấn", "thị xã", "phường", "quận", "huyện", "xã")
LONGEST_NAME = 4  # words


@dataclass(frozen=True)
class Unit:
    """A commune-level unit of today and one of the units it was made from."""

    code: str
    name: str
    old_unit: str
    old_district: str


@dataclass(frozen=True)
class Places:
    """Names to codes; a name of several units has several codes."""

    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # spelled with marks
    plain: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # folded
    titles: Mapping[str, str] = field(default_factory=dict)  # code → "Xã Phụng Hiệp"
    cues: frozenset[str] = frozenset()  # words before a name: xã, ấp, chợ …


def short_name(name: str) -> str:
    """The name in lower case without its kind: "Xã Tân Bình" → "tân bình"."""
    lower = " ".join(name.lower().split())
    for kind in _KINDS:
        if lower.startswith(kind + " "):
            return lower[len(kind) + 1 :]
    return lower


def index(units: Iterable[Unit], cues: Iterable[str]) -> Places:
    """The places of `units`; an old district stands for every unit made from it."""
    names: dict[str, set[str]] = {}
    titles: dict[str, str] = {}
    for unit in units:
        titles[unit.code] = unit.name
        for name in (unit.name, unit.old_unit, unit.old_district):
            short = short_name(name)
            if short:
                names.setdefault(short, set()).add(unit.code)
    plain: dict[str, set[str]] = {}
    for name, codes in names.items():
        plain.setdefault(fold(name), set()).update(codes)
    return Places(
        {name: tuple(sorted(codes)) for name, codes in names.items()},
        {name: tuple(sorted(codes)) for name, codes in plain.items()},
        titles,
        frozenset(cues),
    )


def find_places(message: Normalised, places: Places) -> list[Entity]:
    """The places named in `message`; `value` is a code when there is one, else the candidates say which.

    A name of one word, and any name in a message typed without marks, counts only after a cue ("xã", "chợ", "ở").
    """
    words = [token.text for token in message.tokens]
    found: list[Entity] = []
    i = 0
    while i < len(words):
        size = next((n for n in range(LONGEST_NAME, 0, -1) if _codes(words[i : i + n], n, places, message)), 0)
        if size and _counts(words, i, size, places, message):
            codes = _codes(words[i : i + size], size, places, message)
            span = message.span(*_extent(words, i, size))
            found.append(Entity("place", codes[0] if len(codes) == 1 else "", span, codes))
            i += size
        else:
            i += 1
    return found


def _codes(words: list[str], size: int, places: Places, message: Normalised) -> tuple[str, ...]:
    if len(words) < size:
        return ()
    name = " ".join(words)
    if name in places.names:
        return places.names[name]
    return places.plain.get(name, ()) if not message.accented or name.isascii() else ()


def _counts(words: list[str], i: int, size: int, places: Places, message: Normalised) -> bool:
    before = " ".join(fold(word) for word in words[max(0, i - 2) : i])
    cue = any(before == one or before.endswith(" " + one) for one in places.cues)
    name = words[i : i + size]
    if size == 1 and (name[0].isdigit() or re.fullmatch("[ivx]+", name[0])):
        return bool(before) and before.split()[-1] in ("phuong", "p")
    return cue or (size >= 2 and message.accented and not " ".join(name).isascii())


def _extent(words: list[str], i: int, size: int) -> tuple[int, int]:
    start = sum(len(word) + 1 for word in words[:i])
    return start, start + sum(len(word) + 1 for word in words[i : i + size]) - 1
