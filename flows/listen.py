"""How an answer is read: a choice, yes or no, a place, a code, or simply the person's own words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from flows.definition import Definitions, SlotType
from flows.effects import Choice
from flows.phrases import listed, spelled
from flows.responses import Directory
from flows.state import TEXT_LIMIT, Session, Slot
from nlu.normalise import Normalised, fold, normalise, phrase
from nlu.signals import Signals, Urgency

TITLE_WORDS = 2  # a title of one word is too common to be a press
MARKED = "="  # before a phrase whose marks must be typed
_CODE = re.compile(r"(?<!\d)(?:\d[ .\-]?){15}\d(?!\d)")

_ASKS = re.compile(
    r"[\s,.;:!]+(?=(?:(?:tui|tôi|em|mình|chị|anh|toi|minh|chi) )?(?:chỉ |chi |muốn |muon |có nên )?(?:hỏi|hoi|nên)\b)"
)
_CLAUSE = re.compile(r"[,.;:!?\n()]+")
_PART = re.compile(r"[,.;:\n(]| (?:vì|vi|tại|tai|mà|ma|nhưng|nhung|nên|nen|because|but) ")
_SENTENCE = re.compile(r"[.;!?\n]+|,? (?:mà|ma|nhưng|nhung) |, ")
_BUT = re.compile(r"\b(?:nhưng|nhung|sợ|đau)\b", re.IGNORECASE)
_DENIED = re.compile(r"\b(?:khong|dau|hong|hok|ko|k)(?: co| phai| la| lam)*$")
_DENYING = frozenset({"khong", "hong", "hok", "hem", "ko", "k", "chua", "chang", "dau", "dung", "het", "thoi", "khoi"})
TELLS = ("report_self", "report_other")
CODE_WORDS = 4  # words beside a receipt code that tell nothing more
LANDMARK_WORDS = 12  # a longer answer to "where" is read for danger by all readers, however it begins
BRIEF_WORDS = 8  # more words than these choose nothing where a slot is `brief`: "nó hẹn 9h tối nay là nó đăng đó"
ASKING_WORDS = 4  # words of the shortest question that is told from an answer
_ENDS_ASKING = re.compile(
    r"\b(?:co|phai|duoc|dc|nen|can|dang|bi|biet|roi|cho|con|se)\b.*"
    r"\b(?:khong|hong|hok|hk|ko|k|chua)(?: vay| a| ta| he)?$"
    r"|\b(?:la ai|lam sao|sao gio|cach nao|the nao|chung nao|khi nao|bao gio|o dau|bao nhieu)$"
    r"|\b(?:may gio|cai gi|la gi|gi vay|ai vay|sao vay)$"
    r"|\b(?<!biet )(?:di dau|vo dau|ve dau|qua dau|cho nao|noi nao|goi ai|keu ai|lam gi|thi sao|gio sao"
    r"|noi (?:ai|gi)(?= )|noi sao|tinh sao|sao day|hay sao|bao lau|chung nao)"
    r"(?: gio| bay gio| day| vay| a| ha| ta| he| nua| moi toi)*$"
)
_ASKS_SHORTLY = re.compile(r"(?:co|bi|duoc|phai) (?!on|yen|an)\w+ (?:khong|hong|hok|hk|ko)")  # "có tội hong"
_BEGINS = frozenset({"lam sao", "co nen", "lam cach", "phai lam", "cho hoi", "ai doc", "ai coi", "ai la"})
DECLINING_WORDS = 3  # a longer sentence declines nothing because "không" stands in it
LONG_WORDS = 6  # words of an answer to "where" in which a word of a place must stand
STORY_WORDS = 4  # a sentence of fewer words is taken for the place that was asked for
_SOMEWHERE = ("nha ", "o ", "tai ", "ngay ", "con o ", "em o ", "e o ", "tui o ", "minh o ", "toi o ", "dang o ")
CALM = ("guidance", "smalltalk", "out_of_scope", "unclear")

UNREADABLE = object()  # the words do not answer this question

# Words of politeness that change nothing about an answer, with marks and without: "tội" is not "tôi".
_POLITE = frozenset(
    form
    for word in (
        "dạ", "vâng", "ừ", "ờ", "ạ", "nha", "nhé", "nghen", "hen", "rồi", "em", "con", "cháu", "mình", "tôi", "tui",
        "cô", "có", "chú", "ơi", "thưa", "thầy",
    )
    for form in (word, fold(word))
    if form != "o"
)  # fmt: skip

_POINTING = frozenset(
    {"cai", "bai", "khoa", "muc", "ve", "hoc", "chon", "cho", "do", "kia", "nay", "xem", "coi", "muon"}
)
_COURTEOUS = frozenset({"da", "vang", "u", "a", "nha", "nhe", "nghen", "hen"})


def chosen(session: Session, text: str, presses: Mapping[str, Sequence[str]]) -> Choice | None:
    """The choice that was offered last and is now typed: its number, its words with or without marks, or other words.

    `presses`: the other words, by the end of the payload.
    """
    said = spelled(text)
    if not said or not session.choices:
        return None
    number = re.fullmatch(r"(?:so |cau |chon |bai |khoa |muc |cai |dong )?(\d{1,2})", said)
    if number:
        place = int(number[1])
        return session.choices[place - 1] if 0 < place <= len(session.choices) else None
    titled_so = next((choice for choice in session.choices if spelled(choice.title) == said), None)
    meant = {f"#ct:{end}" for end, phrases in presses.items() if said in map(listed, phrases)}
    pressed = titled_so or next((choice for choice in session.choices if choice.payload in meant), None)
    return pressed or _named_by_a_part(session.choices, said)


def _named_by_a_part(choices: Sequence[Choice], said: str) -> Choice | None:
    """The one choice in whose title what was said stands, without the words that only point: "cái đuối nước á"."""
    words = [word for word in said.split() if word not in _POINTING and word not in _POLITE]
    part = f" {' '.join(words)} "
    found = [choice for choice in choices if part in f" {spelled(choice.title)} "]
    return found[0] if len(found) == 1 and len(words) >= TITLE_WORDS else None


def titled(definitions: Definitions, text: str) -> Choice | None:
    """The button that opens a flow and whose whole title was typed, though it was not offered just now."""
    said = spelled(text)
    if len(said.split()) < TITLE_WORDS:
        return None
    for language in definitions.languages.values():
        for response in language.responses.values():
            for variation in response.variations:
                for choice in variation.choices:
                    if _opens(definitions, choice) and listed(choice.title) == said:
                        return choice
    return None


def _opens(definitions: Definitions, choice: Choice) -> bool:
    verb, _, rest = choice.payload.removeprefix("#ct:").partition(":")
    slot = definitions.slots.get(rest.partition(":")[0])
    return verb == "go" or (verb == "set" and slot is not None and bool(slot.opens))


def code_in(text: str) -> str:
    """The sixteen digits of a receipt code that stand in `text`, or nothing."""
    found = _CODE.search(text)
    return found[0] if found else ""


def is_only_a_code(text: str) -> bool:
    """Whether `text` is a receipt code with a word or two around it: "dạ gõ lộn, …"."""
    return bool(code_in(text)) and sum(any(map(str.isalpha, word)) for word in text.split()) <= CODE_WORDS


def signs(definitions: Definitions, text: str, spelled_out: str = "") -> tuple[str, ...]:
    """The names of the phrases of `signs` that stand in `text`; a mark that was typed must be the phrase's own.

    `spelled_out`: the same text with its short forms written out, which is heard beside it.
    """
    found: set[str] = set()
    for one in dict.fromkeys((text, spelled_out)):
        words = _words(normalise(one)) if one else []
        folded = f" {' '.join(map(fold, words))} "
        for first in dict.fromkeys(folded.split()):
            for name, phrase_ in definitions.heads.get(first, ()):
                if name not in found and f" {listed(phrase_)} " in folded and _stands(words, phrase_):
                    found.add(name)
    return tuple(name for name in definitions.signs if name in found)


def elsewhere(directory: Directory, text: str) -> bool:
    """Whether `text` names a place outside the area that is served; a street or a market may have its name."""
    if any(_stands(_words(normalise(text)), one) for one in directory.home):
        return False
    streets = {*map(listed, directory.named_after_places)}
    return any(
        _spoken(words[at : at + len(parts)], [parts]) and (at == 0 or fold(words[at - 1]) not in streets)
        for words in (_words(normalise(clause)) for clause in _CLAUSE.split(text))  # "Cái Sơn, la cầu" is no "Sơn La"
        for parts in map(_parts, directory.elsewhere)
        for at in range(len(words) - len(parts) + 1)
    )


def says_only(phrases: Sequence[str], text: str) -> bool:
    """Whether `text` is one of the phrases and at most one word more: "má con vô kìa"."""
    words = _words(normalise(text))
    return any(_stands(words, one) and len(words) <= len(_parts(one)) + 1 for one in phrases)


def _stands(said: list[str], one: str) -> bool:
    """Whether the phrase stands in the words with no other marks than its own: "chạy rồi" is no "cháy rồi".

    One that begins with `MARKED` must bear all of them: "chu do" is "chú đó" more often than "chú dô".
    """
    parts = _parts(one)
    if one.startswith(MARKED):
        return any(said[at : at + len(parts)] == parts for at in range(len(said) - len(parts) + 1))
    return any(_spoken(said[at : at + len(parts)], [parts]) for at in range(len(said) - len(parts) + 1))


@lru_cache(maxsize=4096)
def _parts(one: str) -> list[str]:
    return _words(phrase(one))


def answer(slot: SlotType, signals: Signals) -> Slot | object:
    """What `signals` say to the question of `slot`: its value, None for no usable content, or UNREADABLE."""
    match slot.type:
        case "bool":
            return yes_or_no(slot, signals)
        case "choice" if slot.brief and len(spelled(signals.text).split()) > BRIEF_WORDS:
            return UNREADABLE
        case "choice":
            long = slot.brief and len(spelled(signals.text).split()) > DECLINING_WORDS
            return among(slot, signals.text, asking=long or asks(signals.text))
        case "code":
            return next(
                (entity.value for entity in signals.entities if entity.kind == "receipt"), _digits(signals.text)
            )
        case "place" if _is_no_place(slot, signals):
            first = replace(signals, text=first_clause(signals.text), hazards=())
            return first.text if tells_place(slot, first) and not _is_no_place(slot, first) else UNREADABLE
        case _:
            told = signals.text[:TEXT_LIMIT].strip()
            return told if any(map(str.isalnum, told)) else None if told else UNREADABLE  # a thumb is no place


def first_clause(text: str) -> str:
    """What stands before the first sign, or before "mà": "ở xã Mỹ An. mà công an tới hả" begins with where."""
    return _SENTENCE.split(text, maxsplit=1)[0].strip()


def tells_place(slot: SlotType, signals: Signals) -> bool:
    """Whether a place of the area is named, or a word of a place stands there."""
    named = any(entity.kind == "place" and entity.span.end <= len(signals.text) for entity in signals.entities)
    return named or _near(slot, _words(normalise(signals.text)))


def begins_with_a_place(slot: SlotType, signals: Signals) -> bool:
    """Whether a place of the area is named, or the words begin as those of a place do: "em ở xã Mỹ An"."""
    begins = " ".join(word for word in spelled(signals.text).split() if word not in _COURTEOUS)
    named = any(entity.kind == "place" and entity.span.end <= len(signals.text) for entity in signals.entities)
    return named or (begins.startswith(_SOMEWHERE) and tells_place(slot, signals)) or is_a_landmark(slot, signals)


def _is_no_place(slot: SlotType, signals: Signals) -> bool:
    """Whether a message answers "where" with something else: a story, a question, words that say nothing of where."""
    said = _words(normalise(signals.text))
    long = len(said) >= LONG_WORDS and not tells_place(slot, signals) and not is_a_landmark(slot, signals)
    return long or _tells_something_else(slot, signals) or _only_asks(slot, signals) or _is_vague(slot, signals)


def asks(text: str) -> bool:
    """Whether a message is a question: "có nên chuyển trường cho nó không", "ai đọc tin này vậy?"; no answer to one."""
    words = [word for word in spelled(text).split() if word not in _COURTEOUS]
    if len(words) < ASKING_WORDS:
        return bool(_ASKS_SHORTLY.fullmatch(" ".join(words)))
    return text.rstrip().endswith("?") or bool(_ENDS_ASKING.search(" ".join(words))) or " ".join(words[:2]) in _BEGINS


def _digits(text: str) -> str | None:
    """What may be a mistyped code; None for words without a digit: "mất mã rồi", "bỏ wa"."""
    return text[:64] if any(map(str.isdigit, text)) else None


def _tells_something_else(slot: SlotType, signals: Signals) -> bool:
    """Whether a sentence goes on with the story where a place was asked: it names none, and no word of a place.

    A story has persons in it ("rồi mấy ổng bắt chú Tư hả"); "nhà ngoại con" begins with where.
    """
    said = _words(normalise(signals.text))
    persons = not {listed(one) for one in slot.tells}.isdisjoint(map(fold, said))
    begins = " ".join(word for word in spelled(signals.text).split() if word not in _COURTEOUS)
    somewhere = begins.startswith(_SOMEWHERE)
    tells = bool(signals.hazards) or signals.intent in TELLS or (persons and not somewhere)
    named = any(entity.kind == "place" for entity in signals.entities)
    return tells and not named and len(said) >= STORY_WORDS and not _near(slot, said)


def _only_asks(slot: SlotType, signals: Signals) -> bool:
    """Whether something is asked where a place was to be told, and no place is named."""
    named = any(entity.kind == "place" for entity in signals.entities)
    return asks(signals.text) and not named and not _near(slot, _words(normalise(signals.text)))


def _is_vague(slot: SlotType, signals: Signals) -> bool:
    """Whether only words that say nothing of where stand there: "nhà", "đang ở trường", "e 10t"."""
    vague = {word for one in slot.vague for word in listed(one).split()}
    said = [word for word in spelled(signals.text).split() if not word.isdigit()]
    named = any(entity.kind == "place" for entity in signals.entities)
    only = all(word in vague or word in _POLITE for word in said)
    return only and not named and not vague.isdisjoint(said)


def _near(slot: SlotType, said: list[str]) -> bool:
    """Whether a word of a place is said; "xa" is "xã" only where no marks are typed at all."""
    bare = all(word == fold(word) for word in said)
    spoken = f" {' '.join(said)} "
    told = [one for one in slot.near if not (bare and one in slot.marked)]
    return any(f" {listed(one) if bare else phrase(one).text} " in spoken for one in told)


def yes_or_no(slot: SlotType, signals: Signals) -> Slot | object:
    """True or False where the words are one of the slot's own; a slot that wants a clear yes trusts nothing else.

    Of "an toàn mà, tui hỏi cách dạy thôi" the beginning answers and the rest is a question. "Không, ổng là trưởng ấp"
    says no to the word and yes to what is asked.
    """
    named = _named(slot, signals.text)
    if named is not None:
        return named
    whole = _yes_or_no(slot, signals, signals.text)
    if whole is UNREADABLE and not slot.clear and (first := _PART.split(signals.text, maxsplit=1)[0]):
        return _yes_or_no(slot, signals, first)  # "hong tiện, nhà đông người"
    asks = _ASKS.search(signals.text)
    divided = asks is not None and not spelled(signals.text[: asks.start()]).endswith(" co")  # "em có nên đi không"
    if whole is UNREADABLE and asks and divided and signals.intent in CALM and not _BUT.search(signals.text):
        return _yes_or_no(slot, signals, signals.text[: asks.start()])
    return whole


def _named(slot: SlotType, text: str) -> bool | None:
    """Whether what is asked about is named, or named only to deny it; None where it is not named."""
    said = f" {spelled(text)} "
    before = [said[: said.index(f" {listed(one)} ")] for one in slot.even if f" {listed(one)} " in said]
    return any(not _DENIED.search(words) for words in before) if before else None


def _yes_or_no(slot: SlotType, signals: Signals, text: str) -> Slot | object:
    said, allowed = _words(normalise(text)), [_words(phrase(one)) for one in slot.yes]
    bare = [word for word in said if word not in _POLITE]
    kept = [word for word in said if word not in _POLITE or _spoken([word], allowed)]  # "có" is not "cô"
    told = [word for word in said if fold(word) not in _COURTEOUS]  # "dạ có mình em ạ" is a no, though "có" is a yes
    if any(listed(one) in (fold(" ".join(words)) for words in (said, told, bare)) for one in slot.no):
        return False
    if any(_spoken(words, allowed) for words in (said, bare, kept)):
        return True
    if not slot.clear and signals.command in ("yes", "no"):
        return signals.command == "yes"
    sure = _surely(slot, spelled(text))
    return UNREADABLE if sure is None else sure


def _surely(slot: SlotType, said: str) -> bool | None:
    """Yes where a phrase of the slot's own stands among its plain words only, no where one of them denies it.

    "giờ yên, ổng đi rồi" is a yes, "con không ổn" a no, and so is "hong, giờ yên": in doubt a human looks.
    """
    own, rest = {*_own_words(slot), *_DENYING}, f" {said} "
    phrases = [listed(one) for one in slot.sure if f" {listed(one)} " in rest]
    if not phrases or any(word not in own and word not in _POLITE for word in said.split()):
        return None
    for one in sorted(phrases, key=len, reverse=True):  # "không sao" denies nothing
        rest = rest.replace(f" {one} ", " ")
    return _DENYING.isdisjoint(rest.split())


def _own_words(slot: SlotType) -> set[str]:
    return {word for one in (*slot.plain, *slot.sure) for word in listed(one).split()}


def _spoken(said: list[str], allowed: list[list[str]]) -> bool:
    """Whether the words are one of the phrases; a mark that was typed must be the phrase's own."""
    return any(
        len(said) == len(one) and all(word in (part, fold(part)) for word, part in zip(said, one, strict=True))
        for one in allowed
    )


