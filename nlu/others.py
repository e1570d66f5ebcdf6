"""The same message told of other people: what must not change how urgent it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nlu.normalise import Normalised, fold, retold

# Men and women by kind; the first word of each is read for all the others. Parents and their new partners are one kind.
_GROWN = (
    (0, ("ba", "cha", "bố", "tía"), ("mẹ", "má")),
    (0, ("dượng", "ba dượng", "cha dượng", "bố dượng"), ("mẹ kế", "mẹ ghẻ", "dì ghẻ", "má ghẻ")),
    (1, ("chú",), ("cô",)),
    (2, ("anh",), ("chị",)),
    (3, ("bác trai",), ("bác gái",)),
    (4, ("ông",), ("bà",)),
    (5, ("thầy", "thầy giáo"), ("cô giáo",)),
    (6, ("cậu",), ("dì",)),
    (7, ("ổng",), ("bả",)),
    (8, ("chồng",), ("vợ",)),
    (9, ("bạn trai",), ("bạn gái",)),
    (10, ("đàn ông",), ("đàn bà", "phụ nữ")),
)
_YOUNG = (
    ("con trai", "con gái"), ("em trai", "em gái"), ("cháu trai", "cháu gái"), ("thằng nhỏ", "con nhỏ"),
    ("thằng bé", "con bé"), ("cậu bé", "cô bé"), ("thằng nhóc", "con nhóc"), ("bé trai", "bé gái"),
    ("học sinh nam", "học sinh nữ"), ("nam sinh", "nữ sinh"), ("cháu nam", "cháu nữ"), ("em nam", "em nữ"),
)  # fmt: skip
# Both at once, or nobody: "anh chị" is whoever reads, "bà con" are relatives, "cô lập" is shut out.
_NEITHER = frozenset(
    {"anh chị", "ông bà", "cô chú", "chú cô", "ba má", "ba mẹ", "cha mẹ", "bố mẹ", "má ba", "mẹ ba", "mẹ cha", "tía má"}
    | {"vợ chồng", "chồng vợ", "thầy cô", "cậu dì", "dì dượng", "anh em", "chị em", "bà con", "ông trời", "mẹ kiếp"}
    | {"cô lập", "cô đơn", "cô độc", "cô dâu", "chú rể", "chú ý", "bà bầu", "cậu ấm", "anh hùng"}
)
# "ba" is also three and a third child's name: "ba tháng", "thứ ba", "bác Ba"
_NUMBER_BEFORE = frozenset(
    {"thứ", "lớp", "anh", "chị", "bác", "dì", "chú", "cô", "cậu", "út", "mươi", "tháng", "số", "khối", "tầng", "con"}
)
_NUMBER_AFTER = frozenset(
    {"tháng", "ngày", "giờ", "mươi", "năm", "đứa", "lần", "tuổi", "người", "con", "cái", "hôm", "bữa", "trăm", "chục"}
    | {"tuần", "phút", "bốn", "triệu", "ngàn", "nghìn", "đêm", "thằng", "cây", "chữ", "miếng", "viên"}
)
_WORD = re.compile(r"[^\W\d_]+|\d+")


@dataclass(frozen=True)
class _Person:
    kind: int  # -1: a child
    man: bool
    heard: tuple[str, str]  # as a man, as a woman
    other: str  # the word for one of the other sex


@dataclass(frozen=True)
class _Found:
    first: int
    end: int  # words
    person: _Person


def _table() -> dict[str, _Person]:
    found: dict[str, _Person] = {}
    for kind, men, women in (*_GROWN, *((-1, (boy,), (girl,)) for boy, girl in _YOUNG)):
        for man, forms, others in ((True, men, women), (False, women, men)):
            for n, form in enumerate(forms):
                found[form] = _Person(kind, man, (men[0], women[0]), others[min(n, len(others) - 1)])
    return found


_PEOPLE = _table()


def tellings(message: Normalised) -> tuple[Normalised, ...]:
    """The message told both ways, first so that of every kind whoever comes first is a man; one way where nobody is.

    In the other telling who is a man is a woman and the other way round; every child is a girl in both. Whatever sex
    the people of a message have, its tellings are the same. Couples ("ba má"), numbers ("ba tháng") and words without
    marks stay as they are.
    """
    found = _people([token.text for token in message.tokens])
    first: dict[int, bool] = {}
    for one in found:
        first.setdefault(one.person.kind, one.person.man)
    ways = (True, False) if first.keys() - {-1} else (True,)
    return tuple(
        retold(message, [(one.first, one.end, _heard(one.person, first, way)) for one in found]) for way in ways
    )


def _heard(person: _Person, first: dict[int, bool], men_first: bool) -> str:
    man = person.kind >= 0 and (person.man is first[person.kind]) is men_first
    return person.heard[0 if man else 1]


def other_sex(text: str) -> str | None:
    """The same told of persons of the other sex; None where nobody's sex is told in words with marks.

    Couples ("ba má", "anh chị") stay as they are. Without marks "ba" may be a father, a grandmother or three: such a
    message is left alone, as is one that cannot be told back ("mẹ năm nay" would be three years).
    """
    if fold(text) == text:
        return None
    words = list(_WORD.finditer(text))
    found = _people([word[0].lower() for word in words])
    parts, at = [], 0
    for one in found:
        start, end = words[one.first].start(), words[one.end - 1].end()
        parts += [text[at:start], _like(text[start:end], one.person.other)]
        at = end
    changed = "".join((*parts, text[at:]))
    back = _people([word[0].lower() for word in _WORD.finditer(changed)])
    same = [(one.person.kind, not one.person.man) for one in found] == [
        (one.person.kind, one.person.man) for one in back
    ]
    return changed if found and same else None


def _like(was: str, becomes: str) -> str:
    return becomes.capitalize() if was[0].isupper() else becomes


def _people(words: Sequence[str]) -> list[_Found]:
    """Who is told of in `words` (lower case), in the order of the text."""
    return list(_found(words))


def _found(words: Sequence[str]) -> Iterator[_Found]:
    at = 0
    while at < len(words):
        three, pair = (" ".join(words[at : at + n]) if at + n <= len(words) else "" for n in (3, 2))
        long = next(((n, _PEOPLE[form]) for n, form in ((3, three), (2, pair)) if form in _PEOPLE), None)
        if pair in _NEITHER:
            at += 2
        elif long is not None:
            yield _Found(at, at + long[0], long[1])
            at += long[0]
        else:
            if words[at] in _PEOPLE and not _is_number(words, at):
                yield _Found(at, at + 1, _PEOPLE[words[at]])
            at += 1


def _is_number(words: Sequence[str], at: int) -> bool:
    if words[at] != "ba":
        return False
    before, after = words[at - 1] if at else "", words[at + 1] if at + 1 < len(words) else ""
    return before in _NUMBER_BEFORE or after in _NUMBER_AFTER or before.isdigit()
