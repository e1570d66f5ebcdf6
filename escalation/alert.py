"""The life of an alert: one function owns every transition, and no path ends without a human.

    open ──deadline──▶ … ──deadline──▶ handover ──deadline──▶ handover (for ever)
      ▲                                   │
      └──silence, rise, hand-back── acked ◀── acknowledged   (danger told again: an action is due anew)
    every state ──closed by a human──▶ closed

Every transition makes `gen` larger; a deadline or a page of an older `gen` is late news and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal, assert_never

from escalation.clocks import clocks_of
from escalation.policy import LevelPolicy, Policy
from nlu.signals import Urgency


class State(StrEnum):
    """Where an alert stands."""

    OPEN = "open"  # the team is being paged
    HANDOVER = "handover"  # the desk outside the team is being called, again and again
    ACKED = "acked"  # a human has it
    CLOSED = "closed"  # a human ended it


@dataclass(frozen=True)
class Alert:
    """A demand for a human's attention. `deadline_at` is None only when closed."""

    level: Urgency
    state: State
    opened_at: datetime
    step: int = 0
    round: int = 0  # deadlines that passed unanswered since it was last (re-)opened
    gen: int = 1
    holder: str | None = None  # who acknowledged it last: officer id or "desk:<id>"; kept while re-opened
    followed_up: bool = False
    deadline_at: datetime | None = None

    @property
    def waits(self) -> bool:
        """Whether nobody has it yet."""
        return self.state in {State.OPEN, State.HANDOVER}


@dataclass(frozen=True)
class Raised:
    """The danger is, or may be, greater than was known."""

    level: Urgency


@dataclass(frozen=True)
class Renewed:
    """The person tells of danger again. `at_hand`: whoever has it did something a moment ago, and reads along."""

    at_hand: bool


@dataclass(frozen=True)
class Lowered:
    """A human says that the danger is less than was thought; nothing else lowers."""

    level: Urgency
    by: str


@dataclass(frozen=True)
class Acknowledged:
    """A human has it. `gen` is the page's: an older page answered late is still a human awake now."""

    by: str
    gen: int | None = None


@dataclass(frozen=True)
class DeadlinePassed:
    """The deadline armed for `gen` has passed."""

    gen: int


@dataclass(frozen=True)
class NobodyOnCall:
    """The step could not reach anyone: the rota is empty there, or every way to everybody failed."""

    gen: int
    step: int
    reason: Literal["nobody_on_call", "nobody_reachable"] = "nobody_on_call"


@dataclass(frozen=True)
class FollowedUp:
    """A human did something for the case: answered, called, noted."""

    by: str


@dataclass(frozen=True)
class Reopened:
    """The human who has it gives it back."""

    by: str


@dataclass(frozen=True)
class PassedOver:
    """The report accuses somebody of the place: the policy that comes with this event rings no officer of it."""

    holder_too: bool  # whoever acknowledged it is one of those who are passed over


@dataclass(frozen=True)
class Closed:
    """A human ended it."""

    by: str


AlertEvent = (
    Raised
    | Renewed
    | Lowered
    | Acknowledged
    | DeadlinePassed
    | NobodyOnCall
    | FollowedUp
    | Reopened
    | PassedOver
    | Closed
)


@dataclass(frozen=True)
class PageStep:
    """Page everybody of a step; whoever was paged for this alert before hears that it is a repeat."""

    step: int


@dataclass(frozen=True)
class PageHolder:
    """Page the one who acknowledged it."""

    who: str


@dataclass(frozen=True)
class ArmDeadline:
    """Wake this alert at `at`; the only deadline of this `gen`."""

    at: datetime
    gen: int


@dataclass(frozen=True)
class CancelPages:
    """Take back whatever of an older `gen` has not left yet."""

    below_gen: int


@dataclass(frozen=True)
class RingAlarm:
    """Something about the duty itself is wrong."""

    kind: str


News = Literal["acknowledged", "unanswered", "handed_over", "reopened", "closed"]


@dataclass(frozen=True)
class TellPerson:
    """The person who wrote is told."""

    news: News


AlertEffect = PageStep | PageHolder | ArmDeadline | CancelPages | RingAlarm | TellPerson
Advance = tuple[Alert, tuple[AlertEffect, ...]]


