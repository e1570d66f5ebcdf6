"""Every table. Words and addresses are sealed (AES-GCM bound to table, column and row); the rest stays queryable."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    UniqueConstraint,
    false,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant; SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant must be aware")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {datetime: Instant, dict[str, Any]: JSON, list[str]: JSON, bytes: LargeBinary}  # noqa: RUF012


class Contact(Base):
    """A person on a channel, pseudonymous."""

    __tablename__ = "contact"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(String(64))  # keyed hash of channel and address
    address: Mapped[bytes]  # sealed
    reply_token: Mapped[bytes | None]  # sealed
    reachable: Mapped[bool] = mapped_column(Boolean, default=True)
    hidden_before: Mapped[datetime | None]  # `xóa`: nothing older is shown on the person's side
    hushed: Mapped[bool] = mapped_column(Boolean, default=False)  # after thoát/xóa: nothing is sent until they write
    created_at: Mapped[datetime]
    last_in_at: Mapped[datetime | None]
    turn_at: Mapped[datetime | None]  # when a worker last looked after this person: the longest unserved is next
    lease_owner: Mapped[str | None] = mapped_column(String(40))  # whose worker is in this person's turn
    lease_until: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("channel", "key"),)


class InboundMessage(Base):
    """What came in, once per provider message id, in the order it came."""

    __tablename__ = "inbound_message"
    seq: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(32), unique=True)
    channel: Mapped[str] = mapped_column(String(16))
    provider_id: Mapped[str] = mapped_column(String(128))
    contact_id: Mapped[str | None] = mapped_column(ForeignKey("contact.id"))  # None: undecodable
    kind: Mapped[str] = mapped_column(String(16))  # Inbound.kind, or "undecodable"
    body: Mapped[bytes | None]  # sealed JSON {text, media, detail}
    state: Mapped[str] = mapped_column(String(12))  # new | done | failed | aside
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_try_at: Mapped[datetime | None]
    urgency: Mapped[int | None] = mapped_column(Integer)  # of this message alone, 0…4
    sent_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("channel", "provider_id"),
        Index("ix_inbound_pending", "state", "contact_id", "seq"),
    )


class SessionRow(Base):
    """What the bot remembers of one contact's conversation."""

    __tablename__ = "session"
    contact_id: Mapped[str] = mapped_column(ForeignKey("contact.id"), primary_key=True)
    state: Mapped[bytes]  # sealed JSON of flows.state.Session
    floor: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer, default=0)
    case_id: Mapped[str | None] = mapped_column(String(32))  # the open case of this conversation
    report_id: Mapped[str | None] = mapped_column(String(32))  # the report found by receipt code, for what is added
    officer_id: Mapped[str | None] = mapped_column(String(32))  # an officer talks; the bot is silent
    updated_at: Mapped[datetime]


class OutboundMessage(Base):
    """One message to a person; the job of kind `message` delivers it."""

    __tablename__ = "outbound_message"
    seq: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(32), unique=True)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contact.id"), index=True)
    inbound_id: Mapped[str | None] = mapped_column(String(32))
    officer_id: Mapped[str | None] = mapped_column(String(32))  # written by a human
    response: Mapped[str] = mapped_column(String(80))  # response key
    body: Mapped[bytes]  # sealed JSON {text, buttons:[{title,payload}]}
    state: Mapped[str] = mapped_column(String(12))  # queued | sending | sent | delivered | read | failed | dropped
    provider_id: Mapped[str | None] = mapped_column(String(128), index=True)
    error: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class Case(Base):
    """Reports under one officer's care."""

    __tablename__ = "case"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)  # the only thing an alert carries
    contact_id: Mapped[str | None] = mapped_column(ForeignKey("contact.id"), index=True)
    level: Mapped[int] = mapped_column(Integer)  # 0…4; only a human makes it larger
    category: Mapped[str] = mapped_column(String(4))
    locality: Mapped[str | None] = mapped_column(String(8))
    language: Mapped[str] = mapped_column(String(8), default="vi")
    state: Mapped[str] = mapped_column(String(12))  # open | acked | closed
    officer_id: Mapped[str | None] = mapped_column(String(32))
    wants_human: Mapped[bool] = mapped_column(Boolean, default=False)
    past_officers: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())  # one is accused
    outcome: Mapped[bytes | None]  # sealed: the help that was given
    opened_at: Mapped[datetime]
    acked_at: Mapped[datetime | None]
    first_action_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class CaseReason(Base):
    """One reason for a case's level: a concept and where it stands in which message."""

    __tablename__ = "case_reason"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    inbound_id: Mapped[str | None] = mapped_column(String(32))
    concept: Mapped[str] = mapped_column(String(80))
    start: Mapped[int] = mapped_column(Integer)
    end: Mapped[int] = mapped_column(Integer)
    level: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime]


