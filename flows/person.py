"""Who seems to be writing: how they are called and in what role they speak. The one place that chooses pronouns."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from flows.facts import SURE
from flows.responses import Directory
from flows.state import Session
from flows.whereabouts import elsewhere, first_clause
from nlu.normalise import Normalised, fold, normalise, phrase
from nlu.signals import Signals
from nlu.syllables import is_syllable

GROWN = 18
LIFE = "C11"
_I_AM = re.compile(
    r"^(?:da |ma |ua )?(?:t|em|e|con|chau|minh|tao|i am|im) "
    r"(?:la (?:con gai|con trai|hoc sinh|dua)|chi moi|moi|co|only)\b"
    r"|^(?:da )?(?:con|em|e|chau) (?:la|ten) (?:con )?\w+ (?:ne |day |ma |nay )?"
    r"(?:con |em |e |chau )?(?:moi |nam nay )?\d{1,2} (?:tuoi|t)\b"
)
# "con mười ba tuổi mà con là con trai": their own age, told in their own word for themselves
_MY_AGE = re.compile(
    r"^(?:da |ma |ua |roi )*(?:t|em|e|con|chau|minh|tui) (?:nam nay |moi |dc |duoc )?"
    r"(?:\d{1,2}|muoi \w+|chin|tam|bay) (?:tuoi|t)\b"
)
# who loves the writer is no third person's story
_LOVED = re.compile(
    r"\bban trai (?:em|con|e|t|tui|minh|cua em)\b|\b(?:bi|thang|co) (?:thang )?ban trai\b|\b(?:btrai|ny)\b"
)
GROWN_UP = "grown_up"  # how somebody is called of whom only that is known
# a teacher says "em" of a pupil
CALLED_GROWN_UP = ("parent", "grandparent", "collaborator", "neighbour", "relative", GROWN_UP)
_WHOSE = {"report_self": "self", "report_other": "other"}


def met(
    directory: Directory,
    session: Session,
    signals: Signals,
    *,
    anew: bool = False,
    of_another: bool | None = None,
    mistaken: bool = False,
    child: bool = False,
    dying: bool = False,
    friend: bool = False,
) -> Session:
    """The session that knows what this message tells of its writer; what was known is not turned around.

    `anew`: the writer says that something was told wrongly: age, time and place are taken from this message.
    `of_another`: it speaks of somebody else in so many words ("nó nói", "my student"), or, if False, of the writer
    ("hình tui"); None where it says neither. `mistaken`: a grown-up says that they were taken for the child;
    `child`: the child says that it was taken for somebody else; `dying`: the writer wants to die themselves;
    `friend`: a child says that not it, but a friend is meant.
    """
    if mistaken:
        session = replace(session, address="unknown", role="unknown", about="other")
    elif friend:
        session = replace(session, role="other", about="other")
    elif child:
        grown = session.address in CALLED_GROWN_UP
        address = "unknown" if grown else session.address
        session = replace(session, address=address, role="self", about="self").without_slots("audience")
    if session.away and "paused" not in session.slots:  # now and with every message it may be somebody else
        session = replace(session, address="unknown", role="unknown", about="")
    if signals.language in ("vi", "en", "km"):
        session = replace(session, language=_language(session, signals))
    known = _forgetting(session, signals) if anew else session
    session = _remembering(known if _is_far(directory, signals) else _placed(known, signals), signals)
    if _says_own_age(session, signals):  # "t là con gái 13t mà": whoever was taken for a grown-up is not
        session = replace(session, address="unknown", role="self", about="self").without_slots("audience")
    if session.address == "unknown":
        of_self = not mistaken and (child or signals.intent == "report_self" or _is_told_an_age(signals))
        said = first_clause(signals.text) if child else signals.text  # "con là con nít mà, sao kêu con anh chị"
        session = _addressed(directory, session, normalise(said), of_self, child=child)
    if of_another is None and not session.about and _is_of_a_friend(signals):  # "bạn em": "em" is who writes
        session = replace(session, about="other", role="other")
    session = session if signals.command is not None else _told_of(session, signals, of_another)
    return replace(session, about="self") if dying else session


def _is_far(directory: Directory, signals: Signals) -> bool:
    """Whether a place outside the area is where it is: "nhà ở phường Cái Khê. Nó đi Bình Dương" begins at home."""
    first = first_clause(signals.text)
    home = any(entity.kind == "place" and entity.span.end <= len(first) for entity in signals.entities)
    return elsewhere(directory, first if home else signals.text)


def _told_of(session: Session, signals: Signals, of_another: bool | None) -> Session:
    """The session that knows of whom this message tells."""
    role, itself = session.role, "self" if session.role == "unknown" else session.role
    quotes = session.role == "teacher" and of_another is None  # "em viết là mai mốt hết mệt": of whom is taught
    told = signals.category == LIFE and not quotes and signals.intent in _WHOSE
    if told and (of_another is False or signals.intent_score >= SURE):
        about = _WHOSE[signals.intent]  # a parent's own life too, and a child's friend's
        if of_another is not None:
            about = "other" if of_another else "self"
        return replace(session, about=about, role=about if role == "unknown" else role)
    if of_another is False and signals.intent == "report_other" and role in ("unknown", "self", "other"):
        return replace(session, about="self", role="self")
    if (signals.intent == "report_other" or (signals.intent == "report_self" and of_another)) and role != "self":
        return replace(session, about="other", role="other" if role == "unknown" else role)
    if of_another and not session.about:
        return replace(session, about="other")
    if signals.intent == "report_self" and not session.about:
        return replace(session, about="self", role=itself)
    return session


def chosen(directory: Directory, session: Session, audience: str) -> Session:
    """The session that calls a person as the audience they chose is called, where nothing better is known."""
    found = next((entry.id for entry in directory.addresses if entry.audience == audience), "unknown")
    return replace(session, address=found) if session.address == "unknown" else session


def _language(session: Session, signals: Signals) -> str:
    # a word or two in the middle of a conversation do not change its language, nor do "cần thơ" and "con mẹ" begin one
    words = [word.strip(".,!?") for word in signals.text.lower().split()]
    settled = len(words) < 3 and (session.greeted or bool(session.frames) or all(map(is_syllable, words)))
    english = session.language == "en" and signals.text.isascii()  # "my house is near Cai Rang" is English too
    if signals.language == "km":  # written without spaces: one word is a sentence
        return "km"
    short = len(words) < 5 or any(entity.kind == "place" for entity in signals.entities)
    khmer = session.language == "km" and short  # places, "dạ" and "roi" are Vietnamese in a Khmer talk too
    return session.language if settled or english or khmer else signals.language


def _addressed(
    directory: Directory, session: Session, message: Normalised, of_self: bool, *, child: bool = False
) -> Session:
    text, called = _without_vocatives(directory, message)
    called = called and not child  # "sao kêu con anh chị" calls nobody
    young = bool(_MY_AGE.search(message.folded))
    for entry in directory.addresses:
        if (called or session.about == "other") and entry.role == "self" and not young:
            continue  # "em ơi" is the bot; whoever writes is older
        if _stands(entry.unless, text, message) and not (young and entry.role == "self"):
            continue
        cues = (*entry.cues, *entry.itself) if of_self else entry.cues
        if _stands(cues, text, message):
            role = entry.role if session.role == "unknown" else session.role
            about = session.about or ("other" if entry.role not in ("self", "unknown") else "")
            return replace(session, address=entry.id, role=role, about=about)
    return replace(session, address=GROWN_UP) if called else session


def _without_vocatives(directory: Directory, message: Normalised) -> tuple[str, bool]:
    """The message between spaces, without the words that call the bot, and whether there were any."""
    text = whole = f" {message.text if message.accented else message.folded} "
    for one in directory.vocatives:
        told = phrase(one)
        text = text.replace(f" {told.text if message.accented else told.folded} ", " , ")
    return text, text != whole


def _stands(cues: tuple[str, ...], text: str, message: Normalised) -> bool:
    accented, folded = _spaced(cues)
    return any(cue in text for cue in (accented if message.accented else folded))


@lru_cache(maxsize=64)
def _spaced(cues: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Phrases of the directory between spaces, with their marks and without."""
    told = [phrase(cue) for cue in cues]
    return tuple(f" {one.text} " for one in told), tuple(f" {one.folded} " for one in told)


