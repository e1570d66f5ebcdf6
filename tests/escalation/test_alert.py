"""The life of an alert, transition by transition."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from escalation.alert import (
    Acknowledged,
    Alert,
    AlertEffect,
    AlertEvent,
    ArmDeadline,
    CancelPages,
    Closed,
    DeadlinePassed,
    FollowedUp,
    IllegalTransition,
    Lowered,
    NobodyOnCall,
    PageHolder,
    PageStep,
    Raised,
    Renewed,
    Reopened,
    RingAlarm,
    State,
    TellPerson,
    advance,
    open_alert,
)
from nlu.signals import Urgency
from tests.escalation.policies import real_policy

POLICY = real_policy()
NOW = datetime(2026, 3, 2, 2, 10, tzinfo=UTC)
U0, U1, U2, U3 = Urgency.U0, Urgency.U1, Urgency.U2, Urgency.U3


class Night:
    """One alert and a clock that the test moves."""

    def __init__(self, level: Urgency = U0) -> None:
        self.now = NOW
        self.alert, self.effects = open_alert(level, POLICY, now=self.now)

    def happens(self, event: AlertEvent) -> Night:
        self.alert, self.effects = advance(self.alert, event, POLICY, now=self.now)
        return self

    def sleeps(self) -> Night:
        assert self.alert.deadline_at is not None
        self.now = self.alert.deadline_at
        return self.happens(DeadlinePassed(self.alert.gen))

    def got(self, kind: type[AlertEffect]) -> list[AlertEffect]:
        return [effect for effect in self.effects if isinstance(effect, kind)]

    @property
    def pages(self) -> list[int]:
        return [effect.step for effect in self.effects if isinstance(effect, PageStep)]

    @property
    def news(self) -> list[str]:
        return [effect.news for effect in self.effects if isinstance(effect, TellPerson)]

    @property
    def alarms(self) -> list[str]:
        return [effect.kind for effect in self.effects if isinstance(effect, RingAlarm)]

    @property
    def waited(self) -> timedelta:
        return self.now - NOW


def test_an_alert_pages_at_once_and_arms_its_deadline() -> None:
    night = Night()
    assert night.pages == [0]
    assert night.got(ArmDeadline) == [ArmDeadline(NOW + timedelta(minutes=5), night.alert.gen)]


def test_asleep_the_next_the_supervisor_then_111_within_fifteen_minutes() -> None:
    night = Night()
    assert night.sleeps().pages == [1]
    assert (night.waited, night.news) == (timedelta(minutes=5), ["unanswered"])
    assert night.sleeps().pages == [2]
    assert (night.waited, night.news) == (timedelta(minutes=10), [])
    assert night.sleeps().pages == [3]
    assert (night.waited, night.news, night.alert.state) == (timedelta(minutes=15), ["handed_over"], State.HANDOVER)


def test_the_ladder_never_ends_without_a_human() -> None:
    night = Night()
    for _ in range(3):
        night.sleeps()
    handed = night.now
    team = 0
    for round_ in range(1, 500):
        night.sleeps()
        assert night.pages[0] == 3
        assert night.now - handed == round_ * timedelta(seconds=120)
        team += 2 in night.pages
    assert team == 100  # the team is rung again too, every ten minutes


def test_an_acknowledgement_stops_the_ladder() -> None:
    night = Night().happens(Acknowledged("an", gen=1))
    assert night.alert.state is State.ACKED
    assert night.news == ["acknowledged"]
    assert night.got(CancelPages) == [CancelPages(night.alert.gen)]
    assert night.pages == []


def test_a_silent_acknowledgement_reopens_and_the_ladder_goes_on() -> None:
    night = Night().happens(Acknowledged("an", gen=1)).sleeps()
    assert night.waited == timedelta(minutes=15)
    assert (night.alert.state, night.alert.step, night.pages) == (State.OPEN, 1, [1])
    assert night.got(PageHolder) == [PageHolder("an")]
    assert (night.alarms, night.news) == (["ack_without_action"], ["reopened"])


def test_an_acknowledgement_followed_by_action_stays() -> None:
    night = Night().happens(Acknowledged("an")).happens(FollowedUp("an"))
    assert night.alert.deadline_at == NOW + timedelta(hours=12)  # the measures of the law
    assert night.happens(FollowedUp("an")).effects == ()


def test_the_laws_clocks_ring_one_after_the_other_and_then_the_case_is_reviewed() -> None:
    night = Night().happens(Acknowledged("an")).happens(FollowedUp("an"))
    assert night.sleeps().alarms == ["clock_measures"]
    assert night.sleeps().alarms == ["clock_plan"]
    assert night.now == datetime(2026, 3, 9, 17, tzinfo=UTC)  # 24:00 of the fifth working day in Vietnam
    assert night.sleeps().alarms == ["review"]
    assert night.alert.state is State.ACKED


def test_the_desk_holds_it_only_until_the_team_must_look() -> None:
    night = Night()
    for _ in range(3):
        night.sleeps()
    night.happens(Acknowledged("desk:111"))
    assert (night.alert.state, night.news) == (State.ACKED, ["acknowledged"])
    assert night.alert.deadline_at == night.now + timedelta(minutes=60)
    assert night.sleeps().pages == [0]
    assert night.alert.state is State.OPEN


def test_the_team_takes_over_from_the_desk_and_nobody_from_the_team() -> None:
    night = Night().happens(Acknowledged("desk:111")).happens(Acknowledged("an"))
    assert (night.alert.holder, night.news) == ("an", [])
    assert night.happens(Acknowledged("binh")).effects == ()
    assert night.happens(Acknowledged("desk:111")).effects == ()
    assert night.alert.holder == "an"


def test_an_older_page_answered_late_still_stops_the_ladder() -> None:
    night = Night().sleeps().happens(Acknowledged("an", gen=1))
    assert night.alert.state is State.ACKED


def test_an_empty_step_climbs_at_once_and_rings_the_alarm() -> None:
    night = Night().happens(NobodyOnCall(1, 0))
    assert (night.pages, night.alarms, night.waited) == ([1], ["nobody_on_call"], timedelta())
    assert night.happens(NobodyOnCall(2, 1)).pages == [2]
    assert night.happens(NobodyOnCall(3, 2)).news == ["handed_over"]


def test_a_desk_that_cannot_be_reached_rings_the_team_and_is_tried_again() -> None:
    night = Night()
    for _ in range(3):
        night.sleeps()
    before = night.alert
    night.happens(NobodyOnCall(before.gen, 3, "nobody_reachable"))
    assert night.alert == before  # its deadline stays armed
    assert (night.pages, night.alarms) == ([2], ["desk_unreachable"])
    assert night.sleeps().pages[0] == 3


def test_raising_an_open_alert_rings_again_on_the_new_levels_times() -> None:
    night = Night(U2)
    night.happens(Raised(U0))
    assert (night.alert.level, night.pages) == (U0, [0])
    assert night.alert.deadline_at == NOW + timedelta(minutes=5)


def test_raising_never_sends_anybody_back_down_the_ladder_nor_delays_the_next_step() -> None:
    night = Night(U2).sleeps()
    night.now += timedelta(hours=1, minutes=59)
    night.happens(Raised(U0))
    assert night.alert.step == 1
    assert night.alert.deadline_at == night.now + timedelta(minutes=1)


def test_what_rises_to_mortal_danger_undoes_an_acknowledgement_for_less() -> None:
    night = Night(U2).happens(Acknowledged("an")).happens(FollowedUp("an")).happens(Raised(U0))
    assert night.alert.state is State.OPEN
    assert night.got(PageHolder) == [PageHolder("an")]
    assert night.pages == [0, 2]  # who is on call, and the supervisor
    assert night.alert.deadline_at == NOW + timedelta(minutes=5)
    night.happens(FollowedUp("an"))  # who holds it acts: that is the answer
    assert (night.alert.state, night.alert.followed_up) == (State.ACKED, True)


def test_a_lesser_rise_tells_the_one_who_has_it() -> None:
    night = Night(U3).happens(Acknowledged("an")).happens(Raised(U2))
    assert (night.alert.state, night.alert.level) == (State.ACKED, U2)
    assert night.got(PageHolder) == [PageHolder("an")]


def _held(acted: bool = True) -> Night:
    night = Night().happens(Acknowledged("an"))
    night.now += timedelta(minutes=1)
    return night.happens(FollowedUp("an")) if acted else night


def test_danger_told_again_pages_whoever_has_it_and_without_an_action_the_ladder_goes_on() -> None:
    night = _held()
    night.now += timedelta(hours=1)
    night.happens(Renewed(at_hand=False))
    assert night.got(PageHolder) == [PageHolder("an")]
    assert night.alert.deadline_at == night.now + timedelta(minutes=5)
    night.sleeps()
    assert (night.alert.state, night.pages, night.news) == (State.OPEN, [1], ["reopened"])
    assert night.alarms == ["ack_without_action"]


def test_whoever_reads_along_is_not_paged_but_must_act_all_the_same() -> None:
    night = _held()
    night.happens(Renewed(at_hand=True))
    assert night.got(PageHolder) == []
    assert night.alert.deadline_at == night.now + timedelta(minutes=5)
    night.happens(FollowedUp("an"))
    assert night.alert.followed_up


def test_a_flood_of_danger_pages_its_holder_once_until_they_act() -> None:
    night = _held().happens(Renewed(at_hand=False))
    for _ in range(20):
        night.now += timedelta(seconds=5)
        night.happens(Renewed(at_hand=False))
        assert night.effects == ()


def test_danger_told_before_the_first_action_shortens_the_time_for_it() -> None:
    night = _held(acted=False).happens(Renewed(at_hand=False))
    assert night.got(PageHolder) == [PageHolder("an")]
    assert night.alert.deadline_at == night.now + timedelta(minutes=5)


def test_a_holder_who_answers_that_page_has_the_time_to_act_once() -> None:
    night = _held().happens(Renewed(at_hand=False))
    page = night.alert.gen
    night.happens(Acknowledged("an", page))
    assert night.alert.deadline_at == night.now + POLICY.of(U0).follow_up
    armed = night.alert
    for other in (Acknowledged("an", page), Acknowledged("an"), Acknowledged("binh", page)):
        assert night.happens(other).alert == armed


def test_what_rings_already_is_not_changed_by_danger_told_again() -> None:
    night = Night()
    before = night.alert
    assert night.happens(Renewed(at_hand=False)).alert == before


def test_nothing_but_a_human_lowers() -> None:
    night = Night(U0).happens(Raised(U3))
    assert (night.alert.level, night.effects) == (U0, ())
    night.happens(Lowered(U2, by="dung"))
    assert night.alert.level is U2
    assert night.alert.deadline_at == NOW + timedelta(hours=2)


def test_looking_at_a_case_is_not_having_it() -> None:
    assert Night().happens(FollowedUp("binh")).effects == ()


def test_who_cannot_go_on_gives_it_back_and_the_ladder_starts_again() -> None:
    night = Night().sleeps().happens(Acknowledged("binh")).happens(Reopened("binh"))
    assert (night.alert.state, night.alert.step, night.pages, night.news) == (State.OPEN, 0, [0], ["reopened"])


def test_closing_ends_everything() -> None:
    night = Night().happens(Acknowledged("an")).happens(Closed("an"))
    assert (night.alert.state, night.alert.deadline_at, night.news) == (State.CLOSED, None, ["closed"])
    for late in (DeadlinePassed(night.alert.gen), Acknowledged("binh"), FollowedUp("an"), Closed("an")):
        assert night.happens(late).effects == ()


@pytest.mark.parametrize("event", [DeadlinePassed(1), NobodyOnCall(1, 0), NobodyOnCall(2, 0), DeadlinePassed(7)])
def test_late_news_changes_nothing(event: AlertEvent) -> None:
    night = Night().sleeps()
    before = night.alert
    assert night.happens(event).effects == ()
    assert night.alert == before


@pytest.mark.parametrize(
    ("alert", "event"),
    [
        (Alert(U1, State.CLOSED, NOW), Raised(U0)),
        (Alert(U1, State.CLOSED, NOW), Lowered(U2, by="an")),
        (Alert(U1, State.OPEN, NOW), Lowered(U1, by="an")),
        (Alert(U1, State.OPEN, NOW), Lowered(U0, by="an")),
        (Alert(U1, State.OPEN, NOW), Acknowledged("an", gen=2)),
    ],
)
def test_an_illegal_transition_raises_and_nothing_has_happened(alert: Alert, event: AlertEvent) -> None:
    before = replace(alert)
    with pytest.raises(IllegalTransition):
        advance(alert, event, POLICY, now=NOW)
    assert alert == before