class IllegalTransition(Exception):  # noqa: N818
    """This event cannot happen to an alert in this state; nothing has happened."""

    def __init__(self, alert: Alert, event: AlertEvent) -> None:
        super().__init__(f"{type(event).__name__} in state {alert.state.value}")
        self.alert = alert
        self.event = event


def open_alert(level: Urgency, policy: Policy, *, now: datetime) -> Advance:
    """A new alert: the first step is paged at once and its deadline armed."""
    deadline = now + policy.of(level).steps[0].ack_within
    alert = Alert(level=level, state=State.OPEN, opened_at=now, deadline_at=deadline)
    return alert, (PageStep(0), ArmDeadline(deadline, alert.gen))


def advance(  # noqa: PLR0911 one answer for each kind of event
    alert: Alert, event: AlertEvent, policy: Policy, *, now: datetime
) -> Advance:
    """The alert after `event`, and what must now be done; late news changes nothing.

    Raises IllegalTransition, and then nothing has happened. Source of the times: data/escalation/policy.yml.
    """
    match event:
        case Raised(level=level):
            return _raised(alert, level, event, policy, now)
        case Renewed(at_hand=at_hand):
            return _renewed(alert, policy, now, at_hand=at_hand)
        case Lowered(level=level):
            return _lowered(alert, level, event, policy, now)
        case Acknowledged(by=by, gen=gen):
            if gen is not None and gen > alert.gen:
                raise IllegalTransition(alert, event)  # a page of the future does not exist
            return _acknowledged(alert, by, gen, policy, now)
        case DeadlinePassed(gen=gen):
            return _deadline_passed(alert, policy, now) if gen == alert.gen else (alert, ())
        case NobodyOnCall(gen=gen, step=step, reason=reason):
            late = gen != alert.gen or step != alert.step
            return (alert, ()) if late else _nobody(alert, reason, policy, now)
        case FollowedUp(by=by):
            return _followed_up(alert, by, policy, now)
        case Reopened():
            return _given_back(alert, policy, now)
        case PassedOver(holder_too=holder_too):
            return _passed_over(alert, policy, now, holder_too=holder_too)
        case Closed():
            return _closed(alert)
        case _:
            assert_never(event)


def _moved(alert: Alert, at: datetime) -> tuple[Alert, tuple[CancelPages, ArmDeadline]]:
    """A transition: a new generation with its one deadline, and an end to what the older ones still planned."""
    moved = replace(alert, gen=alert.gen + 1, deadline_at=at)
    return moved, (CancelPages(moved.gen), ArmDeadline(at, moved.gen))


def _raised(alert: Alert, level: Urgency, event: Raised, policy: Policy, now: datetime) -> Advance:
    if alert.state is State.CLOSED:
        raise IllegalTransition(alert, event)  # a closed alert stays closed: a new danger opens a new one
    if level >= alert.level:
        return alert, ()  # only ever upward
    ladder = policy.of(level)
    match alert.state:
        case State.OPEN | State.HANDOVER:
            # nobody goes back down the ladder; whoever is being paged hears it again, with the new level
            step = ladder.last if alert.state is State.HANDOVER else min(alert.step, ladder.last - 1)
            at = _sooner(alert.deadline_at, now + ladder.steps[step].ack_within)
            raised, arm = _moved(replace(alert, level=level, step=step), at)
            return raised, (*arm, PageStep(step))
        case State.ACKED if ladder.reopen_on_rise:
            # the acknowledgement was for a lesser danger
            raised, arm = _moved(_fresh(replace(alert, level=level), State.OPEN), now + ladder.steps[0].ack_within)
            pages = (PageStep(0), PageStep(ladder.last - 1))
            return raised, (*arm, *_holder_page(alert), *pages)
        case State.ACKED:
            at = _sooner(alert.deadline_at, _acked_deadline(replace(alert, level=level), policy, now))
            raised, arm = _moved(replace(alert, level=level), at)
            return raised, (*arm, *_holder_page(alert))


