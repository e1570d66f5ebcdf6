"""The flows as pictures: Mermaid for pages that draw it, SVG for everything else, and a page that lists them all."""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from flows.definition import END, Act, Call, Collect, Definitions, Flow, Link, SetSlots, Step
from flows.responses import address_words, fill

if TYPE_CHECKING:
    from bot.config import Settings

DOCS = Path("docs/flows")
INDEX = "index.md"
MARK = "<!-- langnghe flows -->"  # a drawing of ours: only such a file is removed when its flow is gone
MAIN = "vi"
WORDS = 40  # characters of a wording beside its key
START = "^"  # no step can be called so
ACTIONS = {
    "action_about_other": "ghi: chuyện của đứa nhỏ khác",
    "action_add_to_report": "gửi thêm vào tin đã báo",
    "action_begin_course": "gửi bài đầu, hẹn bài kế",
    "action_begin_report": "bắt đầu đếm câu hỏi",
    "action_clear_report": "quên các câu trả lời đã gửi",
    "action_count_safety": "đếm câu trả lời theo xã, không tên",
    "action_erase_chat": "xóa màn hình",
    "action_find_card": "tìm thẻ hướng dẫn hợp với lời hỏi",
    "action_give_receipt": "đưa mã nhận tin",
    "action_hide_chat": "cất cuộc trò chuyện",
    "action_keep_draft": "giữ điều nặng đã kể cho cán bộ",
    "action_leave": "bỏ mọi việc đang dở",
    "action_lookup_receipt": "tìm tin theo mã",
    "action_next_card": "lấy thẻ kế",
    "action_next_lesson": "gửi bài kế",
    "action_open_topic": "mở chủ đề đã chọn",
    "action_promise_check": "hẹn giờ hỏi thăm lại",
    "action_raise_silent": "gọi cán bộ: im lặng",
    "action_raise_unsafe": "gọi cán bộ: không an toàn",
    "action_raise_unwell": "gọi cán bộ: không nghe chữ đã hẹn",
    "action_request_handoff": "nhắn người trực vào đây",
    "action_save_report": "lưu tin, gọi cán bộ đọc",
    "action_settle_place": "báo chỗ để gọi người gần nhất",
    "action_share_card": "đưa đoạn chép gửi đi được",
    "action_show_card": "đọc thẻ hướng dẫn",
    "action_stop_course": "thôi gửi bài",
    "action_tell_known": "nhắc lại điều đã biết",
    "action_tell_updates": "đọc lời cán bộ nhắn lại",
}
# What starts a flow without any line in the data: the engine names these.
ENGINE = {
    "aftercare": "mấy ngày sau khi cán bộ đóng việc, nếu đã được cho phép",
    "card": "bấm một thẻ hướng dẫn",
    "check": "một tin chưa chắc là nguy hiểm",
    "checkback": "tới giờ hỏi thăm đã hẹn",
    "danger": "một tin có dấu hiệu nguy hiểm, ở bất cứ đâu",
    "danger_again": "kể thêm về chuyện nguy hiểm đã báo",
    "fallback": "không dòng nào hợp",
    "greeting": "mở trò chuyện hay bấm theo dõi mà chưa viết gì",
    "lesson": "tới giờ của bài kế",
    "media": "gửi hình, tiếng, phim hay thứ khác không phải chữ",
    "report": "bấm “gửi luôn” khi không có gì đang kể dở",
    "unsafe": "bấm nút nói là không an toàn, kể cả nút cũ",
}
HEAD = f"""\
# Các kịch bản trò chuyện

{MARK}
Vẽ từ `flows/definitions` và `data/responses/vi.yml` bằng `langnghe flows --out {DOCS.as_posix()}`; đừng sửa bằng tay.

Hình bo tròn là lời nói, hình bình hành là câu hỏi, hình thoi là chỗ rẽ, hình chữ nhật là việc máy làm, sáu cạnh là sang
kịch bản khác, khung hai vạch là qua kịch bản khác rồi quay lại. Nét đứt là khi người ta im lặng, hoặc lối đi tắt. Trong
hình SVG, câu hỏi nền vàng, lời nói nền xanh dương, việc máy làm nền xám, kịch bản khác nền xanh lá.

Dòng "tin nhắn" và "chen giữa" lấy từ `flows/definitions/routes.yml`: xét từ trên xuống, dòng đầu tiên đúng thì theo.
"""


