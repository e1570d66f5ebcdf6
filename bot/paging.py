"""Pages: which people of a step, by which of their ways, in rows and jobs of the caller's transaction."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from bot import alarms, duty
from bot.store import jobs
from bot.store.database import Tx
from bot.store.models import AlertRow, Case, ContactMethod, Job, Officer, Page
from escalation.alert import is_desk
from escalation.policy import Step, Target

LIVE = ("queued", "sending", "sent", "delivered")


@dataclass(frozen=True)
class Way:
    """One way to one responder: an officer's contact method, or a desk's line."""

    id: str  # ContactMethod.id, or the method's name for a desk
    method: str


@dataclass(frozen=True)
class Pager:
    """Makes pages; `desks` is desk id → method → address, in the order they are tried."""

    desks: Mapping[str, Mapping[str, str]]

    def page_step(self, tx: Tx, alert: AlertRow, case: Case, index: int, step: Step) -> bool:
        """Page everybody of a step; False if nobody could be, whom the step is about."""
        led = False
        for place, target in enumerate(step.to):
            for responder in self.people(tx, target, case.locality):
                paged = self.page(tx, alert, responder, step=index, also=step.also, lead=place == 0)
                led = led or (paged and place == 0)
        return led

    def people(self, tx: Tx, target: Target, locality: str | None) -> list[str]:
        """Who a target is at this moment: officer ids, or one "desk:<id>"."""
        match target.kind:
            case "primary":
                return [one.id for one in duty.responders(tx, locality, tx.now)[:1]]
            case "backup":
                return [one.id for one in duty.responders(tx, locality, tx.now)[1:2]]
            case "supervisor":
                return [one.id for one in duty.supervisors(tx, locality, tx.now)[:1]]
            case "desk":
                return [f"desk:{target.desk}"] if target.desk in self.desks else []

    def page(
        self, tx: Tx, alert: AlertRow, responder: str, *, step: int, also: Sequence[str] = (), lead: bool = False
    ) -> bool:
        """Page one responder by their first way and by every way in `also`; False if they have no way at all."""
        ways = self.ways(tx, responder)
        if not ways:
            alarms.ring(tx, "no_way_to_reach", responder)
            return False
        if self._used(tx, alert, responder):
            return True  # already paged in this generation
        for way in [ways[0], *(way for way in ways[1:] if way.method in also)]:
            self._put(tx, alert, responder, way, step=step, lead=lead)
        return True

    def next_way(self, tx: Tx, alert: AlertRow, page: Page) -> bool:
        """Page the same responder at once by the next way not yet used; False if there is none left."""
        used = self._used(tx, alert, page.responder)
        left = [way for way in self.ways(tx, page.responder) if way.id not in used]
        if not left:
            return False
        lead = any(payload.get("lead") for payload in used.values())
        self._put(tx, alert, page.responder, left[0], step=page.step, lead=lead)
        return True

    def ways(self, tx: Tx, responder: str) -> list[Way]:
        """Every enabled way to a responder, in the order they are tried."""
        if is_desk(responder):
            return [Way(method, method) for method in self.desks.get(responder.removeprefix("desk:"), {})]
        found = (
            select(ContactMethod)
            .where(ContactMethod.officer_id == responder, ContactMethod.enabled)
            .order_by(ContactMethod.position, ContactMethod.id)
        )
        return [Way(row.id, row.method) for row in tx.session.scalars(found)]

    def address(self, tx: Tx, responder: str, way: str) -> str | None:
        """Where a way leads, opened for sending; None if it was taken away since."""
        if is_desk(responder):
            return self.desks.get(responder.removeprefix("desk:"), {}).get(way)
        row = tx.session.get(ContactMethod, way)
        if row is None or not row.enabled:
            return None
        return tx.open("contact_method", "address", row.id, row.address)

    def who_is(self, tx: Tx, channel: str, key: str) -> str | None:
        """The responder whose address has this keyed hash; None for anybody else."""
        found = (
            select(ContactMethod.officer_id)
            .join(Officer, Officer.id == ContactMethod.officer_id)
            .where(ContactMethod.key == key, ContactMethod.enabled, Officer.active)
            .limit(1)
        )
        officer = tx.session.scalar(found)
        if officer is not None:
            return officer
        for desk, lines in self.desks.items():
            if any(tx.vault.contact_key(channel, address) == key for address in lines.values()):
                return f"desk:{desk}"
        return None

    def _used(self, tx: Tx, alert: AlertRow, responder: str) -> dict[str, dict[str, Any]]:
        return {
            str(payload["way"]): payload
            for payload in page_payloads(tx, alert)
            if payload.get("responder") == responder
        }

    def _put(self, tx: Tx, alert: AlertRow, responder: str, way: Way, *, step: int, lead: bool) -> None:
        before = select(Page.id).where(
            Page.alert_id == alert.id, Page.responder == responder, Page.gen < alert.gen, Page.state != "cancelled"
        )
        page = Page(
            id=tx.new_id(),
            token=secrets.token_urlsafe(32),
            alert_id=alert.id,
            gen=alert.gen,
            step=step,
            responder=responder,
            method=way.method,
            repeat=tx.session.scalar(before.limit(1)) is not None,
            state="queued",
            created_at=tx.now,
        )
        tx.session.add(page)
        tx.session.flush()
        jobs.add(
            tx,
            kind="page",
            lane="page",
            key=f"page:{alert.id}/{alert.gen}/{responder}/{way.id}",
            subject=alert.id,
            gen=alert.gen,
            due_at=tx.now,
            priority=alert.level,
            payload={"page": page.id, "way": way.id, "responder": responder, "lead": lead},
        )


def page_payloads(tx: Tx, alert: AlertRow) -> Iterable[dict[str, Any]]:
    """The payloads of this generation's page jobs."""
    found = select(Job.payload).where(Job.subject == alert.id, Job.kind == "page", Job.gen == alert.gen)
    return tx.session.scalars(found).all()


def lead_is_lost(tx: Tx, alert: AlertRow) -> bool:
    """Whether every page of this generation to those whom the step is about has failed."""
    leads = {str(payload["page"]) for payload in page_payloads(tx, alert) if payload.get("lead")}
    states = tx.session.scalars(select(Page.state).where(Page.id.in_(leads), Page.step == alert.step)).all()
    return bool(states) and all(state not in LIVE for state in states)


def cancel_pages(tx: Tx, alert_id: str, below_gen: int) -> None:
    """Take back what has not left yet of older generations: pages, and deadlines with them."""
    jobs.cancel(tx, subject=alert_id, below_gen=below_gen)
    tx.session.execute(
        update(Page)
        .where(Page.alert_id == alert_id, Page.gen < below_gen, Page.state == "queued")
        .values(state="cancelled")
    )
