"""A flow as one self-contained SVG: a column of boxes in the order of its steps, and the ways between them.

The next step is reached straight down, any other by a lane to the right of all boxes.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from bot.flowgraph import MARK, Edge, Node, graph
from flows.definition import Definitions, Flow

LINE, SMALL = 16, 14  # heights of a line of a box, and of a label
WIDE, NARROW = 7.2, 6.4  # widths of a letter of a box, and of a label
EDGE, GAP, LANE, CUT, ROUND = 16, 26, 12, 14, 7
LEAST, PILL, STEM = 340, 110, 40  # widths of a box and of a pill; where the straight arrows run
WRAP = 44  # characters of a line of a label
PORTS = 18  # of the upper end of a box, for the arrows that come in
FILLS = {
    "start": "#ffffff",
    "end": "#ffffff",
    "say": "#e7f2fb",
    "ask": "#fff3d1",
    "do": "#eeeeee",
    "decide": "#ffffff",
    "link": "#e3f3e3",
    "call": "#e3f3e3",
    "lost": "#fbe0e0",
}


@dataclass(frozen=True)
class _Box:
    """Where a node stands."""

    node: Node
    top: int
    width: int
    height: int

    def right(self, y: float) -> float:
        """Where its outline is at this height, on the right."""
        if self.node.shape in ("link", "call"):
            middle = self.height / 2
            return EDGE + self.width - CUT * abs(y - self.top - middle) / middle
        return EDGE + self.width


class _Drawing:
    """One flow being drawn."""

    def __init__(self, flow: Flow, nodes: list[Node], edges: list[Edge]) -> None:
        self.flow = flow
        self.straight: dict[str, Edge] = {}  # by where they end
        self.aside: dict[str, list[Edge]] = {node.id: [] for node in nodes}  # by where they start
        following = {node.id: after.id for node, after in pairwise(nodes)}
        for edge in edges:
            if following.get(edge.start) == edge.end and edge.end not in self.straight:
                self.straight[edge.end] = edge
            else:
                self.aside[edge.start].append(edge)
        self.width = max(LEAST, *(int(_wide(node.lines, WIDE)) + 2 * CUT + 12 for node in nodes))
        self.boxes = self.placed(nodes)
        self.outer = EDGE + self.width + int(_wide(self.labels(), NARROW)) + 14  # lanes begin behind the labels
        self.lanes = self.packed()

    def placed(self, nodes: list[Node]) -> dict[str, _Box]:
        found: dict[str, _Box] = {}
        top = 3 * EDGE + 2
        for node in nodes:
            into = self.straight.get(node.id)
            if found:
                top += GAP + SMALL * len(_wrapped(into.label) if into else ())
            width = PILL if node.shape in ("start", "end") else self.width
            ports = sum(map(_slot, self.aside[node.id]))
            height = max(LINE * len(node.lines) + 12, PORTS + ports + 4 if ports else 0)
            found[node.id] = _Box(node, top, width, height)
            top += height
        self.height = top + EDGE
        return found

    def labels(self) -> list[str]:
        return [line for edges in self.aside.values() for edge in edges for line in _wrapped(edge.label)]

    def ports(self) -> Iterator[tuple[Edge, int]]:
        """Every edge that runs aside, and the height at which it leaves its box."""
        for name, edges in self.aside.items():
            y = self.boxes[name].top + PORTS
            for edge in edges:
                y += _slot(edge)
                yield edge, y - 2

    def entry(self, edge: Edge) -> int:
        return self.boxes[edge.end].top + (12 if edge.dashed else 6)

    def packed(self) -> dict[tuple[str, bool], int]:
        """The lane of all edges that end at one box: the short ones inside, and no two over one another."""
        reach: dict[tuple[str, bool], tuple[int, int]] = {}
        for edge, y in self.ports():
            key = (edge.end, edge.dashed)
            low, high = reach.get(key, (self.entry(edge), self.entry(edge)))
            reach[key] = (min(low, y), max(high, y))
        lanes: list[list[tuple[int, int]]] = []
        found: dict[tuple[str, bool], int] = {}
        for key, (low, high) in sorted(reach.items(), key=lambda item: (item[1][1] - item[1][0], item[1], item[0])):
            free = (at for at, lane in enumerate(lanes) if all(high < a - 4 or low > b + 4 for a, b in lane))
            place = next(free, len(lanes))
            if place == len(lanes):
                lanes.append([])
            lanes[place].append((low, high))
            found[key] = place
        return found

    def text(self) -> str:
        """The whole drawing."""
        width = max(self.outer + LANE * (max(self.lanes.values(), default=0) + 1) + EDGE, self.least())
        title = f"{self.flow.id}: {self.flow.name}"
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{self.height}" '
                f'viewBox="0 0 {width} {self.height}" font-family="system-ui, sans-serif" font-size="13" role="img">',
                MARK,
                f"<title>{escape(title)}</title>",
                '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
                'orient="auto"><path d="M0 0L8 4L0 8z" fill="#555555"/></marker></defs>',
                f'<rect width="{width}" height="{self.height}" fill="#ffffff"/>',
                f'<text x="{EDGE}" y="{2 * EDGE - 4}" font-size="16" font-weight="bold">{escape(title)}</text>',
                *self.down(),
                *self.around(),
                *(part for box in self.boxes.values() for part in _box(box)),
                "</svg>",
                "",
            ]
        )

    def least(self) -> int:
        down = [line for edge in self.straight.values() for line in _wrapped(edge.label)]
        title = len(f"{self.flow.id}: {self.flow.name}") * 9.5
        return 2 * EDGE + int(max(title, STEM + 10 + _wide(down, NARROW), self.width))

    def down(self) -> Iterator[str]:
        for edge in self.straight.values():
            start, end = self.boxes[edge.start], self.boxes[edge.end]
            x, low = EDGE + STEM, start.top + start.height
            yield _line(f"M{x} {low}V{end.top}", edge)
            yield from _label(edge, x + 8, low + GAP // 2 + SMALL * len(_wrapped(edge.label)) - 1)

    def around(self) -> Iterator[str]:
        whole = self.trunks()
        for edge, y in self.ports():
            at, x = self.entry(edge), self.outer + LANE * self.lanes[edge.end, edge.dashed]
            turn = min(ROUND, abs(at - y) / 2) * (1 if at > y else -1)
            bend = abs(turn)
            path = f"M{_n(self.boxes[edge.start].right(y))} {y}H{_n(x - bend)}Q{x} {y} {x} {_n(y + turn)}"
            if y in whole:
                path += f"V{_n(at - turn)}Q{x} {at} {_n(x - bend)} {at}H{_n(self.boxes[edge.end].right(at))}"
            yield _line(path, edge, tip=y in whole)
            yield from _label(edge, EDGE + self.width + 8, y - 4)

    def trunks(self) -> set[int]:
        """The heights of the edges drawn to their end; nearer ones join them, for dashes over dashes look solid."""
        farthest: dict[tuple[str, bool, bool], int] = {}
        for edge, y in self.ports():
            at = self.entry(edge)
            key = (edge.end, edge.dashed, y < at)
            if key not in farthest or abs(y - at) > abs(farthest[key] - at):
                farthest[key] = y
        return set(farthest.values())


def _wrapped(label: str) -> list[str]:
    return textwrap.wrap(label, WRAP, break_long_words=False, break_on_hyphens=False)


def _wide(lines: Iterable[str], letter: float) -> float:
    return max((len(line) for line in lines), default=0) * letter


def _slot(edge: Edge) -> int:
    """The height that an edge takes at the side of its box: its label stands above it."""
    return SMALL * max(1, len(_wrapped(edge.label))) + 4


def _line(path: str, edge: Edge, *, tip: bool = True) -> str:
    look = (' stroke-dasharray="5 4"' if edge.dashed else "") + (' marker-end="url(#tip)"' if tip else "")
    return f'<path d="{path}" fill="none" stroke="#555555" stroke-width="1.3"{look}/>'


def _label(edge: Edge, x: int, y: int) -> Iterator[str]:
    """The label of an edge; its last line stands at `y`."""
    lines = _wrapped(edge.label)
    for place, line in enumerate(lines):
        height = y - SMALL * (len(lines) - 1 - place)
        yield f'<text x="{x}" y="{height}" font-size="11.5" fill="#333333">{escape(line)}</text>'


def _box(box: _Box) -> Iterator[str]:
    node, dashed = box.node, ' stroke-dasharray="2 2"' if box.node.shape == "decide" else ""
    look = f'fill="{FILLS[node.shape]}" stroke="#777777"{dashed}'
    if node.shape in ("link", "call"):
        left, right, middle, low = EDGE, EDGE + box.width, _n(box.top + box.height / 2), box.top + box.height
        corners = (
            f"{left},{middle} {left + CUT},{box.top} {right - CUT},{box.top} "
            f"{right},{middle} {right - CUT},{low} {left + CUT},{low}"
        )
        yield f'<polygon points="{corners}" {look}/>'
    else:
        bend = box.height / 2 if node.shape in ("start", "end") else 9
        yield f'<rect x="{EDGE}" y="{box.top}" width="{box.width}" height="{box.height}" rx="{_n(bend)}" {look}/>'
    for place, line in enumerate(node.lines):
        style = ' font-weight="bold"' if place == 0 else ""
        yield f'<text x="{EDGE + CUT + 4}" y="{box.top + 18 + LINE * place}"{style}>{escape(line)}</text>'


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def svg(flow: Flow, definitions: Definitions) -> str:
    """The drawing of one flow."""
    return _Drawing(flow, *graph(flow, definitions)).text()
