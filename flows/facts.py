"""What the conditions of flows and words may ask about: the session, the message and the hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from escalation.triage import Assessment
from flows.asking import asks
from flows.condition import Fact
from flows.listen import code_in
from flows.responses import Directory
from flows.state import Session
from nlu.signals import Signals, Urgency
from nlu.syllables import is_syllable

SIGN_SURE = 0.5  # a category below this score does not choose the danger reply
READS_FROM = 6  # years: a younger age that is told is another child's
SURE = 0.6  # an intent below this score is not followed out of a question

OWN_VOICE = ("young", "child_speaks", "of_me")  # signs with which a child that told of itself speaks on

DETAILS = ("age", "time", "place")  # what is kept of a message, and said back

# Every name that a condition may use beside `slots.<slot>`.
NAMES = frozenset(
    {
        "level", "danger", "alert", "role", "about", "channel", "language", "category", "misses", "told",
        "life_at_risk", "office_hours", "questions", "greeted", "away", "address", "audience", "located", "command",
        "intent", "sure", "length", "own_level", "concepts", "signed", "sign", "signs", "urgent", "when", "card", "at",
        "digression", "under", "own", "code", "tells_detail", "names_place", "gibberish", "phone", "asks",
        "reply", "reply_sure", "reply_likely", "reply_first", "misread", "doubtful", "same_voice",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Message:
    """One message as the conditions see it."""

    signals: Signals
    assessment: Assessment  # of this message alone
    card: bool = False  # a guidance card answers it
    reply: str = ""  # the id of a short reply that answers it
    reply_sure: bool = False  # and whether that is most likely
    reply_likely: bool = False  # or more likely than not
    reply_first: bool = False  # and whether it is given also where nothing was told before
    signs: tuple[str, ...] = ()  # names of the phrases of `signs` that it has
    misread: bool = False  # they were understood wrongly, or say the same again
    doubtful: bool = False  # the readers alone doubt that they are safe


def facts(
    directory: Directory, session: Session, now: datetime, message: Message | None = None, danger: str | None = None
) -> dict[str, Fact]:
    """The facts of this instant; slots stand under `slots.<name>` and, for conditions of words, under their name."""
    found: dict[str, Fact] = dict(session.slots)
    found.update({f"slots.{name}": value for name, value in session.slots.items()})
    found.update(
        level=int(session.floor),
        urgent=session.floor <= Urgency.U1,
        sign=session.category,
        danger=session.danger if danger is None else danger,
        alert="" if session.away or session.eased else session.alert,
        away=session.away,
        role=session.role,
        about=session.about,
        channel=session.channel,
        language=session.language,
        category=session.category,
        misses=session.misses,
        told=bool(session.told) and not session.away,
        life_at_risk=session.life_at_risk,
        office_hours=open_now(directory, now),
        questions=session.questions,
        greeted=session.greeted,
        address=session.address,
        audience=audience(directory, session),
        located=bool(session.slots.get("locality")),
        at=session.top.flow if session.top else "",
        digression=len(session.frames) > 1,
        under=session.frames[-2].flow if len(session.frames) > 1 else "",  # to which this one goes back
    )
    if message is not None:
        found.update(_of_message(message))
        # whoever speaks of a child's own story in another voice may only hold its phone, and is told nothing of it
        found["same_voice"] = session.about != "self" or any(sign in message.signs for sign in OWN_VOICE)
    return found


def _of_message(message: Message) -> dict[str, Fact]:
    signals = message.signals
    return {
        "command": signals.command,
        "intent": signals.intent,
        "sure": signals.intent_score >= SURE,
        "length": len(signals.text.split()),
        "own_level": int(message.assessment.level),
        "category": message.assessment.category,
        "sign": sign_of(message),
        "signs": message.signs,
        "own": signals.own,
        "signed": bool(signals.hazards),
        "doubtful": message.doubtful,
        "concepts": tuple(hazard.concept for hazard in signals.hazards),
        "life_at_risk": message.assessment.life_at_risk,
        "when": next((entity.value for entity in signals.entities if entity.kind == "time"), None),
        "card": message.card,
        "reply": message.reply,
        "reply_sure": message.reply_sure,
        "reply_likely": message.reply_likely,
        "reply_first": message.reply_first,
        "misread": message.misread,
        "asks": asks(signals.text),
        "code": bool(code_in(signals.text)),
        "phone": any(entity.kind == "phone" for entity in signals.entities),
        "gibberish": _is_gibberish(signals.text),
        "names_place": any(entity.kind == "place" for entity in signals.entities),
        "tells_detail": any(entity.kind in DETAILS for entity in signals.entities),
    }


def _is_gibberish(text: str) -> bool:
    """Whether no word of several could be Vietnamese: a hand that fell on the keys."""
    words = [word for word in text.lower().split() if word.isalpha()]
    return len(words) > 1 and not any(map(is_syllable, words))


def sign_of(message: Message) -> str:
    """The category that a danger reply may rely on: that of the worst danger sign, or one the reader is sure of.

    A reply for the wrong kind of danger is worse than one for any kind: in doubt it is empty.
    """
    signals = message.signals
    if signals.hazards:
        return min(signals.hazards, key=lambda hazard: hazard.level).category
    return message.assessment.category if signals.category_score >= SIGN_SURE else ""


def audience(directory: Directory, session: Session) -> str:
    """Whom guidance is for: what was chosen, else what the way of speaking tells; empty when unknown."""
    chosen, age = session.slots.get("audience"), session.slots.get("heard_age")
    if isinstance(chosen, str):
        return chosen
    if session.role == "self" and isinstance(age, str) and float(age) >= READS_FROM:
        return next((band for band, below in directory.bands if float(age) < below), "")
    return next((entry.audience for entry in directory.addresses if entry.id == session.address), "")


def open_now(directory: Directory, now: datetime) -> bool:
    """Whether the office is staffed at this hour; public holidays are the duty rota's business, not said here."""
    local = now + timedelta(hours=directory.utc_offset) - (now.utcoffset() or timedelta())
    hour = local.strftime("%H:%M")
    return local.weekday() in directory.office_days and directory.office_from <= hour < directory.office_to
