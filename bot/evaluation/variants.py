"""The same message written in other ways, and told of other people: what must not change the urgency."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping

from nlu.entities import find_names
from nlu.normalise import fold

Rewrite = Callable[[str, random.Random], str]

_SHORT = {
    "không": "hk", "được": "dc", "em": "e", "anh": "a", "rồi": "r", "gì": "j", "với": "vs", "bạn": "bn", "biết": "bít",
    "mình": "mk", "người": "ng", "quá": "wá", "chết": "chít", "khong": "hk", "duoc": "dc", "roi": "r", "gi": "j",
}  # fmt: skip


def folded(text: str, _: random.Random) -> str:
    """Without marks."""
    return fold(text.lower())


def teencode(text: str, dice: random.Random) -> str:
    """Some words as teenagers shorten them."""
    return " ".join(_SHORT.get(word.lower(), word) if dice.random() < 0.8 else word for word in text.split(" "))


def slips(text: str, dice: random.Random) -> str:
    """A slip of the finger about every thirty letters."""
    letters = list(text)
    for _ in range(max(1, len(letters) // 30)):
        at = dice.randrange(max(1, len(letters) - 1))
        if letters[at].isalpha() and at + 1 < len(letters):
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
    return "".join(letters)


def in_three(text: str, _: random.Random) -> str:
    """As three short messages in a row."""
    words = text.split()
    third = max(1, -(-len(words) // 3))
    return "\n".join(" ".join(words[at : at + third]) for at in range(0, len(words), third))


def with_emoji(text: str, dice: random.Random) -> str:
    """With a face at its end."""
    return f"{text} {dice.choice('😭🥺😔😢')}"


def spoken(text: str, _: random.Random) -> str:
    """As a telephone writes down what is said: lower case, no signs."""
    return " ".join(re.sub(r"[^\w\s]", " ", text.lower()).split())


WRITTEN: Mapping[str, Rewrite] = {
    "folded": folded,
    "teencode": teencode,
    "slips": slips,
    "in_three": in_three,
    "emoji": with_emoji,
    "spoken": spoken,
}


NAMES = ("Minh", "Hường", "Danh Sóc", "Thị Na Rinh", "Gia Bảo", "Kevin")  # boys', girls', Khmer and foreign names


def named(text: str, name: str) -> str:
    """The same message by somebody who also says their name."""
    return f"{text.rstrip()} . tên {name}"


def renamed(text: str, name: str) -> str | None:
    """The same message told of people of that name; None where nobody is named."""
    found = [entity.span for entity in find_names(text)]
    for span in reversed(found):
        text = text[: span.start] + name + text[span.end :]
    return text if found else None
