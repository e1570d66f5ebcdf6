"""One flow walked at the keyboard: the real engine without a database, and beside every answer the state it left."""

from __future__ import annotations

import re
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, assert_never

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.clock import MovedClock
from flows.definition import DefinitionProblems, Definitions
from flows.effects import (
    AddToReport,
    CancelWait,
    CountReach,
    Effect,
    HideChat,
    LookupReceipt,
    RaiseAlert,
    RequestHandoff,
    SaveReport,
    Say,
    StartWait,
)
from flows.engine import step
from flows.events import Event, Heard, Pressed, ReceiptChecked, ReportSaved, WaitExpired
from flows.listen import chosen
from flows.state import WAKE, Session, Slot

if TYPE_CHECKING:
    from bot.config import Settings
    from nlu.model import Model
    from nlu.signals import Signals

CHANNEL = "terminal"
RECEIPT = "1111 1111 1111 1116"  # a sound code; the only one that this pretended desk knows
ANSWERS = 20  # of the pretended desk, that may follow from one line
LONGEST = 80  # characters of a value that are shown
GUIDANCE = "data/guidance/"
QUIT, WAITS = "/quit", "/wait"

Reader = Callable[[str, datetime], "Signals"]


@dataclass(frozen=True)
class Shown:
    """What one line led to: words to the person, what else was asked of the world, and a word to who tries."""

    says: tuple[Say, ...] = ()
    effects: tuple[Effect, ...] = ()
    note: str = ""


class Tryout:
    """One person who starts at the beginning of one flow; nobody is rung and nothing is kept."""

    def __init__(self, definitions: Definitions, flow: str, read: Reader, clock: MovedClock) -> None:
        self.definitions = definitions
        self.flow = flow
        self.session = Session.new(CHANNEL)
        self.periods: dict[str, timedelta] = {}  # of the waits that stand
        self._read = read
        self._clock = clock

    @property
    def ended(self) -> bool:
        """Whether nothing is left to do in any flow."""
        return not self.session.frames

    def begin(self) -> Shown:
        """The first words of the flow; every flow can wake by itself, also one that no choice starts."""
        self.session = self.session.waking(self.flow)
        return self._happens(WaitExpired(WAKE + self.flow))

    def line(self, line: str) -> Shown:
        """What one line leads to: a number or a title presses, `/wait` lets time pass, anything else is heard."""
        text = line.strip()
        if text == WAITS:
            return self._passes()
        if text.startswith("/"):
            return Shown(note=f"Chỉ có {WAITS} (để câu hỏi hết giờ chờ) và {QUIT}.")
        choice = chosen(self.session, text, self.definitions.presses)
        if choice is not None:
            return self._happens(Pressed(choice.payload, choice.title))
        local = self._clock.now() + timedelta(hours=self.definitions.directory.utc_offset)
        return self._happens(Heard(self._read(text, local)))

    def _passes(self) -> Shown:
        """The silence after a question runs out, before anything that was agreed for later."""
        standing = sorted(self.session.waits, key=lambda wait: (wait.startswith(WAKE), self._period(wait), wait))
        if not standing:
            return Shown(note="Không có gì đang chờ hết giờ.")
        period = self._period(standing[0])
        self._clock.advance(period)
        for wait in self.periods:
            self.periods[wait] = max(self.periods[wait] - period, timedelta())
        return self._happens(WaitExpired(standing[0]))

    def _period(self, wait: str) -> timedelta:
        return self.periods.get(wait, timedelta())

    def _happens(self, event: Event) -> Shown:
        """The event, and what the pretended desk answers to its effects."""
        effects: list[Effect] = []
        pending: deque[Event] = deque([event])
        for _ in range(ANSWERS):
            if not pending:
                break
            turn = step(self.definitions, self.session, pending.popleft(), now=self._clock.now())
            self.session = turn.session
            effects += turn.effects
            for effect in turn.effects:
                pending.extend(self._answers(effect))
        self.periods = {wait: self.periods[wait] for wait in self.session.waits if wait in self.periods}
        says = tuple(effect for effect in effects if isinstance(effect, Say))
        return Shown(says, tuple(effect for effect in effects if not isinstance(effect, Say)))

    def _answers(self, effect: Effect) -> list[Event]:
        match effect:
            case SaveReport(submitted=True):
                return [ReportSaved(RECEIPT)]
            case LookupReceipt(code=code):
                known = re.sub(r"\D", "", code) == RECEIPT.replace(" ", "")
                return [ReceiptChecked("received" if known else None)]
            case StartWait(wait_id=wait, after=after):
                self.periods[wait] = after
        return []

    def state(self) -> list[tuple[str, str]]:
        """Where the conversation stands now, as named lines."""
        session = self.session
        stack = [f"{frame.flow}.{frame.step}{' (chờ trả lời)' if frame.asked else ''}" for frame in session.frames]
        level = [session.floor.name, session.danger and f"nguy hiểm {session.danger}"]
        level += [session.alert and f"báo động {session.alert}", session.awaiting and f"đợi {session.awaiting}"]
        return [
            ("vị trí", " › ".join(stack) or "hết kịch bản"),
            ("slot", ", ".join(f"{name}={_value(value)}" for name, value in session.slots.items()) or "–"),
            ("mức", ", ".join(one for one in level if one)),
            ("chờ", ", ".join(f"{wait} ({_span(self._period(wait))})" for wait in session.waits) or "–"),
        ]