def _renewed(alert: Alert, policy: Policy, now: datetime, *, at_hand: bool) -> Advance:
    """A human has it and must hear of this too: an action of theirs is due again, and soon, or the ladder goes on."""
    at = now + policy.of(alert.level).steps[0].ack_within  # to be heard may take as long as it first might
    told = not alert.followed_up and alert.deadline_at is not None and alert.deadline_at <= at
    if alert.state is not State.ACKED or told:
        return alert, ()  # it rings already, or they were told of it and their time runs
    renewed, arm = _moved(replace(alert, followed_up=False), at)
    return renewed, (*arm, *(() if at_hand else _holder_page(alert)))


def _lowered(alert: Alert, level: Urgency, event: Lowered, policy: Policy, now: datetime) -> Advance:
    if alert.state is State.CLOSED or level <= alert.level:
        raise IllegalTransition(alert, event)
    ladder = policy.of(level)
    lowered = replace(alert, level=level)
    match alert.state:
        case State.OPEN | State.HANDOVER:
            step = ladder.last if alert.state is State.HANDOVER else min(alert.step, ladder.last - 1)
            return _moved(replace(lowered, step=step), now + ladder.steps[step].ack_within)
        case State.ACKED:
            return _moved(lowered, _acked_deadline(lowered, policy, now))


def _acknowledged(alert: Alert, by: str, gen: int | None, policy: Policy, now: datetime) -> Advance:
    if alert.state is State.CLOSED:
        return alert, ()
    # the holder answers what was told after they took it: they know, and have their time to act
    again = by == alert.holder and gen == alert.gen and not alert.followed_up
    if alert.state is State.ACKED and not again and not (is_desk(alert.holder) and not is_desk(by)):
        return alert, ()  # somebody already has it; only the team takes it over from a desk
    taken = replace(alert, state=State.ACKED, holder=by, followed_up=False)
    acked, arm = _moved(taken, _acked_deadline(taken, policy, now))
    news = (TellPerson("acknowledged"),) if alert.waits else ()
    return acked, (*arm, *news)


def _followed_up(alert: Alert, by: str, policy: Policy, now: datetime) -> Advance:
    if alert.state is State.CLOSED or alert.followed_up:
        return alert, ()
    if alert.waits and by != alert.holder:
        return alert, ()  # looking at a case is not having it
    # who already held it and now acts has it again, although the alert had re-opened
    done = replace(alert, state=State.ACKED, followed_up=True)
    acted, arm = _moved(done, _acked_deadline(done, policy, now))
    news = (TellPerson("acknowledged"),) if alert.waits else ()
    return acted, (*arm, *news)


def _deadline_passed(alert: Alert, policy: Policy, now: datetime) -> Advance:
    match alert.state:
        case State.OPEN:
            first_miss = (TellPerson("unanswered"),) if alert.round == 0 else ()
            climbed, effects = _climbed(replace(alert, round=alert.round + 1), policy, now)
            return climbed, effects if climbed.state is State.HANDOVER else (*effects, *first_miss)
        case State.HANDOVER:
            return _called_again(alert, policy.of(alert.level), now)
        case State.ACKED if alert.followed_up:
            return _clock_ran_out(alert, policy, now)
        case State.ACKED:
            return _silent(alert, policy, now)
        case State.CLOSED:
            return alert, ()


def _nobody(alert: Alert, reason: str, policy: Policy, now: datetime) -> Advance:
    match alert.state:
        case State.OPEN:
            climbed, effects = _climbed(alert, policy, now)
            return climbed, (RingAlarm(reason), *effects)
        case State.HANDOVER:
            # the desk cannot be reached: its deadline stays armed, and meanwhile the team is rung once more
            return alert, (RingAlarm("desk_unreachable"), PageStep(alert.step - 1))
        case State.ACKED | State.CLOSED:
            return alert, ()


def _climbed(alert: Alert, policy: Policy, now: datetime) -> Advance:
    ladder = policy.of(alert.level)
    step = min(alert.step + 1, ladder.last)
    handed = step == ladder.last
    state = State.HANDOVER if handed else State.OPEN
    climbed, arm = _moved(replace(alert, state=state, step=step), now + ladder.steps[step].ack_within)
    news = (RingAlarm("handed_over"), TellPerson("handed_over")) if handed else ()
    return climbed, (*arm, PageStep(step), *news)


