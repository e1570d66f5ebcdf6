"""How often what is asked in the midst of something else gets its short reply: figures on data/gold/replies.jsonl."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from flows import replies
from flows.asking import asks
from flows.definition import Definitions
from nlu import understand
from nlu.model import Model

FILE = "replies.jsonl"
OBLIQUE = "replies_oblique.jsonl"  # asked in a roundabout way, by a writer told to say it as nobody else would
NOTHING = "none"  # what no reply answers
SAID = {
    "right": "câu hỏi ngang có lời đáp đúng",
    "wrong": "câu hỏi ngang bị đáp lộn",
    "raised": "câu không hỏi mà bị đáp",
}


@dataclass(frozen=True)
class Asking:
    """One message in the midst. `topic`: the reply, or the flow, that answers it, or NOTHING; what is known before."""

    text: str
    topic: str
    danger: str
    about: str


@dataclass(frozen=True)
class Replied:
    """What was found for one message: the reply and its flow, both empty where none was."""

    asking: Asking
    reply: str
    flow: str

    @property
    def right(self) -> bool:
        """Whether the reply, or one with the same flow, is what was asked for."""
        return bool(self.reply) and self.asking.topic in (self.reply, self.flow)


def read_askings(path: Path) -> list[Asking]:
    """The messages of a JSON Lines file {"text","topic","danger","about"}."""
    rows = (json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip())
    return [Asking(row["text"], row["topic"], row["danger"], row["about"]) for row in rows]


def replied(definitions: Definitions, model: Model, askings: Iterable[Asking]) -> list[Replied]:
    """Every message as it is read while help is under way."""
    found = []
    for one in askings:
        known = {"danger": one.danger, "about": one.about, "role": "", "alert": "open"}
        asked = understand(one.text, model).asked
        reply = replies.find(definitions.replies, asked, known, asking=asks(one.text))
        found.append(Replied(one, reply.id if reply else "", reply.then if reply else ""))
    return found


def figures(found: Iterable[Replied]) -> dict[str, tuple[int, int]]:
    """Hits and totals: `right` and `wrong` of the questions that have a reply, `raised` of what has none."""
    told = list(found)
    having = [one for one in told if one.asking.topic != NOTHING]
    others = [one for one in told if one.asking.topic == NOTHING]
    return {
        "right": (sum(one.right for one in having), len(having)),
        "wrong": (sum(bool(one.reply) and not one.right for one in having), len(having)),
        "raised": (sum(bool(one.reply) for one in others), len(others)),
    }