def try_flow(settings: Settings, flow: str) -> int:
    """Walk one flow between a person and the terminal, until `/quit` or the end of the input. Exit code."""
    definitions, notes = usable(settings)
    if flow not in definitions.flows:
        known = ", ".join(sorted(definitions.flows))
        sys.stderr.write(f"Không có kịch bản “{flow}”. Có: {known}.\n")
        return 1
    console = Console(file=sys.stdout, highlight=False)
    for note in notes:
        console.print(note, style="yellow", markup=False)
    console.print(f"{flow}: {definitions.flows[flow].name}. Gõ số hay chữ. {WAITS}: để hết giờ chờ. {QUIT}: thoát.")
    walk = Tryout(definitions, flow, _reader(settings), MovedClock(datetime.now(UTC)))
    _show(console, walk, walk.begin())
    while (line := _asked(console)) is not None:
        _show(console, walk, walk.line(line))
    return 0


def usable(settings: Settings) -> tuple[Definitions, list[str]]:
    """The flows and words as they stand, and what to say of them; raises DefinitionProblems for what would mislead.

    Guidance that is half-written keeps nobody from trying a flow.
    """
    from bot.words import sources
    from flows.checker import check
    from flows.reading import parse

    definitions, problems = parse(sources(settings))
    problems = sorted({*problems, *check(definitions)})
    serious = [problem for problem in problems if not problem.file.startswith(GUIDANCE)]
    if serious:
        raise DefinitionProblems(serious)
    note = f"{len(problems)} lỗi trong {GUIDANCE} (xem: langnghe check): thẻ hướng dẫn có thể thiếu."
    return definitions, [note] if problems else []


def _reader(settings: Settings) -> Reader:
    """Reads typed words with the model of this installation, that is loaded once somebody types any."""

    @cache
    def model() -> Model:
        from bot.progress import shown
        from bot.understanding import load_model

        with shown() as progress:
            return load_model(settings, progress=progress)

    def read(text: str, local: datetime) -> Signals:
        from nlu import understand

        return understand(text, model(), now=local)

    return read


def _asked(console: Console) -> str | None:
    from bot.sorting import whole

    try:
        line = whole(console.input("[bold]› [/bold]"))
    except EOFError:
        return None
    return None if line.strip() == QUIT else line


def _show(console: Console, walk: Tryout, shown: Shown) -> None:
    beside = Table.grid(padding=(0, 2), expand=True)
    beside.add_column(ratio=3)
    beside.add_column(ratio=2)
    beside.add_row(_words(shown), _state(walk, shown))
    console.print(beside)
    if walk.ended:
        console.print("— hết kịch bản; lời kế tiếp là một lời mới —", style="dim", markup=False)


def _words(shown: Shown) -> Text:
    lines = [shown.note] if shown.note else []
    for said in shown.says:
        lines.append(said.text)
        lines += [f"  {number}. {choice.title}" for number, choice in enumerate(said.choices, 1)]
    return Text("\n".join(lines) or "(không nói gì)", style="cyan")


def _state(walk: Tryout, shown: Shown) -> Text:
    done = ", ".join(map(described, shown.effects)) or "–"
    return Text("\n".join(f"{name}: {value}" for name, value in [*walk.state(), ("việc", done)]), style="dim")


def described(effect: Effect) -> str:  # noqa: PLR0911
    """One effect in a few words."""
    match effect:
        case Say():
            return f"nói {effect.key}"
        case RaiseAlert():
            reasons = ", ".join(reason.concept for reason in effect.reasons)
            return f"gọi cán bộ {effect.level.name} {effect.category} ({reasons})"
        case SaveReport():
            kept = "lưu tin" if effect.submitted else "giữ tin chưa gửi"
            return f"{kept} {effect.level.name} {effect.category} ({', '.join(effect.fields)})"
        case RequestHandoff():
            return f"mời người trực {effect.level.name} {effect.category}"
        case LookupReceipt():
            return "tìm mã"
        case AddToReport():
            return "gửi thêm vào tin"
        case StartWait():
            return f"hẹn {effect.wait_id} sau {_span(effect.after)}"
        case CancelWait():
            return f"thôi chờ {effect.wait_id}"
        case HideChat():
            return "xóa màn hình" if effect.erase else "cất cuộc trò chuyện"
        case CountReach():
            return f"đếm {effect.card}"
        case _:
            assert_never(effect)


def _value(value: Slot) -> str:
    if value is None:
        return "bỏ qua"
    if isinstance(value, bool):
        return "có" if value else "không"
    line = " ".join(value.split())
    return line if len(line) <= LONGEST else line[:LONGEST] + "…"


def _span(period: timedelta) -> str:
    minutes = round(period.total_seconds() / 60)
    days, hours = minutes // 1440, minutes // 60
    if minutes and minutes % 1440 == 0:
        return f"{days} ngày"
    return f"{hours} giờ" if minutes and minutes % 60 == 0 else f"{minutes} phút"
