"""The conditions of flow files: comparisons joined by and/or/not, parsed and never run as code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

Value = str | bool | int | None
Fact = Value | tuple[Value, ...]
Facts = Mapping[str, Fact]

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"]*"|'[^']*')|(?P<number>-?\d+)|(?P<name>[A-Za-z_][A-Za-z0-9_.]*)|(?P<sign><=|>=|!=|==|[=<>()\[\],]))"""
)
_CONSTANTS: Mapping[str, Value] = {"true": True, "false": False, "null": None}
_KEYWORDS = frozenset({"and", "or", "not", "is", "in"})


class BadCondition(ValueError):  # noqa: N818
    """The condition cannot be read."""


@dataclass(frozen=True)
class Condition:
    """A condition that was read: ask it with `holds`; `names` are the facts it needs."""

    text: str
    names: frozenset[str]
    _test: Callable[[Facts], bool]

    def holds(self, facts: Facts) -> bool:
        """Whether it is true of `facts`; a name that is not there counts as null."""
        return self._test(facts)


def parse(text: str) -> Condition:
    """Read `a = "b" and not (c >= 2 or d in ["x", "y"])`, or raise BadCondition in the words of its writer."""
    reader = _Reader(list(_tokens(text)))
    test = reader.either()
    if reader.left:
        raise BadCondition(f"thừa `{reader.left[0][1]}` trong điều kiện `{text}`")
    return Condition(text, frozenset(reader.names), test)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, stop = 0, len(text.rstrip())
    while at < stop:
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadCondition(f"không đọc được `{text[at:].strip()}` trong điều kiện `{text}`")
        kind = match.lastgroup or ""
        word = match[kind]
        yield ("sign" if kind == "name" and word in _KEYWORDS else kind), word
        at = match.end()


class _Reader:
    """Recursive descent: either := both (or both)*; both := plain (and plain)*; plain := not plain | comparison."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.left = tokens
        self.names: set[str] = set()

    def either(self) -> Callable[[Facts], bool]:
        tests = [self.both()]
        while self.took("or"):
            tests.append(self.both())
        return lambda facts: any(test(facts) for test in tests)

    def both(self) -> Callable[[Facts], bool]:
        tests = [self.plain()]
        while self.took("and"):
            tests.append(self.plain())
        return lambda facts: all(test(facts) for test in tests)

    def plain(self) -> Callable[[Facts], bool]:
        if self.took("not"):
            test = self.plain()
            return lambda facts: not test(facts)
        if self.took("("):
            inner = self.either()
            self.must(")")
            return inner
        return self.comparison()

    def comparison(self) -> Callable[[Facts], bool]:
        first = self.operand()
        operator = self.operator()
        if operator is None:
            return lambda facts: bool(first(facts))
        second = self.operand()
        return lambda facts: _compare(operator, first(facts), second(facts))

    def operator(self) -> str | None:
        for sign in ("=", "==", "!=", "<=", ">=", "<", ">", "in"):
            if self.took(sign):
                return "=" if sign == "==" else sign
        if self.took("is"):
            return "!=" if self.took("not") else "="
        if len(self.left) > 1 and self.left[0][1] == "not" and self.left[1][1] == "in":
            self.left = self.left[2:]
            return "not in"
        return None

    def operand(self) -> Callable[[Facts], Fact]:
        if not self.left:
            raise BadCondition("điều kiện bị cụt")
        kind, word = self.left.pop(0)
        if kind == "text":
            return lambda _: word[1:-1]
        if kind == "number":
            return lambda _: int(word)
        if kind == "name":
            if word in _CONSTANTS:
                return lambda _: _CONSTANTS[word]
            self.names.add(word)
            return lambda facts: facts.get(word)
        if word == "[":
            return self.listed()
        raise BadCondition(f"`{word}` đứng sai chỗ trong điều kiện")

    def listed(self) -> Callable[[Facts], Fact]:
        items: list[Callable[[Facts], Fact]] = []
        while not self.took("]"):
            if items:
                self.must(",")
            items.append(self.operand())
        return lambda facts: tuple(_single(item(facts)) for item in items)

    def took(self, word: str) -> bool:
        if self.left and self.left[0][0] == "sign" and self.left[0][1] == word:
            self.left.pop(0)
            return True
        return False

    def must(self, word: str) -> None:
        if not self.took(word):
            raise BadCondition(f"thiếu `{word}` trong điều kiện")


def _single(value: Fact) -> Value:
    return None if isinstance(value, tuple) else value


def _compare(operator: str, first: Fact, second: Fact) -> bool:  # noqa: PLR0911
    match operator:
        case "=":
            return first == second and isinstance(first, bool) == isinstance(second, bool)
        case "!=":
            return not _compare("=", first, second)
        case "in" | "not in":
            found = isinstance(second, tuple) and any(_compare("=", first, item) for item in second)
            return found == (operator == "in")
    if not isinstance(first, int) or not isinstance(second, int):
        return False  # nothing is smaller than what is not known
    match operator:
        case "<":
            return first < second
        case "<=":
            return first <= second
        case ">":
            return first > second
        case _:
            return first >= second