class Report(Base):
    """One disclosure, told once and kept verbatim."""

    __tablename__ = "report"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    contact_id: Mapped[str | None] = mapped_column(ForeignKey("contact.id"))
    role: Mapped[str] = mapped_column(String(16))
    fields: Mapped[bytes]  # sealed JSON {question: verbatim answer}
    receipt_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    submitted: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[datetime]


class ReportUpdate(Base):
    """Words between an officer and an unnamed reporter who comes back with the receipt code."""

    __tablename__ = "report_update"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    report_id: Mapped[str] = mapped_column(ForeignKey("report.id"), index=True)
    officer_id: Mapped[str | None] = mapped_column(String(32))  # None: from the reporter
    text: Mapped[bytes]  # sealed
    at: Mapped[datetime]


class ReceiptTry(Base):
    """A wrong receipt code, to slow guessing."""

    __tablename__ = "receipt_try"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    contact_id: Mapped[str] = mapped_column(String(32), index=True)
    at: Mapped[datetime]


class AlertRow(Base):
    """A demand for a human's attention; at most one that is not closed per case."""

    __tablename__ = "alert"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), index=True)
    level: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(12))  # open | handover | acked | closed
    step: Mapped[int] = mapped_column(Integer, default=0)
    round: Mapped[int] = mapped_column(Integer, default=0)
    gen: Mapped[int] = mapped_column(Integer, default=0)  # grows with every transition: the fence
    policy: Mapped[dict[str, Any]]  # snapshot taken when it opened
    deadline_at: Mapped[datetime | None]
    acked_by: Mapped[str | None] = mapped_column(String(64))  # officer id or "desk:<id>"; kept while re-opened
    opened_at: Mapped[datetime]
    acked_at: Mapped[datetime | None]
    followed_up_at: Mapped[datetime | None]  # the first action after an acknowledgement
    closed_at: Mapped[datetime | None]


class Page(Base):
    """One notification of an alert to one responder by one method; append-only but for its outcome."""

    __tablename__ = "page"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    token: Mapped[str] = mapped_column(String(43), unique=True)  # 256 bits: in call URLs and ack buttons
    alert_id: Mapped[str] = mapped_column(ForeignKey("alert.id"), index=True)
    gen: Mapped[int] = mapped_column(Integer)
    step: Mapped[int] = mapped_column(Integer)
    responder: Mapped[str] = mapped_column(String(64))  # officer id or "desk:<id>"
    method: Mapped[str] = mapped_column(String(16))  # sms | voice | telegram | zalo
    repeat: Mapped[bool] = mapped_column(Boolean, default=False)
    state: Mapped[str] = mapped_column(String(12))  # queued | sending | sent | delivered | failed | cancelled
    provider_id: Mapped[str | None] = mapped_column(String(128), index=True)
    error: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    acked_at: Mapped[datetime | None]


class Job(Base):
    """The outbox and the timer in one: something due at an instant, claimed with a lease and fenced by gen."""

    __tablename__ = "job"
    seq: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[str] = mapped_column(String(16))  # message | page | deadline | wait | refresh | clock
    lane: Mapped[str] = mapped_column(String(24))  # page | timer | message:<channel>
    key: Mapped[str] = mapped_column(String(160), unique=True)
    subject: Mapped[str] = mapped_column(String(64), index=True)  # id of the message, page, alert or contact
    gen: Mapped[int] = mapped_column(Integer, default=0)
    payload: Mapped[dict[str, Any]]  # ids, enums and numbers only
    strand: Mapped[str | None] = mapped_column(String(64))  # jobs of one strand run one after the other, in order
    due_at: Mapped[datetime]
    priority: Mapped[int] = mapped_column(Integer, default=4)  # an Urgency; smaller first
    state: Mapped[str] = mapped_column(String(12))  # pending | claimed | done | failed | cancelled
    owner: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]
    __table_args__ = (
        Index("ix_job_due", "state", "lane", "due_at", "priority"),
        Index("ix_job_strand", "strand", "state"),
    )


