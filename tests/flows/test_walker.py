"""Whatever a person, an officer, the clock and the alert do in whatever order, every promise is kept in every turn."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from flows.definition import Definitions
from flows.events import Event, Followed, Heard, MediaReceived, OfficerLeft, Pressed, WaitExpired
from flows.state import Session
from nlu.signals import Signals
from tests.flows import promises
from tests.flows.kinds import (
    ADDRESSES,
    ANSWERS,
    CHANNELS,
    COMMANDS,
    INSTEAD,
    MEDIA,
    MESSAGES,
    NEWS,
    OPENINGS,
    URGENT,
    payloads,
)
from tests.flows.talk import command
from tests.flows.walk import Walk, quick


class Walker(RuleBasedStateMachine):
    """One conversation, from one of several beginnings."""

    definitions: ClassVar[Definitions]
    payloads: ClassVar[tuple[str, ...]]

    def __init__(self) -> None:
        super().__init__()
        self.walk = Walk(self.definitions, Session.new())

    @initialize(
        channel=st.sampled_from(CHANNELS),
        address=st.sampled_from(ADDRESSES),
        at_once=st.sampled_from([True, True, False]),
        opening=st.sampled_from(OPENINGS),
    )
    def begins(self, channel: str, address: str, at_once: bool, opening: tuple[Event, ...]) -> None:
        self.walk = Walk(self.definitions, Session(channel=channel, address=address), at_once=at_once)
        for event in opening:
            self.walk.happens(event)

    @property
    def session(self) -> Session:
        return self.walk.session

    @rule(message=MESSAGES, together=st.one_of(st.none(), URGENT))
    def writes(self, message: Signals, together: Signals | None) -> None:
        self.walk.happens(Heard(message, together))

    @rule(name=st.sampled_from(COMMANDS))
    def writes_a_command(self, name: str) -> None:
        self.walk.happens(Heard(command(name)))

    @rule(message=URGENT)
    def is_in_danger(self, message: Signals) -> None:
        self.walk.happens(Heard(message))

    @precondition(lambda self: self.session.top and self.session.top.asked)
    @rule(message=ANSWERS)
    def answers_what_was_asked(self, message: Signals) -> None:
        self.walk.happens(Heard(message))

    @precondition(lambda self: self.session.muted or promises.guarded(self.definitions, self.session))
    @rule(event=st.sampled_from(INSTEAD))
    def does_something_else(self, event: Event) -> None:
        self.walk.happens(event)

    @precondition(lambda self: self.session.choices)
    @rule(place=st.integers(0, 9), typed=st.booleans())
    def chooses_what_is_offered(self, place: int, typed: bool) -> None:
        place %= len(self.session.choices)
        choice = self.session.choices[place]
        number = Heard(Signals(str(place + 1), "unclear", 0.1, "C99", 0.1))
        self.walk.happens(number if typed else Pressed(choice.payload, choice.title))

    @precondition(lambda self: self.walk.old)
    @rule(place=st.integers(0, 19))
    def presses_an_old_button(self, place: int) -> None:
        self.walk.happens(Pressed(self.walk.old[place % len(self.walk.old)]))

    @rule(place=st.integers(0, 99), title=st.sampled_from(["", "Dạ"]))
    def presses_anything(self, place: int, title: str) -> None:
        self.walk.happens(Pressed(self.payloads[place % len(self.payloads)], title))

    @rule(kind=st.sampled_from(MEDIA))
    def sends_a_picture(self, kind: str) -> None:
        self.walk.happens(MediaReceived(kind))

    @rule()
    def opens_the_chat(self) -> None:
        self.walk.happens(Followed())

    @precondition(lambda self: self.session.waits)
    @rule(place=st.integers(0, 3))
    def says_nothing_for_long(self, place: int) -> None:
        self.walk.now += timedelta(minutes=30)
        self.walk.happens(WaitExpired(self.session.waits[place % len(self.session.waits)]))

    @rule(news=NEWS, later=st.sampled_from([0, 1, 600]))
    def something_comes_from_outside(self, news: Event, later: int) -> None:
        self.walk.now += timedelta(minutes=later)
        self.walk.happens(news)

    @precondition(lambda self: self.session.muted)
    @rule()
    def the_officer_leaves(self) -> None:
        self.walk.happens(OfficerLeft())

    @precondition(lambda self: self.walk.shell)
    @rule()
    def the_shell_answers_late(self) -> None:
        self.walk.happens(self.walk.shell.popleft())


BOUNDS = settings(max_examples=60, stateful_step_count=25, deadline=None, derandomize=True, database=None)


def test_every_promise_is_kept_in_every_turn(definitions: Definitions) -> None:
    known = quick(definitions)
    walker = type("Walker", (Walker,), {"definitions": known, "payloads": payloads(known)})
    run_state_machine_as_test(walker, settings=BOUNDS)
