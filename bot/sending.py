"""Delivery of one message or page: look once more whether it may leave, hand it over, record what came of it.

At least once: a process that dies between the provider's answer and our record leaves the message `sending`. The next
asks the provider what has left, where it can tell; otherwise, and with pages always, what is sent says that it is a
repeat: sent twice is better than never.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select

from bot import alarms, failpoint
from bot.channels.base import Button, Channel, Decision, Outbound, Recalls, Receipt, Undelivered
from bot.ladder import Ladder
from bot.store import jobs
from bot.store.database import Tx
from bot.store.jobs import ClaimedJob
from bot.store.models import Case, Contact, OutboundMessage, Page, SessionRow
from nlu.signals import Urgency

GIVE_UP = timedelta(hours=24)  # a message that no provider took for a day is of no use to the person any more
_SLOWEST = timedelta(minutes=5)
_PAGE_SLOWEST = timedelta(seconds=30)
_WAITING = ("queued", "sending")
_SKEW = timedelta(minutes=2)  # between our clock and a provider's
_OTHERS = 50  # newest messages of one person
_NOISY = 3  # tries after which a silent provider is an alarm


@dataclass(frozen=True)
class Call:
    """What a channel is to send."""

    channel: Channel
    outbound: Outbound
    doubt: Doubt | None = None


@dataclass(frozen=True)
class Doubt:
    """The message may have left already."""

    since: datetime  # it was not there before
    known: frozenset[str]  # provider's ids of the person's other messages


Outcome = Receipt | Undelivered


def backoff(attempts: int, slowest: timedelta = _SLOWEST) -> timedelta:
    """1 s, 2 s, 4 s … up to `slowest` after the first, second, third … try."""
    return min(timedelta(seconds=2 ** min(attempts - 1, 20)), slowest)


class MessageDelivery:
    """Messages to the people who write to us."""

    def __init__(self, channels: Mapping[str, Channel], mark: Callable[[Tx, str], str]) -> None:
        """`mark` gives the words before a repeat, in the language of the contact with an id."""
        self._channels = channels
        self._mark = mark

    def prepare(self, tx: Tx, job: ClaimedJob) -> Call | None:
        """The call to make, or None if the message may not or need not leave; the job is then ended."""
        if not jobs.still_mine(tx, job):
            return None
        message = tx.session.get(OutboundMessage, _row_seq(tx, job))
        if message is None or message.state not in _WAITING:
            jobs.complete(tx, job)
            return None
        contact = tx.session.get_one(Contact, message.contact_id)
        unasked = message.inbound_id is None
        if contact.hushed and unasked:
            # after thoát or xóa whoever holds the phone must see nothing; an answer to their own words may leave
            message.state = "dropped"
            jobs.complete(tx, job)
            return None
        channel = self._channels.get(contact.channel)
        if channel is None or not contact.reachable:
            _fail_message(tx, message, "channel_off" if channel is None else "unreachable")
            jobs.complete(tx, job, "failed")
            return None
        outbound, doubt = _outbound(tx, message, contact), None
        if message.state == "sending":
            outbound = replace(outbound, mark=self._mark(tx, contact.id))
            doubt = Doubt(message.created_at - _SKEW, _known(tx, message))
        message.state = "sending"
        return Call(channel, outbound, doubt)

    def delivered(self, tx: Tx, job: ClaimedJob, receipt: Receipt) -> None:
        """The provider has it."""
        message = tx.session.get_one(OutboundMessage, _row_seq(tx, job))
        if message.state in _WAITING:
            message.state, message.sent_at = "sent", tx.now
            message.provider_id = receipt.provider_id or None
        if job.attempts > _NOISY:
            alarms.clear(tx, "provider_down", job.lane)
        jobs.complete(tx, job)

    def undelivered(self, tx: Tx, job: ClaimedJob, error: Undelivered) -> None:
        """The provider has not taken it: again later, or never."""
        message = tx.session.get_one(OutboundMessage, _row_seq(tx, job))
        young = tx.now - message.created_at < GIVE_UP
        message.error = error.code[:80]
        if error.decision is Decision.RETRY and young:
            if job.attempts >= _NOISY:
                alarms.ring(tx, "provider_down", job.lane)
            if jobs.retry(tx, job, _again_at(tx.now, job, error, _SLOWEST)) and not error.unsure:
                message.state = "queued"
            return
        if not jobs.complete(tx, job, "failed"):
            return
        if error.decision is Decision.SWITCH_CHANNEL:
            tx.session.get_one(Contact, message.contact_id).reachable = False
        if error.decision is Decision.ALERT_ADMIN:
            alarms.ring(tx, "provider_refuses", job.lane)
        _fail_message(tx, message, error.code)


class PageDelivery:
    """Pages to officers and desks."""

    def __init__(self, channels: Mapping[str, Channel], ladder: Ladder) -> None:
        self._channels = channels
        self._ladder = ladder

    def prepare(self, tx: Tx, job: ClaimedJob) -> Call | None:
        """The call to make, or None if nobody needs it any more or this way does not exist."""
        page = tx.session.get_one(Page, str(job.payload["page"]))
        if not jobs.still_mine(tx, job):
            return None
        if page.state not in ("queued", "sending") or not self._ladder.still_wanted(tx, page):
            if page.state in ("queued", "sending"):
                page.state = "cancelled"
            jobs.complete(tx, job)
            return None
        channel = self._channels.get(page.method)
        address = self._ladder.pager.address(tx, page.responder, str(job.payload["way"]))
        if channel is None or address is None:
            jobs.complete(tx, job, "failed")
            self._failed(tx, page, "channel_off" if channel is None else "no_address")
            return None
        # it may have left before: another worker died with it, or the provider never answered
        text = self._ladder.page_text(tx, page, repeat=job.attempts > 1)
        page.state, page.repeat = "sending", page.repeat or job.attempts > 1
        buttons: tuple[Button, ...] = ()
        if channel.limits.buttons:
            buttons = (Button(self._ladder.words.ack_button, f"#ct:ack:{page.token}"),)
        return Call(channel, Outbound(address, text, buttons, ref=page.token))

    def delivered(self, tx: Tx, job: ClaimedJob, receipt: Receipt) -> None:
        """The provider has it; recorded even if the page was taken back meanwhile, for it did leave."""
        page = tx.session.get_one(Page, str(job.payload["page"]), with_for_update=True)
        if page.state in ("queued", "sending", "cancelled"):
            page.state, page.provider_id, page.sent_at = "sent", receipt.provider_id or None, tx.now
        alarms.clear(tx, "provider_down", f"page:{page.method}")
        jobs.complete(tx, job)

    def undelivered(self, tx: Tx, job: ClaimedJob, error: Undelivered) -> None:
        """The next way at once; the same way again too while that may help."""
        page = tx.session.get_one(Page, str(job.payload["page"]))
        self._ladder.hold(tx, page)
        page.error = error.code[:80]
        if error.decision is Decision.ALERT_ADMIN:
            alarms.ring(tx, "provider_refuses", f"page:{page.method}")
        if error.decision is Decision.RETRY:
            alarms.ring(tx, "provider_down", f"page:{page.method}")
            if job.attempts < self._ladder.policy.page_tries:
                again = jobs.retry(tx, job, _again_at(tx.now, job, error, _PAGE_SLOWEST))
                page.state = "queued" if again else "cancelled"
                if again:
                    self._ladder.page_delayed(tx, page.id)
                return
        if jobs.complete(tx, job, "failed"):
            self._failed(tx, page, error.code)

    def _failed(self, tx: Tx, page: Page, error: str) -> None:
        news = self._ladder.page_failed(tx, page.id, error)
        self._ladder.schedule_news(tx, page.alert_id, news)


Delivery = MessageDelivery | PageDelivery


async def hand_over(call: Call, kind: Literal["message", "page"]) -> Outcome:
    """Call the provider once. Anything unforeseen counts as an error that may pass."""
    failpoint.hit(f"{kind}.before_send")
    try:
        receipt = await call.channel.send(await _settled(call))
    except Undelivered as error:
        return error
    except Exception as error:  # a fault in one channel must not stop the others
        return Undelivered(Decision.RETRY, type(error).__name__, unsure=True)
    failpoint.hit(f"{kind}.after_send")
    return receipt


async def _settled(call: Call) -> Outbound:
    """What to send: without its mark where the provider can tell which parts have left."""
    if call.doubt is None or not isinstance(call.channel, Recalls):
        return call.outbound
    try:
        await call.channel.recall(call.outbound, since=call.doubt.since, known=call.doubt.known)
    except Exception:  # whatever goes wrong with the look-up, the message itself must leave
        return call.outbound
    return replace(call.outbound, mark="")


def record(delivery: Delivery, job: ClaimedJob, outcome: Outcome) -> Callable[[Tx], None]:
    """What is written once the provider has answered."""

    def write(tx: Tx) -> None:
        if isinstance(outcome, Receipt):
            delivery.delivered(tx, job, outcome)
        else:
            delivery.undelivered(tx, job, outcome)

    return write


def _again_at(now: datetime, job: ClaimedJob, error: Undelivered, slowest: timedelta) -> datetime:
    wait = backoff(job.attempts, slowest)
    return now + max(wait, error.retry_after or wait)


def _row_seq(tx: Tx, job: ClaimedJob) -> int:
    seq = tx.session.scalar(select(OutboundMessage.seq).where(OutboundMessage.id == job.subject))
    return -1 if seq is None else seq


def _outbound(tx: Tx, message: OutboundMessage, contact: Contact) -> Outbound:
    body = json.loads(tx.open("outbound_message", "body", message.id, message.body))
    token = contact.reply_token
    return Outbound(
        address=tx.open("contact", "address", contact.id, contact.address),
        text=body["text"],
        buttons=tuple(Button(one["title"], one["payload"]) for one in body.get("buttons", ())),
        reply_token="" if token is None else tx.open("contact", "reply_token", contact.id, token),
    )


def _known(tx: Tx, message: OutboundMessage) -> frozenset[str]:
    others = (
        select(OutboundMessage.provider_id)
        .where(OutboundMessage.contact_id == message.contact_id, OutboundMessage.provider_id.is_not(None))
        .order_by(OutboundMessage.seq.desc())
        .limit(_OTHERS)
    )
    return frozenset(each for each in tx.session.scalars(others) if each is not None)


def _fail_message(tx: Tx, message: OutboundMessage, error: str) -> None:
    message.state, message.error = "failed", error[:80]
    session = tx.session.get(SessionRow, message.contact_id)
    case = tx.session.get(Case, session.case_id) if session is not None and session.case_id else None
    if case is not None and case.state != "closed" and case.level <= Urgency.U1:
        # whoever has the case must know that the person hears nothing more from us
        alarms.ring(tx, "person_unreachable", case.code)
