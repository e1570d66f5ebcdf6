"""What is kept in every turn of every conversation: each promise looks at one turn and raises AssertionError."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from escalation.triage import assess
from flows.definition import Collect, Definitions
from flows.effects import CancelWait, HideChat, RaiseAlert, Say, StartWait
from flows.engine import READS_ALONG, Turn, is_choice
from flows.events import AlertNews, Event, Heard, MediaReceived, OfficerLeft, OfficerSaid, Pressed, WaitExpired
from flows.responses import VARIABLE
from flows.safety import OPEN
from flows.state import Session, from_json, to_json
from nlu.signals import Urgency

MESSAGES = 3
BY_A_HUMAN = {"officer", "utter_receipt_update"}  # an officer's own words
NOT_SAFE = {"#ct:set:is_safe:no", "#ct:set:safe_now:no"}
MUTED = {"utter_danger_numbers", "utter_exit", "utter_erase"}


@dataclass(frozen=True)
class Seen:
    """One turn: what was before, what happened, and what came of it."""

    definitions: Definitions
    before: Session
    event: Event
    turn: Turn
    now: datetime

    @property
    def after(self) -> Session:
        return self.turn.session

    @property
    def says(self) -> list[Say]:
        return [effect for effect in self.turn.effects if isinstance(effect, Say)]

    @property
    def alarms(self) -> list[RaiseAlert]:
        return [effect for effect in self.turn.effects if isinstance(effect, RaiseAlert)]


def guarded(definitions: Definitions, session: Session) -> bool:
    """Whether somebody was asked whether they are safe, and has not answered."""
    top = session.top
    return top is not None and top.asked and definitions.flows[top.flow].safety


def few_messages_with_one_question_each(seen: Seen) -> None:
    assert len(seen.says) <= MESSAGES
    for say in seen.says:
        assert say.text.strip()
        if say.key not in BY_A_HUMAN:
            assert say.text.count("?") <= 1, say.text
            assert not VARIABLE.search(say.text), say.text


def urgency_never_falls(seen: Seen) -> None:
    if seen.event != AlertNews("closed"):
        assert seen.after.floor <= seen.before.floor


def danger_calls_a_human_first_and_says_111(seen: Seen) -> None:
    if not isinstance(seen.event, Heard) or assess(seen.event.signals).level > Urgency.U1:
        return
    first = seen.turn.effects[0]
    assert isinstance(first, RaiseAlert)
    assert first.level <= Urgency.U1
    if not seen.before.muted:
        assert any("111" in say.text for say in seen.says)


def new_danger_is_told_to_a_human_and_answered_with_111(seen: Seen) -> None:
    """However it was found out: in words, in several messages, by a button, by leaving the question."""
    if seen.after.floor > Urgency.U1 or seen.before.floor <= Urgency.U1:
        return
    assert seen.alarms
    if isinstance(seen.event, WaitExpired):  # nobody may be there to read it
        return
    if any(isinstance(effect, HideChat) for effect in seen.turn.effects):
        # somebody comes in: the numbers stood in the safety question that is left, and nothing may stand here now
        # or whoever writes after a hide is not known to be the child: they read that this answers by itself
        assert {say.key for say in seen.says} <= MUTED | {"utter_stranger"}
        assert not any("111" in say.text for say in seen.says)
        return
    if "utter_well_unclear" in {say.key for say in seen.says}:
        # another word than the agreed one: whoever holds the phone must not read that somebody is called
        assert not any("111" in say.text for say in seen.says)
        return
    assert any("111" in say.text for say in seen.says)


def whoever_presses_not_safe_is_heard(seen: Seen) -> None:
    """An old button too, and while an officer talks."""
    if isinstance(seen.event, Pressed) and seen.event.payload in NOT_SAFE:
        assert any(alarm.level <= Urgency.U1 for alarm in seen.alarms)


def what_must_name_111_names_it(seen: Seen) -> None:
    for say in seen.says:
        if seen.definitions.directory.rules.names_child_line(say.key):
            assert "111" in say.text, say.key


def a_muted_bot_says_only_numbers_and_farewells(seen: Seen) -> None:
    if not seen.before.muted or isinstance(seen.event, OfficerSaid | OfficerLeft):
        return
    said = {say.key for say in seen.says}
    if isinstance(seen.event, AlertNews) and seen.event.kind in ("unanswered", "handed_over", "reopened"):
        # whom they write to is not there: they are told whom to call, but a hidden chat may be in anybody's hands
        assert said == (set() if seen.before.away else {f"utter_alert_{seen.event.kind}"})
        return
    assert said <= MUTED
    if "utter_danger_numbers" in said:
        wrote = seen.before.slots.get("officer_at")
        reads_along = isinstance(wrote, str) and seen.now - datetime.fromisoformat(wrote) < READS_ALONG
        assert seen.after.floor < seen.before.floor or not reads_along
    assert seen.after.muted


def whoever_does_not_say_they_are_safe_is_treated_as_in_danger(seen: Seen) -> None:
    left = guarded(seen.definitions, seen.before) and not guarded(seen.definitions, seen.after)
    if left and isinstance(seen.event, Heard | Pressed | MediaReceived | WaitExpired):
        safe = seen.after.slots.get("is_safe") is True
        assert safe or any(alarm.level <= Urgency.U1 for alarm in seen.alarms)


def demands_come_before_words(seen: Seen) -> None:
    kinds = [isinstance(effect, Say) for effect in seen.turn.effects]
    assert kinds == sorted(kinds)


def an_alert_is_as_urgent_as_the_conversation(seen: Seen) -> None:
    if seen.alarms:
        assert seen.alarms[-1].level == seen.after.floor
        assert seen.after.alert in OPEN


def every_choice_leads_somewhere(seen: Seen) -> None:
    for say in seen.says:
        for choice in say.choices:
            assert choice.title
            assert is_choice(seen.definitions, choice.payload), choice.payload


def the_memory_survives_storage(seen: Seen) -> None:
    assert from_json(to_json(seen.after)) == seen.after


def waits_are_armed_and_forgotten_as_remembered(seen: Seen) -> None:
    armed = set(seen.before.waits)
    if isinstance(seen.event, WaitExpired):
        armed.discard(seen.event.wait_id)
    for effect in seen.turn.effects:
        if isinstance(effect, StartWait):
            armed.add(effect.wait_id)
        elif isinstance(effect, CancelWait):
            armed.discard(effect.wait_id)
    assert armed == set(seen.after.waits)


def a_question_that_stands_is_not_put_again(seen: Seen) -> None:
    """Whatever is written instead of an answer: a reminder at most. What they begin anew by its name asks anew."""
    asked, top = _awaited(seen.definitions, seen.before), seen.before.top
    chosen = top is not None and seen.definitions.flows[top.flow].startable
    if asked is not None and asked.again and isinstance(seen.event, Heard) and not chosen:
        assert asked.utter not in {say.key for say in seen.says}, asked.utter


def _awaited(definitions: Definitions, session: Session) -> Collect | None:
    top = session.top
    step = definitions.flows[top.flow].steps[top.step] if top is not None and top.asked else None
    return step if isinstance(step, Collect) else None


def it_ends_or_waits_for_an_answer(seen: Seen) -> None:
    top = seen.after.top
    assert top is None or top.asked or seen.after.awaiting


ALL: tuple[Callable[[Seen], None], ...] = (
    few_messages_with_one_question_each,
    urgency_never_falls,
    danger_calls_a_human_first_and_says_111,
    new_danger_is_told_to_a_human_and_answered_with_111,
    whoever_presses_not_safe_is_heard,
    what_must_name_111_names_it,
    a_muted_bot_says_only_numbers_and_farewells,
    whoever_does_not_say_they_are_safe_is_treated_as_in_danger,
    demands_come_before_words,
    an_alert_is_as_urgent_as_the_conversation,
    every_choice_leads_somewhere,
    the_memory_survives_storage,
    waits_are_armed_and_forgotten_as_remembered,
    a_question_that_stands_is_not_put_again,
    it_ends_or_waits_for_an_answer,
)
