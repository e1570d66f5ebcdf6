"""The shipped definitions with one thing spoilt, in memory: what the checker says of it, and of nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bot import config
from bot.words import sources
from flows.checker import check
from flows.definition import Sources
from flows.reading import parse
from flows.yamltree import DefinitionProblem

HERE = "#!"  # stands at the end of the line that is to be blamed
REPORT, SAFETY, ROUTES = "flows/definitions/report.yml", "flows/definitions/safety.yml", "flows/definitions/routes.yml"
SLOTS, TALK, WORDS = "flows/definitions/slots.yml", "flows/definitions/talk.yml", "data/responses/vi.yml"
REPLIES = "flows/definitions/replies.yml"
CARDS, MENU = "data/guidance/child.yml", "data/guidance/menu.yml"
ENGLISH, ENGLISH_CARDS, ENGLISH_MENU = (
    "data/responses/en.yml",
    "data/guidance/en/child.yml",
    "data/guidance/en/menu.yml",
)
HOTLINES, ADDRESSES, RULES = "data/directory/hotlines.yml", "data/directory/addresses.yml", "data/directory/rules.yml"


FEW = {"utter_smalltalk", "utter_thanks", "utter_guidance_none", "utter_exit"}


def shipped() -> Sources:
    """The texts of the project."""
    return sources(config.load(env={}))


def of_flows(whole: Sources) -> Sources:
    """Only the flows: enough for what is wrong in a flow, and read in a moment."""
    return Sources(flows=whole.flows, responses={}, directory={}, guidance={}, asks=whole.asks)


def of_words(whole: Sources) -> Sources:
    """Flows and words without guidance."""
    return replace(whole, guidance={}, places={})


def of_few_words(whole: Sources) -> Sources:
    """A handful of the texts, with the numbers and the rules."""
    head, *blocks = re.split(r"(?m)^(?=  utter_)", whole.responses[WORDS])
    kept = [block for block in blocks if block.split(":")[0].strip() in FEW]
    return Sources(flows={}, responses={WORDS: head + "".join(kept)}, directory=_numbers(whole), guidance={})


def of_cards(whole: Sources) -> Sources:
    """Numbers and the guidance of one audience."""
    kept = {file: text_of(whole, file) for file in (CARDS, MENU)}
    return Sources(flows={}, responses={}, directory=_numbers(whole), guidance=kept)


def of_translated_cards(whole: Sources) -> Sources:
    """The same in two languages."""
    kept = {file: text_of(whole, file) for file in (CARDS, MENU, ENGLISH_CARDS, ENGLISH_MENU)}
    responses = {ENGLISH: whole.responses[ENGLISH]}
    return Sources(flows={}, responses=responses, directory=_numbers(whole), guidance=kept)


def _numbers(whole: Sources) -> dict[str, str]:
    return {file: text_of(whole, file) for file in (HOTLINES, ADDRESSES, RULES)}


def with_text(whole: Sources, file: str, text: str | None) -> Sources:
    """The sources with one file written anew; None: it is gone."""
    kind = file.split("/")[1]
    folder = "flows" if kind == "definitions" else kind
    kept = {name: old for name, old in getattr(whole, folder).items() if name != file}
    return replace(whole, **{folder: kept if text is None else {**kept, file: text}})


def text_of(whole: Sources, file: str) -> str:
    """The text of one file."""
    return {**whole.flows, **whole.responses, **whole.directory, **whole.guidance}[file]


def spoilt(whole: Sources, file: str, *edits: tuple[str, str]) -> Sources:
    """The sources with words of one file put in place of others, each of which must be there."""
    text = text_of(whole, file)
    for old, new in edits:
        assert old in text, f"{file} no longer has {old!r}"
        text = text.replace(old, new, 1)
    return with_text(whole, file, text)


def problems(whole: Sources) -> set[DefinitionProblem]:
    """Everything that reading and checking find."""
    definitions, found = parse(whole)
    return {*found, *check(definitions)}


@dataclass(frozen=True)
class Found:
    """What is wrong now and was not before, and the line that was to be blamed."""

    problems: set[DefinitionProblem]
    line: int

    def at(self, file: str) -> set[str]:
        """What is said of the blamed line."""
        return {one.message for one in self.problems if (one.file, one.line) == (file, self.line)}


class Cut:
    """A part of the shipped definitions, and what is missing in it only because it is a part."""

    def __init__(self, whole: Sources) -> None:
        self.whole = whole
        self.before = {(one.file, one.message) for one in problems(whole)}


def found_in(cut: Cut, file: str, *edits: tuple[str, str]) -> Found:
    """What is found when `file` is edited; the last line with HERE is the one to blame (none: the whole file)."""
    after = spoilt(cut.whole, file, *edits)
    lines = text_of(after, file).splitlines()
    blamed = [number for number, line in enumerate(lines, 1) if line.endswith(HERE)]
    new = {one for one in problems(after) if (one.file, one.message) not in cut.before}
    return Found(new, blamed[-1] if blamed else 0)