class Officer(Base):
    """A person on the team."""

    __tablename__ = "officer"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    login: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(12))  # officer | supervisor
    localities: Mapped[list[str]]  # unit codes; empty = the whole city
    password: Mapped[str] = mapped_column(String(160))  # Argon2id
    totp: Mapped[bytes]  # sealed secret
    totp_step: Mapped[int] = mapped_column(BigInteger, default=0)  # last step used: no reuse
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[datetime]


class ContactMethod(Base):
    """A way to reach an officer, in the order it is tried."""

    __tablename__ = "contact_method"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    officer_id: Mapped[str] = mapped_column(ForeignKey("officer.id"), index=True)
    method: Mapped[str] = mapped_column(String(16))
    position: Mapped[int] = mapped_column(Integer)
    address: Mapped[bytes]  # sealed
    key: Mapped[str] = mapped_column(String(64), index=True)  # keyed hash: who answered by SMS
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)


class RotationRow(Base):
    """Who takes turns for which localities."""

    __tablename__ = "rotation"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(12))  # locality | city | supervisor
    localities: Mapped[list[str]]
    members: Mapped[list[str]]  # officer ids in order
    starts_at: Mapped[datetime]
    shift_hours: Mapped[int] = mapped_column(Integer)


class OverrideRow(Base):
    """A change to a rotation for a while: add someone, remove someone, or replace one by another."""

    __tablename__ = "override"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    rotation_id: Mapped[str] = mapped_column(ForeignKey("rotation.id"), index=True)
    add_officer: Mapped[str | None] = mapped_column(String(32))
    remove_officer: Mapped[str | None] = mapped_column(String(32))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class Login(Base):
    """A signed-in browser of an officer."""

    __tablename__ = "login"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)  # hash of the cookie
    officer_id: Mapped[str] = mapped_column(ForeignKey("officer.id"))
    csrf: Mapped[str] = mapped_column(String(43))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class LoginTry(Base):
    """A failed sign-in, to slow guessing."""

    __tablename__ = "login_try"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    login: Mapped[str] = mapped_column(String(64), index=True)  # keyed hash of the name that was tried
    at: Mapped[datetime]


class OneTimeLogin(Base):
    """A printed link that signs the demo officer in once."""

    __tablename__ = "one_time_login"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    officer_id: Mapped[str] = mapped_column(ForeignKey("officer.id"))
    expires_at: Mapped[datetime]


class Audit(Base):
    """What was done and read, append-only, each row chained to the one before."""

    __tablename__ = "audit"
    seq: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))  # officer id, desk id, "bot", "cli"
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(64), index=True)
    detail: Mapped[dict[str, Any]]  # ids, enums, numbers; a human's reason is sealed in `note`
    note: Mapped[bytes | None]  # sealed
    digest: Mapped[str] = mapped_column(String(64))


class Alarm(Base):
    """Something is wrong with the duty itself (nobody on call, provider down, …); shown in red until seen to."""

    __tablename__ = "alarm"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(64))
    count: Mapped[int] = mapped_column(Integer, default=1)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]
    __table_args__ = (Index("ix_alarm_open", "kind", "subject"),)


class Reach(Base):
    """How many people a card or lesson reached, per day, audience and commune; no identities."""

    __tablename__ = "reach"
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    card: Mapped[str] = mapped_column(String(64), primary_key=True)
    audience: Mapped[str] = mapped_column(String(24), primary_key=True)
    locality: Mapped[str] = mapped_column(String(16), primary_key=True, default="")  # unit code; empty: unknown
    count: Mapped[int] = mapped_column(Integer, default=0)


class Keep(Base):
    """Small named values of the installation: Zalo token pair (sealed), clock high-water mark, worker beats."""

    __tablename__ = "keep"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[bytes]  # sealed
    updated_at: Mapped[datetime]
