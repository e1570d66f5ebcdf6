"""Labelled messages in the Rasa training format, as values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nlu.lexicon import Fault
from nlu.signals import Urgency

INTENTS = (
    *("report_self", "report_other", "guidance"),
    *("human", "hotline", "status", "privacy", "exit", "smalltalk", "out_of_scope"),
)
# What a writer fears of themselves, or has just done: it asks for another answer than what others do.
OWNS = ("none", "own_anger", "own_urges", "own_hand")
_ENTITY = re.compile(r"\[([^\]]*)\]\{[^}]*\}")


@dataclass(frozen=True)
class Example:
    """One message with its label, and the other labels that a careful officer could give it."""

    text: str
    intent: str
    category: str
    urgency: str
    also_intent: tuple[str, ...] = ()
    also_category: tuple[str, ...] = ()
    also_urgency: tuple[str, ...] = ()
    voice: str = "unknown"
    own: str = "none"  # one of OWNS

    @property
    def ordinary(self) -> bool:
        """Talk about nobody's trouble, not even meant for the bot."""
        return self.urgency == "U4" and self.intent == "out_of_scope"

    @property
    def urgent(self) -> bool:
        """Whether a human must hear of it within the hour."""
        return self.urgency in ("U0", "U1")

    @property
    def quiet(self) -> bool:
        """Whether no officer would put it above U3."""
        return not {self.urgency, *self.also_urgency} & {"U0", "U1", "U2"}


def read_examples(documents: Mapping[str, Any]) -> tuple[list[Example], list[Fault]]:
    """The examples of `documents` (parsed Rasa NLU YAML by file name) and what is wrong in them."""
    examples: list[Example] = []
    faults: list[Fault] = []
    for file, document in sorted(documents.items()):
        blocks = document.get("nlu") if isinstance(document, dict) else None
        if not isinstance(blocks, list):
            faults.append(Fault(file, (), "thiếu danh sách `nlu:`"))
            continue
        for b, block in enumerate(blocks):
            intent = block.get("intent") if isinstance(block, dict) else None
            if intent not in INTENTS:
                faults.append(Fault(file, ("nlu", b), f"không biết ý định `{intent}`"))
                continue
            for e, entry in enumerate(block.get("examples") or ()):
                problem = _fault_of(entry)
                if problem:
                    faults.append(Fault(file, ("nlu", b, "examples", e), problem))
                else:
                    examples.append(_example(intent, entry))
    return examples, faults


def _fault_of(entry: Any) -> str | None:
    if not isinstance(entry, dict) or not str(entry.get("text", "")).strip():
        return "mỗi ví dụ cần `text`"
    metadata = entry.get("metadata")
    if not isinstance(metadata, dict):
        return "mỗi ví dụ cần `metadata` với urgency và category"
    if metadata.get("urgency") not in Urgency.__members__:
        return "`urgency` phải là U0, U1, U2, U3 hoặc U4"
    if not re.fullmatch(r"C\d\d", str(metadata.get("category"))):
        return "`category` phải là C01 … C99"
    if metadata.get("own", "none") not in OWNS:
        return f"`own` phải là {', '.join(OWNS)}"
    return None


def _example(intent: str, entry: Mapping[str, Any]) -> Example:
    metadata = entry["metadata"]

    def also(key: str) -> tuple[str, ...]:
        return tuple(_strings(metadata.get(key) or ()))

    return Example(
        text=_ENTITY.sub(r"\1", str(entry["text"])).strip(),
        intent=intent,
        category=str(metadata["category"]),
        urgency=str(metadata["urgency"]),
        also_intent=also("also_intent"),
        also_category=also("also_category"),
        also_urgency=also("also_urgency"),
        voice=str(metadata.get("voice", "unknown")),
        own=str(metadata.get("own", "none")),
    )


def _strings(values: Iterable[Any]) -> Iterable[str]:
    return (str(value) for value in values)
