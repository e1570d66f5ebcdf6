"""The small language in which officers write danger signs, and a matcher that looks only where a pattern can begin.

word            that word; without marks it also fits a message typed without them
(a|b c)  x?     one of; perhaps
{who}           a named list of words
..  ...         at most 3, at most 7 words between; never across the end of a sentence
#               a number
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Generic, TypeVar

from nlu.normalise import Normalised, fold

GAPS = {"..": 3, "...": 7}
_PARTS = re.compile(r"\s+|\.{2,3}|[(|)?#]|\{\w+\}|[^\s(|)?#{}.]+|(.)")
_NUMBER = " #"  # stands for any number among first words

T = TypeVar("T")


class BadPatternError(ValueError):
    """The pattern cannot be read."""


@dataclass(frozen=True)
class Piece:
    """A part of a pattern: a word, a gap, a number, or a choice of sequences."""

    kind: str  # word, gap, number, choice
    word: str = ""
    plain: str = ""  # as typed without marks, where that is not the folded word: "má" is read as "mẹ", typed "ma"
    gap: int = 0
    choices: tuple[tuple[Piece, ...], ...] = ()
    optional: bool = False


@dataclass(frozen=True)
class Hit(Generic[T]):
    """A pattern found at `start` … `end` of a message's normalised text."""

    payload: T
    start: int
    end: int


def parse(pattern: str, names: Mapping[str, str], spellings: Mapping[str, str] | None = None) -> tuple[Piece, ...]:
    """The pieces of `pattern`, its words spelled as the normaliser spells them.

    Raises BadPatternError, in words an officer understands.
    """
    spelled = _spelled_out(pattern, names, depth=0)
    parts = [m.group(0) for m in _PARTS.finditer(spelled) if m.group(0).strip()]
    pieces, rest = _sequence(parts, spellings or {})
    if rest:
        raise BadPatternError(f"dư dấu “{rest[0]}”")
    if not pieces or pieces[0].kind == "gap" or pieces[-1].kind == "gap":
        raise BadPatternError("mẫu không được bắt đầu hay kết thúc bằng khoảng trống (.. hoặc ...)")
    if all(piece.optional for piece in pieces):
        raise BadPatternError("mẫu phải có ít nhất một từ bắt buộc")
    return pieces


def shortest(pieces: Iterable[Piece]) -> int:
    """The fewest words that can fit."""
    total = 0
    for piece in pieces:
        if piece.optional or piece.kind == "gap":
            continue
        total += min(shortest(choice) for choice in piece.choices) if piece.kind == "choice" else 1
    return total


