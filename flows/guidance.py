"""The guidance library: cards for each audience and topic, read from data/guidance."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

from flows.retrieval import Entry, Index
from flows.voices import Voices
from flows.yamltree import DefinitionProblem, Tree, entries, mapping, read, words
from nlu.normalise import normalise

MAIN = "vi"
BUBBLES = 3
INFORMATION = "C90"
NO_MATTER = ("", "C99")
ENOUGH = 0.04  # score from which a card is shown at all
DOUBTED = 0.14  # the same where no reader found a matter in the question, or one that is none of ours
INFORMED = 0.07  # and where only information is asked for
KNOWN = 0.45  # share of the question's words (by weight) that the library must know
STRANGE = 1.6  # a card of another audience must be so much better, when the asker's is known
LIKELY = 1.0  # when it is not: what a card gains whose audience surely asks so
SURE = 0.1  # from which a card is an answer; one below it is only offered by its title (docs/benchmark.md)
SAME_MATTER = 1.8  # a card of the category that the reader found
CLOSE = 0.3  # the next cards must have this share of the best one's score


@dataclass(frozen=True)
class Card:
    """One piece of guidance for one audience."""

    id: str
    audience: str
    ages: str  # whom it is about: "dưới 10", "10–15", "mọi tuổi"
    topic: str
    categories: tuple[str, ...]
    title: str
    short: str  # one SMS without marks
    chat: tuple[str, ...]
    do_now: tuple[str, ...]
    long: str  # paragraphs for a page or a print
    call: tuple[str, ...]  # ids of the directory
    asks: tuple[str, ...]  # how people ask for it
    source: str
    state: str
    review_by: date | None
    file: str
    line: int


@dataclass(frozen=True)
class Course:
    """A few lessons, one a day, for whoever wants them."""

    id: str
    audiences: tuple[str, ...]
    title: str
    lessons: tuple[str, ...]
    source: str
    state: str
    review_by: date | None
    file: str
    line: int


Said = TypeVar("Said", Card, Course)
WORDS = frozenset({"title", "asks", "short", "chat", "do_now", "long", "lessons", "file", "line"})  # of a translation


@dataclass(frozen=True)
class Shelf:
    """Topics that stand together in the menu."""

    title: str
    topics: tuple[str, ...]


@dataclass(frozen=True)
class Library:
    """All cards and courses, and the index by which cards are found."""

    cards: Mapping[str, Card] = field(default_factory=dict)
    topics: Mapping[str, str] = field(default_factory=dict)  # id → title, in the order of the menu
    shelves: Mapping[str, Shelf] = field(default_factory=dict)
    audiences: Mapping[str, str] = field(default_factory=dict)
    courses: Mapping[str, Course] = field(default_factory=dict)
    quiet: frozenset[str] = frozenset()  # words that say nothing about what is asked
    page: Mapping[str, str] = field(default_factory=dict)  # what stands around a card on its page
    services: Mapping[str, str] = field(default_factory=dict)  # directory id → its name, where it is another than there
    language: str = MAIN
    others: Mapping[str, Library] = field(default_factory=dict)  # language → the same library in its words

    def spoken(self, language: str) -> Library:
        """The library in the words of `language`; in the main language where nobody has translated it."""
        return self.others.get(language, self)

    def address(self, card: str = "") -> str:
        """Where the page of a card stands, or without one the list of all; in the language of this library."""
        return "/".join(filter(None, ("/g", "" if self.language == MAIN else self.language, card)))

    @cached_property
    def index(self) -> Index:
        """The index by which cards are found; made at the first search, for most commands never search."""
        return Index.of(
            (Entry(card.id, _says(card, self.topics), card.asks) for card in self.cards.values()), self.quiet
        )

    @cached_property
    def voices(self) -> Voices:
        """How each audience asks; made at the first search."""
        return Voices.of((card.audience, ask) for card in self.cards.values() for ask in card.asks)

    def of(self, audience: str, topic: str) -> tuple[Card, ...]:
        """The cards of one topic for one audience."""
        return tuple(card for card in self.cards.values() if card.audience == audience and card.topic == topic)

    def topics_of(self, audience: str) -> tuple[str, ...]:
        """The topics that have a card for this audience, in the order of the menu."""
        have = {card.topic for card in self.cards.values() if card.audience == audience}
        return tuple(topic for topic in self.topics if topic in have)

    def shelves_of(self, audience: str) -> tuple[str, ...]:
        """The shelves that have a topic for this audience, in the order of the menu."""
        have = set(self.topics_of(audience))
        return tuple(name for name, shelf in self.shelves.items() if not have.isdisjoint(shelf.topics))

    def topics_on(self, shelf: str, audience: str) -> tuple[str, ...]:
        """The topics of one shelf that have a card for this audience; all of the audience's where there is no shelf."""
        have = self.topics_of(audience)
        known = self.shelves.get(shelf)
        return have if known is None else tuple(topic for topic in known.topics if topic in have)


