"""YAML read with the line of every value, so that a problem can say where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.problems import Problem
from flows.yamltree import FAST


@dataclass(frozen=True)
class Marked:
    """A document as plain values, the line of each path in it, and what could not be read."""

    value: Any
    lines: dict[tuple[str | int, ...], int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def line(self, *path: str | int) -> int:
        """The line of `path`, or of the nearest thing around it that exists; 1 when there is none."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[:-1]
        return 1


def read_plain(path: Path) -> Any:
    """What one of the project's YAML files says, without its lines; raises OSError or YAMLError."""
    return yaml.load(path.read_text("utf-8"), Loader=FAST)  # noqa: S506 a safe loader


def read_marked(text: str, file: str) -> Marked:
    """The one document in `text`; faults (syntax, a key twice, a loop of anchors) come back as problems."""
    try:
        node = yaml.compose(text, Loader=FAST)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return Marked(None, problems=(Problem(file, mark.line + 1 if mark else 0, "YAML sai cú pháp"),))
    except yaml.YAMLError:
        return Marked(None, problems=(Problem(file, 0, "có ký tự không được phép trong YAML"),))
    if node is None:
        return Marked(None, problems=(Problem(file, 0, "tệp trống"),))
    reader = _Reader(file)
    value = reader.plain(node, ())
    return Marked(value, reader.lines, tuple(reader.problems))


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[tuple[str | int, ...], int] = {}
        self.problems: list[Problem] = []
        self._inside: set[int] = set()
        self._scalars = yaml.SafeLoader("")

    def plain(self, node: yaml.Node, path: tuple[str | int, ...]) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        if id(node) in self._inside:
            self.problems.append(Problem(self.file, line, "neo (&) trỏ vòng vào chính nó"))
            return None
        self._inside.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, path)
            if isinstance(node, yaml.SequenceNode):
                return [self.plain(child, (*path, n)) for n, child in enumerate(node.value)]
            return self._scalar(node, line)
        finally:
            self._inside.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, path: tuple[str | int, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = str(key_node.value)
            if key in found:
                self.problems.append(Problem(self.file, line, f"khóa `{key}` ghi hai lần"))
            self.lines[(*path, key)] = line
            found[key] = self.plain(value_node, (*path, key))
        return found

    def _scalar(self, node: yaml.Node, line: int) -> Any:
        try:
            return self._scalars.construct_object(node)
        except (yaml.YAMLError, ValueError):
            self.problems.append(Problem(self.file, line, "giá trị không đọc được"))
            return None
