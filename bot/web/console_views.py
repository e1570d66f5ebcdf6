"""What the console shows, read from the store as plain values: the queue and one case."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup
from sqlalchemy import func, select

from bot import desk, receipts
from bot.store.database import Tx
from bot.store.models import (
    Alarm,
    AlertRow,
    Audit,
    Case,
    CaseReason,
    Contact,
    InboundMessage,
    Officer,
    Page,
    Report,
    ReportUpdate,
    SessionRow,
)
from bot.web.labels import Labels
from bot.web.pages import shown
from bot.web.transcript import Line, conversation, heard, said
from escalation.clocks import clocks_of
from escalation.policy import Policy
from nlu.signals import Urgency

BEFORE = timedelta(hours=24)  # of the conversation before a case was opened
QUEUE_LIMIT = 200
CLOSED_LIMIT = 15
_WAITS = ("open", "handover")
_IN = ("new", "done", "failed", "aside")  # of messages that came in
_TROUBLE = {"queued": "queued", "sending": "queued", "failed": "failed", "dropped": "dropped"}  # with their labels


@dataclass(frozen=True)
class ClockView:
    """One legal clock of a case."""

    label: str
    at: datetime
    left: int  # seconds; negative when it has run out


@dataclass(frozen=True)
class CaseRow:
    """One line of the queue."""

    code: str
    level: int
    level_words: str
    state: str  # open | handover | acked | closed
    state_words: str
    category: str
    locality: str
    age: int  # seconds since it was opened
    opened_at: datetime
    turn: tuple[str, ...]  # who is being rung now
    step: int  # 1 …
    steps: int
    left: int | None  # seconds until the ladder goes on
    officer: str | None
    officer_id: str | None  # an officer or a desk
    wants_human: bool
    clocks: tuple[ClockView, ...]
    unread: int | None  # seconds since the person wrote, where no officer has done anything since


@dataclass(frozen=True)
class AlarmView:
    """Something about the duty itself is wrong."""

    id: str
    label: str
    subject: str
    count: int
    last_at: datetime


@dataclass(frozen=True)
class Queue:
    """Everything on the first page of the console."""

    rows: tuple[CaseRow, ...]
    closed: tuple[CaseRow, ...]
    alarms: tuple[AlarmView, ...]

    @property
    def waiting(self) -> int:
        """How many cases nobody has yet."""
        return sum(row.state in _WAITS for row in self.rows)


@dataclass(frozen=True)
class PageView:
    """One notification of an alert."""

    at: datetime
    who: str
    method: str
    state: str
    repeat: bool
    error: str
    bad: bool


@dataclass(frozen=True)
class ReportView:
    """One disclosure, and the words left for its reporter."""

    id: str
    role: str
    at: datetime
    fields: tuple[tuple[str, str], ...]
    receipt: bool
    submitted: bool
    updates: tuple[tuple[datetime, str, str], ...]  # when, who, words


@dataclass(frozen=True)
class Said:
    """One line of the conversation with its danger signs marked."""

    line: Line
    html: Markup
    who: str
    before: bool  # said before the case was opened
    trouble: str  # why it has not reached the person, if so


@dataclass(frozen=True)
class CaseView:
    """Everything an officer reads about one case."""

    row: CaseRow
    channel: str
    reachable: bool
    hushed: bool
    past_officers: bool  # somebody of the place is accused
    earlier: tuple[str, ...]  # codes of earlier cases of the same conversation
    talks: str | None  # the officer who talks; the bot is silent
    talks_id: str | None
    said: tuple[Said, ...]
    reasons: tuple[tuple[str, str], ...]  # level, words
    reports: tuple[ReportView, ...]
    pages: tuple[PageView, ...]
    history: tuple[tuple[datetime, str, str, str], ...]  # when, who, what, words
    outcome: str


class Reader:
    """Reads views for one officer in one transaction."""

    def __init__(self, tx: Tx, labels: Labels, policy: Policy) -> None:
        self.tx = tx
        self.labels = labels
        self.policy = policy
        self._names = {row.id: row.name for row in tx.session.scalars(select(Officer))}

    def name(self, who: str | None) -> str:
        """The name of an officer, a desk, or the bot."""
        if who is None:
            return ""
        if who.startswith("desk:"):
            return self.labels.words("utter_console_desk", id=who.removeprefix("desk:"))
        return self._names.get(who) or self.labels.of("actor", who)

    def queue(self, actor: desk.Actor) -> Queue:
        """The cases that wait or are worked on: most urgent first, then the oldest; nobody's before somebody's."""
        mine = select(Case).where(desk.visible(self.tx, actor))
        opened = self.tx.session.scalars(
            mine.where(Case.state != "closed").order_by(Case.level, Case.opened_at).limit(QUEUE_LIMIT)
        ).all()
        closed = self.tx.session.scalars(
            mine.where(Case.state == "closed").order_by(Case.closed_at.desc()).limit(CLOSED_LIMIT)
        ).all()
        return Queue(self._rows(opened), self._rows(closed), self._alarms() if actor.supervises else ())

    def _rows(self, cases: Sequence[Case]) -> tuple[CaseRow, ...]:
        ids = [case.id for case in cases]
        alerts: dict[str, AlertRow] = {}
        for alert in self.tx.session.scalars(
            select(AlertRow).where(AlertRow.case_id.in_(ids)).order_by(AlertRow.opened_at)
        ):
            alerts[alert.case_id] = alert
        unread = self._unread(cases)
        return tuple(self._row(case, alerts.get(case.id), unread.get(case.id)) for case in cases)

    def _unread(self, cases: Sequence[Case]) -> dict[str, datetime]:
        """When the person of a taken case last wrote, where no officer has done anything for the case since."""
        taken = [case for case in cases if case.state == "acked" and case.contact_id is not None]
        wrote = dict(
            self.tx.session.execute(
                select(InboundMessage.contact_id, func.max(InboundMessage.received_at))
                .where(InboundMessage.state.in_(_IN))  # every state: the index begins with it
                .where(InboundMessage.contact_id.in_([case.contact_id for case in taken]))
                .group_by(InboundMessage.contact_id)
            ).all()
        )
        deeds = dict(
            self.tx.session.execute(
                select(Audit.subject, func.max(Audit.at))
                .where(
                    Audit.subject.in_([case.id for case in taken]), Audit.actor != "bot", Audit.action != "case.view"
                )
                .group_by(Audit.subject)
            ).all()
        )
        return {
            case.id: at
            for case in taken
            if (at := wrote.get(case.contact_id)) is not None and (case.id not in deeds or deeds[case.id] < at)
        }

    def _row(self, case: Case, alert: AlertRow | None, unread: datetime | None) -> CaseRow:
        level = Urgency(case.level)
        state = "closed" if case.state == "closed" else alert.state if alert is not None else case.state
        ringing = alert is not None and alert.state in _WAITS and state != "closed"
        deadline = alert.deadline_at if alert is not None and ringing else None
        clocks = () if state == "closed" else clocks_of(level, case.opened_at, self.policy.clocks, self.policy.calendar)
        taken_by = case.officer_id or (alert.acked_by if alert is not None and not ringing else None)
        return CaseRow(
            code=case.code,
            level=case.level,
            level_words=self.labels.level(case.level),
            state=state,
            state_words=self.labels.of("state", state),
            category=self.labels.category(case.category),
            locality=self.labels.locality(case.locality),
            age=self._seconds(self.tx.now, case.opened_at),
            opened_at=case.opened_at,
            turn=self._turn(alert) if alert is not None and ringing else (),
            step=(alert.step if alert is not None else 0) + 1,
            steps=len(self.policy.of(level).steps),
            left=self._seconds(deadline, self.tx.now) if deadline else None,
            officer=self.name(taken_by) or None,
            officer_id=taken_by,
            wants_human=case.wants_human,
            clocks=tuple(
                ClockView(self.labels.of("clock", due.clock), due.at, self._seconds(due.at, self.tx.now))
                for due in clocks
            ),
            unread=self._seconds(self.tx.now, unread) if unread is not None else None,
        )

    def _seconds(self, until: datetime, since: datetime) -> int:
        return int((until - since).total_seconds())

    def _turn(self, alert: AlertRow) -> tuple[str, ...]:
        pages = self.tx.session.scalars(
            select(Page)
            .where(Page.alert_id == alert.id, Page.step == alert.step)
            .order_by(Page.created_at.desc())
            .limit(12)
        )
        return tuple(dict.fromkeys(self.name(page.responder) for page in pages))

    def _alarms(self) -> tuple[AlarmView, ...]:
        rows = self.tx.session.scalars(select(Alarm).where(Alarm.cleared_at.is_(None)).order_by(Alarm.last_at.desc()))
        return tuple(
            AlarmView(
                row.id, self.labels.of("alarm", row.kind), self.labels.of("lane", row.subject), row.count, row.last_at
            )
            for row in rows
        )

    def case(self, actor: desk.Actor, code: str) -> CaseView:
        """Everything about one case; raises desk.NoSuchCase."""
        case = desk.find_case(self.tx, actor, code)
        contact = self.tx.session.get(Contact, case.contact_id) if case.contact_id else None
        session = self.tx.session.get(SessionRow, case.contact_id) if case.contact_id else None
        reasons = self.tx.session.scalars(
            select(CaseReason).where(CaseReason.case_id == case.id).order_by(CaseReason.level, CaseReason.at)
        ).all()
        talks = session.officer_id if session is not None else None
        return CaseView(
            row=self._rows([case])[0],
            channel=self.labels.of("channel", contact.channel) if contact is not None else "",
            reachable=contact is not None and contact.reachable,
            hushed=contact is not None and contact.hushed,
            past_officers=case.past_officers,
            earlier=self._earlier(actor, case),
            talks=self.name(talks) if talks else None,
            talks_id=talks,
            said=self._said(case, reasons),
            reasons=tuple(dict.fromkeys((f"U{row.level}", self.labels.concept(row.concept)) for row in reasons)),
            reports=self._reports(case),
            pages=self._pages(case),
            history=self._history(case),
            outcome=self.tx.open("case", "outcome", case.id, case.outcome) if case.outcome else "",
        )

    def _earlier(self, actor: desk.Actor, case: Case) -> tuple[str, ...]:
        same = Case.contact_id.is_not(None), Case.contact_id == case.contact_id, Case.opened_at < case.opened_at
        found = select(Case.code).where(*same, desk.visible(self.tx, actor)).order_by(Case.opened_at.desc()).limit(3)
        return tuple(self.tx.session.scalars(found))

    def _said(self, case: Case, reasons: Sequence[CaseReason]) -> tuple[Said, ...]:
        if case.contact_id is None:
            return ()
        since = case.opened_at - BEFORE
        earlier = self.tx.session.scalar(
            select(Case.closed_at)
            .where(Case.contact_id == case.contact_id, Case.closed_at.is_not(None), Case.opened_at < case.opened_at)
            .order_by(Case.closed_at.desc())
            .limit(1)
        )
        since = max(since, earlier) if earlier is not None and earlier <= case.opened_at else since
        lines = conversation(
            heard(self.tx, case.contact_id, since=since), said(self.tx, case.contact_id, since=since, visible=False)
        )
        if case.closed_at is not None:
            lines = [line for line in lines if line.at <= case.closed_at]
        spans: dict[str, list[tuple[int, int, str]]] = {}
        for reason in reasons:
            if reason.inbound_id is not None:
                spans.setdefault(reason.inbound_id, []).append((reason.start, reason.end, reason.concept))
        opener = max((line.at for line in lines if line.side == "person" and line.at <= case.opened_at), default=since)
        return tuple(self._line(line, spans.get(line.id, []), opener) for line in lines)

    def _line(self, line: Line, spans: list[tuple[int, int, str]], opener: datetime) -> Said:
        named = [(start, end, self.labels.concept(concept)) for start, end, concept in spans]
        who = self.name(line.officer_id) if line.side == "officer" else self.labels.of("side", line.side)
        trouble = self.labels.of("sending", _TROUBLE[line.state]) if line.state in _TROUBLE else ""
        return Said(line, marked(receipts.hidden(line.text), named), who, line.at < opener, trouble)

    def _reports(self, case: Case) -> tuple[ReportView, ...]:
        rows = self.tx.session.scalars(select(Report).where(Report.case_id == case.id).order_by(Report.created_at))
        return tuple(self._report(row) for row in rows)

    def _report(self, row: Report) -> ReportView:
        fields = json.loads(self.tx.open("report", "fields", row.id, row.fields))
        updates = self.tx.session.scalars(
            select(ReportUpdate).where(ReportUpdate.report_id == row.id).order_by(ReportUpdate.at)
        )
        return ReportView(
            row.id,
            self.labels.of("role", row.role),
            row.created_at,
            tuple(
                (self.labels.of("field", str(key)), self.labels.of(f"field_{key}", str(value)))
                for key, value in fields.items()
            ),
            row.receipt_key is not None,
            row.submitted,
            tuple(
                (
                    update.at,
                    self.name(update.officer_id) or self.labels.of("side", "reporter"),
                    self.tx.open("report_update", "text", update.id, update.text),
                )
                for update in updates
            ),
        )

    def _pages(self, case: Case) -> tuple[PageView, ...]:
        rows = self.tx.session.scalars(
            select(Page)
            .join(AlertRow, AlertRow.id == Page.alert_id)
            .where(AlertRow.case_id == case.id)
            .order_by(Page.created_at.desc())
            .limit(60)
        )
        return tuple(
            PageView(
                row.created_at,
                self.name(row.responder),
                self.labels.of("method", row.method),
                self.labels.of("page", "acked" if row.acked_at else row.state),
                row.repeat,
                self.labels.of("error", row.error.replace("-", "_")) if row.error else "",
                row.state == "failed",
            )
            for row in rows
        )

    def _history(self, case: Case) -> tuple[tuple[datetime, str, str, str], ...]:
        alerts = self.tx.session.scalars(select(AlertRow.id).where(AlertRow.case_id == case.id)).all()
        reports = self.tx.session.scalars(select(Report.id).where(Report.case_id == case.id)).all()
        rows = self.tx.session.scalars(
            select(Audit).where(Audit.subject.in_([case.id, *alerts, *reports])).order_by(Audit.seq.desc()).limit(80)
        )
        return tuple(self._deed(row) for row in rows)

    def _deed(self, row: Audit) -> tuple[datetime, str, str, str]:
        words = self.tx.open("audit", "note", str(row.seq), row.note) if row.note else ""
        if row.action == "case.level":
            words = f"U{row.detail.get('from')} → U{row.detail.get('to')}: {words}"
        return row.at, self.name(row.actor), self.labels.of("action", row.action.replace(".", "_")), words


def marked(text: str, spans: Sequence[tuple[int, int, str]]) -> Markup:
    """A person's words as HTML, the spans of danger signs in <mark>; everything escaped and neutralised."""
    html, at = Markup(), 0
    for start, end, concept in sorted(spans):
        first, last = max(start, at), min(end, len(text))
        if first >= last:
            continue
        html += Markup('{}<mark title="{}">{}</mark>').format(shown(text[at:first]), concept, shown(text[first:last]))
        at = last
    return Markup('<bdi class="words">{}</bdi>').format(html + Markup("{}").format(shown(text[at:])))
