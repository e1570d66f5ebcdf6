"""How a message says where it is: a place of the area, one outside it, a landmark, or nothing of where."""

from __future__ import annotations

import re

from flows.asking import asks
from flows.definition import SlotType
from flows.phrases import COURTEOUS, POLITE, listed, parts_of, spelled, spoken, stands, words_of
from flows.responses import Directory
from nlu.normalise import fold, normalise, phrase
from nlu.signals import Signals

_CLAUSE = re.compile(r"[,.;:!?\n()]+")
_SENTENCE = re.compile(r"[.;!?\n]+|,? (?:mà|ma|nhưng|nhung) |, ")
TELLS = ("report_self", "report_other")
LANDMARK_WORDS = 12  # a longer answer to "where" is read for danger by all readers, however it begins
TALK_WORDS = 3  # of an answer to "where" in which a word of talk makes it no name of a place: "rửa bằng gì"
LONG_WORDS = 6  # words of an answer to "where" in which a word of a place must stand
STORY_WORDS = 4  # a sentence of fewer words is taken for the place that was asked for
_KNOWS_NOT = re.compile(r"(?:da |ma |thi )*(?:\w+ )?(?:khong|hong|hok|ko|k|chua|chang) (?:biet|ro|nho)\b")
_SOMEWHERE = ("nha ", "o ", "tai ", "ngay ", "con o ", "em o ", "e o ", "tui o ", "minh o ", "toi o ", "dang o ")


def elsewhere(directory: Directory, text: str) -> bool:
    """Whether `text` names a place outside the area that is served; a street or a market may have its name."""
    said = words_of(normalise(text))
    if any(stands(said, one) for one in directory.home):
        return False
    begun = {*map(fold, said)}
    named = [parts for parts in map(parts_of, directory.elsewhere) if fold(parts[0]) in begun]
    streets = {*map(listed, directory.named_after_places)}
    return bool(named) and any(
        spoken(words[at : at + len(parts)], [parts]) and (at == 0 or fold(words[at - 1]) not in streets)
        for words in (words_of(normalise(clause)) for clause in _CLAUSE.split(text))  # "Cái Sơn, la cầu" is no "Sơn La"
        for parts in named
        for at in range(len(words) - len(parts) + 1)
    )


def first_clause(text: str) -> str:
    """What stands before the first sign, or before "mà": "ở xã Mỹ An. mà công an tới hả" begins with where."""
    return _SENTENCE.split(text, maxsplit=1)[0].strip()


def named(signals: Signals) -> str:
    """The words of the first place of the area that a message names; "" without one."""
    spans = [entity.span for entity in signals.entities if entity.kind == "place"]
    return signals.text[spans[0].start : spans[0].end] if spans else ""


def tells_place(slot: SlotType, signals: Signals) -> bool:
    """Whether a place of the area is named, or a word of a place stands there."""
    named = any(entity.kind == "place" and entity.span.end <= len(signals.text) for entity in signals.entities)
    return named or _near(slot, words_of(normalise(signals.text)))


def begins_with_a_place(slot: SlotType, signals: Signals) -> bool:
    """Whether a place of the area is named, or the words begin as those of a place do: "em ở xã Mỹ An"."""
    named = any(entity.kind == "place" and entity.span.end <= len(signals.text) for entity in signals.entities)
    return named or (_begins_somewhere(signals.text) and tells_place(slot, signals)) or is_a_landmark(slot, signals)


def is_no_place(slot: SlotType, signals: Signals) -> bool:
    """Whether a message answers "where" with something else: a story, a question, words that say nothing of where."""
    said = words_of(normalise(signals.text))
    known = tells_place(slot, signals) or is_a_landmark(slot, signals) or _begins_somewhere(signals.text)
    talked = len(said) >= TALK_WORDS and not {listed(word) for word in slot.talk}.isdisjoint(map(fold, said))
    long = len(said) >= LONG_WORDS and not tells_place(slot, signals) and not is_a_landmark(slot, signals)
    if long or (talked and not known):
        return True
    unknown = bool(_KNOWS_NOT.match(spelled(signals.text)))  # said so, it is not asked for again
    common = _common(slot)
    only_common = bool(said) and all(fold(word) in common or word.isdigit() for word in said)
    everyday = only_common and not known and not unknown
    return everyday or _tells_something_else(slot, signals) or _only_asks(signals) or _is_vague(slot, signals)


def _common(slot: SlotType) -> frozenset[str]:
    return frozenset(word for one in slot.common for word in listed(one).split())


def _begins_somewhere(text: str) -> bool:
    begins = " ".join(word for word in spelled(text).split() if word not in COURTEOUS)
    return begins.startswith(_SOMEWHERE)


def _tells_something_else(slot: SlotType, signals: Signals) -> bool:
    """Whether a sentence goes on with the story where a place was asked: it names none, and no word of a place.

    A story has persons in it ("rồi mấy ổng bắt chú Tư hả"); "nhà ngoại con" begins with where.
    """
    said = words_of(normalise(signals.text))
    persons = not {listed(one) for one in slot.tells}.isdisjoint(map(fold, said))
    somewhere = _begins_somewhere(signals.text)
    tells = bool(signals.hazards) or signals.intent in TELLS or (persons and not somewhere)
    named = any(entity.kind == "place" for entity in signals.entities)
    return tells and not named and len(said) >= STORY_WORDS and not _near(slot, said)


def _only_asks(signals: Signals) -> bool:
    """Whether something is asked where a place was to be told, and no place is named."""
    named = any(entity.kind == "place" for entity in signals.entities)
    return asks(signals.text) and not named and not _begins_somewhere(signals.text)


def _is_vague(slot: SlotType, signals: Signals) -> bool:
    """Whether only words that say nothing of where stand there: "nhà", "đang ở trường", "e 10t"."""
    vague = {word for one in slot.vague for word in listed(one).split()}
    said = [word for word in spelled(signals.text).split() if not word.isdigit()]
    named = any(entity.kind == "place" for entity in signals.entities)
    only = all(word in vague or word in POLITE for word in said)
    return only and not named and not vague.isdisjoint(said)


def _near(slot: SlotType, said: list[str]) -> bool:
    """Whether a word of a place is said; "xa" is "xã" only where no marks are typed at all."""
    bare = all(word == fold(word) for word in said)
    near = f" {' '.join(said)} "
    told = [one for one in slot.near if not (bare and one in slot.marked)]
    return any(f" {listed(one) if bare else phrase(one).text} " in near for one in told)


def tells_beside(slot: SlotType, signals: Signals) -> bool:
    """Whether a sentence after the first tells of somebody: what stands beside a place is no part of it."""
    persons = {listed(one) for one in slot.tells}
    later = [spelled(part).split() for part in _CLAUSE.split(signals.text)][1:]
    return any(len(part) >= TALK_WORDS and not persons.isdisjoint(part) for part in later)


def is_a_landmark(slot: SlotType, signals: Signals) -> bool:
    """Whether the words say where, and no more: "gần cầu Rạch Ngỗng", which by itself would sound like a leap."""
    said = spelled(signals.text).split()
    told = [word for word in said if word not in POLITE]
    words = f"{' '.join(told)} "
    story = not {listed(one) for one in slot.tells}.isdisjoint(said)
    return (
        not story
        and not signals.hazards
        and signals.command is None
        and len(told) <= LANDMARK_WORDS
        and any(words.startswith(f"{listed(one)} ") for one in slot.landmarks)
    )
