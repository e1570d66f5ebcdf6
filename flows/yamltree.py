"""YAML text as plain values with the line of every value, so that a problem can say where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import yaml

FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same tree ten times sooner, where libyaml is there

UNREADABLE = "YAML sai cú pháp"  # of a file of which nothing could be read
_GROUP = re.compile(r"\(([^()]*)\)")
_TEXT = "tag:yaml.org,2002:str"

Path = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class DefinitionProblem:
    """One thing to mend: file, line from 1 (0 = the whole file), what to do, in Vietnamese."""

    file: str
    line: int
    message: str


@dataclass(frozen=True)
class Tree:
    """One document: its value, and the line on which each path begins."""

    file: str
    value: Any
    lines: Mapping[Path, int] = field(default_factory=dict)

    def line(self, *path: str | int) -> int:
        """The line of `path`, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, message: str, *path: str | int) -> DefinitionProblem:
        """A problem that stands at `path`."""
        return DefinitionProblem(self.file, self.line(*path), message)


def read(file: str, text: str) -> tuple[Tree, list[DefinitionProblem]]:
    """The document in `text`; syntax faults and doubled keys come back as problems, never raised."""
    try:
        node = yaml.compose(text, Loader=FAST)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        last = text.rstrip().count("\n") + 1  # a text that breaks off is wrong where it ends, not after it
        return Tree(file, {}), [DefinitionProblem(file, min(mark.line + 1, last) if mark else 0, UNREADABLE)]
    if not isinstance(node, yaml.MappingNode):
        return Tree(file, {}), [DefinitionProblem(file, 0, "tệp trống hoặc không phải một bảng `khóa: giá trị`")]
    lines: dict[Path, int] = {}
    problems: list[DefinitionProblem] = []
    value = _plain(node, (), lines, problems, file)
    return Tree(file, value, lines), problems


def _plain(node: yaml.Node, path: Path, lines: dict[Path, int], problems: list[DefinitionProblem], file: str) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if len(path) > 30:
        problems.append(DefinitionProblem(file, node.start_mark.line + 1, "lồng nhau quá sâu"))
        return None
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            line = key_node.start_mark.line + 1
            if key in found:
                problems.append(DefinitionProblem(file, line, f"khóa `{key}` ghi hai lần"))
            lines[(*path, key)] = line
            found[key] = _plain(value_node, (*path, key), lines, problems, file)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*path, n), lines, problems, file) for n, child in enumerate(node.value)]
    try:
        return node.value if node.tag == _TEXT else yaml.SafeLoader("").construct_object(node)
    except (yaml.YAMLError, ValueError, KeyError, AttributeError):  # `!!bool x` and `!!timestamp x` raise the last two
        problems.append(DefinitionProblem(file, node.start_mark.line + 1, "giá trị không đọc được"))
        return None


def mapping(value: Any) -> Mapping[str, Any]:
    """`value` if it is a table, otherwise an empty one."""
    return value if isinstance(value, dict) else {}


def listing(value: Any) -> Sequence[Any]:
    """`value` if it is a list, otherwise an empty one."""
    return value if isinstance(value, list) else ()


def words(value: Any) -> tuple[str, ...]:
    """The strings of a list; numbers are written out."""
    return tuple(str(item) for item in listing(value) if item is not None)


def phrases(value: Any) -> tuple[str, ...]:
    """The strings of a list, each written out in every way that its groups allow: "(ba|má) (em|) về" is four."""
    return tuple(dict.fromkeys(one for listed in words(value) for one in _written_out(listed)))


def _written_out(text: str) -> Iterator[str]:
    parts = _GROUP.split(text)  # what stands outside groups and inside them, in turns
    if len(parts) == 1:
        yield " ".join(text.split())
        return
    for chosen in product(*(part.split("|") if at % 2 else (part,) for at, part in enumerate(parts))):
        yield from _written_out("".join(chosen))


def entries(value: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The tables of a list, with their places."""
    for place, item in enumerate(listing(value)):
        if isinstance(item, dict):
            yield place, item
