"""A flow as boxes and ways between them, with the words that both drawings show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flows.definition import END, Act, Call, Collect, Definitions, Flow, Link, SetSlots, Step
from flows.responses import address_words, fill

MAIN = "vi"
MARK = "<!-- langnghe flows -->"  # a drawing of ours: only such a file is removed when its flow is gone
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
    "action_find_other_card": "tìm thẻ hợp, khác thẻ vừa đưa",
    "action_find_meant_card": "tìm thẻ cho điều người ta thật muốn hỏi",
    "action_offer_cards": "đưa tên mấy thẻ gần nhất để chọn",
    "action_listen_and_offer": "lắng nghe, để tên mấy thẻ gần nhất",
    "action_find_card": "tìm thẻ hướng dẫn hợp với lời hỏi",
    "action_give_receipt": "đưa mã nhận tin",
    "action_hide_chat": "cất cuộc trò chuyện",
    "action_keep_draft": "giữ điều nặng đã kể cho cán bộ",
    "action_keep_words": "giữ lời vừa nói",
    "action_leave": "bỏ mọi việc đang dở",
    "action_leave_others": "bỏ những gì đang dở",
    "action_lookup_receipt": "tìm tin theo mã",
    "action_next_card": "lấy thẻ kế",
    "action_next_lesson": "gửi bài kế",
    "action_open_topic": "mở chủ đề đã chọn",
    "action_take_hour": "ghi giờ người ta muốn được hỏi thăm",
    "action_promise_check": "hẹn giờ hỏi thăm lại",
    "action_promise_resume": "hẹn giờ nhắn người kể dở",
    "action_put_away": "từ đây nói như với người lạ",
    "action_raise_silent": "gọi cán bộ: im lặng",
    "action_raise_unsafe": "gọi cán bộ: không an toàn",
    "action_raise_unwell": "gọi cán bộ: không nghe chữ đã hẹn",
    "action_request_handoff": "nhắn người trực vào đây",
    "action_save_report": "lưu tin, gọi cán bộ đọc",
    "action_pass_over": "từ giờ không qua cán bộ địa bàn",
    "action_settle_place": "báo chỗ để gọi người gần nhất",
    "action_share_card": "đưa đoạn chép gửi đi được",
    "action_reply": "đáp ngắn câu vừa hỏi ngang",
    "action_show_card": "đọc thẻ hướng dẫn",
    "action_stop_course": "thôi gửi bài",
    "action_take_up": "quay lại bản kể dở",
    "action_tell_known": "nhắc lại điều đã biết",
    "action_tell_updates": "đọc lời cán bộ nhắn lại",
}


@dataclass(frozen=True)
class Node:
    """One box: a step, where the flow starts, or where it ends."""

    id: str
    shape: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Edge:
    """One way from a box to another."""

    start: str
    end: str
    label: str = ""
    dashed: bool = False


def graph(flow: Flow, definitions: Definitions) -> tuple[list[Node], list[Edge]]:
    """Every step of the flow as a box, and every way out of it."""
    steps = steps_of(flow)
    edges = [Edge(START, flow.first)]
    if flow.finish:
        edges.append(Edge(START, flow.finish, "“gửi luôn”, lúc nào cũng được", dashed=True))
    for step in steps:
        edges += _ways(step)
    nodes = [Node(START, "start", ("Bắt đầu",)), *(_node(step, definitions) for step in steps)]
    known = {START, END, *flow.steps}
    lost = dict.fromkeys(edge.end for edge in edges if edge.end not in known)
    nodes += [Node(name, "lost", (name, "không có bước này")) for name in lost]
    if any(edge.end == END for edge in edges):
        nodes.append(Node(END, "end", ("Kết thúc",)))
    return nodes, edges


def steps_of(flow: Flow) -> list[Step]:
    """The steps as they are written: those inside a branch are read before the step that they belong to."""
    return sorted(flow.steps.values(), key=lambda step: step.line)


def _node(step: Step, definitions: Definitions) -> Node:
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
    return Node(step.id, shape, (step.id, *told))


def _ways(step: Step) -> Iterator[Edge]:
    several = len(step.next) > 1
    for branch in step.next:
        rest = "còn lại" if several else ""
        yield Edge(step.id, branch.target, branch.when.text if branch.when else rest)
    if isinstance(step, Collect):
        for rule in step.rejections:
            yield Edge(step.id, step.id, f"{rule.when.text}: chờ tiếp ({rule.utter})")
        if step.again:
            yield Edge(step.id, step.id, f"đứng lại lần nữa: chỉ nhắc ({step.again})")
        if step.silence:
            yield Edge(step.id, step.silent, f"im lặng {_period(step.silence)}", dashed=True)


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
