"""One conversation in which every promise is looked at after every event."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from flows import engine
from flows.definition import Collect, Definitions
from flows.effects import HideChat, LookupReceipt, SaveReport, Say
from flows.engine import Turn
from flows.events import Event, Heard, ReceiptChecked, ReportSaved
from flows.state import WAKE, Session
from tests.flows import promises
from tests.flows.talk import NIGHT, command

QUESTIONS = 5
LEAVES = Heard(command("exit", "thoát"))
Step = Callable[[Definitions, Session, Event, datetime], Turn]


def real(definitions: Definitions, session: Session, event: Event, now: datetime) -> Turn:
    """The function under test; a planted fault takes its place to show that it would be found."""
    return engine.step(definitions, session, event, now=now)


def quick(definitions: Definitions) -> Definitions:
    """The flows and words of the project with fewer phrases to listen for: few lines are heard, and hearing is slow."""
    signs = {name: phrases[:2] for name, phrases in definitions.signs.items()}
    addresses = tuple(replace(one, cues=one.cues[:2]) for one in definitions.directory.addresses)
    return replace(definitions, signs=signs, directory=replace(definitions.directory, addresses=addresses))


class Walk:
    """A conversation; the shell answers a report or a receipt code at once, or only when it is let to."""

    def __init__(self, definitions: Definitions, session: Session, *, at_once: bool = True, step: Step = real) -> None:
        self.definitions = definitions
        self.session = session
        self.at_once = at_once
        self.step = step
        self.now = NIGHT
        self.shell: deque[Event] = deque()
        self.old: list[str] = []  # payloads that were offered at some time
        self._asked: set[str] = set()
        self._left: set[object] = set()  # where "thoát" was already tried

    def happens(self, event: Event) -> None:
        """Let an event happen; raises AssertionError when a promise is broken."""
        before, turn = self.session, self.step(self.definitions, self.session, event, self.now)
        self.session = turn.session
        seen = promises.Seen(self.definitions, before, event, turn, self.now)
        for promise in promises.ALL:
            promise(seen)
        self.old = [*self.old, *(choice.payload for choice in turn.session.choices)][-20:]
        self._counts_questions(seen)
        self._can_leave()
        self._shell_answers(turn)

    def fork(self) -> Walk:
        """Another conversation that was the same so far."""
        other = Walk(self.definitions, self.session, at_once=self.at_once, step=self.step)
        other._asked = set(self._asked)
        return other

    def _counts_questions(self, seen: promises.Seen) -> None:
        """Between the beginning and the end of one report nobody is asked more than five questions."""
        report = self.definitions.flows["report"]
        asks = {at.utter for at in report.steps.values() if isinstance(at, Collect)} | {"utter_ask_which_place"}
        said = {say.key for say in seen.says}
        if "utter_report_start" in said:
            self._asked = set()
        if any(frame.flow == "report" for frame in seen.after.frames):
            self._asked |= asks & said
        assert len(self._asked) <= QUESTIONS, self._asked

    def _can_leave(self) -> None:
        """ "Thoát" leads out from anywhere, at once, and the last thing on the screen is a neutral line."""
        here = (self.session.frames, self.session.muted, self.session.alert, self.session.floor)
        if here in self._left:
            return
        self._left.add(here)
        turn = self.step(self.definitions, self.session, LEAVES, self.now)
        assert turn.session.frames == ()
        assert all(wait.startswith(WAKE) for wait in turn.session.waits)  # only what was agreed on outlives it
        assert HideChat(erase=False) in turn.effects
        last = turn.effects[-1]
        assert isinstance(last, Say)
        assert last.key == "utter_exit"

    def _shell_answers(self, turn: Turn) -> None:
        for effect in turn.effects:
            if isinstance(effect, SaveReport) and effect.submitted:
                self.shell.append(ReportSaved("2468 1357 90"))
            elif isinstance(effect, LookupReceipt):
                self.shell.append(ReceiptChecked("in_progress", ("Cô đã tới nhà.",)))
        while self.at_once and self.shell:
            self.happens(self.shell.popleft())