def _spelled_out(pattern: str, names: Mapping[str, str], depth: int) -> str:
    if depth > 8:
        raise BadPatternError("nhóm từ gọi vòng vào chính nó")

    def named(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in names:
            raise BadPatternError(f"không có nhóm từ {{{name}}}")
        return "(" + _spelled_out(names[name], names, depth + 1) + ")"

    return re.sub(r"\{(\w+)\}", named, pattern)


def _sequence(parts: list[str], spellings: Mapping[str, str]) -> tuple[tuple[Piece, ...], list[str]]:
    pieces: list[Piece] = []
    while parts and parts[0] not in "|)":
        part, parts = parts[0], parts[1:]
        if part == "(":
            choices: list[tuple[Piece, ...]] = []
            while True:
                choice, parts = _sequence(parts, spellings)
                if not choice:
                    raise BadPatternError("có lựa chọn trống trong ngoặc")
                choices.append(choice)
                if not parts:
                    raise BadPatternError("thiếu dấu )")
                closing, parts = parts[0], parts[1:]
                if closing == ")":
                    break
            pieces.append(Piece("choice", choices=tuple(choices)))
        elif part == "?":
            if not pieces or pieces[-1].kind == "gap":
                raise BadPatternError("dấu ? phải đứng ngay sau một từ hoặc một ngoặc")
            last = pieces.pop()
            pieces.append(replace(last, optional=True))
        elif part in GAPS:
            pieces.append(Piece("gap", gap=GAPS[part]))
        elif part == "#":
            pieces.append(Piece("number"))
        elif part in ("{", "}", "."):
            raise BadPatternError(f"không hiểu dấu “{part}”")
        else:
            pieces.append(_word(part.lower(), spellings))
    return tuple(pieces), parts


def _word(word: str, spellings: Mapping[str, str]) -> Piece:
    spelled = spellings.get(word, word).split()
    if len(spelled) == 1:
        return Piece("word", word=spelled[0], plain=fold(word))
    unmarked = Piece("word", word=spelled[0], plain=fold(word))  # "ổng" is read as "ông ấy", but "ong" stays "ong"
    return Piece("choice", choices=(tuple(Piece("word", word=one, plain=fold(one)) for one in spelled), (unmarked,)))


def regex(pieces: Iterable[Piece], *, loose: bool) -> str:
    """A regular expression over `" " + text + " "`; every word carries the space before it."""
    made = []
    for piece in pieces:
        if piece.kind == "gap":
            one = f"(?: [^ .!?]+){{0,{piece.gap}}}?"
        elif piece.kind == "number":
            one = r" \d+(?= )"
        elif piece.kind == "choice":
            longest_first = sorted(piece.choices, key=shortest, reverse=True)  # "xóa (tin|tin nhắn)" takes it all
            one = "(?:" + "|".join(regex(choice, loose=loose) for choice in longest_first) + ")"
        else:
            forms = _forms(piece, loose=loose)
            one = " " + (re.escape(forms[0]) if len(forms) == 1 else f"(?:{'|'.join(map(re.escape, forms))})") + "(?= )"
        made.append(f"(?:{one})?" if piece.optional else one)
    return "".join(made)


def first_words(pieces: Iterable[Piece], *, loose: bool) -> set[str]:
    """The words with which a fit can begin."""
    found: set[str] = set()
    for piece in pieces:
        if piece.kind == "word":
            found.update(_forms(piece, loose=loose))
        elif piece.kind == "number":
            found.add(_NUMBER)
        for choice in piece.choices:
            found |= first_words(choice, loose=loose)
        if not piece.optional:
            break
    return found


def words_of(pieces: Iterable[Piece]) -> Iterator[str]:
    """Every word that a pattern can name, with its marks."""
    for piece in pieces:
        if piece.kind == "word":
            yield piece.word
        for choice in piece.choices:
            yield from words_of(choice)


def _forms(piece: Piece, *, loose: bool) -> list[str]:
    return sorted({piece.word, piece.plain, fold(piece.word)}) if loose else [piece.word]


@lru_cache(maxsize=16_384)
def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(source)


class Matcher(Generic[T]):
    """Many patterns with what each means, compiled once; a pattern is tried only at words it can begin with."""

    def __init__(self, patterns: Iterable[tuple[tuple[Piece, ...], T, bool]]) -> None:
        self._exact: dict[str, list[tuple[re.Pattern[str], T]]] = {}
        self._loose: dict[str, list[tuple[re.Pattern[str], T]]] = {}
        for pieces, payload, strict in patterns:
            for table, loose in ((self._exact, False), (self._loose, not strict)):
                compiled = _compiled(regex(pieces, loose=loose))
                for word in first_words(pieces, loose=loose):
                    table.setdefault(word, []).append((compiled, payload))

    def find(self, message: Normalised) -> list[Hit[T]]:
        """Every fit, in the order of the text; a message typed without marks is read by its plain words."""
        table = self._exact if message.accented else self._loose
        text = f" {message.text} "
        found: list[Hit[T]] = []
        at = 0
        for token in message.tokens:
            candidates = table.get(token.text, ())
            if token.text.isdigit():
                candidates = [*candidates, *table.get(_NUMBER, ())]
            for compiled, payload in candidates:
                fit = compiled.match(text, at)
                if fit:
                    found.append(Hit(payload, at, fit.end() - 1))
            at += len(token.text) + 1
        return found
