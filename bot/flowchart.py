"""The flows as pictures: Mermaid for pages that draw it, SVG for everything else, and a page that lists them all."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from bot.flowdrawing import svg
from bot.flowgraph import MAIN, MARK, START, graph, steps_of
from flows.definition import END, Call, Definitions, Flow, Link

if TYPE_CHECKING:
    from bot.config import Settings

DOCS = Path("docs/flows")
INDEX = "index.md"
# What starts a flow without any line in the data: the engine names these.
ENGINE = {
    "aftercare": "mấy ngày sau khi cán bộ đóng việc, nếu đã được cho phép",
    "card": "bấm một thẻ hướng dẫn",
    "check": "một tin chưa chắc là nguy hiểm",
    "checkback": "tới giờ hỏi thăm đã hẹn",
    "resume": "tới giờ đã hẹn với người kể dở",
    "danger": "một tin có dấu hiệu nguy hiểm, ở bất cứ đâu",
    "danger_again": "kể thêm về chuyện nguy hiểm đã báo",
    "fallback": "không dòng nào hợp",
    "greeting": "mở trò chuyện hay bấm theo dõi mà chưa viết gì",
    "lesson": "tới giờ của bài kế",
    "media": "gửi hình, tiếng, phim hay thứ khác không phải chữ",
    "report": "bấm “gửi luôn” khi không có gì đang kể dở",
    "unsafe": "bấm nút nói là không an toàn, kể cả nút cũ",
}
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
    nodes, edges = graph(flow, definitions)
    lines = ["flowchart TD"]
    for node in nodes:
        before, after = SHAPES[node.shape]
        lines.append(f'    {_name(node.id)}{before}"{"<br/>".join(map(_quoted, node.lines))}"{after}')
    for edge in edges:
        arrow = "-.->" if edge.dashed else "-->"
        label = f'|"{_quoted(edge.label)}"|' if edge.label else ""
        lines.append(f"    {_name(edge.start)} {arrow}{label} {_name(edge.end)}")
    return "\n".join(lines) + "\n"


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
        steps = [step.id for step in steps_of(other) if isinstance(step, Link | Call) and step.flow == flow]
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


def _name(step: str) -> str:
    """An id that Mermaid takes for nothing else; `end` alone would be a word of its language."""
    if step in (START, END):
        return "start" if step == START else "finish"
    return "s_" + re.sub(r"[^A-Za-z0-9_]", lambda sign: f"_{ord(sign[0]):x}_", step)


def _quoted(text: str) -> str:
    return re.sub(r'[#&<>"`|]', lambda sign: f"#{ord(sign[0])};", text)


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
