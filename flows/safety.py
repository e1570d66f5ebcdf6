"""Safety, decided before anything else and in one place: no flow is asked, and no flow can undo it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from escalation import triage
from escalation.triage import Assessment, Reason
from flows import listen
from flows.condition import Fact
from flows.definition import Definitions, Route
from flows.effects import Effect, RaiseAlert
from flows.facts import Message, facts, sign_of
from flows.state import PASSING, Session
from nlu.signals import Signals, Span, Urgency, Weight

NO_TROUBLE = ("C90", "C99")  # categories that never take the place of one that says what is wrong
OWN = ("own_anger",)  # kinds of danger that are asked about though no sign of harm was read
OWN_DEEDS = (
    "own_anger",
    "own_urges",
    "own_hand",
)  # told by whoever may do harm: they may hold the phone of whom they threaten
OPEN = ("open", "acknowledged", "unanswered", "handed_over", "reopened")
# alarm of the readers below which they alone alarm nobody but the officer: of a first message, and of a calm talk
SOFT, SOFT_LATER = 0.6, 0.75
DEADLY = ("C11",)  # of which even a doubt is answered as what it may be
HALFWAY = 0.5  # of the alarm from which somebody is asked: a message's own share in what it is asked for with others


@dataclass(frozen=True)
class Verdict:
    """What one message means for safety. `fresh` is the message alone; the session's floor is already raised."""

    session: Session
    fresh: Assessment
    danger: bool  # a human is called now
    check: bool  # the person is asked now
    same: bool  # the danger is of the kind that is already being answered
    renewed: bool  # and it is no graver, or its first words would only stand there twice
    effects: tuple[Effect, ...]
    softly: bool = False  # a human is called on the readers' doubt alone: the person is asked, not alarmed


def judge(
    definitions: Definitions, session: Session, signals: Signals, now: datetime, together: Signals | None = None
) -> Verdict:
    """Assess one message; the floor only ever rises, and an urgent message asks for a human at once.

    `together`: a danger that is spread over several short messages counts as if it stood in the last one.
    """
    fresh = triage.assess(signals)
    if together is not None and session.floor > Urgency.U1:
        spread = _spread(session, signals, fresh, together)
        if spread.level <= Urgency.U1 or not _takes_up(definitions, session, signals):
            fresh = spread  # "kể tiếp" after an exit: not asked for what stood before, but a danger that pages counts
    uncertain = fresh.check or fresh.level <= Urgency.U1
    unasked = fresh if uncertain and _takes_up(definitions, session, signals) else None
    if unasked is not None:  # nothing is asked on a screen that was put away: a human looks after it instead
        fresh = replace(fresh, check=False, level=max(fresh.level, Urgency.U3))
    if fresh.check and _said_safe(session, signals):
        fresh = replace(fresh, check=False, level=min(fresh.level, Urgency.U2))  # not asked twice; an officer reads it
    within = triage.assess(signals, floor=session.floor)
    raised = session.raised(min(within.level, fresh.level, unasked.level if unasked else Urgency.U4))
    signed = any(hazard.weight is not Weight.EXPLAIN and hazard.level is Urgency.U0 for hazard in signals.hazards)
    # "ảnh có súng": where help is under way nobody asks whether such a sign is meant
    danger = fresh.level <= Urgency.U1 or (fresh.check and signed and session.alert in OPEN and not session.away)
    if fresh.category not in NO_TROUBLE and (danger or fresh.level < session.floor or session.category in NO_TROUBLE):
        raised = replace(raised, category=fresh.category)
    if danger or fresh.check or fresh.level <= Urgency.U2 or _tells(signals):
        raised = raised.hearing(signals.text)
    message = Message(signals, fresh, signs=listen.signs(definitions, signals.text, signals.spelled))
    conflict = _conflict(definitions, raised, message, now)
    if raised.past_officers and (conflict != "higher" or raised.slots.get("conflict") == "higher"):
        conflict = ""
    if conflict:
        raised = raised.with_slots(conflict=conflict)
    known = session.alert in OPEN
    kind = kind_of(definitions, raised, message, now)
    raised = replace(raised, away=session.away and not _returned(raised, fresh, kind, message))
    asked = session.top is not None and session.top.asked  # about what was told just before
    if kind == "other" and (known or asked) and session.danger and not raised.away:
        kind = session.danger  # the danger that was told goes on: its answer still fits best
    if (fresh.check or kind in OWN) and not known:
        raised = replace(raised, danger=kind)  # should they turn out not to be safe, the answer fits what they said
    if not danger:
        called = known and session.floor <= Urgency.U1  # a human is on the way: nothing is asked, they hear of it
        told = unasked or (fresh.check and called) or (conflict in PASSING and known)
        effects = (_alarm(raised, fresh.reasons),) if told else ()
        return Verdict(raised, fresh, False, fresh.check and not called, False, False, effects)
    doubted = session.slots.get("softly") is True  # so far nobody was told what to do
    same = known and session.danger == kind and not raised.away and not doubted
    graver = fresh.level < session.floor and raised.about != "other" and kind not in OWN_DEEDS and bool(signals.hazards)
    raised = replace(
        raised, danger=kind, life_at_risk=raised.life_at_risk or fresh.life_at_risk, alert=session.alert or "open"
    )
    if not known:
        raised = replace(raised, alert="open")
    raised = raised.without_slots("softly")
    return Verdict(raised, fresh, True, False, same, same and not graver, (_alarm(raised, fresh.reasons),))


