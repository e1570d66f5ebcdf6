"""From every beginning, everything that can happen next happens once: no promise is broken, and a fault is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from flows.definition import Definitions
from flows.effects import RaiseAlert, Say, StartWait
from flows.engine import Turn
from flows.events import (
    AlertNews,
    Event,
    Followed,
    Heard,
    MediaReceived,
    OfficerJoined,
    OfficerLeft,
    OfficerSaid,
    Pressed,
    ReceiptChecked,
    ReportSaved,
    WaitExpired,
)
from flows.state import Session
from nlu.signals import Urgency
from tests.flows.kinds import COMMANDS, INSTEAD, MEDIA, OPENINGS, TWO_PLACES, payloads
from tests.flows.talk import command, danger, doubt, told, words
from tests.flows.walk import Step, Walk, quick, real

MESSAGES = (
    *(command(name) for name in COMMANDS),
    *(words(text) for text in ("có", "không", "an toàn", "1", "3", "", "em không biết", "cha mẹ", "dạ")),
    *(words("xin hỏi", intent) for intent in ("guidance", "human", "hotline", "privacy", "status", "out_of_scope")),
    words("chào", "smalltalk"),
    told(),
    told(intent="report_other"),
    doubt(),
    danger(),
    danger(level=Urgency.U1, category="C11"),
    replace(danger(), entities=TWO_PLACES.entities),
    TWO_PLACES,
)


def everything(definitions: Definitions, walk: Walk) -> Iterator[Event]:
    """Every kind of event, in the variants that a conversation can tell apart."""
    yield from (Heard(message) for message in MESSAGES)
    yield Heard(words("con trốn rồi"), danger("ổng về, con trốn rồi"))
    yield from (Pressed(payload) for payload in dict.fromkeys((*payloads(definitions), *walk.old)))
    yield from INSTEAD
    yield from (MediaReceived(kind) for kind in MEDIA)
    yield from (WaitExpired(wait) for wait in (*walk.session.waits, "silence:nobody.knows"))
    yield from (AlertNews("acknowledged"), AlertNews("unanswered"), AlertNews("handed_over"), AlertNews("reopened"))
    yield from (AlertNews("closed"), OfficerJoined(), OfficerSaid("Cô đây?"), OfficerLeft(), Followed())
    yield from (ReportSaved("1111 1111 11"), ReceiptChecked(None), ReceiptChecked("done", ("Rồi",)))


def tries_everything(definitions: Definitions, opening: tuple[Event, ...], step: Step = real) -> int:
    walk = Walk(definitions, Session(address="em"), step=step)
    for event in opening:
        walk.happens(event)
    count = 0
    for event in everything(definitions, walk):
        walk.fork().happens(event)
        count += 1
    return count


@pytest.mark.parametrize("opening", OPENINGS, ids=range(len(OPENINGS)))
def test_anything_may_come_next(definitions: Definitions, opening: tuple[Event, ...]) -> None:
    assert tries_everything(quick(definitions), opening) > 100


def test_every_kind_of_event_is_among_them(definitions: Definitions) -> None:
    from flows import events

    kinds = {type(event) for event in everything(definitions, Walk(definitions, Session.new()))}
    assert set(events.Event.__args__) == kinds


# Planted faults


def calls_nobody(definitions: Definitions, session: Session, event: Event, now: datetime) -> Turn:
    turn = real(definitions, session, event, now)
    return Turn(turn.session, tuple(effect for effect in turn.effects if not isinstance(effect, RaiseAlert)))


def speaks_first(definitions: Definitions, session: Session, event: Event, now: datetime) -> Turn:
    turn = real(definitions, session, event, now)
    return Turn(turn.session, tuple(sorted(turn.effects, key=lambda effect: not isinstance(effect, Say))))


def calms_down(definitions: Definitions, session: Session, event: Event, now: datetime) -> Turn:
    turn = real(definitions, session, event, now)
    return turn if turn.effects else Turn(replace(turn.session, floor=Urgency.U4), ())


def leaves_out_the_numbers(definitions: Definitions, session: Session, event: Event, now: datetime) -> Turn:
    turn = real(definitions, session, event, now)
    said = (replace(one, text=one.text.replace("111", "")) if isinstance(one, Say) else one for one in turn.effects)
    return Turn(turn.session, tuple(said))


def talks_over_the_officer(definitions: Definitions, session: Session, event: Event, now: datetime) -> Turn:
    turn = real(definitions, replace(session, muted=False), event, now)
    return Turn(replace(turn.session, muted=session.muted or turn.session.muted), turn.effects)


def waits_for_ever(definitions: Definitions, session: Session, event: Event, now: datetime) -> Turn:
    turn = real(definitions, session, event, now)
    return Turn(turn.session, tuple(effect for effect in turn.effects if not isinstance(effect, StartWait)))


def does_not_let_go(definitions: Definitions, session: Session, event: Event, now: datetime) -> Turn:
    turn = real(definitions, session, event, now)
    return turn if turn.session.frames else Turn(replace(turn.session, frames=session.frames), turn.effects)


def trusts_silence(definitions: Definitions, session: Session, event: Event, now: datetime) -> Turn:
    if isinstance(event, WaitExpired):
        return Turn(replace(session, frames=(), waits=()), ())
    return real(definitions, session, event, now + timedelta(0))


@pytest.mark.parametrize(
    "fault",
    [
        calls_nobody,
        speaks_first,
        calms_down,
        leaves_out_the_numbers,
        talks_over_the_officer,
        waits_for_ever,
        does_not_let_go,
        trusts_silence,
    ],
)
def test_a_planted_fault_is_found(definitions: Definitions, fault: Step) -> None:
    def somewhere() -> None:
        for opening in reversed(OPENINGS):
            tries_everything(quick(definitions), opening, fault)

    with pytest.raises(AssertionError):
        somewhere()