def _remembering(session: Session, signals: Signals) -> Session:
    """The session that keeps the first age and time that were told, so that neither is asked for again."""
    for entity in signals.entities:
        said = signals.text[entity.span.start : entity.span.end]
        if entity.kind == "age" and float(entity.value) < GROWN and "heard_age" not in session.slots:
            told = not fold(said.lower()).startswith(("lop", "grade"))  # reckoned from a school year
            session = session.with_slots(heard_age=entity.value, age_told=True if told else None)
        elif entity.kind == "time" and "heard_time" not in session.slots:
            session = session.with_slots(heard_time=entity.value, heard_when=said)
    return session


def _forgetting(session: Session, signals: Signals) -> Session:
    """The session without what this message tells anew."""
    told = {entity.kind for entity in signals.entities if entity.kind != "age" or float(entity.value) < GROWN}
    names = {"age": ("heard_age",), "time": ("heard_time", "heard_when"), "place": ("locality", "place_candidates")}
    return session.without_slots(*(name for kind in told for name in names.get(kind, ())))


def _says_own_age(session: Session, signals: Signals) -> bool:
    """Whether somebody who is called as a grown-up says that they are young: "em mới 13 tuổi", "t la con gai 13t"."""
    own = bool(_I_AM.search(normalise(signals.text).folded))
    return session.address in CALLED_GROWN_UP and own and _is_told_an_age(signals)


def _is_of_a_friend(signals: Signals) -> bool:
    named = any(entity.kind == "relation" and entity.value == "friend" for entity in signals.entities)
    named = named and not _LOVED.search(normalise(signals.text).folded)
    return named and signals.intent == "report_other" and signals.intent_score >= SURE


def _is_told_an_age(signals: Signals) -> bool:
    return any(entity.kind == "age" and float(entity.value) < GROWN for entity in signals.entities)


def _placed(session: Session, signals: Signals) -> Session:
    for entity in signals.entities:
        before = fold(signals.text[: entity.span.start].lower()).split()[-3:]
        if entity.kind == "place" and "phai" not in before and "locality" not in session.slots:  # "chứ không phải …"
            if len(entity.candidates) > 1:
                session = session.with_slots(place_candidates=",".join(entity.candidates[:6]))
            elif entity.value:
                session = session.with_slots(locality=entity.value).without_slots("place_candidates")
    return session
