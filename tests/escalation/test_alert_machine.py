"""Whatever happens in whatever order, an alert that nobody has reaches the 111 desk, again and again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from escalation import alert as core
from escalation.alert import Alert, AlertEffect, AlertEvent, ArmDeadline, PageStep, State, advance, open_alert
from escalation.policy import Policy
from nlu.signals import Urgency
from tests.escalation.policies import real_policy

POLICY = real_policy()
START = datetime(2026, 2, 27, 20, tzinfo=UTC)
PEOPLE = st.sampled_from(["an", "binh", "dung", "desk:111"])
LEVELS = st.sampled_from(list(Urgency))


class AlertMachine(RuleBasedStateMachine):
    """One alert under a random night; the pending deadlines are a set, as the job table keeps them."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.deadlines: dict[int, datetime] = {}
        self.policy = POLICY
        self.alert, effects = open_alert(Urgency.U2, POLICY, now=self.now)
        self.take(effects)

    def step(self, alert: Alert, event: AlertEvent) -> core.Advance:
        """The function under test; a mutant overrides it."""
        return advance(alert, event, self.policy, now=self.now)

    def take(self, effects: tuple[AlertEffect, ...]) -> None:
        for effect in effects:
            if isinstance(effect, ArmDeadline):
                self.deadlines = {effect.gen: effect.at}
        if self.alert.state is State.CLOSED:
            self.deadlines = {}

    def happens(self, event: AlertEvent) -> tuple[AlertEffect, ...]:
        before = self.alert
        try:
            self.alert, effects = self.step(before, event)
        except core.IllegalTransition:
            assert self.alert is before
            return ()
        if not isinstance(event, core.Lowered):
            assert self.alert.level <= before.level, "only a human lowers"
        assert self.alert.gen >= before.gen
        if self.alert != before:
            assert self.alert.gen == before.gen + 1, "every transition is a generation of its own"
        self.take(effects)
        return effects

    @rule(level=LEVELS)
    def the_danger_grows(self, level: Urgency) -> None:
        self.happens(core.Raised(level))

    @rule(at_hand=st.booleans())
    def danger_is_told_again(self, at_hand: bool) -> None:
        self.happens(core.Renewed(at_hand))
        if self.alert.state is State.ACKED:
            assert not self.alert.followed_up, "an action is due after it"

    @rule(level=LEVELS)
    def a_human_lowers(self, level: Urgency) -> None:
        self.happens(core.Lowered(level, by="dung"))

    @rule(by=PEOPLE, back=st.integers(0, 3))
    def someone_acknowledges(self, by: str, back: int) -> None:
        waited = self.alert.waits
        effects = self.happens(core.Acknowledged(by, gen=max(self.alert.gen - back, 1)))
        if waited:
            assert self.alert.state is State.ACKED
            assert not any(isinstance(effect, PageStep) for effect in effects)

    @rule(by=PEOPLE)
    def someone_acts(self, by: str) -> None:
        self.happens(core.FollowedUp(by))

    @rule()
    def the_deadline_passes(self) -> None:
        for gen, at in list(self.deadlines.items()):
            self.now = max(self.now, at)
            self.happens(core.DeadlinePassed(gen))

    @rule(back=st.integers(1, 4))
    def an_old_deadline_comes_late(self, back: int) -> None:
        before = self.alert
        self.happens(core.DeadlinePassed(before.gen - back))
        assert self.alert == before

    @rule()
    def the_step_is_empty(self) -> None:
        self.happens(core.NobodyOnCall(self.alert.gen, self.alert.step))

    @rule(by=PEOPLE)
    def it_is_given_back(self, by: str) -> None:
        self.happens(core.Reopened(by))

    @rule()
    def somebody_of_the_place_is_accused(self) -> None:
        self.policy = POLICY.past_officers()
        held = self.alert.state is State.ACKED and self.alert.holder in ("an", "binh")
        effects = self.happens(core.PassedOver(holder_too=held))
        if held:
            assert self.alert.waits
        if self.alert.state is State.OPEN:
            assert PageStep(0) in effects

    @rule(minutes=st.integers(1, 300))
    def time_passes(self, minutes: int) -> None:
        until = self.now + timedelta(minutes=minutes)
        if self.deadlines and min(self.deadlines.values()) > until:
            self.now = until

    @precondition(lambda self: self.alert.state is State.ACKED)
    @rule(chance=st.integers(0, 9))
    def it_is_closed(self, chance: int) -> None:
        if chance == 0:
            self.happens(core.Closed("an"))

    @invariant()
    def exactly_one_deadline_of_the_current_generation(self) -> None:
        if self.alert.state is State.CLOSED:
            assert self.deadlines == {}
            assert self.alert.deadline_at is None
        else:
            assert self.deadlines == {self.alert.gen: self.alert.deadline_at}
            assert self.alert.deadline_at is not None
            assert self.alert.deadline_at >= self.now

    @invariant()
    def left_alone_it_reaches_the_desk_again_and_again(self) -> None:
        alert, now, desk = self.alert, self.now, 0
        if alert.state is State.CLOSED or alert.followed_up:
            return
        for _ in range(12):
            assert alert.deadline_at is not None
            now = max(now, alert.deadline_at)
            alert, effects = self._alone(alert, now)
            last = self.policy.of(alert.level).last
            desk += sum(isinstance(effect, PageStep) and effect.step == last for effect in effects)
        assert desk >= 3
        assert alert.state is State.HANDOVER

    def _alone(self, alert: Alert, now: datetime) -> core.Advance:
        kept, self.now = self.now, now
        try:
            return self.step(alert, core.DeadlinePassed(alert.gen))
        finally:
            self.now = kept