def mermaid(flow: Flow, definitions: Definitions) -> str:
    """The flow as a Mermaid flowchart: every step a node, every way out of it an edge."""
    nodes, edges = _graph(flow, definitions)
    lines = ["flowchart TD"]
    for node in nodes:
        before, after = SHAPES[node.shape]
        lines.append(f'    {_name(node.id)}{before}"{"<br/>".join(map(_quoted, node.lines))}"{after}')
    for edge in edges:
        arrow = "-.->" if edge.dashed else "-->"
        label = f'|"{_quoted(edge.label)}"|' if edge.label else ""
        lines.append(f"    {_name(edge.start)} {arrow}{label} {_name(edge.end)}")
    return "\n".join(lines) + "\n"


def svg(flow: Flow, definitions: Definitions) -> str:
    """The flow as one self-contained drawing: its steps from top to bottom in their order, and the ways between."""
    return _Drawing(flow, *_graph(flow, definitions)).text()


def starters(flow: str, definitions: Definitions) -> list[str]:
    """Everything that starts a flow, a line each."""
    found = [f"máy: {ENGINE[flow]}"] if flow in ENGINE else []
    for table, said in (("routes", "tin nhắn"), ("interrupts", "chen giữa câu hỏi đang dở")):
        conditions = [
            f"`{route.when.text}`" if route.when else "mọi tin khác"
            for route in getattr(definitions, table)
            if route.then == flow
        ]
        found += [f"{said}: {one}" for one in conditions]
    for other in definitions.flows.values():
        steps = [step.id for step in _steps(other) if isinstance(step, Link | Call) and step.flow == flow]
        found += [f"kịch bản `{other.id}`, bước `{step}`" for step in steps]
    buttons = _buttons(flow, definitions)
    return [*found, f"nút bấm trong {', '.join(buttons)}"] if buttons else found


def pages(definitions: Definitions) -> dict[str, str]:
    """Every file of the folder of drawings, by its name."""
    return {INDEX: _index(definitions)} | {f"{flow.id}.svg": svg(flow, definitions) for flow in _all(definitions)}


def differences(folder: Path, wanted: dict[str, str]) -> list[str]:
    """What keeps `folder` from holding exactly the wanted files, a Vietnamese line each."""
    there = {path.name: path for path in sorted(folder.iterdir())} if folder.is_dir() else {}
    missing = [f"thiếu {folder / name}" for name in wanted if name not in there]
    stale = [
        f"cũ {folder / name}"
        for name, text in wanted.items()
        if name in there and there[name].read_bytes() != text.encode()
    ]
    return [*missing, *stale, *(f"thừa {folder / name}" for name in there if name not in wanted)]


