"""The escalation ladder in the store: loads an alert, lets the pure core decide, and keeps what it decided.

Everything happens in the caller's transaction, so that a report and the demand for a human stand or fall together.
News for the person who wrote is returned; the caller hands it to the conversation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from sqlalchemy import select

from bot import acknowledging, alarms, alertrows, audit, duty, paging
from bot.config import Settings
from bot.escalation_data import load_page_words, load_policy, problems
from bot.pagewords import PageWords, Reader
from bot.paging import Pager
from bot.store import jobs
from bot.store.database import Tx
from bot.store.models import AlertRow, Audit, Case, Contact, Page
from escalation import alert as core
from escalation.alert import AlertEffect, AlertEvent, State
from escalation.policy import Policy
from nlu.signals import Urgency

__all__ = ["AckResult", "Ladder", "arm", "load_policy", "problems"]

_JUST_NOW = timedelta(minutes=2)  # whoever did something for a case so lately still has it before them
_OVER_WITH_ACK = ("handed_over", "unanswered", "ack_without_action", "desk_unreachable")


@dataclass(frozen=True)
class AckResult:
    """Whether this responder has the alert now; if not, who has it (None: it is closed or was never there)."""

    ok: bool
    already_by: str | None = None
    news: tuple[str, ...] = ()
    code: str = ""  # of the case
    contact_id: str | None = None  # whom the news is for


class Ladder:
    """What can happen to alerts. Methods that change one return news kinds of flows.events.AlertNews."""

    def __init__(self, policy: Policy, settings: Settings, words: PageWords | None = None) -> None:
        self.policy = policy
        self.settings = settings
        self.words = words or load_page_words(settings)
        desks: Mapping[str, Mapping[str, str]] = settings.service.get("escalation", {}).get("desks", {})
        self.pager = Pager({str(desk): dict(lines) for desk, lines in desks.items()})

    def open_or_raise(self, tx: Tx, *, case_id: str, level: Urgency | int, by: str = "bot") -> list[str]:
        """Demand a human for a case: a new alert, or the open one made more urgent; never less."""
        tx.session.flush()
        case = tx.session.get(Case, case_id, with_for_update=True)
        if case is None:
            raise LookupError(case_id)
        row = self._open(tx, case_id)
        if row is not None:
            return self._happen(tx, row, core.Raised(Urgency(level)), actor=by)
        policy = self.policy.past_officers() if case.past_officers else self.policy
        alert, effects = core.open_alert(Urgency(level), policy, now=tx.now)
        row = AlertRow(id=tx.new_id(), case_id=case_id, policy=policy.to_json(), opened_at=tx.now)
        alertrows.keep(row, alert)
        tx.session.add(row)
        tx.session.flush()
        audit.record(tx, by, "alert.opened", case_id, {"alert": row.id, "level": int(level), "gen": alert.gen})
        case.level = min(case.level, alert.level)
        return self._carry_out(tx, row, case, effects)

    def renew(self, tx: Tx, case_id: str) -> list[str]:
        """Danger is told again of a case that a human has: they hear of it at once, and must act again."""
        tx.session.flush()
        row = self._open(tx, case_id)
        if row is None:
            return []
        return self._happen(tx, row, core.Renewed(self._at_hand(tx, row)))

    def _at_hand(self, tx: Tx, row: AlertRow) -> bool:
        """Whether the holder took it or did something for it just now; having looked at it is not enough."""
        deeds = select(Audit.seq).where(
            Audit.subject == row.case_id,
            Audit.actor == row.acked_by,
            Audit.at > tx.now - _JUST_NOW,
            Audit.action != "case.view",
        )
        return tx.session.scalar(deeds.limit(1)) is not None

    def acknowledge(
        self,
        tx: Tx,
        *,
        alert_id: str | None = None,
        by: str | None = None,
        gen: int | None = None,
        page_token: str | None = None,
    ) -> AckResult:
        """A human has it: `by`, or whoever the page with this token went to. An older page still counts."""
        page = tx.session.scalar(select(Page).where(Page.token == page_token)) if page_token else None
        if page is not None:
            alert_id, by, gen = page.alert_id, page.responder, page.gen
        row = self._load(tx, alert_id)
        if row is None or by is None:
            return AckResult(ok=False)
        case = tx.session.get_one(Case, row.case_id)
        if duty.passed_over(tx, case, by):
            return AckResult(ok=False, code=case.code)
        # a call ends with its key: the same key reported again is an echo, not a human awake after a re-opening
        echo = page is not None and page.method == "voice" and page.acked_at is not None
        news = [] if echo else self._happen(tx, row, core.Acknowledged(by, gen), actor=by)
        mine = row.state == State.ACKED and row.acked_by == by
        if page is not None and mine:
            page.acked_at = page.acked_at or tx.now
        other = row.acked_by if row.state == State.ACKED and not mine else None
        return AckResult(mine, other, tuple(news), case.code, case.contact_id)

    def acknowledge_by_contact(self, tx: Tx, contact: Contact, text: str) -> str | None:
        """The answer to an officer's or desk's message that acknowledges; None: it is a person's, treat it so.

        What the acknowledgement means for the person who wrote is scheduled, as another conversation is concerned.
        """
        return acknowledging.answer(self, tx, contact, text)

    def pass_over(self, tx: Tx, case: Case) -> list[str]:
        """Take the officers of the place out of this case: what they were rung for or have already goes past them."""
        case.past_officers = True
        tx.session.flush()
        row = self._open(tx, case.id)
        if row is None:
            return []
        row.policy = Policy.from_json(row.policy).past_officers().to_json()
        held = row.acked_by is not None and duty.passed_over(tx, case, row.acked_by)
        return self._happen(tx, row, core.PassedOver(holder_too=held))

    def followed_up(self, tx: Tx, case_id: str, by: str) -> list[str]:
        """The first action after an acknowledgement; it stops the demand for one."""
        return self._on_case(tx, case_id, core.FollowedUp(by), by)

    def give_back(self, tx: Tx, case_id: str, by: str) -> list[str]:
        """The one who has it cannot go on: the ladder starts again at once."""
        return self._on_case(tx, case_id, core.Reopened(by), by)

    def close(self, tx: Tx, case_id: str, by: str) -> list[str]:
        """A human ended it."""
        return self._on_case(tx, case_id, core.Closed(by), by)

    def lower(self, tx: Tx, case_id: str, level: Urgency | int, by: str, reason: str | None = None) -> list[str]:
        """A human says the danger is less; the reason is kept sealed. Without an open alert nothing changes."""
        return self._on_case(tx, case_id, core.Lowered(Urgency(level), by), by, note=reason)

    def deadline_passed(self, tx: Tx, alert_id: str, gen: int) -> list[str]:
        """The deadline of one generation has passed; late news changes nothing."""
        row = self._load(tx, alert_id)
        return [] if row is None else self._happen(tx, row, core.DeadlinePassed(gen))

    def page_failed(self, tx: Tx, page_id: str, error: str) -> list[str]:
        """One page will reach nobody: the next way at once, and with none left for whom it led, the next step."""
        page = tx.session.get_one(Page, page_id)
        row = self.hold(tx, page)
        if page.state in ("failed", "cancelled"):
            return []  # told twice
        page.state, page.error = "failed", error[:80]
        tx.session.flush()
        if row is None or page.gen != row.gen or row.state == State.CLOSED:
            return []
        if self.pager.next_way(tx, row, page) or not paging.lead_is_lost(tx, row):
            return []
        return self._happen(tx, row, core.NobodyOnCall(row.gen, row.step, "nobody_reachable"))

    def page_delayed(self, tx: Tx, page_id: str) -> None:
        """The provider of one page does not answer just now: the next way is used beside it, at once."""
        page = tx.session.get_one(Page, page_id)
        row = self.hold(tx, page)
        if row is not None and page.gen == row.gen and row.state != State.CLOSED:
            self.pager.next_way(tx, row, page)

    def hold(self, tx: Tx, page: Page) -> AlertRow | None:
        """Lock a page with its case and alert, in the one order that everybody keeps; the page is read again."""
        row = self._load(tx, page.alert_id)
        tx.session.refresh(page, with_for_update=True)
        return row

    def still_wanted(self, tx: Tx, page: Page) -> bool:
        """Whether a page may still leave: asked just before its provider is called."""
        row = tx.session.get(AlertRow, page.alert_id)
        return row is not None and row.gen == page.gen and row.state != State.CLOSED

    def page_text(self, tx: Tx, page: Page, *, repeat: bool = False) -> str:
        """What a page says, or the script of a call."""
        row = tx.session.get_one(AlertRow, page.alert_id)
        case = tx.session.get_one(Case, row.case_id)
        reader: Reader = "team"
        if core.is_desk(page.responder):
            reader = "desk"
        elif page.responder == row.acked_by and row.state != State.HANDOVER:
            reader = "holder"
        return self.words.page(
            reader, page.method, code=case.code, level=Urgency(row.level), repeat=page.repeat or repeat
        )

    def voice_script(self, tx: Tx, page: Page) -> str:
        """What is read out when the call of a page is answered."""
        return self.page_text(tx, page)

    def schedule_news(self, tx: Tx, alert_id: str, news: list[str] | tuple[str, ...]) -> None:
        """Have the person told by a job of its own, so that nothing in their conversation can hold up the ladder."""
        row = tx.session.get_one(AlertRow, alert_id)
        case = tx.session.get_one(Case, row.case_id)
        if case.contact_id is None:
            return
        for kind in news:
            jobs.add(
                tx,
                kind="news",
                lane="timer",
                key=f"news:{alert_id}/{row.gen}/{kind}",
                subject=case.contact_id,
                due_at=tx.now,
                priority=row.level,
                payload={"news": kind},
            )

    def _on_case(self, tx: Tx, case_id: str, event: AlertEvent, by: str, note: str | None = None) -> list[str]:
        tx.session.flush()
        row = self._open(tx, case_id)
        return [] if row is None else self._happen(tx, row, event, actor=by, note=note)

    def _open(self, tx: Tx, case_id: str) -> AlertRow | None:
        found = select(AlertRow).where(AlertRow.case_id == case_id, AlertRow.state != State.CLOSED)
        tx.session.get(Case, case_id, with_for_update=True)  # one order of locks everywhere: case, alert, page
        newest = found.order_by(AlertRow.opened_at.desc()).limit(1)
        return tx.session.scalars(newest.with_for_update()).first()

    def _load(self, tx: Tx, alert_id: str | None) -> AlertRow | None:
        tx.session.flush()  # locking reads the row again: nothing that is not written yet may be lost
        row = tx.session.get(AlertRow, alert_id) if alert_id else None
        if row is None:
            return None
        tx.session.get(Case, row.case_id, with_for_update=True)
        return tx.session.get(AlertRow, alert_id, with_for_update=True)

    def _happen(
        self, tx: Tx, row: AlertRow, event: AlertEvent, *, actor: str = "bot", note: str | None = None
    ) -> list[str]:
        before = alertrows.load(row)
        after, effects = core.advance(before, event, Policy.from_json(row.policy), now=tx.now)
        if after == before and not effects:
            return []
        case = tx.session.get_one(Case, row.case_id)
        alertrows.keep(row, after)
        alertrows.stamp(row, before, after, tx.now)
        alertrows.reflect(case, before, after, tx.now)
        detail = {"alert": row.id, "gen": after.gen, "level": int(after.level), "state": after.state.value}
        action = f"alert.{alertrows.ACTIONS[type(event)]}"
        audit.record(tx, actor, action, case.id, {**detail, "step": after.step, "round": after.round}, note=note)
        if before.waits and not after.waits:
            for kind in _OVER_WITH_ACK:
                alarms.clear(tx, kind, case.code)
        return self._carry_out(tx, row, case, effects)

    def _carry_out(self, tx: Tx, row: AlertRow, case: Case, effects: tuple[AlertEffect, ...]) -> list[str]:
        news: list[str] = []
        unled = False
        for effect in effects:
            match effect:
                case core.PageStep(step=step):
                    led = self._page_step(tx, row, case, step)
                    unled = unled or (not led and step == row.step)
                case core.PageHolder(who=who):
                    self.pager.page(tx, row, who, step=row.step, also=self._also(row))
                case core.ArmDeadline(at=at, gen=gen):
                    arm(tx, row.id, at=at, gen=gen, level=row.level)
                case core.CancelPages(below_gen=gen):
                    paging.cancel_pages(tx, row.id, gen)
                case core.RingAlarm(kind=kind):
                    alarms.ring(tx, kind, case.code)
                case core.TellPerson(news=kind):
                    news.append(kind)
                case _:
                    assert_never(effect)
        if unled:
            news += self._happen(tx, row, core.NobodyOnCall(row.gen, row.step))
        return _newest(news)

    def _page_step(self, tx: Tx, row: AlertRow, case: Case, index: int) -> bool:
        step = Policy.from_json(row.policy).of(Urgency(row.level)).steps[index]
        return self.pager.page_step(tx, row, case, index, step)

    def _also(self, row: AlertRow) -> tuple[str, ...]:
        return Policy.from_json(row.policy).of(Urgency(row.level)).steps[0].also


def arm(tx: Tx, alert_id: str, *, at: datetime, gen: int, level: int, mark: str = "") -> None:
    """The one deadline of one generation; `mark` tells a deadline that had to be armed once more."""
    key = f"deadline:{alert_id}/{gen}{mark}"
    jobs.add(
        tx, kind="deadline", lane="timer", key=key, subject=alert_id, due_at=at, priority=level, gen=gen, payload={}
    )


def _newest(news: list[str]) -> list[str]:
    # one turn of events is told once: "handed over" says all that "unanswered" would
    once = list(dict.fromkeys(news))
    return [kind for kind in once if not (kind == "unanswered" and "handed_over" in once)]
