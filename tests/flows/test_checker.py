"""Every fault of flows and routes is found before anybody is spoken to, with its file and line."""

from __future__ import annotations

import pytest

from flows.definition import DefinitionProblems, Sources
from flows.reading import build
from tests.flows.faults import (
    REPLIES,
    REPORT,
    ROUTES,
    SAFETY,
    SLOTS,
    TALK,
    WORDS,
    Cut,
    found_in,
    of_flows,
    of_words,
    shipped,
    spoilt,
)

Edit = tuple[str, str]


@pytest.fixture(scope="module")
def whole() -> Sources:
    return shipped()


@pytest.fixture(scope="module")
def flows(whole: Sources) -> Cut:
    return Cut(of_flows(whole))


def test_the_shipped_definitions_have_no_fault(whole: Sources) -> None:
    assert build(whole).flows


def test_everything_that_is_wrong_comes_back_at_once_in_order(whole: Sources) -> None:
    broken = spoilt(of_words(whole), SLOTS, ("type: code", "type: cipher"))
    broken = spoilt(broken, TALK, ("description: số nào, gọi khi nào, có mất tiền không", "description: ''"))
    broken = spoilt(broken, WORDS, ("Dạ không có chi.", "Tại sao vậy?"))
    with pytest.raises(DefinitionProblems) as refused:
        build(broken)
    told = refused.value.problems
    assert told == sorted(told)
    assert [one.file for one in told] == ["data/guidance", WORDS, SLOTS, TALK]


def step(name: str, more: str = "") -> Edit:
    """The step of this name is to blame; `more` follows its first line."""
    return f"      - id: {name}\n", f"      - id: {name} #!\n{more}"


def flow(name: str, before: str = "") -> Edit:
    """The flow of this name is to blame, or what is put before it."""
    return f"  {name}:\n", f"{before}  {name}:\n" if before else f"  {name}: #!\n"


def route(fields: str, last: str = "{ then: fallback }") -> Edit:
    """One more line before the last of a table."""
    return f"  - {last}", f"  - {{ {fields} }} #!\n  - {last}"


UNKNOWN = "điều kiện hỏi `mood` mà không ai biết đó là gì"
NO_WAY = "một nhánh cần `if` với `then`, hoặc `else`"
NOWHERE = "không có flow `nowhere`"
ONE_DEED = "bước `thanks` phải có đúng một việc để làm"
NO_ELSE = "bước `who` không có nhánh `else`: người bỏ qua câu này sẽ không đi tiếp được"
SIX, SEVEN = (f"flow `report` có đường hỏi {count} câu, nhiều hơn 5" for count in (6, 7))
LAST = "dòng không điều kiện phải đứng cuối; sau nó không ai tới được"