def softened(
    definitions: Definitions,
    before: Session,
    verdict: Verdict,
    signals: Signals,
    together: Signals | None,
    *,
    now: datetime,
) -> Verdict:
    """The same verdict, asked about instead of told as a danger, where only the readers hear one and not clearly.

    A human is called all the same, at the level that was read; the person gets the answer to what they asked, the
    numbers and the safety question. Of calm messages that page about half are such, of urgent ones every fifteenth.
    """
    known, soft = before.alert in OPEN, SOFT_LATER if before.greeted else SOFT
    if not verdict.danger or before.away or before.muted or not _only_doubts(signals, soft):
        return verdict
    if together is not None and triage.assess(signals).level > verdict.fresh.level and not _only_doubts(together, soft):
        return verdict  # what was told in several messages is as grave as all of them
    if known and not before.slots.get("softly"):
        return verdict  # help for a danger is under way
    message = Message(signals, verdict.fresh, signs=listen.signs(definitions, signals.text, signals.spelled))
    unread = replace(message, signals=replace(signals, category_score=0.0))  # without what the readers call it
    if sign_of(message) in DEADLY or kind_of(definitions, before, unread, now) != "other":
        return verdict
    asked = not known and not _said_safe(before, signals)
    session = replace(verdict.session, alert=before.alert, life_at_risk=before.life_at_risk).with_slots(softly=True)
    fresh = replace(verdict.fresh, level=Urgency.U2, check=asked)
    return replace(verdict, session=session, fresh=fresh, danger=False, check=asked, renewed=False, softly=True)


def _only_doubts(signals: Signals, below: float) -> bool:
    return not signals.hazards and signals.alarm < below


def _spread(session: Session, signals: Signals, fresh: Assessment, together: Signals) -> Assessment:
    wider = triage.assess(together)
    pages = wider.level <= Urgency.U1 < fresh.level
    asks = wider.check and not fresh.check and fresh.level > Urgency.U1 and "is_safe" not in session.slots
    before = len(together.text) - len(signals.text)
    answered = session.slots.get("answered_words")
    if isinstance(answered, str) and answered in together.text[:before]:  # what came before had its own answer
        asks = asks and signals.alarm >= HALFWAY * signals.check_from
    if not pages and not asks:
        return fresh
    reasons = tuple(
        replace(reason, span=Span(max(0, reason.span.start - before), max(0, reason.span.end - before)))
        for reason in wider.reasons
    )
    return replace(wider, reasons=reasons)


def _takes_up(definitions: Definitions, session: Session, signals: Signals) -> bool:
    """Whether, after the chat was put away, a few words without a sign only ask to go on: "con nói tiếp đi"."""
    short = len(signals.text.split()) <= 8 and not signals.hazards
    return session.away and short and "go_on" in listen.signs(definitions, signals.text, signals.spelled)


def _returned(session: Session, fresh: Assessment, kind: str, message: Message) -> bool:
    """Whether, after the chat was put away, it is the person again: they tell of harm, and not of harm by them.

    After a child's own story only harm to the writer counts: whom it told of may hold the phone and threaten.
    """
    theirs = session.role == "self" or session.slots.get("left_by") == "reporter"
    only_back = "child_back" in message.signs and not message.signals.hazards  # "con đây, dượng trả máy rồi"
    return fresh.level <= Urgency.U2 and theirs and kind not in OWN_DEEDS and not only_back


def _said_safe(session: Session, signals: Signals) -> bool:
    """Whether this report began with a clear "safe now", and nothing that was said since is graver than a doubt."""
    grave = any(hazard.weight is not Weight.EXPLAIN and hazard.level <= Urgency.U1 for hazard in signals.hazards)
    return session.slots.get("safe_now") is True and not grave


def _tells(signals: Signals) -> bool:
    return signals.intent in ("report_self", "report_other") and signals.command is None


def kind_of(definitions: Definitions, session: Session, message: Message | None, now: datetime) -> str:
    """The kind of danger, by the table `dangers`; `other` when no line fits."""
    return _first(definitions.dangers, facts(definitions.directory, session, now, message)) or "other"


def _first(table: tuple[Route, ...], known: Mapping[str, Fact]) -> str | None:
    return next((line.then for line in table if line.when is None or line.when.holds(known)), None)


def _conflict(definitions: Definitions, session: Session, message: Message, now: datetime) -> str:
    """Whether somebody is accused who must not have this case, by the table `conflicts`; "" when no line fits."""
    return _first(definitions.conflicts, facts(definitions.directory, session, now, message)) or ""


def unsafe(
    definitions: Definitions, session: Session, concept: str, now: datetime, level: Urgency = Urgency.U1
) -> tuple[Session, RaiseAlert]:
    """Whoever was asked and did not clearly say that they are safe is treated as in danger (at `level`).

    `concept` is the reason an officer reads: check:no, check:unclear or check:silent.
    """
    raised = session.raised(level)
    alert = raised.alert if raised.alert in OPEN else "open"
    raised = replace(raised, danger=session.danger or kind_of(definitions, raised, None, now), alert=alert)
    return raised, _alarm(raised, (Reason(concept, Span(0, 0), level),))


def located(session: Session) -> RaiseAlert:
    """The same alert, now that the place is known."""
    return _alarm(session, ())


def _alarm(session: Session, reasons: tuple[Reason, ...]) -> RaiseAlert:
    place = session.slots.get("locality")
    return RaiseAlert(
        level=session.floor,
        category=session.category,
        reasons=reasons,
        locality=place if isinstance(place, str) else None,
        language=session.language,
        past_officers=session.past_officers,
    )
