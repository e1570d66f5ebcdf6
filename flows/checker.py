"""Everything that is wrong with flows and words, found before anybody is spoken to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache

from flows.actions import ACTIONS
from flows.answers import FINISH, SKIP
from flows.choosing import REPLY
from flows.condition import Condition
from flows.definition import END, Act, Call, Collect, Definitions, Flow, Link, Route, SetSlots, Step
from flows.engine import is_choice
from flows.facts import NAMES
from flows.guidance import MAIN
from flows.library_checker import library_faults, text_faults, words_said
from flows.replies import ANSWERED
from flows.replies import NAMES as REPLY_NAMES
from flows.responses import Directory, Language, Response, Variation, address_words, fill
from flows.yamltree import DefinitionProblem

NEUTRAL = 40  # characters that a locked screen shows
QUESTIONS = 5
ASKS = 12  # ways to ask for a short reply, at least: from fewer it is not learnt
MOST_PHRASES = 2_500  # of one sign, written out: all are compared with every message

_QUESTIONED = re.compile(r'"(\w+)\.(\w+)"')  # a question, as slots.asking has it

# Responses that the engine and the actions speak by themselves.
SPOKEN = frozenset(
    {
        "utter_intro", "utter_outage", "utter_sent_again",
        "utter_danger_again", "utter_danger_numbers", "utter_officer_joined", "utter_officer_left",
        "utter_card_end", "utter_receipt", "utter_receipt_update", "utter_alert_acknowledged",
        "utter_alert_unanswered", "utter_alert_handed_over", "utter_alert_reopened", "utter_alert_closed",
        "utter_fallback", "utter_share", "utter_lesson", "utter_lesson_last", "utter_known", "utter_known_place",
        "utter_known_age", "utter_known_time", "utter_guidance_none", "utter_cards_near", "utter_support_talk",
    }
)  # fmt: skip
# Flows that the engine starts by itself.
STARTED = frozenset(
    {
        "danger", "danger_again", "unsafe", "check", "greeting", "media", "fallback", "exit", "erase", "card",
        "report", "checkback", "aftercare", "lesson", "resume", "unknown_answer", "heard_beside",
    }
)  # fmt: skip


def check(definitions: Definitions) -> list[DefinitionProblem]:
    """Every problem, with the file and line where it stands; empty when the conversations may begin."""
    found: list[DefinitionProblem] = []
    for flow in definitions.flows.values():
        found += _flow(definitions, flow)
    for table in (
        definitions.routes,
        definitions.interrupts,
        definitions.asides,
        definitions.dangers,
        definitions.conflicts,
    ):
        found += _routes(definitions, table)
    found += _signs(definitions)
    found += _replies(definitions)
    found += _reachable_flows(definitions)
    for language in definitions.languages.values():
        found += _language(definitions, language)
    found += _used(definitions)
    return [*found, *library_faults(definitions)]


# Flows


def _flow(definitions: Definitions, flow: Flow) -> Iterator[DefinitionProblem]:
    for step in flow.steps.values():
        for message in _step(definitions, flow, step):
            yield DefinitionProblem(flow.file, step.line, message)
    if not flow.description:
        yield DefinitionProblem(flow.file, flow.line, f"flow `{flow.id}` thiếu mô tả")
    if flow.finish and flow.finish not in flow.steps:
        yield DefinitionProblem(flow.file, flow.line, f"flow `{flow.id}`: không có bước `{flow.finish}` để gửi luôn")
    for step in _unreached(flow):
        yield DefinitionProblem(flow.file, step.line, f"không đường nào tới bước `{step.id}`")
    for step in _endless(flow):
        yield DefinitionProblem(flow.file, step.line, f"từ bước `{step.id}` không đường nào kết thúc")
    asked = _most_questions(definitions, flow.id)
    if asked > QUESTIONS:
        yield DefinitionProblem(
            flow.file, flow.line, f"flow `{flow.id}` có đường hỏi {asked} câu, nhiều hơn {QUESTIONS}"
        )


def _step(definitions: Definitions, flow: Flow, step: Step) -> Iterator[str]:
    for branch in step.next:
        if branch.target != END and branch.target not in flow.steps:
            yield f"không có bước `{branch.target}` trong flow `{flow.id}`"
        yield from _names(definitions, branch.when)
    if step.next and all(branch.when is not None for branch in step.next):
        yield f"bước `{step.id}` không có nhánh `else`: người bỏ qua câu này sẽ không đi tiếp được"
    match step:
        case Act(action=name) if name.startswith("utter_"):
            yield from _response(definitions, name)
        case Act(action=name) if name not in ACTIONS:
            yield f"không có việc `{name}`"
        case Link(flow=target) | Call(flow=target) if target not in definitions.flows:
            yield f"không có flow `{target}`"
        case SetSlots(values=values):
            yield from (f"không có slot `{slot}`" for slot, _ in values if slot not in definitions.slots)
        case Collect():
            yield from _collect(definitions, flow, step)


def _collect(definitions: Definitions, flow: Flow, step: Collect) -> Iterator[str]:
    if step.slot not in definitions.slots:
        yield f"không có slot `{step.slot}`"
    yield from _response(definitions, step.utter)
    if step.again:
        yield from _response(definitions, step.again)
    for rejection in step.rejections:
        yield from _response(definitions, rejection.utter)
        yield from _names(definitions, rejection.when)
    if step.silence and step.silent != END and step.silent not in flow.steps:
        yield f"không có bước `{step.silent}` cho lúc im lặng"
    response = definitions.languages[MAIN].responses.get(step.utter) if MAIN in definitions.languages else None
    if response and flow.id == "report":
        for variation in response.variations:
            if not any(choice.payload == "#ct:skip" for choice in variation.choices):
                yield f"câu hỏi `{step.utter}` thiếu nút bỏ qua"


def _names(definitions: Definitions, when: Condition | None) -> Iterator[str]:
    for name in sorted(when.names if when else ()):
        slot = name.removeprefix("slots.")
        if name not in NAMES and not (name.startswith("slots.") and slot in definitions.slots):
            yield f"điều kiện hỏi `{name}` mà không ai biết đó là gì"
    for flow, step in _QUESTIONED.findall(when.text if when and "slots.asking" in when.names else ""):
        if flow in definitions.flows and step not in definitions.flows[flow].steps:
            yield f"điều kiện hỏi câu `{flow}.{step}` mà flow `{flow}` không có bước đó"


def _response(definitions: Definitions, key: str) -> Iterator[str]:
    if MAIN in definitions.languages and key not in definitions.languages[MAIN].responses:
        yield f"không có câu `{key}` trong data/responses/{MAIN}.yml"


def _targets(step: Step) -> Iterator[str]:
    yield from (branch.target for branch in step.next)
    if isinstance(step, Collect) and step.silence:
        yield step.silent


def _unreached(flow: Flow) -> list[Step]:
    seen: set[str] = set()
    waiting = [flow.first, *([flow.finish] if flow.finish else [])]
    while waiting:
        at = waiting.pop()
        if at in flow.steps and at not in seen:
            seen.add(at)
            waiting += _targets(flow.steps[at])
    return [step for name, step in flow.steps.items() if name not in seen]


def _endless(flow: Flow) -> list[Step]:
    ending = {name for name, step in flow.steps.items() if isinstance(step, Link) or END in set(_targets(step))}
    grown = True
    while grown:
        more = {name for name, step in flow.steps.items() if ending & set(_targets(step))} - ending
        ending |= more
        grown = bool(more)
    return [step for name, step in flow.steps.items() if name not in ending]


def _most_questions(definitions: Definitions, start: str) -> int:
    """The largest number of different questions on any path from the beginning of `start`, links and calls included."""

    @cache
    def longest(flow: str, at: str, walked: frozenset[tuple[str, str]]) -> int:
        known = definitions.flows.get(flow)
        step = known.steps.get(at) if known else None
        if known is None or step is None or (flow, at) in walked or len(walked) > 80:
            return 0
        on = walked | {(flow, at)}
        here = 1 if isinstance(step, Collect) else 0
        if isinstance(step, Link):
            return longest(step.flow, _first(definitions, step.flow), on)
        if isinstance(step, Call):
            here += longest(step.flow, _first(definitions, step.flow), on)
        return here + max((longest(flow, branch.target, on) for branch in step.next), default=0)

    return longest(start, _first(definitions, start), frozenset())


def _first(definitions: Definitions, flow: str) -> str:
    return definitions.flows[flow].first if flow in definitions.flows else END


def _routes(definitions: Definitions, table: tuple[Route, ...]) -> Iterator[DefinitionProblem]:
    kinds = table in (definitions.dangers, definitions.conflicts)
    for place, route in enumerate(table):
        for message in _names(definitions, route.when):
            yield DefinitionProblem(route.file, route.line, message)
        if not kinds and route.then not in definitions.flows and route.then not in (SKIP, FINISH, REPLY):
            yield DefinitionProblem(route.file, route.line, f"không có flow `{route.then}`")
        if route.when is None and place < len(table) - 1:
            yield DefinitionProblem(
                route.file, route.line, "dòng không điều kiện phải đứng cuối; sau nó không ai tới được"
            )


def _signs(definitions: Definitions) -> Iterator[DefinitionProblem]:
    for name, phrases in definitions.signs.items():
        if len(phrases) > MOST_PHRASES:
            told = f"dấu hiệu `{name}` viết ra tới {len(phrases)} cụm chữ, tin nào cũng so hết: bớt nhóm (a|b) lại"
            yield DefinitionProblem("flows/definitions/signs.yml", 0, told)


def _replies(definitions: Definitions) -> Iterator[DefinitionProblem]:
    for reply in definitions.replies.values():
        faults = []
        if len(definitions.asks.get(reply.id, ())) < ASKS:
            faults.append(f"lời đáp `{reply.id}` cần ít nhất {ASKS} cách hỏi trong data/replies/asks.yml")
        if reply.then not in definitions.flows:
            faults.append(f"lời đáp `{reply.id}`: không có flow `{reply.then}`")
        if reply.then == ANSWERED:
            faults += _response(definitions, reply.words)
        for name in sorted(reply.when.names if reply.when else ()):
            if name not in REPLY_NAMES and name.removeprefix("slots.") not in definitions.slots:
                faults.append(f"lời đáp `{reply.id}`: điều kiện không được hỏi `{name}`")
        yield from (DefinitionProblem(reply.file, reply.line, message) for message in faults)
    for name in sorted(set(definitions.asks) - set(definitions.replies)):
        yield DefinitionProblem(
            "data/replies/asks.yml", 0, f"không có lời đáp `{name}` trong flows/definitions/replies.yml"
        )


def _reachable_flows(definitions: Definitions) -> Iterator[DefinitionProblem]:
    started = {flow.id for flow in definitions.flows.values() if flow.startable} | STARTED
    started |= {slot.opens for slot in definitions.slots.values() if slot.opens}
    started |= {route.then for route in (*definitions.routes, *definitions.interrupts, *definitions.asides)}
    started |= {reply.then for reply in definitions.replies.values()}
    for flow in definitions.flows.values():
        started |= {step.flow for step in flow.steps.values() if isinstance(step, Link | Call)}
    for name in STARTED - set(definitions.flows):
        yield DefinitionProblem("flows/definitions", 0, f"thiếu flow `{name}`")
    for flow in definitions.flows.values():
        if flow.id not in started:
            yield DefinitionProblem(flow.file, flow.line, f"không ai tới được flow `{flow.id}`")


# Words


def _language(definitions: Definitions, language: Language) -> Iterator[DefinitionProblem]:
    directory = definitions.directory
    for response in language.responses.values():
        for variation in response.variations:
            for message in _variation(definitions, response, variation):
                yield DefinitionProblem(response.file, variation.line, message)
    main = definitions.languages.get(MAIN)
    if language.complete and main is not None:
        for key in sorted(set(main.responses) - set(language.responses)):
            yield DefinitionProblem(language.file, 0, f"thiếu câu `{key}`, mà tệp nói là đủ (complete)")
    if language.code == MAIN:
        rules = directory.rules
        for key in (*rules.must_name_child_line, *rules.must_open_neutral):
            if not any(fnmatchcase(response, key) for response in language.responses):
                yield DefinitionProblem(language.file, 0, f"quy tắc nhắc tới `{key}` mà không có câu đó")


def _variation(definitions: Definitions, response: Response, variation: Variation) -> Iterator[str]:
    directory, key = definitions.directory, response.key
    yield from text_faults(definitions, variation.text)
    if directory.rules.names_child_line(key) and "{so_111}" not in variation.text:
        yield f"`{key}` phải có số 111 ({{so_111}})"
    if directory.rules.opens_neutral(key):
        openings = {words_said(said[:NEUTRAL]) for said in _samples(directory, variation.text)}
        for word in directory.rules.shown_on_a_locked_screen:
            if any(words_said(word) in opening for opening in openings):
                yield f"`{key}`: 40 chữ đầu hiện trên màn hình khóa, không được có `{word}`"
    for name, _ in variation.conditions:
        if name not in NAMES and name not in definitions.slots:
            yield f"`{key}`: điều kiện hỏi `{name}` mà không ai biết đó là gì"
    for choice in variation.choices:
        if not is_choice(definitions, choice.payload):
            yield f"`{key}`: nút `{choice.title}` dẫn tới `{choice.payload}`, không có chỗ đó"
        if len(choice.title) > 40:
            yield f"`{key}`: nút `{choice.title}` dài quá 40 chữ"


def _samples(directory: Directory, text: str) -> Iterator[str]:
    """`text` as each kind of person reads it."""
    for entry in directory.addresses:
        yield fill(text, {**directory.variables, **address_words(directory, entry.id, MAIN)})


def _used(definitions: Definitions) -> Iterator[DefinitionProblem]:
    used = set(SPOKEN) | {reply.words for reply in definitions.replies.values() if reply.then == ANSWERED}
    for flow in definitions.flows.values():
        for step in flow.steps.values():
            if isinstance(step, Act):
                used.add(step.action)
            if isinstance(step, Collect):
                used |= {step.utter, step.again, *(rejection.utter for rejection in step.rejections)}
    main = definitions.languages.get(MAIN)
    if main is None:
        yield DefinitionProblem(f"data/responses/{MAIN}.yml", 0, "thiếu tệp này")
        return
    for key in sorted(SPOKEN - set(main.responses)):
        yield DefinitionProblem(main.file, 0, f"thiếu câu `{key}`")
    for language in definitions.languages.values():
        for response in language.responses.values():
            if response.key not in used:
                yield DefinitionProblem(response.file, response.line, f"không ai dùng câu `{response.key}`")