def _words(message: Normalised) -> list[str]:
    return [word for word in message.text.split() if word.isalnum()]


def exactly(slot: SlotType, text: str) -> str | None:
    """The value of a choice that `text` is, and nothing else: "nửa tiếng nữa nha"."""
    said = [word for word in spelled(text).split() if word not in _POLITE and word != "nua"]
    for value, phrases in slot.values.items():
        for one in phrases:
            if [word for word in listed(one).split() if word not in _POLITE and word != "nua"] == said != []:
                return value
    return None


def plainly(slot: SlotType, signals: Signals) -> Signals:
    """The message as the answer that it is, where every word is one of the slot's own and none is a sign of danger.

    The readers know messages, not answers: "hôm qua" by itself would sound like what it is the answer to.
    """
    own = _own_words(slot)
    said = spelled(signals.text).split()
    only_own = all(word in own or word in _POLITE or word.isdigit() for word in said)
    if slot.sure and _surely(slot, " ".join(said)) is not True:
        return signals  # of a question about safety only the yes is nothing but an answer
    if not said or signals.hazards or signals.command or not (only_own or is_a_landmark(slot, signals)):
        return signals
    return replace(calm(signals), intent="unclear", intent_score=0.0)


def calm(signals: Signals) -> Signals:
    """The message as small talk, though the readers heard more: only where what it answers or ends is known."""
    quiet = {Urgency.U4: 1.0}
    return replace(signals, intent="smalltalk", intent_score=1.0, category="C99", urgency=quiet, alarm=0.0)


