"""How an answer is read: a choice, yes or no, a place, a code, or simply the person's own words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from flows.asking import asks, says_it_asks
from flows.definition import Definitions, SlotType
from flows.effects import Choice
from flows.phrases import COURTEOUS, POLITE, listed, parts, parts_of, signs_in, spelled, spoken, stands, words_of
from flows.state import TEXT_LIMIT, Session, Slot
from flows.whereabouts import first_clause, is_a_landmark, is_no_place, tells_place
from nlu.normalise import fold, normalise, phrase
from nlu.signals import Signals, Urgency

TITLE_WORDS = 2  # a title of one word is too common to be a press
_CODE = re.compile(r"(?<!\d)(?:\d[ .\-]?){15}\d(?!\d)")

_ASKS = re.compile(
    r"[\s,.;:!]+(?=(?:(?:tui|tôi|em|mình|chị|anh|toi|minh|chi) )?(?:chỉ |chi |muốn |muon |có nên )?(?:hỏi|hoi|nên)\b)"
)
_PART = re.compile(r"[,.;:\n(]| (?:vì|vi|tại|tai|mà|ma|nhưng|nhung|nên|nen|because|but) ")
_PARTICLE = re.compile(
    r"\s(?:mà|ma|á|nha|nhen|ạ|a|(?:chớ|chứ|cho|chu)(?: có| co)? (?:gì|gi|sao) (?:đâu|dau|hết|het))\s*$", re.IGNORECASE
)
_YET = re.compile(
    r"\b(?:mà|ma)\b(?!\s+(?:(?:tui|tôi|toi|em|e|con|chị|chi|anh|mình|minh)\s+)?(?:sao|cho|hỏi|hoi)\b)", re.IGNORECASE
)  # "mà sao …" goes on to ask
# "dạ có con đang ở nhà": a yes, and then where; "với ổng" may be with whom they are not safe
_YES_AND_WHERE = re.compile(
    r"^\s*((?:dạ|da|ừ|u)\s+)?(có|co)\s+(?=(?:con|em|e|cháu|chau|tui|tôi|toi|mình|minh)\s+(?:đang\s+|dang\s+)?(?:ở|o)\s)"
    r"(?!.*\b(?:với|voi)\b)",
    re.IGNORECASE,
)
_I_AM = re.compile(r"(?:da |chao )*(?:toi|tui|em|minh|chi|anh|chau) la \w")
_IS_OLD = re.compile(r"\b\d{1,2} ?t(?:uoi)?\b")
_UNHARMED = re.compile(
    r"\b(?:co |bi )?(?:chuyen )?(?:gi|j|sao) dau\b|"
    r"\b(?:khong|dau|hong|chua) (?:co |he )?bi (?:danh|gi|ai danh|lam dau)\b"
    r"|\b(?:khong|dau|hong|ko|chua) (?:co |he )?(?:nghe |thay )?(?:ai )?(?:danh|la|chui)\b"
    r"(?: (?:no|be|chau|hay|la|gi|het|dau))*"
)
# a scolding is feared by everybody: "con chỉ sợ mẹ la thôi"
_SCOLDING = re.compile(
    r"\b(?:chỉ |chi )?(?:sợ|so) (?:mẹ|má|me|ma|ba|bố|bo|cô|co|thầy|thay|ngoại|ngoai|nội|noi|bạn|ban)"
    r"(?: (?:con|em|e|tui))? (?:la|rầy|ray|buồn|buon|giận|gian|mắng|mang|cười|cuoi)\b",
    re.IGNORECASE,
)
_BUT = re.compile(r"\b(?:nhưng|nhung|sợ|đau)\b", re.IGNORECASE)
_FEARS = re.compile(
    r"\b(?:so|dau|khoc|run|met|cuu|giup|chet|nguy|danh|nhot|duoi|chay|tron|kip|lien|chac|hinh nhu|co le)\b"
)
_NOBODY = re.compile(
    r"\b(?:khong|dau|hong|chua) (?:co )?ai (?:hu|hu doa|doa|danh|lam du|lam gi|la|hai|dung|chui)"
    r"(?: (?:no|be|chau|con|em|gi|toi|dau|het))*\b"
)
_DENIED = re.compile(r"\b(?:khong|dau|hong|hok|ko|k)(?: co| phai| la| lam)*$")
_DENYING = frozenset({"khong", "hong", "hok", "hem", "ko", "k", "chua", "chang", "dau", "dung", "het", "thoi", "khoi"})
_SOFTLY_SAID = frozenset({"nua", "di", "chi", "anh"})  # "nửa tiếng nữa đi chị"
QUIET = 0.1  # alarm of the readers from which a yes beside other words is none
CODE_WORDS = 4  # words beside a receipt code that tell nothing more
BRIEF_WORDS = 8  # more words than these choose nothing where a slot is `brief`: "nó hẹn 9h tối nay là nó đăng đó"
DECLINING_WORDS = 3  # a longer sentence declines nothing because "không" stands in it
CALM = ("guidance", "smalltalk", "out_of_scope", "unclear")

UNREADABLE = object()  # the words do not answer this question


_POINTING = frozenset(
    {"cai", "bai", "khoa", "muc", "ve", "hoc", "chon", "cho", "do", "kia", "nay", "xem", "coi", "muon"}
)


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
    words = [word for word in said.split() if word not in _POINTING and word not in POLITE]
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
    return bool(code_in(text)) and _few_words(text)


def signs(definitions: Definitions, text: str, spelled_out: str = "") -> tuple[str, ...]:
    """The names of the phrases of `signs` that stand in `text`; a mark that was typed must be the phrase's own.

    `spelled_out`: the same text with its short forms written out, which is heard beside it.
    """
    found: set[str] = set()
    for one in dict.fromkeys((text, spelled_out)):
        if one:
            found |= signs_in(definitions.heads, words_of(normalise(one)))
    return tuple(name for name in definitions.signs if name in found)


def only_introduces(phrases: Sequence[str], text: str) -> bool:
    """Whether `text` says who writes and of whom, or how old, in no other words than those.

    "tôi là mẹ kế của thằng bé 9 tuổi", "em mới 14 tuổi"; "ba la con" is a scolding.
    """
    known = [word for one in phrases for word in parts_of(one)]
    said, words = spelled(text), words_of(normalise(text))
    tells = bool(_I_AM.match(said)) or bool(_IS_OLD.search(said) and " la " not in f" {said} ")
    return tells and all(word[0].isdigit() or spoken([word], [[one] for one in known]) for word in words)


def says_only(phrases: Sequence[str], text: str) -> bool:
    """Whether `text` is one of the phrases and at most one word more: "má con vô kìa"."""
    words = words_of(normalise(text))
    return any(len(words) <= len(parts_of(one)) + 1 and stands(words, one) for one in phrases)


def answer(slot: SlotType, signals: Signals) -> Slot | object:
    """What `signals` say to the question of `slot`: its value, None for no usable content, or UNREADABLE."""
    match slot.type:
        case "bool":
            return yes_or_no(slot, signals)
        case "choice" if slot.brief and len(spelled(signals.text).split()) > BRIEF_WORDS:
            return exactly(slot, first_clause(signals.text)) or UNREADABLE  # "đừng nhắn. trả lời em đi …"
        case "choice":
            long = slot.brief and len(spelled(signals.text).split()) > DECLINING_WORDS
            return among(slot, signals.text, asking=long or asks(signals.text))
        case "code":
            return next(
                (entity.value for entity in signals.entities if entity.kind == "receipt"), _digits(signals.text)
            )
        case "place" if is_no_place(slot, signals):
            first = replace(signals, text=first_clause(signals.text), hazards=())
            return first.text if tells_place(slot, first) and not is_no_place(slot, first) else UNREADABLE
        case _:
            told = signals.text[:TEXT_LIMIT].strip()
            return told if any(map(str.isalnum, told)) else None if told else UNREADABLE  # a thumb is no place


def _digits(text: str) -> str | None:
    """What may be a mistyped code; None for words without a digit, or with many words: "mất mã rồi", an address."""
    return text[:64] if any(map(str.isdigit, text)) and _few_words(text) else None


def _few_words(text: str) -> bool:
    return sum(any(map(str.isalpha, word)) for word in text.split()) <= CODE_WORDS


def yes_or_no(slot: SlotType, signals: Signals) -> Slot | object:
    """True or False where the words are one of the slot's own; a slot that wants a clear yes trusts nothing else.

    Of "an toàn mà, tui hỏi cách dạy thôi" the beginning answers and the rest is a question. "Không, ổng là trưởng ấp"
    says no to the word and yes to what is asked.
    """
    named = _named(slot, signals.text)
    if named is not None:
        return named
    signals = replace(signals, text=_YES_AND_WHERE.sub(r"\1\2, ", signals.text))
    whole = _yes_or_no(slot, signals, signals.text)
    if whole is UNREADABLE and not slot.clear and (first := _PART.split(signals.text, maxsplit=1)[0]):
        return _yes_or_no(slot, signals, first)  # "hong tiện, nhà đông người"
    if whole is UNREADABLE and begins_with_yes(slot, signals):
        return True
    found = _ASKS.search(signals.text)
    divided = found is not None and not f" {spelled(signals.text[: found.start()])}".endswith(
        " co"
    )  # "có nên đi không"
    if whole is UNREADABLE and found and divided and signals.intent in CALM and not _BUT.search(signals.text):
        return _yes_or_no(slot, signals, signals.text[: found.start()])
    return whole


def says_yes_within(slot: SlotType, signals: Signals) -> bool:
    """Whether a part of a message names being safe, and none a no, a doubt or a fear: "o nha, an toan, toi hoi cach".

    Only where the readers hear nothing in it. A mere "có" beside more is no such yes: "có, ổng nhậu về rồi".
    """
    said = [_PARTICLE.sub("", part) for part in parts(_YES_AND_WHERE.sub(r"\1\2, ", signals.text))]
    values = [_surely(slot, spelled(part)) for part in said]
    if values and values[0] is None and says_it_asks(signals.text) and _yes_or_no(slot, signals, said[0]) is True:
        values[0] = True  # "có. mà tui hỏi chuyện ăn cơm kìa"
    if len(said) > 2 and begins_with_yes(slot, replace(signals, text=f"{said[0]}, {said[1]}")):
        values[0] = True  # "có, con đang ở nhà. mà sao …": what follows is asked beside it
    grave = signals.alarm >= QUIET or any(hazard.level <= Urgency.U1 for hazard in signals.hazards)
    denied = any(_yes_or_no(slot, replace(signals, command=None), part) is False for part in said)
    return (
        slot.clear
        and len(said) > 1
        and True in values
        and not (grave or denied or any(_doubts(part) for part, value in zip(said, values, strict=True) if not value))
    )


def _doubts(part: str) -> bool:
    part = _SCOLDING.sub(" ", part)
    said = _UNHARMED.sub(" ", spelled(part))  # "nó không bị đánh" says that it is well
    return bool(_BUT.search(part) or _FEARS.search(said) or _YET.search(part))


def begins_with_yes(slot: SlotType, signals: Signals) -> bool:
    """Whether a plain yes stands first and nothing after it denies it or is a sign: "rồi, nó đang ở với em"."""
    first, *rest = re.split(r"[,.;\n]", signals.text, maxsplit=1)
    if not slot.clear or not rest or signals.hazards or asks(signals.text) or _BUT.search(rest[0]):
        return False
    plain = all(word in _own_words(slot) or word in POLITE for word in spelled(rest[0]).split())
    return plain and _DENYING.isdisjoint(spelled(rest[0]).split()) and _yes_or_no(slot, signals, first) is True


def denies_nothing(text: str) -> bool:
    """Whether no word of denial, doubt, fear or pain stands in `text`."""
    said = _NOBODY.sub(" ", spelled(text))  # "không ai đánh nó"
    return _DENYING.isdisjoint(said.split()) and not _BUT.search(text) and not _FEARS.search(said)


def clears(slot: SlotType, signals: Signals) -> bool:
    """Whether only plain words stand beside that nobody does harm: "nó ở nhà, không ai đánh nó"."""
    said = spelled(signals.text)
    rest, own = _NOBODY.sub(" ", said), _own_words(slot)
    plain = all(word in own or word in POLITE or word in COURTEOUS for word in rest.split())
    return not signals.hazards and rest != said and plain and not _BUT.search(signals.text)


def _named(slot: SlotType, text: str) -> bool | None:
    """Whether what is asked about is named, or named only to deny it; None where it is not named."""
    said = f" {spelled(text)} "
    before = [said[: said.index(f" {listed(one)} ")] for one in slot.even if f" {listed(one)} " in said]
    return any(not _DENIED.search(words) for words in before) if before else None


def _yes_or_no(slot: SlotType, signals: Signals, text: str) -> Slot | object:
    said, allowed = words_of(normalise(text)), [words_of(phrase(one)) for one in slot.yes]
    bare = [word for word in said if word not in POLITE]
    kept = [word for word in said if word not in POLITE or spoken([word], allowed)]  # "có" is not "cô"
    told = [word for word in said if fold(word) not in COURTEOUS]  # "dạ có mình em ạ" is a no, though "có" is a yes
    if any(listed(one) in (fold(" ".join(words)) for words in (said, told, bare)) for one in slot.no):
        return False
    if any(spoken(words, allowed) for words in (said, bare, kept)):
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
    if not phrases or any(word not in own and word not in POLITE for word in said.split()):
        return None
    for one in sorted(phrases, key=len, reverse=True):  # "không sao" denies nothing
        rest = rest.replace(f" {one} ", " ")
    return _DENYING.isdisjoint(rest.split())


def _own_words(slot: SlotType) -> set[str]:
    return {word for one in (*slot.plain, *slot.sure) for word in listed(one).split()}


def exactly(slot: SlotType, text: str) -> str | None:
    """The value of a choice that `text` is, and nothing else: "nửa tiếng nữa nha"."""
    said = [word for word in spelled(text).split() if word not in POLITE and word not in _SOFTLY_SAID]
    for value, phrases in slot.values.items():
        for one in phrases:
            if [word for word in listed(one).split() if word not in POLITE and word not in _SOFTLY_SAID] == said != []:
                return value
    return None


def plainly(slot: SlotType, signals: Signals) -> Signals:
    """The message as the answer that it is, where every word is one of the slot's own and none is a sign of danger.

    The readers know messages, not answers: "hôm qua" by itself would sound like what it is the answer to.
    """
    own = _own_words(slot)
    said = spelled(signals.text).split()
    only_own = all(word in own or word in POLITE or word.isdigit() for word in said)
    if slot.sure and _surely(slot, " ".join(said)) is not True:
        return signals  # of a question about safety only the yes is nothing but an answer
    only_place = slot.type == "place" and _is_only_a_place(slot, signals)
    if not said or signals.hazards or signals.command or not (only_own or only_place or is_a_landmark(slot, signals)):
        return signals
    return replace(calm(signals), intent="unclear", intent_score=0.0)


def _is_only_a_place(slot: SlotType, signals: Signals) -> bool:
    """Whether a place of the area is named and nothing else is told: "ở Thốt Nốt"; never "em ra cầu rồi"."""
    spans = [entity.span for entity in signals.entities if entity.kind == "place"]
    if not spans:
        return False
    rest = signals.text[: spans[0].start] + " " + signals.text[spans[-1].end :]
    allowed = {*_own_words(slot), *POLITE, "o", "tai", "duoi", "tren", "ben"}
    return set(spelled(rest).split()) <= allowed


def calm(signals: Signals) -> Signals:
    """The message as small talk, though the readers heard more: only where what it answers or ends is known."""
    quiet = {Urgency.U4: 1.0}
    return replace(signals, intent="smalltalk", intent_score=1.0, category="C99", urgency=quiet, alarm=0.0)


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
