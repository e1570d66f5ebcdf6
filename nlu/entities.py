"""Age, time, relation, phone numbers and whole-message commands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from nlu.lexicon import Fault, LexiconFaultsError
from nlu.normalise import Normalised, Words, fold, normalise
from nlu.patterns import BadPatternError, Hit, Matcher, Piece, parse
from nlu.signals import Entity, Span

ANYBODY = "vy"  # what the readers hear for every name; no other word, with or without marks
GROWN_UP = 18  # years: an age from here on is not the child's (Bộ luật Dân sự 2015, Điều 21)
COMMAND_WORDS = 8  # a longer message is never a command
_SPELLED = (
    (), ("một",), ("hai",), ("ba",), ("bốn", "tư"), ("năm", "lăm"), ("sáu",), ("bảy", "bẩy"), ("tám",),
    ("chín",), ("mười",), ("mười một",), ("mười hai",), ("mười ba",), ("mười bốn", "mười tư"), ("mười lăm",),
    ("mười sáu",), ("mười bảy",), ("mười tám",),
)  # fmt: skip
_NUMBERS = {form: n for n, words in enumerate(_SPELLED) for word in words for form in (word, fold(word))}
_SPOKEN = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_AGE = re.compile(
    rf"(?<![^ ])(?P<number>\d{{1,2}}|{_SPOKEN})(?: (?:rưỡi|ruoi))?"
    r" (?P<unit>tuổi|tủi|tuoi|tui|t|tháng|thang|tôi(?= ?(?:$|[.,!?]|ạ|rồi|roi|nè|ne|thôi|thoi|lận|lan)))"
    r"(?: tuổi| tuoi)?(?![^ ])"
)
_ANOTHER = re.compile(r"(?<![^ ])(?P<number>\d{1,2}) (?:với|voi|và|va) $")  # "6 với 9 tuổi"
_LASTING = re.compile(r" (?:nay|trước|truoc|sau|nữa|nua|tới|toi|qua|liền|lien|trời|troi)(?![^ ])")  # "3 tháng nay"
_TENS = frozenset({"hai", "ba", "bon", "nam", "sau", "bay", "tam", "chin"})
_CLASS = re.compile(rf"(?<![^ ])(?:lớp|lop) (?P<class>\d{{1,2}}|{_SPOKEN})(?![^ ])")
_LETTER_CLASS = re.compile(r"(?<![^ ])(?P<class>[6-9]|1[0-2]) (?:[a-g]) \d{1,2}(?![^ ])")
_WEEKDAY = re.compile(
    r"(?<![^ ])(?:(?:thứ|thu) (?P<day>hai|ba|tư|tu|năm|nam|sáu|sau|bảy|bay|[2-7])|(?P<sunday>chủ nhật|chu nhat|cn))"
    r" (?:vừa |vua )?(?P<past>rồi|roi|qua|tuần trước|tuan truoc)(?![^ ])"
)
_COUNTED = frozenset(  # after "ba" they make it three, not a father; without marks only those that are nothing else
    {
        *("ngày", "tháng", "năm", "giờ", "phút", "tuần", "lần", "đứa", "tuổi", "triệu", "ngàn", "trăm", "chục", "mươi"),
        *("hôm", "bữa", "đêm", "người", "bốn", "cây", "cái", "thằng", "ngay", "phut", "tuoi", "tuan", "trieu", "muoi"),
    }
)
_NUMBERED = frozenset({"thu", "lop", "khoi", "tang", "so", "muoi", "thang"})  # folded: "ba" after them is a number
_PAUSE = re.compile(r"[,.;:!?\n]")
_DAYS = {"hai": 0, "ba": 1, "tu": 2, "nam": 3, "sau": 4, "bay": 5}
_PHONE = re.compile(r"(?<!\d)(?:\+?84|0)(?:[ .\-]?\d){8,10}(?!\d)")

_UPPER = "A-ZĐÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬÈÉẺẼẸÊỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢÙÚỦŨỤƯỪỨỬỮỰỲÝỶỸỴ"
_CAPITALISED = rf"(?P<name>[{_UPPER}][^\W\d_]+(?: [{_UPPER}][^\W\d_]+){{0,3}})"
_NAME = re.compile(
    r"(?<!\w)(?:[Tt]ên(?: là)?|[Bb]é|[Cc]háu|[Ee]m|[Aa]nh|[Cc]hị|[Cc]ô|[Tt]hầy|[Cc]hú|[Bb]ác|[Dd]ì|[Cc]on|[Bb]ạn"
    rf"|[Tt]hằng|[Nn]hỏ|[Cc]ậu|[Mm]ợ|[Tt]hím|[Dd]ượng|[Ôô]ng|[Bb]à|[Bb]e|[Tt]hang|[Nn]ho|[Bb]an) {_CAPITALISED}"
)
_OWN_NAME = re.compile(rf"(?<!\w)[Tt][êe]n(?: (?:nó|em|con|cháu|bé|mình|tui|tôi))?(?: (?:là|la))? {_CAPITALISED}(?!\w)")


@dataclass(frozen=True, eq=False)
class Speech:
    """The words of data/lexicon for time, relation, young children and commands."""

    times: Matcher[str]
    relations: Matcher[str]
    stages: Matcher[str]  # "mầm non" → "3"
    commands: Matcher[str]
    injuries: Matcher[str]
    weapons: Matcher[str]
    children: Matcher[str]  # "hai đứa nhỏ" → "2"
    laughs: frozenset[str] = frozenset()  # words and signs by which somebody laughs, as the normaliser spells them
    swears: frozenset[str] = frozenset()  # swear words, as the normaliser spells them
    rough: Mapping[str, str] = field(default_factory=dict)  # rough words for oneself → the word of a polite child
    given_names: frozenset[str] = frozenset()  # what people are called, lower case, with marks and without
    fillers: frozenset[str] = frozenset()  # words that change no command, with marks and without: ạ, dạ, nha, đi


def compile_speech(file: str, document: Any, names: Mapping[str, str], words: Words) -> Speech:
    """The speech of a parsed document. Raises LexiconFaultsError."""
    faults: list[Fault] = []
    if not isinstance(document, dict):
        raise LexiconFaultsError([Fault(file, (), "tệp phải là một bảng (khóa: giá trị)")])

    def matcher(key: str) -> Matcher[str]:
        patterns: list[tuple[tuple[Piece, ...], str, bool]] = []
        for value, entry in (document.get(key) or {}).items():
            for kind, strict in (("patterns", False), ("strict", True)):
                for n, pattern in enumerate((entry or {}).get(kind) or ()):
                    try:
                        patterns.append((parse(str(pattern), names, words.tokens), str(value), strict))
                    except BadPatternError as error:
                        faults.append(Fault(file, (key, value, kind, n), f"mẫu “{pattern}”: {error}"))
        return Matcher(patterns)

    speech = Speech(
        times=matcher("times"),
        relations=matcher("relations"),
        stages=matcher("stages"),
        commands=matcher("commands"),
        injuries=matcher("injuries"),
        weapons=matcher("weapons"),
        children=matcher("children"),
        laughs=frozenset(str(word) for word in document.get("laughs") or ()),
        swears=frozenset(" ".join(normalise(str(one), words).text for one in document.get("swears") or ()).split()),
        rough={str(word): str(polite) for word, polite in (document.get("rough") or {}).items()},
        given_names=frozenset(
            form for name in document.get("given_names") or () for form in (str(name), fold(str(name)))
        ),
        fillers=frozenset(
            form for word in document.get("fillers") or () for form in (normalise(str(word)).text, fold(str(word)))
        ),
    )
    if faults:
        raise LexiconFaultsError(faults)
    return speech


def find_entities(message: Normalised, speech: Speech, now: datetime | None = None) -> list[Entity]:
    """Everything named in the message but places, in the order of the text; weekdays are counted back from `now`."""
    weekdays = _weekdays(message, now) if now is not None else []
    found = [
        *_ages(message, speech),
        *weekdays,
        *(time for time in _longest(message, "time", speech.times) if not _touches(time, weekdays)),
        *_longest(message, "relation", speech.relations),
        *_longest(message, "injury", speech.injuries),
        *_longest(message, "weapon", speech.weapons),
        *_longest(message, "children", speech.children),
        *find_phones(message.original),
        *find_names(message.original),
    ]
    return sorted(found, key=lambda entity: (entity.span.start, entity.kind))


def find_phones(text: str) -> list[Entity]:
    """Phone numbers, so that whoever shows or stores words can protect them; the value is never logged."""
    window = text[:12_000]
    return [Entity("phone", re.sub(r"[ .\-]", "", m.group(0)), Span(*m.span())) for m in _PHONE.finditer(window)]


def find_names(text: str) -> list[Entity]:
    """Given names after a word of address, so that whoever shows or stores words can protect them."""
    window = text[:12_000]
    return [Entity("name", m["name"], Span(*m.span("name"))) for m in _NAME.finditer(window)]


def hidden_names(text: str, speech: Speech, everyday: frozenset[str]) -> str:
    """`text` with one and the same name for every name in it, as long as before, so that offsets stay.

    A name follows a word of address or "tên"; the `everyday` words of danger signs are names only if people are
    called so. Nothing is hidden in a text that begins most of its words with a capital.
    """
    window = text[:12_000]
    own = [Span(*match.span("name")) for match in _OWN_NAME.finditer(window)]
    called = [
        Span(match.start("name"), end)
        for match in _NAME.finditer(window)
        if (end := _name_ends(match, speech, everyday))
    ]
    spans = own + [span for span in called if not any(one.start < span.end and span.start < one.end for one in own)]
    if not spans or _mostly_capitals(window, spans):
        return text
    for span in spans:
        text = text[: span.start] + ANYBODY.ljust(span.end - span.start) + text[span.end :]
    return text


def _name_ends(match: re.Match[str], speech: Speech, everyday: frozenset[str]) -> int:
    """Where the name ends: before the first word that says something ("bé Na Đau"); 0 where the first does."""
    end, at = 0, match.start("name")
    for word in match["name"].split(" "):
        plain = word.lower()
        if plain not in speech.given_names and plain in everyday:
            break
        end = at + len(word)
        at = end + 1
    return end


def _mostly_capitals(text: str, names: Sequence[Span]) -> bool:
    ordered = sorted(names, key=lambda span: span.start)
    around = pairwise([Span(0, 0), *ordered, Span(len(text), len(text))])
    others = "".join(text[one.end : other.start] for one, other in around).split()
    return 2 * sum(word[0].isupper() for word in others) > len(others)


def child_ages(entities: Iterable[Entity]) -> list[float]:
    """The ages under 18, in years."""
    ages = [float(entity.value) for entity in entities if entity.kind == "age"]
    return [age for age in ages if age < GROWN_UP]


def find_command(message: Normalised, speech: Speech) -> str | None:
    """The command that the whole message is, if it is one; politeness around it changes nothing."""
    words = [(token.text, at) for token, at in _placed(message) if token.text[0].isalnum() or not token.text.isascii()]
    if not 0 < len(words) <= COMMAND_WORDS:
        return None
    hits = speech.commands.find(message)
    for hit in sorted(hits, key=lambda hit: hit.start - hit.end):
        outside = [word for word, at in words if not hit.start <= at < hit.end]
        if all(word in speech.fillers for word in outside):  # "tội" is not "tôi"
            return hit.payload
    return None


def _placed(message: Normalised) -> list[tuple[Any, int]]:
    placed, at = [], 0
    for token in message.tokens:
        placed.append((token, at))
        at += len(token.text) + 1
    return placed


def _longest(message: Normalised, kind: str, matcher: Matcher[str]) -> list[Entity]:
    found: list[Entity] = []
    taken = -1
    hits: list[Hit[str]] = sorted(matcher.find(message), key=lambda hit: (hit.start, -hit.end))
    for hit in hits:
        if hit.start < taken or (kind == "relation" and _three(message, hit)) or _of_the_clock(message, hit):
            continue
        span = message.span(hit.start, hit.end)
        if _PAUSE.search(message.original[span.start : span.end].rstrip(".,;:!?")):
            continue  # "chào cô, con": two persons, not one
        found.append(Entity(kind, hit.payload, span))
        taken = hit.end
    return found


def _three(message: Normalised, hit: Hit[str]) -> bool:
    """Whether the "ba" that was met is the number: "ba ngày", "thứ ba"."""
    if fold(message.text[hit.start : hit.end]) != "ba":
        return False
    after, before = message.text[hit.end :].split(maxsplit=1)[:1], message.text[: hit.start].split()[-1:]
    return not _COUNTED.isdisjoint(after) or not _NUMBERED.isdisjoint(map(fold, before))


def _of_the_clock(message: Normalised, hit: Hit[str]) -> bool:
    """Whether the "giờ" that was met is an hour of the day and not now: "sáu giờ", "mấy giờ"."""
    if message.text[hit.start : hit.end] != "giờ":
        return False
    before = "".join(message.text[: hit.start].split()[-1:])
    return before.isdigit() or before in _NUMBERS or before in ("mấy", "rưỡi", "nửa")


def _ages(message: Normalised, speech: Speech) -> list[Entity]:
    text = message.text
    found: list[Entity] = []
    for match in _AGE.finditer(text):
        number, unit = match["number"], match["unit"]
        if _within_a_number(text, match):
            continue
        span = message.span(*match.span())
        years, span = _with_half(float(number), span, message) if number.isdigit() else (float(_NUMBERS[number]), span)
        if unit in ("tháng", "thang"):
            if "tuổi" not in match[0] and "tuoi" not in match[0] and not _of_a_child(text, match):
                continue
            years = years / 12
        if unit in ("tui", "t", "tôi") and not number.isdigit():
            continue  # "ba tôi" is a father
        other = _ANOTHER.search(text[: match.start()])
        if other is not None and unit not in ("tháng", "thang"):
            found.append(Entity("age", other["number"], message.span(*other.span("number"))))
        found.append(Entity("age", f"{years:g}" if years >= 1 else f"{years:.2f}", span))
    for pattern in (_CLASS, _LETTER_CLASS):
        for match in pattern.finditer(text):
            year = int(match["class"]) if match["class"].isdigit() else _NUMBERS[match["class"]]
            if 1 <= year <= 12:
                span = message.span(*match.span())
                found.append(Entity("school_year", str(year), span))
                found.append(Entity("age", str(year + 5), span))
    return found + _longest(message, "age", speech.stages)


def _within_a_number(text: str, match: re.Match[str]) -> bool:
    """Whether the number is the end of a greater one: "ba mươi hai", "mười chín", and "hai muoi" without marks."""
    before = fold(text[: match.start()].rsplit(maxsplit=1)[-1]) if match.start() else ""
    return before == "muoi" or (before in _TENS and match["number"].split()[0] == "muoi")


def _with_half(years: float, span: Span, message: Normalised) -> tuple[float, Span]:
    """ "2,5 tuổi": the normaliser parts the number at its comma."""
    whole = re.search(r"(?<!\d)(\d{1,2})[.,]$", message.original[max(0, span.start - 4) : span.start])
    if whole is None or years > 9:
        return years, span
    return float(f"{whole[1]}.{years:g}"), Span(span.start - len(whole[0]), span.end)


def _of_a_child(text: str, months: re.Match[str]) -> bool:
    after = "".join(text[months.end() :].split()[:1])
    if _LASTING.match(text, months.end()) or after.isdigit() or after in _NUMBERS:
        return False  # "3 tháng nay"; "mười một tháng mười một" is a day
    before = text[: months.start()].split()[-2:]
    return any(fold(word) in ("be", "chau", "con", "nho", "moi") for word in before)


def _touches(time: Entity, weekdays: list[Entity]) -> bool:
    """ "thứ năm rồi" is Thursday, not last year."""
    return any(time.span.start < day.span.end and day.span.start < time.span.end for day in weekdays)


def _weekdays(message: Normalised, now: datetime) -> list[Entity]:
    """ "thứ sáu vừa rồi": within 72 hours, or past."""
    found = []
    for match in _WEEKDAY.finditer(message.text):
        day = match["day"]
        weekday = 6 if day is None else int(day) - 2 if day.isdigit() else _DAYS[fold(day)]
        days_ago = (now.weekday() - weekday) % 7 or 7
        recent = days_ago <= 3 and fold(match["past"]) != "tuan truoc"
        found.append(Entity("time", "within_72h" if recent else "past", message.span(*match.span())))
    return found
