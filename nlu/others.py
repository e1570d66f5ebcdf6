"""The same message told of other people: what must not change how urgent it is."""

from __future__ import annotations

import re

from nlu.normalise import fold

_PAIRS = (
    ("ba", "mẹ"), ("cha", "má"), ("bố", "mẹ"), ("tía", "má"), ("anh", "chị"), ("chú", "cô"), ("bác trai", "bác gái"),
    ("ông", "bà"), ("con trai", "con gái"), ("em trai", "em gái"), ("cháu trai", "cháu gái"), ("bạn trai", "bạn gái"),
    ("dượng", "mẹ kế"), ("ba dượng", "mẹ kế"), ("cha dượng", "mẹ kế"), ("thầy giáo", "cô giáo"), ("thầy", "cô giáo"),
    ("thằng nhỏ", "con nhỏ"), ("thằng bé", "con bé"), ("thằng nhóc", "con nhóc"), ("cậu", "dì"), ("ổng", "bả"),
    ("ảnh", "chỉ"), ("chồng", "vợ"), ("bé trai", "bé gái"), ("nam sinh", "nữ sinh"),
)  # fmt: skip
# "ba" is also three and a third child's name: "ba tháng", "thứ ba", "bác Ba"
_NUMBER_BEFORE = r"(?<!thứ )(?<!lớp )(?<!anh )(?<!chị )(?<!bác )(?<!dì )(?<!chú )(?<!cô )(?<!cậu )(?<!út )(?<!mươi )"
_NUMBER_AFTER = (
    r"(?! (?:tháng|ngày|giờ|mươi|năm|đứa|lần|tuổi|người|con|cái|hôm|bữa|trăm|chục|tuần|phút|bốn|triệu|ngàn)\b)"
)


def _table() -> dict[str, str]:
    found: dict[str, str] = {}
    for one, other in _PAIRS:
        for first, second in ((one, other), (other, one)):
            found.setdefault(first, second)
    return found


_OTHER = _table()
_ANY = re.compile(
    r"\b(?:"
    + "|".join(
        rf"{_NUMBER_BEFORE}ba{_NUMBER_AFTER}" if word == "ba" else re.escape(word)
        for word in sorted(_OTHER, key=len, reverse=True)
    )
    + r")\b",
    re.IGNORECASE,
)
_ONE = re.compile(r"\b(?:anh chị|ông bà|cô chú|ba má|ba mẹ|cha mẹ|bố mẹ|chú cô|má ba|mẹ ba)\b", re.IGNORECASE)


def other_sex(text: str) -> str | None:
    """The same told of persons of the other sex; None where nobody's sex is told in words with marks.

    Couples ("ba má", "anh chị") stay as they are. Without marks "ba" may be a father, a grandmother or three: such a
    message is left alone.
    """
    if fold(text) == text:
        return None
    couples = [found.span() for found in _ONE.finditer(text)]

    def swapped(found: re.Match[str]) -> str:
        if any(start <= found.start() < end for start, end in couples):
            return found[0]
        return _like(found[0], _OTHER[found[0].lower()])

    changed = _ANY.sub(swapped, text)
    return None if changed == text else changed


def _like(was: str, becomes: str) -> str:
    return becomes.capitalize() if was[0].isupper() else becomes