def is_a_landmark(slot: SlotType, signals: Signals) -> bool:
    """Whether the words say where, and no more: "gần cầu Rạch Ngỗng", which by itself would sound like a leap."""
    said = spelled(signals.text).split()
    told = [word for word in said if word not in _POLITE]
    spoken = f"{' '.join(told)} "
    story = not {listed(one) for one in slot.tells}.isdisjoint(said)
    return (
        not story
        and not signals.hazards
        and signals.command is None
        and len(told) <= LANDMARK_WORDS
        and any(spoken.startswith(f"{listed(one)} ") for one in slot.landmarks)
    )


def clearly(slot: SlotType, signals: Signals) -> bool | None:
    """Yes or no, where the whole message is one of the slot's own words for it; None for anything else."""
    value = _yes_or_no(slot, signals, signals.text)
    return value if isinstance(value, bool) else None


def among(slot: SlotType, text: str, *, asking: bool = False) -> Slot | object:
    """The value of a choice whose words stand in `text`, or UNREADABLE.

    `asking`: the text is a question, whose "không" denies nothing: "cô có tới cho con không".
    """
    said = f" {spelled(text)} "
    for value, phrases in slot.values.items():
        if any(f" {listed(one)} " in said for one in phrases if not (asking and listed(one) in _DENYING)):
            return value
    return UNREADABLE
