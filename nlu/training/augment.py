"""Other ways in which the same message could have been typed: without marks, in teencode, with slips."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from nlu.normalise import fold

STRIPPED, TEENCODE, SLIPS = 0.35, 0.15, 0.16  # shares of the messages that are changed so
PARTLY = 0.06  # of them, lose only some marks
SHORTENED = (
    *(("ph", "f"), ("qu", "w"), ("c", "k"), ("gi", "j"), ("ng", "g"), ("nh", "h"), ("i", "j"), ("o", "0")),
    *(("kh", "k"), ("đ", "d"), ("th", "t"), ("a", "4")),
)
KEYS = "abcdeghiklmnopqrstuvxy"


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
