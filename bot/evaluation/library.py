"""How well guidance is found, and what the library covers: figures and the table of docs/guidance.md."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from bot.config import Settings
from bot.evaluation import asked
from bot.progress import shown
from bot.understanding import load_model
from bot.words import load_definitions
from flows.definition import Definitions
from flows.guidance import SURE, Library, ranked
from nlu import understand
from nlu.model import Model

FIRST = 3
CATEGORIES = (*(f"C{number:02d}" for number in range(1, 21)), "C90")
SAID = {
    "first": "thẻ đúng đứng đầu",
    "among": "thẻ đúng trong ba thẻ đầu",
    "none": "không có thẻ hợp, không đưa thẻ nào",
    "given": "chắc trúng nên đưa liền, và đúng",
}


def measure(settings: Settings, *, out: Path | None = None, missed: bool = False) -> int:
    """Print how well cards are found and what they cover; write the table to `out`. Exit code."""
    definitions = load_definitions(settings)
    library = definitions.library
    with shown() as progress:
        model = load_model(settings, progress=progress)
    table = page(library, replies(definitions), CATEGORIES)
    console = Console(file=sys.stdout, width=120)
    console.print(Markdown(table))
    for one in (library, *library.others.values()):
        path = questions_in(settings.data, one.language)
        if not path.exists():
            console.print(f"{one.language}: chưa có câu hỏi để đo ({path.relative_to(settings.data)})")
            continue
        questions = read_questions(path)
        matters = {question.text: understand(question.text, model).category for question in questions}
        found = answered(one, questions, matters.__getitem__)
        unknown = figures(answered(one, questions, matters.__getitem__, known=False))
        for name, (hits, total) in figures(found).items():
            console.print(f"{one.language}: {SAID[name]}: {hits}/{total}; chưa biết ai hỏi: {unknown[name][0]}")
        if missed:
            _print_missed(console, found)
    for file, about in ((asked.FILE, ""), (asked.OBLIQUE, " (hỏi vòng vo)")):
        _print_replied(console, definitions, model, settings.data / "gold" / file, about, missed=missed)
    if out is not None:
        out.write_text(table, "utf-8")
    return 0


def _print_replied(
    console: Console, definitions: Definitions, model: Model, path: Path, about: str, *, missed: bool
) -> None:
    if not path.exists():
        return
    found = asked.replied(definitions, model, asked.read_askings(path))
    for name, (hits, total) in asked.figures(found).items():
        if total:
            console.print(f"{asked.SAID[name]}{about}: {hits}/{total}")
    for one in found if missed else ():
        if not one.right and (one.reply or one.asking.topic != asked.NOTHING):
            console.print(f"  {one.asking.text} → {one.reply or '–'} (đúng: {one.asking.topic})", markup=False)


def replies(definitions: Definitions) -> dict[str, int]:
    """How many replies the bot has in each language."""
    return {code: len(definitions.languages[code].responses) for code in sorted(definitions.languages, reverse=True)}


def _print_missed(console: Console, found: Iterable[Found]) -> None:
    for one in found:
        if not one.first:
            wanted = ", ".join(sorted(one.question.cards)) or "–"
            console.print(f"  {one.question.text} → {', '.join(one.cards) or '–'} (đúng: {wanted})", markup=False)


def questions_in(data: Path, language: str) -> Path:
    """The gold questions of one language."""
    return data / "gold" / f"questions_{language}.jsonl"


@dataclass(frozen=True)
class Question:
    """One question in somebody's own words. `cards`: those that answer it, empty when none does."""

    text: str
    audience: str
    cards: frozenset[str]


@dataclass(frozen=True)
class Found:
    """What was found for one question, the best first."""

    question: Question
    cards: tuple[str, ...]
    sure: bool = False  # the first is shown as an answer; otherwise titles are offered

    @property
    def first(self) -> bool:
        """Whether the right card came first, or none where none fits."""
        return (self.cards[0] in self.question.cards) if self.cards else not self.question.cards

    @property
    def among(self) -> bool:
        """Whether a right card is among the first three, or none came where none fits."""
        if not self.question.cards:
            return not self.cards
        return bool(self.question.cards & set(self.cards[:FIRST]))


def read_questions(path: Path) -> list[Question]:
    """The questions of a JSON Lines file {"text","audience","cards":[…]}."""
    rows = (json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip())
    return [Question(row["text"], row["audience"], frozenset(row["cards"])) for row in rows]


def answered(
    library: Library, questions: Iterable[Question], category: Callable[[str], str], *, known: bool = True
) -> list[Found]:
    """Every question asked of the library. `category`: what the readers find; `known`: whether it knows who asks."""
    found = []
    for one in questions:
        audience = one.audience if known else ""
        cards = ranked(library, one.text, audience=audience, category=category(one.text))
        found.append(Found(one, tuple(card.id for card, _ in cards), bool(cards) and cards[0][1] >= SURE))
    return found


def figures(found: Sequence[Found]) -> dict[str, tuple[int, int]]:
    """Hits and totals: `first`, `among` for questions that a card answers, `none` for those that none does.

    `given`: of the cards that are shown as answers, to any question, those that are right.
    """
    fitting = [one for one in found if one.question.cards]
    strange = [one for one in found if not one.question.cards]
    return {
        "first": (sum(one.first for one in fitting), len(fitting)),
        "among": (sum(one.among for one in fitting), len(fitting)),
        "none": (sum(one.first for one in strange), len(strange)),
        "given": (sum(one.first for one in found if one.sure), sum(one.sure for one in found)),
    }


def coverage(library: Library, categories: Sequence[str]) -> str:
    """The Markdown table category × audience, each cell with its cards."""
    cells: dict[tuple[str, str], list[str]] = defaultdict(list)
    for card in library.cards.values():
        for category in card.categories:
            cells[category, card.audience].append(card.id)
    audiences = list(library.audiences)
    lines = [
        "| | " + " | ".join(library.audiences[one] for one in audiences) + " |",
        "|---" * (len(audiences) + 1) + "|",
    ]
    for category in categories:
        row = (
            ", ".join(one.removeprefix(f"{audience}-") for one in cells[category, audience]) for audience in audiences
        )
        lines.append(f"| {category} | " + " | ".join(cell or "–" for cell in row) + " |")
    return "\n".join(lines) + "\n"


def page(library: Library, languages: Mapping[str, int], categories: Sequence[str]) -> str:
    """The whole of docs/guidance.md; `languages`: how many replies the bot itself has in each."""
    return (
        "# Guidance: what the library covers\n\n"
        f"{len(library.cards)} cards for {len(library.audiences)} audiences, {len(library.courses)} courses.\n"
        "Every card is a draft until a professional approves it (`state`, `review_by`).\n\n"
        "Generated by `langnghe guidance --out docs/guidance.md`; a test holds it fresh.\n\n"
        + coverage(library, categories)
        + "\n"
        + spoken(library, languages)
    )


def spoken(library: Library, languages: Mapping[str, int]) -> str:
    """The Markdown table of what is said in which language."""
    lines = ["| language | replies of the bot | cards | courses |", "|---|---|---|---|"]
    for language, replies in languages.items():
        known = library.others.get(language)
        cards, courses = len(library.cards), len(library.courses)
        if known is not None:
            cards = sum(known.cards[name] != card for name, card in library.cards.items())
            courses = sum(known.courses[name] != course for name, course in library.courses.items())
        elif language != library.language:
            cards = courses = 0
        lines.append(f"| {language} | {replies} | {cards or '–'} | {courses or '–'} |")
    return "\n".join(lines) + "\n"