def _called_again(alert: Alert, ladder: LevelPolicy, now: datetime) -> Advance:
    rounds = alert.round + 1
    again, arm = _moved(replace(alert, round=rounds), now + ladder.steps[alert.step].ack_within)
    pages = [PageStep(alert.step)]
    if rounds % ladder.team_every == 0:
        pages.append(PageStep(alert.step - 1))
    return again, (*arm, *pages, RingAlarm("unanswered"))


def _silent(alert: Alert, policy: Policy, now: datetime) -> Advance:
    """A promise without action is no answer: the ladder goes on where it was, or from the start after a desk's."""
    reopened = replace(alert, state=State.OPEN, round=0)
    if is_desk(alert.holder):
        ladder = policy.of(alert.level)
        opened, arm = _moved(replace(reopened, step=0), now + ladder.steps[0].ack_within)
        return opened, (RingAlarm("ack_without_action"), *arm, PageStep(0), TellPerson("reopened"))
    climbed, effects = _climbed(reopened, policy, now)
    return climbed, (RingAlarm("ack_without_action"), *effects, *_holder_page(alert), TellPerson("reopened"))


def _given_back(alert: Alert, policy: Policy, now: datetime) -> Advance:
    if alert.state is not State.ACKED:
        return alert, ()
    opened = replace(_fresh(alert, State.OPEN), holder=None)
    opened, arm = _moved(opened, now + policy.of(alert.level).steps[0].ack_within)
    return opened, (*arm, PageStep(0), TellPerson("reopened"))


def _passed_over(alert: Alert, policy: Policy, now: datetime, *, holder_too: bool) -> Advance:
    ladder = policy.of(alert.level)
    alert = replace(alert, holder=None) if holder_too and alert.waits else alert  # nor may they take it up again
    match alert.state:
        case State.OPEN:
            opened, arm = _moved(_fresh(alert, State.OPEN), now + ladder.steps[0].ack_within)
            return opened, (*arm, PageStep(0))
        case State.HANDOVER:
            at = _sooner(alert.deadline_at, now + ladder.steps[-1].ack_within)
            called, arm = _moved(replace(alert, step=ladder.last), at)
            return called, (*arm, PageStep(ladder.last))
        case State.ACKED if holder_too:
            return _given_back(alert, policy, now)
        case State.ACKED if alert.step > ladder.last and alert.deadline_at is not None:
            return _moved(replace(alert, step=ladder.last), alert.deadline_at)
        case State.ACKED | State.CLOSED:
            return alert, ()


def _clock_ran_out(alert: Alert, policy: Policy, now: datetime) -> Advance:
    moved, arm = _moved(alert, _acked_deadline(alert, policy, now))
    running = clocks_of(alert.level, alert.opened_at, policy.clocks, policy.calendar)
    armed = alert.deadline_at or now
    breached = [f"clock_{due.clock}" for due in running if armed <= due.at <= now]
    return moved, (*arm, *(RingAlarm(kind) for kind in breached or ["review"]))


def _closed(alert: Alert) -> Advance:
    if alert.state is State.CLOSED:
        return alert, ()
    closed = replace(alert, state=State.CLOSED, gen=alert.gen + 1, deadline_at=None)
    return closed, (CancelPages(closed.gen), TellPerson("closed"))


def _fresh(alert: Alert, state: State) -> Alert:
    return replace(alert, state=state, step=0, round=0, followed_up=False)


def _holder_page(alert: Alert) -> tuple[PageHolder, ...]:
    return (PageHolder(alert.holder),) if alert.holder is not None else ()


def _sooner(armed: datetime | None, at: datetime) -> datetime:
    return at if armed is None else min(armed, at)  # a greater danger never waits longer than the lesser did


def _acked_deadline(alert: Alert, policy: Policy, now: datetime) -> datetime:
    """Until the first action; after it, the next legal clock, and after the last one a review."""
    ladder = policy.of(alert.level)
    if not alert.followed_up:
        return now + (ladder.desk_follow_up if is_desk(alert.holder) else ladder.follow_up)
    coming = [due.at for due in clocks_of(alert.level, alert.opened_at, policy.clocks, policy.calendar)]
    return min((at for at in coming if at > now), default=now + ladder.review_every)


def is_desk(holder: str | None) -> bool:
    """Whether the holder is a desk outside the team, which does not work in our console."""
    return holder is not None and holder.startswith("desk:")