def write(folder: Path, wanted: dict[str, str]) -> None:
    """Write the wanted files; drawings of flows that are gone are removed, files that are not ours stay."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.svg"):
        if path.name not in wanted and MARK in path.read_text("utf-8", errors="replace"):
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, "utf-8", newline="\n")


def draw(settings: Settings, *, out: Path | None = None, check: bool = False) -> int:
    """Print every flow as Mermaid, write the folder `out`, or only look whether it is fresh. Exit code."""
    from bot.words import sources
    from flows.reading import parse

    # what is half-written is drawn too: `langnghe check` is for its faults
    definitions, _ = parse(sources(settings))
    if check:
        found = differences(out or settings.root / DOCS, pages(definitions))
        sys.stderr.writelines(f"{line}\n" for line in found)
        if found:
            sys.stderr.write(f"{len(found)} tệp cần vẽ lại: langnghe flows --out {out or DOCS}\n")
        return 1 if found else 0
    if out is not None:
        write(out, pages(definitions))
        return 0
    charts = (f"%% {flow.id}: {flow.name}\n{mermaid(flow, definitions)}" for flow in _all(definitions))
    sys.stdout.write("\n".join(charts))
    return 0


# The graph that both drawings show


@dataclass(frozen=True)
class _Node:
    """One box: a step, where the flow starts, or where it ends."""

    id: str
    shape: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class _Edge:
    """One way from a box to another."""

    start: str
    end: str
    label: str = ""
    dashed: bool = False


SHAPES = {  # of Mermaid: what stands before and after the label
    "start": ("([", "])"),
    "end": ("([", "])"),
    "say": ("(", ")"),
    "ask": ("[/", "/]"),
    "do": ("[", "]"),
    "decide": ("{", "}"),
    "link": ("{{", "}}"),
    "call": ("[[", "]]"),
    "lost": (">", "]"),
}


def _graph(flow: Flow, definitions: Definitions) -> tuple[list[_Node], list[_Edge]]:
    steps = _steps(flow)
    edges = [_Edge(START, flow.first)]
    if flow.finish:
        edges.append(_Edge(START, flow.finish, "“gửi luôn”, lúc nào cũng được", dashed=True))
    for step in steps:
        edges += _ways(step)
    nodes = [_Node(START, "start", ("Bắt đầu",)), *(_node(step, definitions) for step in steps)]
    known = {START, END, *flow.steps}
    lost = dict.fromkeys(edge.end for edge in edges if edge.end not in known)
    nodes += [_Node(name, "lost", (name, "không có bước này")) for name in lost]
    if any(edge.end == END for edge in edges):
        nodes.append(_Node(END, "end", ("Kết thúc",)))
    return nodes, edges


def _steps(flow: Flow) -> list[Step]:
    """The steps as they are written: those inside a branch are read before the step that they belong to."""
    return sorted(flow.steps.values(), key=lambda step: step.line)


def _node(step: Step, definitions: Definitions) -> _Node:
    shape = "decide"
    told: tuple[str, ...] = ("rẽ theo điều kiện",)
    match step:
        case Act(action=action) if action.startswith("utter_"):
            shape, told = "say", (action, _said(action, definitions))
        case Act(action=action):
            shape, told = "do", (action, ACTIONS[action]) if action in ACTIONS else (action,)
        case Collect(slot=slot, utter=utter):
            shape, told = "ask", (f"hỏi {slot}: {utter}", _said(utter, definitions))
        case Link(flow=other):
            shape, told = "link", (f"sang {other}", _title(other, definitions))
        case Call(flow=other):
            shape, told = "call", (f"qua {other} rồi quay lại", _title(other, definitions))
        case SetSlots(values=values):
            shape, told = "do", tuple(_given(slot, value) for slot, value in values)
    return _Node(step.id, shape, (step.id, *told))


def _ways(step: Step) -> Iterator[_Edge]:
    several = len(step.next) > 1
    for branch in step.next:
        rest = "còn lại" if several else ""
        yield _Edge(step.id, branch.target, branch.when.text if branch.when else rest)
    if isinstance(step, Collect):
        for rule in step.rejections:
            yield _Edge(step.id, step.id, f"{rule.when.text}: hỏi lại một lần ({rule.utter})")
        if step.silence:
            yield _Edge(step.id, step.silent, f"im lặng {_period(step.silence)}", dashed=True)


def _said(key: str, definitions: Definitions) -> str:
    """The beginning of the general wording, as somebody of whom nothing is known would read it."""
    language = definitions.languages.get(MAIN)
    response = language.responses.get(key) if language else None
    if response is None:
        return "(chưa có lời)"
    words = {**definitions.directory.variables, **address_words(definitions.directory, "unknown", MAIN)}
    return f"“{_short(fill(response.variations[-1].text, words))}”"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= WORDS else text[: WORDS + 1].rsplit(" ", 1)[0][:WORDS].rstrip(" .,:;") + "…"


def _title(flow: str, definitions: Definitions) -> str:
    return definitions.flows[flow].name if flow in definitions.flows else "không có kịch bản này"


def _given(slot: str, value: str | bool | None) -> str:
    if value is None:
        return f"quên {slot}"
    return f"ghi {slot} = {str(value).lower() if isinstance(value, bool) else value}"


def _period(minutes: int) -> str:
    return f"{minutes // 60} giờ" if minutes % 60 == 0 else f"{minutes} phút"


# Mermaid


def _name(step: str) -> str:
    """An id that Mermaid takes for nothing else; `end` alone would be a word of its language."""
    if step in (START, END):
        return "start" if step == START else "finish"
    return "s_" + re.sub(r"[^A-Za-z0-9_]", lambda sign: f"_{ord(sign[0]):x}_", step)


def _quoted(text: str) -> str:
    return re.sub(r'[#&<>"`|]', lambda sign: f"#{ord(sign[0])};", text)


# SVG: one column of boxes; the next step is reached straight down, any other by a lane to the right of all boxes

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

    node: _Node
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

    def __init__(self, flow: Flow, nodes: list[_Node], edges: list[_Edge]) -> None:
        self.flow = flow
        self.straight: dict[str, _Edge] = {}  # by where they end
        self.aside: dict[str, list[_Edge]] = {node.id: [] for node in nodes}  # by where they start
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

    def placed(self, nodes: list[_Node]) -> dict[str, _Box]:
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

    def ports(self) -> Iterator[tuple[_Edge, int]]:
        """Every edge that runs aside, and the height at which it leaves its box."""
        for name, edges in self.aside.items():
            y = self.boxes[name].top + PORTS
            for edge in edges:
                y += _slot(edge)
                yield edge, y - 2

    def entry(self, edge: _Edge) -> int:
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


def _slot(edge: _Edge) -> int:
    """The height that an edge takes at the side of its box: its label stands above it."""
    return SMALL * max(1, len(_wrapped(edge.label))) + 4


def _line(path: str, edge: _Edge, *, tip: bool = True) -> str:
    look = (' stroke-dasharray="5 4"' if edge.dashed else "") + (' marker-end="url(#tip)"' if tip else "")
    return f'<path d="{path}" fill="none" stroke="#555555" stroke-width="1.3"{look}/>'


def _label(edge: _Edge, x: int, y: int) -> Iterator[str]:
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


# The page that lists them


def _all(definitions: Definitions) -> Iterable[Flow]:
    return definitions.flows.values()


def _index(definitions: Definitions) -> str:
    lines = [HEAD]
    lines += [f"- [`{flow.id}`](#{_anchor(flow)}): {flow.name}" for flow in _all(definitions)]
    for flow in _all(definitions):
        lines += ["", f'<a id="{_anchor(flow)}"></a>', "", f"## `{flow.id}`: {flow.name}", "", _sentence(flow), ""]
        lines += ["Bắt đầu khi:", ""]
        lines += [f"- {one}" for one in starters(flow.id, definitions) or ["không gì cả: không đâu gọi kịch bản này"]]
        lines += ["", f"Hình: [{flow.id}.svg]({flow.id}.svg)", ""]
        lines += ["```mermaid", mermaid(flow, definitions).rstrip("\n"), "```"]
    return "\n".join(lines) + "\n"


def _anchor(flow: Flow) -> str:
    return f"flow-{flow.id}"


def _sentence(flow: Flow) -> str:
    told = flow.description.strip()
    return told[:1].upper() + told[1:] + ("" if told.endswith((".", "?", "!")) else ".")


def _buttons(flow: str, definitions: Definitions) -> list[str]:
    language = definitions.languages.get(MAIN)
    payload = f"#ct:go:{flow}"
    responses = language.responses.values() if language else ()
    return [
        f"`{response.key}`"
        for response in responses
        if any(choice.payload == payload for one in response.variations for choice in one.choices)
    ]
