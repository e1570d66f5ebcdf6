"""The same message as others could have typed it, or told it of other people: without marks, with slips, of a boy."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from nlu.normalise import fold
from nlu.others import other_sex

STRIPPED, TEENCODE, SLIPS = 0.35, 0.15, 0.2  # shares of the messages that are changed so
OTHER_SEX, NAMED = 0.2, 0.12  # shares that are told of the other sex, and in which the writer also says a name
PARTLY = 0.06  # of them, lose only some marks
SHORTENED = (
    *(("ph", "f"), ("qu", "w"), ("c", "k"), ("gi", "j"), ("ng", "g"), ("nh", "h"), ("i", "j"), ("o", "0")),
    *(("kh", "k"), ("đ", "d"), ("th", "t"), ("a", "4")),
)
KEYS = "abcdeghiklmnopqrstuvxy"
GIVEN = (
    *("An", "Bình", "Bi", "Bo", "Cẩm Tú", "Chanh", "Dũng", "Diễm", "Đạt", "Giang", "Hân", "Hậu", "Huy", "Hoàng Anh"),
    *("Khôi", "Kiệt", "Lan", "Lộc", "Mai", "Mỹ Tiên", "Na", "Ngân", "Nghĩa", "Nhi", "Như Ý", "Phát", "Phượng", "Quân"),
    *("Quỳnh", "Sang", "Tèo", "Thảo", "Thắng", "Thúy", "Tí", "Toàn", "Trâm", "Trúc", "Tú", "Út", "Vy", "Xuân", "Yến"),
    *("Danh Sa Rây", "Thạch Sô Phia", "Kim Thị Chanh Đa", "Sơn Rích", "Lâm Sa Mết", "Lý Thị Hoa", "Trần Phước Lợi"),
    *("Ly Na", "Tony", "Jenny", "Mohamad", "Aishah", "Sophie", "David", "Somchai"),
)  # boys and girls, Kinh, Khmer, Hoa, Cham and foreign
SAID = ("em tên {}", "con tên {}", "tên {}", "{} nè", "tui là {}", "mình tên {} ạ", "em là {}", "con là {}")


def retyped(text: str, spellings: Mapping[str, Sequence[str]], dice: random.Random) -> str:
    """`text` as somebody else could have typed it; often as it is. `spellings`: word → its teencode."""
    thrown = dice.random()
    if thrown < STRIPPED:
        if thrown < STRIPPED - PARTLY:
            return fold(text.lower())
        return " ".join(fold(word.lower()) if dice.random() < 0.5 else word for word in text.split(" "))
    if thrown < STRIPPED + TEENCODE:
        return " ".join(_short(word, spellings, dice) for word in text.split(" "))
    if thrown < STRIPPED + TEENCODE + SLIPS:
        return slipped(text, dice)
    return text


def told_otherwise(text: str, dice: random.Random) -> str:
    """`text` told of the other sex, or with the writer's name before or after it; mostly as it is."""
    if dice.random() < OTHER_SEX:
        text = other_sex(text) or text
    if dice.random() >= NAMED:
        return text
    said = dice.choice(SAID).format(dice.choice(GIVEN))
    parted = dice.choice((", ", ". ", " ", "\n", " . "))
    return f"{said}{parted}{text}" if dice.random() < 0.5 else f"{text.rstrip()}{parted}{said}"


def _short(word: str, spellings: Mapping[str, Sequence[str]], dice: random.Random) -> str:
    if dice.random() >= 0.4:
        return word
    lower = word.lower()
    if lower in spellings and dice.random() < 0.6:
        return dice.choice(spellings[lower])
    long, short = dice.choice(SHORTENED)
    return (fold(lower) if dice.random() < 0.5 else lower).replace(long, short, 1)


def slipped(text: str, dice: random.Random) -> str:
    """`text` with a slip of the finger about every 25 letters."""
    letters = list(text)
    for _ in range(dice.randint(1, max(1, len(letters) // 25))):
        if len(letters) < 4:
            break
        at, thrown = dice.randrange(len(letters) - 1), dice.random()
        if thrown < 0.35:
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
        elif thrown < 0.65:
            del letters[at]
        elif thrown < 0.85:
            letters.insert(at, letters[at])
        else:
            letters[at] = dice.choice(KEYS)
    return "".join(letters)