def find(
    library: Library,
    text: str,
    *,
    audience: str = "",
    among: Collection[str] = (),
    category: str = "",
    limit: int = 4,
) -> tuple[Card, ...]:
    """Cards that answer `text`, the best first; empty when nothing fits. A known audience or category only helps.

    `among`: the audiences of which an unknown one is, where that much is known: a child is sent no teacher's card.
    """
    found = ranked(library, text, audience=audience, among=among, category=category, limit=limit)
    return tuple(card for card, _ in found)


def ranked(
    library: Library,
    text: str,
    *,
    audience: str = "",
    among: Collection[str] = (),
    category: str = "",
    limit: int = 4,
) -> tuple[tuple[Card, float], ...]:
    """As find, each card with how well its words and matter fit, 0 … 1: below SURE it may be about something else."""
    scores, known = library.index.scores(text)
    if known < KNOWN:
        return ()
    whose = {} if audience else library.voices.shares(text)
    scored: list[tuple[float, str]] = []
    fits: dict[str, float] = {}
    for name, score in scores.items():
        card = library.cards[name]
        fits[name] = score * (SAME_MATTER if category in card.categories else 1.0)
        fitting = fits[name] / (STRANGE if audience and card.audience != audience else 1.0)
        if fitting >= _enough(category):
            scored.append((fitting * (1 + LIKELY * whose.get(card.audience, 0.0)), name))
    scored.sort(key=lambda pair: (-pair[0], pair[1]))
    close = [library.cards[name] for score, name in scored if score >= CLOSE * scored[0][0]]
    theirs = {audience} if audience else set(among)
    same = [card for card in close if not theirs or card.audience in theirs]
    return tuple((card, fits[card.id]) for card in (same or close)[:limit])


def fits_matter(card: Card, category: str) -> bool:
    """Whether the card is about what the readers found; any card where they found no matter in particular."""
    return category in card.categories or category in (*NO_MATTER, INFORMATION)


def read_library(documents: Mapping[str, str]) -> tuple[Library, list[DefinitionProblem]]:
    """All files of the guidance folder together; those that name a `language` say the same in other words."""
    problems: list[DefinitionProblem] = []
    trees: dict[str, list[Tree]] = {MAIN: []}
    for file, text in sorted(documents.items()):
        tree, found = read(file, text)
        problems += found
        trees.setdefault(str(tree.value.get("language", MAIN)), []).append(tree)
    library = _library(trees.pop(MAIN), problems)
    others = {language: _translated(library, language, some, problems) for language, some in trees.items()}
    return replace(library, others=others), problems


def _library(trees: Sequence[Tree], problems: list[DefinitionProblem]) -> Library:
    cards: dict[str, Card] = {}
    courses: dict[str, Course] = {}
    for tree in trees:
        for place, item in entries(tree.value.get("courses")):
            course = _course(tree, place, item)
            if course.id in courses:
                problems.append(tree.problem(f"khóa `{course.id}` khai hai lần", "courses", place))
            courses[course.id] = course
        for place, item in entries(tree.value.get("cards")):
            card = _card(tree, place, item)
            if card.id in cards:
                problems.append(tree.problem(f"thẻ `{card.id}` khai hai lần", "cards", place))
            cards[card.id] = card
    shelves = {
        name: Shelf(str(mapping(item).get("title", "")), words(mapping(item).get("topics")))
        for name, item in _named(trees, "shelves").items()
    }
    return Library(
        cards,
        _titles(trees, "topics"),
        shelves,
        _titles(trees, "audiences"),
        courses,
        _quiet(trees),
        _titles(trees, "page"),
        _titles(trees, "services"),
    )


