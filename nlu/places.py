"""Communes and wards of the city, by their new and their old names, with and without marks."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from nlu.normalise import Normalised, fold, normalise
from nlu.signals import Entity

_KINDS = ("thành phố", "thị trấn", "thị xã", "phường", "quận", "huyện", "xã")
_OF_A_COMMUNE = frozenset({"xa", "phuong", "p", "tran"})
_WARD = frozenset({"phuong", "p"})
_OF_A_DISTRICT = frozenset({"huyen", "quan", "thanh pho", "thi xa", "tp", "tx"})
_SMALLER = frozenset({"ap", "khom", "vuc", "duong", "hem", "kinh", "kenh", "rach"})  # parts of a commune, "khu vực" too
LONGEST_NAME = 4  # words
CUES = (  # words, without marks, after which a name is a place
    *("xa", "phuong", "p", "ap", "cho", "cau", "ben xe", "o", "tai", "thi tran", "thanh pho", "tp", "tx"),
    *("huyen", "quan", "khu vuc", "ve", "tu", "truong"),
)


@dataclass(frozen=True)
class Unit:
    """A commune-level unit of today and one of the units it was made from."""

    code: str
    name: str
    old_unit: str
    old_district: str


@dataclass(frozen=True, eq=False)
class Places:
    """Names to codes; a name of several units has several codes."""

    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # communes, with marks and folded
    districts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # the same of the old districts
    titles: Mapping[str, str] = field(default_factory=dict)  # code → "Xã Phụng Hiệp"
    cues: frozenset[str] = frozenset()  # words before a name: xã, ấp, chợ …
    wards: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # as `names`, of what is or was a ward

    @cached_property
    def first_words(self) -> frozenset[str]:
        """The words with which a name begins: elsewhere none is looked for."""
        return frozenset(name.partition(" ")[0] for name in (*self.names, *self.districts))


@lru_cache(maxsize=4096)
def short_name(name: str) -> str:
    """The name without its kind, as a message spells it: "Xã Hoả Tiến" → "hỏa tiến"."""
    lower = normalise(name).text
    for kind in _KINDS:
        if lower.startswith(kind + " "):
            return lower[len(kind) + 1 :]
    return lower


def read_units(lines: Iterable[str]) -> list[Unit]:
    """The units of a CSV table with the columns code, unit, old_unit, old_district; `#` begins a remark."""
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return [Unit(row["code"], row["unit"], row["old_unit"], row["old_district"]) for row in rows]


def index(units: Iterable[Unit], cues: Iterable[str] = CUES) -> Places:
    """The places of `units`; an old district stands for every unit made from it."""
    names: dict[str, set[str]] = {}
    districts: dict[str, set[str]] = {}
    titles: dict[str, str] = {}
    wards: dict[str, set[str]] = {}
    for unit in units:
        titles[unit.code] = unit.name
        for name, table in ((unit.name, names), (unit.old_unit, names), (unit.old_district, districts)):
            short = short_name(name)
            for form in {short, fold(short)} - {""}:
                table.setdefault(form, set()).add(unit.code)
                if fold(normalise(name).text).startswith("phuong "):
                    wards.setdefault(form, set()).add(unit.code)
    return Places(_fixed(names), _fixed(districts), titles, frozenset(cues), _fixed(wards))


def _fixed(table: Mapping[str, set[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(sorted(codes)) for name, codes in table.items()}


def find_places(message: Normalised, places: Places) -> list[Entity]:
    """The places named in `message`; `value` is a code when there is one, else the candidates say which.

    A hamlet is no place beside a commune: "ấp Thới Hòa, xã Thới Lai" is in Thới Lai.
    A name of one word, and any name in a message typed without marks, counts only after a cue ("xã", "chợ", "ở").
    """
    typed = message.as_typed
    words = [token.text for token in typed.tokens]
    found: list[tuple[str, Entity]] = []  # with the word before it
    i = 0
    while i < len(words):
        size = _longest(words, i, places)
        if fold(words[i]) in _OF_A_COMMUNE and 1 + _longest(words, i + 1, places) > size:
            size = 0  # "o phuong binh thuy": the ward Bình Thủy, not Phương Bình
        if size and _counts(words, i, size, places, typed):
            codes = _codes(words, i, size, places)
            span = typed.span(*_extent(words, i, size))
            place = Entity("place", codes[0] if len(codes) == 1 else "", span, codes)
            found.append((fold(words[i - 1]) if i else "", place))
            i += size
        else:
            i += 1
    if any(before in _OF_A_COMMUNE or before in _OF_A_DISTRICT for before, _ in found):
        found = [(before, place) for before, place in found if before not in _SMALLER]
    return [place for _, place in found]


def _longest(words: list[str], at: int, places: Places) -> int:
    """How many words the longest name has that begins at `at`; 0 if none does."""
    if at >= len(words) or words[at] not in places.first_words:
        return 0
    return next((n for n in range(LONGEST_NAME, 0, -1) if _codes(words, at, n, places)), 0)


def _codes(words: list[str], at: int, size: int, places: Places) -> tuple[str, ...]:
    """The codes of the name of `size` words; "xã" before it means no district, "huyện" and "thị xã" nothing else."""
    if at + size > len(words):
        return ()
    name = " ".join(words[at : at + size])
    if name not in places.names and name not in places.districts:
        return ()
    before = [fold(word) for word in words[max(0, at - 2) : at]]
    if not _OF_A_DISTRICT.isdisjoint((*before[-1:], " ".join(before))):
        return places.districts.get(name, ())
    if not _WARD.isdisjoint(before[-1:]) and name in places.wards:
        return places.wards[name]  # "phường Hưng Phú" is no former commune; "xã" is said of wards too
    communes = places.names.get(name, ())
    if not _OF_A_COMMUNE.isdisjoint(before[-1:]) or (communes and any(_is_called(places, c, name) for c in communes)):
        return communes
    return tuple(sorted({*communes, *places.districts.get(name, ())}))


def _is_called(places: Places, code: str, name: str) -> bool:
    today = short_name(places.titles[code])
    return name in (today, fold(today))


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