# What is edited in one file, and what is said of the line that then ends with #!
FAULTS: dict[str, tuple[str, list[Edit], str]] = {
    "unknown key": (REPORT, [("flows:\n", "flow: {} #!\nflows:\n")], "không biết khóa `flow`"),
    "key twice": (REPORT, [flow("receipt", "  report_other: #!\n    steps: []\n")], "khóa `report_other` ghi hai lần"),
    "kind of slot": (
        SLOTS,
        [("{ type: choice, offers: topics }", "{ type: x } #!")],
        "slot `topic` có kiểu lạ `x`",
    ),
    "flow twice": (TALK, [("  hotline:\n", "  receipt: #!\n")], "flow `receipt` khai hai lần"),
    "no step": (TALK, [flow("hotline", "  empty: { description: x } #!\n")], "flow `empty` không có bước nào"),
    "no description": (TALK, [flow("hotline"), ("description: số nào", "about: số nào")], "flow `hotline` thiếu mô tả"),
    "step twice": (REPORT, [("      - id: receipt\n", "      - id: send #!\n")], "bước `send` khai hai lần"),
    "two deeds": (REPORT, [step("thanks", "        noop: true\n")], ONE_DEED),
    "no deed": (REPORT, [step("thanks"), ("action: utter_report_start", "say: hello")], ONE_DEED),
    "values": (
        SAFETY,
        [("        set_slots:\n          - is_safe: null\n", "        set_slots: { is_safe: null } #!\n")],
        "set_slots cần một danh sách `- slot: giá trị`",
    ),
    "must be answered": (
        REPORT,
        [("        collect: what\n", "        collect: what\n        optional: false #!\n")],
        "câu hỏi `what` phải bỏ qua được",
    ),
    "if without then": (REPORT, [("- if: told\n            then: known\n", "- if: told #!\n")], NO_WAY),
    "else with then": (REPORT, [("- else: ask_what\n", "- else: ask_what #!\n            then: where\n")], NO_WAY),
    "condition": (REPORT, [("- if: told\n", "- if: told told #!\n")], "thừa `told` trong điều kiện `told told`"),
    "half a condition": (ROUTES, [route("if: sure and, then: thanks")], "điều kiện bị cụt"),
    "rejection": (
        REPORT,
        [("- if: not located", "- if: not ) #!\n #")],
        "`)` đứng sai chỗ trong điều kiện",
    ),
    "send at once": (
        REPORT,
        [flow("report"), ("finish: save", "finish: nowhere")],
        "flow `report`: không có bước `nowhere` để gửi luôn",
    ),
    "unreached": (
        REPORT,
        [("      - id: not_safe\n", "      - { id: lost, action: utter_thanks } #!\n      - id: not_safe\n")],
        "không đường nào tới bước `lost`",
    ),
    "endless": (
        TALK,
        [step("numbers"), ("utter_hotline\n        next: END", "utter_hotline\n        next: numbers")],
        "từ bước `numbers` không đường nào kết thúc",
    ),
    "no such step": (
        TALK,
        [step("numbers"), ("utter_hotline\n        next: END", "utter_hotline\n        next: nowhere")],
        "không có bước `nowhere` trong flow `hotline`",
    ),
    "fact": (REPORT, [step("what"), ("          - if: told\n", "          - if: mood\n")], UNKNOWN),
    "fact of a slot": (
        REPORT,
        [step("safe"), ("slots.safe_now = false", "slots.mood = false")],
        UNKNOWN.replace("mood", "slots.mood"),
    ),
    "fact of a rejection": (REPORT, [step("where"), ("not located and", "mood and")], UNKNOWN),
    "no else": (
        REPORT,
        [step("who"), ("- else: reach\n", "- { if: told, then: reach }\n")],
        NO_ELSE,
    ),
    "no such deed": (REPORT, [step("send"), ("action_save_report", "action_dance")], "không có việc `action_dance`"),
    "link": (REPORT, [step("not_safe"), ("link: unsafe", "link: nowhere")], NOWHERE),
    "call": (REPORT, [step("not_safe"), ("link: unsafe", "call: nowhere")], NOWHERE),
    "slot to set": (REPORT, [step("forget"), ("- added: null", "- mood: null")], "không có slot `mood`"),
    "slot to ask for": (REPORT, [step("ask_what"), ("collect: what\n", "collect: mood\n")], "không có slot `mood`"),
    "silence": (
        SAFETY,
        [step("ask"), ("minutes: 5, then: silent", "minutes: 5, then: nowhere")],
        "không có bước `nowhere` cho lúc im lặng",
    ),
    "fact of a route": (ROUTES, [route("if: mood, then: thanks")], UNKNOWN),
    "fact of an aside": (
        ROUTES,
        [("then: SKIP }\n", "then: SKIP }\n  - { if: mood, then: SKIP } #!\n")],
        UNKNOWN,
    ),
    "fact of a danger": (ROUTES, [route("if: mood, then: x", "{ then: other }")], UNKNOWN),
    "route": (ROUTES, [route("if: sure, then: nowhere")], NOWHERE),
    "aside": (ROUTES, [("then: FINISH }", "then: HURRY } #!")], "không có flow `HURRY`"),
    "route that hides": (ROUTES, [route("then: thanks")], LAST),
    "danger that hides": (ROUTES, [route("then: x", "{ then: other }")], LAST),
    "fact of a question that is not asked": (
        ROUTES,
        [route('if: slots.asking = "report.what_else", then: thanks')],
        "điều kiện hỏi câu `report.what_else` mà flow `report` không có bước đó",
    ),
    "reply": (
        REPLIES,
        [("  call_me: {}", "  call_me: { then: nowhere } #!")],
        "lời đáp `call_me`: không có flow `nowhere`",
    ),
    "fact of a reply": (
        REPLIES,
        [("  call_me: {}", "  call_me: { if: 'intent = \"human\"' } #!")],
        "lời đáp `call_me`: điều kiện không được hỏi `intent`",
    ),
    "reply that nobody asks for": (
        REPLIES,
        [("  call_me: {}", "  ring_me: { then: privacy } #!\n  call_me: {}")],
        "lời đáp `ring_me` cần ít nhất 12 cách hỏi trong data/replies/asks.yml",
    ),
    "not entered": (
        TALK,
        [flow("hotline", "  alone: #!\n    description: x\n    steps: [{ action: utter_thanks }]\n")],
        "không ai tới được flow `alone`",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_the_fault_is_told_with_its_line(flows: Cut, name: str) -> None:
    file, edits, message = FAULTS[name]
    found = found_in(flows, file, *edits)
    assert found.line > 0
    assert message in found.at(file), found.problems


def test_more_than_five_questions_on_one_path_are_told(flows: Cut) -> None:
    on = ("        next: save\n      - id: reach\n", "      - id: reach\n")
    assert found_in(flows, REPORT, flow("report"), on).at(REPORT) == {SIX}


def test_questions_of_a_flow_that_is_called_count(flows: Cut) -> None:
    called = ("      - id: place\n", "      - id: also\n        call: receipt\n      - id: place\n")
    assert found_in(flows, REPORT, flow("report"), called).at(REPORT) == {SEVEN}


def test_a_sign_that_is_written_out_thousands_of_times_is_a_fault(whole: Sources) -> None:
    many = "(" + "|".join(f"a{number}" for number in range(60)) + ")"
    broken = spoilt(whole, "flows/definitions/signs.yml", ("  farewell: [", f'  farewell: ["{many} {many}", '))
    with pytest.raises(DefinitionProblems) as refused:
        build(broken)
    assert any("farewell" in problem.message for problem in refused.value.problems)