def _translated(main: Library, language: str, trees: Sequence[Tree], problems: list[DefinitionProblem]) -> Library:
    """`main` with the words of `trees` in the place of its own; what they leave out stays as it is."""
    own = _library(trees, problems)
    for kind, known, given in (("thẻ", main.cards, own.cards), ("khóa", main.courses, own.courses)):
        strange = [one for name, one in given.items() if name not in known]
        problems += [DefinitionProblem(one.file, one.line, f"không có {kind} `{one.id}` để dịch") for one in strange]
    state = next((str(tree.value["state"]) for tree in trees if "state" in tree.value), "")
    titles = _titles(trees, "shelves")
    return replace(
        main,
        cards={name: _in_words_of(card, own.cards.get(name), state) for name, card in main.cards.items()},
        courses={name: _in_words_of(course, own.courses.get(name), state) for name, course in main.courses.items()},
        topics={**main.topics, **{name: title for name, title in own.topics.items() if name in main.topics}},
        audiences={**main.audiences, **own.audiences},
        shelves={name: replace(shelf, title=titles.get(name, shelf.title)) for name, shelf in main.shelves.items()},
        quiet=own.quiet,
        page={**main.page, **own.page},
        services=own.services,
        language=language,
    )


def _in_words_of(one: Said, other: Said | None, state: str) -> Said:
    """A card or a course as another language says it; what it is about and rests on stays the same."""
    if other is None:
        return one
    words: dict[str, Any] = {part.name: getattr(other, part.name) for part in fields(one) if part.name in WORDS}
    return replace(one, state=state or one.state, **words)


def _named(trees: Iterable[Tree], key: str) -> dict[str, object]:
    return {name: item for tree in trees for name, item in mapping(tree.value.get(key)).items()}


def _titles(trees: Iterable[Tree], key: str) -> dict[str, str]:
    return {name: str(title) for name, title in _named(trees, key).items()}


def _quiet(trees: Iterable[Tree]) -> frozenset[str]:
    stop = [word for tree in trees for word in words(tree.value.get("stop"))]
    return frozenset(part for word in stop for part in normalise(word).folded.split())


def _card(tree: Tree, place: int, item: Mapping[str, object]) -> Card:
    review = item.get("review_by")
    return Card(
        id=str(item.get("id", "")),
        audience=str(item.get("audience", "")),
        ages=str(item.get("ages", "")),
        topic=str(item.get("topic", "")),
        categories=words(item.get("categories")),
        title=str(item.get("title", "")),
        short=str(item.get("short", "")).strip(),
        chat=tuple(text.strip() for text in words(item.get("chat"))),
        do_now=words(item.get("do_now")),
        long=str(item.get("long", "")).strip(),
        call=words(item.get("call")),
        asks=words(item.get("asks")),
        source=str(item.get("source", "")),
        state=str(item.get("state", "")),
        review_by=review if isinstance(review, date) else None,
        file=tree.file,
        line=tree.line("cards", place),
    )


def _course(tree: Tree, place: int, item: Mapping[str, object]) -> Course:
    review = item.get("review_by")
    return Course(
        id=str(item.get("id", "")),
        audiences=words(item.get("audiences")),
        title=str(item.get("title", "")),
        lessons=tuple(text.strip() for text in words(item.get("lessons"))),
        source=str(item.get("source", "")),
        state=str(item.get("state", "")),
        review_by=review if isinstance(review, date) else None,
        file=tree.file,
        line=tree.line("courses", place),
    )


def _says(card: Card, topics: Mapping[str, str]) -> str:
    """What the card is about, for the index: its title and topic count more than its advice."""
    return ". ".join((card.title, card.title, topics.get(card.topic, ""), *card.chat, *card.do_now, card.long))


def _enough(category: str) -> float:
    """The score from which a card is shown to whoever asks about `category`."""
    if category in NO_MATTER:
        return DOUBTED
    return INFORMED if category == INFORMATION else ENOUGH
