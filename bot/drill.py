"""The exercise (diễn tập): nights with a script, played through the real webhooks and clients, and what was kept."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from bot.config import Settings
from bot.progress import shown
from bot.town import Town, town

if TYPE_CHECKING:
    from flows.definition import Definitions
    from nlu.model import Model

CHILD = "7100000000000000001"
NEIGHBOUR = "+84900000077"
MOST_QUESTIONS = 5
DANGER = "ba dang cam dao ruot me"
CODE = re.compile(r"\b\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}\b")
WORDS = ("dao", "ruot", "bo mac", "gan nha")  # of the scripts' messages: no page may carry one


@dataclass
class Outcome:
    """What one night showed. A promise that the night did not touch is None."""

    name: str
    title: str
    first_reply: float | None = None  # seconds of real time, webhook to the provider's receipt
    numbers: bool | None = None  # 111 in the first reply
    paged: timedelta | None = None  # from the message to the first page, on the town's clock
    acknowledged: bool | None = None
    handed_over: bool | None = None
    lost: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)  # promises that were not kept, in Vietnamese

    def expect(self, kept: bool, promise: str) -> bool:
        """Note a promise; False if it was not kept."""
        if not kept:
            self.broken.append(promise)
        return kept

    def to_json(self) -> dict[str, Any]:
        """The outcome as `--json` prints it."""
        return {
            "name": self.name,
            "first_reply_seconds": self.first_reply,
            "carries_111": self.numbers,
            "paged_after_seconds": None if self.paged is None else self.paged.total_seconds(),
            "acknowledged": self.acknowledged,
            "handed_over": self.handed_over,
            "lost": self.lost,
            "broken": self.broken,
        }


def _first_reply(night: Town, seen: Outcome, write: Callable[[], list[str]], *, danger: bool = True) -> str:
    """Somebody writes for the first time: how soon and what they are told."""
    began, at = time.perf_counter(), night.clock.now()
    told = write()
    seen.first_reply = time.perf_counter() - began
    if not seen.expect(bool(told), "tin đầu tiên được trả lời ngay"):
        return ""
    seen.numbers = seen.expect("111" in told[0], "câu trả lời đầu tiên có số 111")
    if danger:
        pages = night.pages()
        if seen.expect(bool(pages), "cán bộ được báo"):
            seen.paged = pages[0].at - at
    return told[0]


def _acknowledged(night: Town, seen: Outcome) -> None:
    states = [alert.state for alert in night.alerts()]
    seen.acknowledged = seen.expect(states == ["acked"], "có người nhận")
    before = len(night.pages())
    night.after("4m")
    seen.expect(len(night.pages()) == before, "đã nhận thì chuông dừng")


def _nothing_lost(night: Town, seen: Outcome) -> None:
    seen.lost = night.lost()
    seen.expect(not seen.lost, "không mất gì")
    said = " ".join(page.text.casefold() for page in night.pages())
    seen.expect(not any(word in said for word in WORDS), "tin báo không mang lời kể")


def danger_on_zalo(night: Town, seen: Outcome) -> None:
    """Trẻ kêu cứu qua Zalo; cán bộ bấm phím 1"""
    first = night.on_call()[0]
    _first_reply(night, seen, lambda: night.on_zalo(CHILD, DANGER))
    seen.expect({page.method for page in night.pages(first)} == {"sms", "voice"}, "người trong ca được nhắn và gọi")
    before = len(night.zalo.messages)
    night.presses(first)
    _acknowledged(night, seen)
    seen.expect(len(night.zalo.messages) > before, "trẻ được cho hay là có người nhận")


def report_by_sms(night: Town, seen: Outcome) -> None:
    """Hàng xóm báo tin bằng SMS, không nói tên; cán bộ trả lời tin nhắn"""
    at, first = night.clock.now(), "be gan nha toi bi bo me bo mac, khong cho an hoc"
    told = [_first_reply(night, seen, lambda: night.by_sms(NEIGHBOUR, first), danger=False)]
    for _ in range(MOST_QUESTIONS):
        if any(CODE.search(text) for text in told):
            break
        told += night.by_sms(NEIGHBOUR, "bo qua")
    seen.expect(any(CODE.search(text) for text in told), "hỏi nhiều nhất năm câu rồi trao mã biên nhận")
    seen.expect(len(night.cases()) == 1, "một lần báo là một ca")
    pages = night.pages()
    if seen.expect(bool(pages), "cán bộ được báo"):
        seen.paged = pages[0].at - at
        night.by_sms(pages[0].number, "1")
    _acknowledged(night, seen)


def officer_asleep(night: Town, seen: Outcome) -> None:
    """Không ai nghe máy: người kế, phụ trách, rồi tổng đài 111"""
    people, desk = night.on_call(), night.number_of("desk:111")
    began = night.clock.now()
    _first_reply(night, seen, lambda: night.on_zalo(CHILD, DANGER))
    seen.expect(not night.pages(people[1]), "người kế chưa bị gọi sớm")
    for number, who in zip([*people[1:], desk], ("người kế", "phụ trách", "tổng đài 111"), strict=True):
        night.after("5m")
        seen.expect(bool(night.pages(number)), f"{who} được gọi")
    reached = night.pages(desk)
    seen.handed_over = seen.expect(
        bool(reached) and reached[0].at - began <= timedelta(minutes=15), "sau 15 phút tổng đài được gọi"
    )
    before = len(night.pages(desk))
    night.after("10m")
    seen.expect(len(night.pages(desk)) > before, "tổng đài được gọi lại đến khi có người nhận")
    if reached:
        night.presses(desk)
    _acknowledged(night, seen)


def nobody_on_call(night: Town, seen: Outcome) -> None:
    """Lịch trực trống: gọi ngay tổng đài và rung chuông của nhóm"""
    _first_reply(night, seen, lambda: night.on_zalo(CHILD, DANGER))
    desk = night.number_of("desk:111")
    seen.handed_over = seen.expect(bool(night.pages(desk)), "tổng đài được gọi ngay")
    seen.expect(bool(night.alarms()), "chuông của nhóm rung")
    if seen.handed_over:
        night.presses(desk)
    _acknowledged(night, seen)


def provider_down(night: Town, seen: Outcome) -> None:
    """Zalo và tin nhắn của cán bộ hỏng: cán bộ được gọi, trẻ được trả lời khi Zalo sống lại"""
    first = night.on_call()[0]
    night.zalo.down = True
    night.twilio.error_next(30003)  # the officer's handset cannot be reached by text
    began = night.clock.now()
    told = night.on_zalo(CHILD, DANGER)
    seen.expect(not told, "nhà mạng hỏng thật")
    calls = [page for page in night.pages(first) if page.method == "voice"]
    if seen.expect(bool(calls), "cách báo kế được dùng ngay"):
        seen.paged = calls[0].at - began
        night.presses(first)
    _acknowledged(night, seen)
    night.zalo.down = False
    night.after("10m")
    back = [m.text for m in night.zalo.messages if m.user_id == CHILD]
    if seen.expect(bool(back), "trẻ được trả lời khi nhà mạng sống lại"):
        seen.numbers = seen.expect("111" in back[0], "câu trả lời đầu tiên có số 111")


def said_twice(night: Town, seen: Outcome) -> None:
    """Nhà mạng gửi một tin ba lần: một câu trả lời, một ca"""
    told = _first_reply(night, seen, lambda: night.on_zalo(CHILD, DANGER))
    once = len(night.zalo.messages)
    night.do(night.zalo.user_sends(CHILD, DANGER, msg_id="again-1"))
    twice = len(night.zalo.messages)
    for attempt in (1, 2):
        night.do(night.zalo.user_sends(CHILD, DANGER, msg_id="again-1", retry=attempt))
    seen.expect(bool(told) and len(night.zalo.messages) == twice >= once, "tin lặp không được trả lời thêm")
    seen.expect(len(night.cases()) == 1, "vẫn là một ca")
    night.presses(night.on_call()[0])
    _acknowledged(night, seen)


def cut_off(night: Town, seen: Outcome) -> None:
    """Máy chủ dừng ngay sau khi nhận tin: khởi động lại thì trả lời và báo"""
    first = night.on_call()[0]

    def write() -> list[str]:
        night.only(night.zalo.user_sends(CHILD, DANGER))
        night.restart()
        night.work()
        return [m.text for m in night.zalo.messages if m.user_id == CHILD]

    _first_reply(night, seen, write)
    night.restart()
    night.presses(first)
    _acknowledged(night, seen)


@dataclass(frozen=True)
class Scenario:
    """One night of the exercise."""

    name: str
    play: Callable[[Town, Outcome], None]
    staffed: bool = True

    @property
    def title(self) -> str:
        """What happens in it, in Vietnamese."""
        return (self.play.__doc__ or "").strip()


SCENARIOS = (
    Scenario("danger-zalo", danger_on_zalo),
    Scenario("report-sms", report_by_sms),
    Scenario("officer-asleep", officer_asleep),
    Scenario("nobody-on-call", nobody_on_call, staffed=False),
    Scenario("provider-down", provider_down),
    Scenario("said-twice", said_twice),
    Scenario("cut-off", cut_off),
)


def play(scenario: Scenario, settings: Settings, model: Model, definitions: Definitions) -> Outcome:
    """One night from beginning to end, in a town of its own."""
    seen = Outcome(scenario.name, scenario.title)
    with town(settings, model, definitions, staffed=scenario.staffed) as night:
        scenario.play(night, seen)
        _nothing_lost(night, seen)
    return seen


def drill(
    settings: Settings,
    *,
    as_json: bool = False,
    only: Sequence[str] = (),
    scenarios: Sequence[Scenario] = SCENARIOS,
    model: Model | None = None,
) -> int:
    """Play every night (or those named in `only`) and print what was kept; exit code 1 if any promise was not.

    `model`: the readers, loaded if they are not given.
    """
    from bot.understanding import load_model
    from bot.words import load_definitions

    known = [scenario.name for scenario in scenarios]
    if strangers := [name for name in only if name not in known]:
        Console(stderr=True).print(f"Không có kịch bản {', '.join(strangers)}; có: {', '.join(known)}", markup=False)
        return 2
    if model is None:
        with shown() as progress:
            model = load_model(settings, progress=progress)
    definitions = load_definitions(settings)
    outcomes = []
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        for scenario in scenarios:
            if not only or scenario.name in only:
                bar.update(task, description=scenario.title)
                outcomes.append(play(scenario, settings, model, definitions))
    if as_json:
        sys.stdout.write(json.dumps([o.to_json() for o in outcomes], ensure_ascii=False, indent=2) + "\n")
    else:
        _print(outcomes)
    return 1 if any(outcome.broken for outcome in outcomes) else 0


def _print(outcomes: Sequence[Outcome]) -> None:
    table = Table(title="Diễn tập", title_justify="left", show_lines=True)
    table.add_column("Kịch bản")
    for column in ("Trả lời", "111", "Báo", "Nhận", "Giao", "Đủ"):
        table.add_column(column, justify="center", no_wrap=True)
    for one in outcomes:
        table.add_row(
            one.title,
            "–" if one.first_reply is None else f"{one.first_reply:.2f} s",
            _sign(one.numbers),
            "–" if one.paged is None else f"+{one.paged.total_seconds():.0f} s",
            _sign(one.acknowledged),
            _sign(one.handed_over),
            _sign(not one.lost),
        )
    console = Console(file=sys.stdout, highlight=False)
    console.print(table)
    console.print(
        "Trả lời: bao lâu thì có câu trả lời đầu · 111: câu đó có số 111 · Báo: bao lâu thì tin tới cán bộ · "
        "Nhận: có người nhận ca · Giao: đã giao tổng đài · Đủ: không mất gì",
        style="dim",
    )
    broken = [(one.title, promise) for one in outcomes for promise in one.broken]
    for title, promise in broken:
        console.print(f"KHÔNG GIỮ ĐƯỢC: {promise} ({title})", style="bold red", markup=False)
    if not broken:
        console.print("Mọi lời hứa đều giữ được.", style="green")


def _sign(kept: bool | None) -> str:
    return "–" if kept is None else "[green]có[/green]" if kept else "[bold red]không[/bold red]"