FEW = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestAlert = AlertMachine.TestCase
TestAlert.settings = FEW


class GivesUp(AlertMachine):
    """Mutant: after three rounds at the desk nothing more is done."""

    def step(self, alert: Alert, event: AlertEvent) -> core.Advance:
        if isinstance(event, core.DeadlinePassed) and alert.state is State.HANDOVER and alert.round > 4:
            return alert, ()
        return super().step(alert, event)


class ForgetsDeadline(AlertMachine):
    """Mutant: an acknowledged alert has no deadline."""

    def step(self, alert: Alert, event: AlertEvent) -> core.Advance:
        after, effects = super().step(alert, event)
        if isinstance(event, core.Acknowledged):
            effects = tuple(effect for effect in effects if not isinstance(effect, ArmDeadline))
        return after, effects


class NoFence(AlertMachine):
    """Mutant: the deadline of any generation counts."""

    def step(self, alert: Alert, event: AlertEvent) -> core.Advance:
        if isinstance(event, core.DeadlinePassed):
            event = core.DeadlinePassed(alert.gen)
        return super().step(alert, event)


class LowersByItself(AlertMachine):
    """Mutant: a lesser sign makes the alert less urgent."""

    def step(self, alert: Alert, event: AlertEvent) -> core.Advance:
        if isinstance(event, core.Raised) and event.level > alert.level:
            event = core.Lowered(event.level, by="bot")
            return advance(alert, event, POLICY, now=self.now)
        return super().step(alert, event)


class StaysSilent(AlertMachine):
    """Mutant: an acknowledgement without action is left alone."""

    def step(self, alert: Alert, event: AlertEvent) -> core.Advance:
        if isinstance(event, core.DeadlinePassed) and alert.state is State.ACKED and event.gen == alert.gen:
            return super().step(alert, core.FollowedUp(alert.holder or "an"))
        return super().step(alert, event)


@pytest.mark.parametrize("mutant", [GivesUp, ForgetsDeadline, NoFence, LowersByItself, StaysSilent])
def test_a_planted_fault_is_found(mutant: type[AlertMachine]) -> None:
    with pytest.raises(AssertionError):
        run_state_machine_as_test(mutant, settings=settings(FEW, print_blob=False, report_multiple_bugs=False))


def test_the_policy_under_test_is_the_real_one() -> None:
    assert isinstance(POLICY, Policy)
