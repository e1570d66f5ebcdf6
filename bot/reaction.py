"""What a turn's effects do to the store, all in the caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from bot import audit, cases, comeback, duty
from bot.store import jobs
from bot.store.database import Tx
from bot.store.models import Case, Contact, OutboundMessage, Reach, Report, SessionRow
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
from flows.events import AlertNews, Event, OfficerLeft, OfficerSaid, ReportSaved
from nlu.signals import Urgency

if TYPE_CHECKING:
    from bot.ladder import Ladder


_INSTANT = timedelta(microseconds=1)


class Reaction:
    """One turn of one conversation while its effects are carried out."""

    def __init__(
        self,
        tx: Tx,
        contact: Contact,
        row: SessionRow,
        ladder: Ladder,
        drawer: comeback.Drawer,
        *,
        inbound_id: str | None,
    ) -> None:
        self.tx = tx
        self.contact = contact
        self.row = row
        self.inbound_id = inbound_id
        self.said: list[Say] = []
        self.receipt: str | None = None
        self._ladder = ladder
        self._drawer = drawer
        self._waits = 0
        self._sent: set[str] = set()
        # decided before the turn: a farewell still goes out, and what comes by itself after a farewell does not
        self._kept_back = "unreachable" if not contact.reachable else "hushed" if contact.hushed else None

    def apply(self, effect: Effect, event: Event) -> list[Event]:
        """Carry out one effect; what the conversation must now hear of it."""
        follows: list[Event] = []
        match effect:
            case Say():
                self._say(effect, event)
            case RaiseAlert():
                follows = self._raise(effect)
            case SaveReport():
                follows = self._save(effect)
            case RequestHandoff():
                follows = self._hand_off(effect)
            case LookupReceipt(code=code):
                follows = [comeback.look_up(self.tx, self.row, code)]
            case AddToReport():
                follows = self._add(effect)
            case StartWait(wait_id=wait_id, after=after):
                self._wait(wait_id, after)
            case CancelWait(wait_id=wait_id):
                self._cancel_wait(wait_id)
            case HideChat(erase=erase):
                self._hide(erase=erase)
            case CountReach():
                self._count(effect)
            case _:
                assert_never(effect)
        return follows

    def _say(self, say: Say, event: Event) -> None:
        buttons = [{"title": choice.title, "payload": choice.payload} for choice in say.choices]
        by_officer = isinstance(event, OfficerSaid)
        message = self._message(say.key, say.text, buttons, officer_id=self.row.officer_id if by_officer else None)
        self._sent.add(message)
        self.said.append(say)

    def _message(self, key: str, text: str, buttons: list[dict[str, str]], *, officer_id: str | None) -> str:
        tx, contact, message_id = self.tx, self.contact, self.tx.new_id()
        body = json.dumps({"text": text, "buttons": buttons})
        tx.session.add(
            OutboundMessage(
                id=message_id,
                contact_id=contact.id,
                inbound_id=self.inbound_id,
                officer_id=officer_id,
                response=key[:80],
                body=tx.seal("outbound_message", "body", message_id, body),
                state="dropped" if self._kept_back else "queued",
                error=self._kept_back,
                created_at=tx.now,
            )
        )
        tx.session.flush()
        if self._kept_back is None:
            jobs.add(
                tx,
                kind="message",
                lane=f"message:{contact.channel}",
                key=f"message:{message_id}",
                subject=message_id,
                due_at=tx.now,
                priority=self.row.floor,
                strand=contact.id,
            )
        return message_id

    def answer(self, key: str, text: str) -> None:
        """Write to this contact outside any conversation: an officer who acknowledged."""
        self._message(key, text, [], officer_id=None)

    def _case(self, level: Urgency, category: str, locality: str | None, language: str = "vi") -> Case:
        before = self.row.case_id
        case = cases.open_case(
            self.tx, self.contact, self.row, level=level, category=category, locality=locality, language=language
        )
        if case.id != before:
            self._follows(case, level)
        return case

    def _follows(self, case: Case, level: Urgency) -> None:
        """A new case of somebody who came with a receipt: both say so, and it passes over whom the first one does."""
        report = self.tx.session.get(Report, self.row.report_id) if self.row.report_id else None
        first = self.tx.session.get(Case, report.case_id) if report is not None else None
        if first is None or first.id == case.id:
            return
        cases.give_reasons(self.tx, case, self.inbound_id, [cases.unread(f"receipt:{first.code}", level)])
        cases.give_reasons(self.tx, first, None, [cases.unread(f"followed:{case.code}", level)])
        if first.past_officers:
            case.past_officers = True

    def _demand(self, case: Case, level: Urgency) -> list[Event]:
        news = self._ladder.open_or_raise(self.tx, case_id=case.id, level=level)
        return _told(news) if case.contact_id == self.contact.id else []

    def _raise(self, alert: RaiseAlert) -> list[Event]:
        case = self._case(alert.level, alert.category, alert.locality, alert.language)
        cases.give_reasons(self.tx, case, self.inbound_id, alert.reasons)
        events = [*self._pass_over(case, alert.past_officers), *self._demand(case, alert.level)]
        if alert.reasons and alert.level <= Urgency.U1 and case.contact_id == self.contact.id:
            events += _told(self._ladder.renew(self.tx, case.id))
        return events

    def _pass_over(self, case: Case, past_officers: bool) -> list[Event]:
        """Somebody of the place is accused: no officer there is rung, has the case or talks here any more."""
        if not past_officers or case.past_officers:
            return []
        news = self._ladder.pass_over(self.tx, case)
        events = _told(news) if case.contact_id == self.contact.id else []
        if self.row.officer_id is None or not duty.passed_over(self.tx, case, self.row.officer_id):
            return events
        self.row.officer_id = None
        return [OfficerLeft(), *events]

    def _hand_off(self, asked: RequestHandoff) -> list[Event]:
        case = self._case(asked.level, asked.category, asked.locality)
        case.wants_human = True
        cases.give_reasons(self.tx, case, self.inbound_id, [cases.unread("handoff:asked", asked.level)])
        return [*self._pass_over(case, asked.past_officers), *self._demand(case, asked.level)]

    def _save(self, told: SaveReport) -> list[Event]:
        case = self._case(told.level, told.category, told.locality)
        code, key = self._drawer.draw() if told.submitted else (None, None)
        report = cases.save_report(self.tx, case, self.contact, told, key)
        audit.record(self.tx, "bot", "report.saved", report.id, {"case": case.id, "submitted": told.submitted})
        events = [*self._pass_over(case, told.past_officers), *self._demand(case, told.level)]
        if code is None:
            return events
        self.receipt = code
        return [ReportSaved(code), *events]

    def _add(self, added: AddToReport) -> list[Event]:
        if self.row.report_id is None or self.tx.session.get(Report, self.row.report_id) is None:
            return []  # the words stay in the conversation
        before = comeback.add(self.tx, self.row.report_id, added.text)
        audit.record(self.tx, "bot", "report.added", self.row.report_id, {"case": before.id})
        if before.state != "closed":
            return [*self._pass_over(before, added.past_officers), *self._demand(before, Urgency(before.level))]
        # a closed case stays closed: what is new is a new one, that says where it comes from
        case = self._case(Urgency.U3, before.category, before.locality, before.language)
        return [*self._pass_over(case, added.past_officers), *self._demand(case, Urgency.U3)]

    def _wait(self, wait_id: str, after: timedelta) -> None:
        self._cancel_wait(wait_id)
        self._waits += 1
        jobs.add(
            self.tx,
            kind="wait",
            lane="timer",
            key=f"wait/{self.contact.id}/{wait_id}/{self.row.version}.{self._waits}",
            subject=self.contact.id,
            due_at=self.tx.now + after,
            priority=self.row.floor,
            payload={"wait_id": wait_id},
        )

    def _cancel_wait(self, wait_id: str) -> None:
        jobs.cancel_keys(self.tx, subject=self.contact.id, prefix=f"wait/{self.contact.id}/{wait_id}/")

    def _hide(self, *, erase: bool) -> None:
        tx, contact = self.tx, self.contact
        contact.hushed = True
        if erase or contact.channel == "web":  # our own page: leaving it hides what stands there
            # the farewell of this turn stays in sight; while a clock stands still, hiding it too is the safe side
            heard = contact.last_in_at
            contact.hidden_before = tx.now if heard is None or heard >= tx.now else tx.now - _INSTANT
        queued = select(OutboundMessage).where(
            OutboundMessage.contact_id == contact.id, OutboundMessage.state.in_(("queued", "sending"))
        )
        for message in tx.session.scalars(queued):
            if message.id not in self._sent:
                message.state, message.error = "dropped", "hushed"
                jobs.cancel(tx, subject=message.id, kind="message")

    def _count(self, reached: CountReach) -> None:
        insert = postgresql.insert if self.tx.dialect == "postgresql" else sqlite.insert
        day = self.tx.now.date().isoformat()
        where = (reached.locality or "")[:16]
        statement = insert(Reach).values(
            day=day, card=reached.card[:64], audience=reached.audience[:24], locality=where, count=1
        )
        key = [Reach.day, Reach.card, Reach.audience, Reach.locality]
        self.tx.session.execute(statement.on_conflict_do_update(index_elements=key, set_={"count": Reach.count + 1}))


def _told(news: Iterable[str]) -> list[Event]:
    return [AlertNews(kind) for kind in news]  # type: ignore[arg-type]
