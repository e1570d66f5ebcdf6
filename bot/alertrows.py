"""Between an alert's row and the alert as the pure core sees it."""

from __future__ import annotations

from datetime import datetime

from bot.store.models import AlertRow, Case
from escalation import alert as core
from escalation.alert import Alert, AlertEvent, State
from nlu.signals import Urgency

ACTIONS: dict[type[AlertEvent], str] = {
    core.Raised: "raised",
    core.Renewed: "renewed",
    core.Lowered: "lowered",
    core.Acknowledged: "acknowledged",
    core.DeadlinePassed: "deadline_passed",
    core.NobodyOnCall: "nobody_on_call",
    core.FollowedUp: "followed_up",
    core.Reopened: "given_back",
    core.PassedOver: "passed_over",
    core.Closed: "closed",
}


def load(row: AlertRow) -> Alert:
    """The alert that a row holds."""
    return Alert(
        level=Urgency(row.level),
        state=State(row.state),
        opened_at=row.opened_at,
        step=row.step,
        round=row.round,
        gen=row.gen,
        holder=row.acked_by,
        followed_up=row.followed_up_at is not None,
        deadline_at=row.deadline_at,
    )


def keep(row: AlertRow, alert: Alert) -> None:
    """Put an alert into its row."""
    row.level, row.state = int(alert.level), alert.state.value
    row.step, row.round, row.gen = alert.step, alert.round, alert.gen
    row.deadline_at, row.acked_by = alert.deadline_at, alert.holder


def stamp(row: AlertRow, before: Alert, after: Alert, now: datetime) -> None:
    """When what changed, changed."""
    if after.state is State.ACKED and (before.waits or before.holder != after.holder):
        row.acked_at = now
    if after.state is State.CLOSED and before.state is not State.CLOSED:
        row.closed_at = now
    if after.followed_up != before.followed_up:
        row.followed_up_at = now if after.followed_up else None


def reflect(case: Case, before: Alert, after: Alert, now: datetime) -> None:
    """What an officer's list of cases shows of the alert."""
    if after.level != before.level:
        case.level = int(after.level)
    if case.state != "closed":
        case.state = "open" if after.waits else after.state.value
    if after.state is State.ACKED and after.holder is not None and not core.is_desk(after.holder):
        case.officer_id = after.holder
        case.acked_at = case.acked_at or now
    if after.holder is None and before.holder is not None:
        case.officer_id = None
    if after.followed_up and not before.followed_up:
        case.first_action_at = case.first_action_at or now
    if after.state is State.CLOSED:
        case.closed_at = case.closed_at or now
