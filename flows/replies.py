"""Short replies to what is asked in the midst of something else: which of the questions that were heard is answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flows.condition import Condition, Fact

# From which probability a question is answered; what is no question by its form may tell more of what happened.
ASKED, TOLD = 0.14, 0.22
# Less is enough where the next question is so many times less likely.
ASKED_ALONE, TOLD_ALONE, ALONE = 0.10, 0.15, 9
LEAST = 0.08  # however little is left to the questions that can be meant
LIKELY = 0.5  # from which a reply is given where a report would be begun, or who was misread puts it right
SURE = 0.75  # from which a reply may stand in the place of a danger text, where no sign of danger is in the words
ANSWERED = "answered"  # the flow that says the words of a reply

# What the condition of a reply may ask about, beside slots: what is known before the message.
NAMES = frozenset({"danger", "about", "role", "alert", "address", "audience", "language", "category"})


@dataclass(frozen=True)
class Reply:
    """One question that comes up in the middle of things, and the flow that answers it."""

    id: str
    when: Condition | None
    then: str  # a flow; ANSWERED says the words of this reply
    first: bool  # answered also where nothing was told before
    file: str
    line: int

    @property
    def words(self) -> str:
        """The key of the response that ANSWERED says."""
        return f"utter_reply_{self.id}"


def find(
    replies: Mapping[str, Reply], asked: Sequence[tuple[str, float]], known: Mapping[str, Fact], *, asking: bool
) -> Reply | None:
    """The reply to the likeliest question whose hour this is; None when none is likely enough.

    `asked`: questions with their probabilities, the likeliest first. `asking`: the message is a question by its form.
    """
    meant: list[tuple[Reply, float]] = []
    left = 1.0  # of all chances, when those of questions that cannot be meant now are taken away
    for name, chance in asked:
        reply = replies.get(name)
        if reply is not None and (reply.when is None or reply.when.holds(known)):
            meant.append((reply, chance))
        elif not meant:
            left -= chance
    if not meant:
        return None
    reply, chance = meant[0]
    alone = len(meant) < 2 or chance >= ALONE * meant[1][1]
    enough = max(LEAST, (ASKED if asking else TOLD) * left)
    return reply if chance >= enough or (alone and chance >= (ASKED_ALONE if asking else TOLD_ALONE)) else None
