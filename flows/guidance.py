"""The guidance library, and how a card is found from somebody's own words. No card is better than a wrong one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from flows.yamltree import DefinitionProblem, Tree, entries, mapping, read, words
from nlu.normalise import normalise

BUBBLES = 3
ENOUGH = 0.62  # share of the question's weight that a card must explain
OWN = 0.5  # the same for a card of the asker's own audience
STRANGE = 0.9  # and for a card of another audience, when the asker's is known
PAIR = 0.5  # two words that stand together, beside the words themselves


@dataclass(frozen=True)
class Card:
    """One piece of guidance for one audience."""

    id: str
    audience: str
    topic: str
    categories: tuple[str, ...]
    title: str
    short: str  # one SMS
    chat: tuple[str, ...]
    call: tuple[str, ...]  # ids of the directory
    asks: tuple[str, ...]  # how people ask for it
    source: str
    state: str
    review_by: date | None
    file: str
    line: int


@dataclass(frozen=True)
class Library:
    """All cards, and the weights by which they are found."""

    cards: Mapping[str, Card] = field(default_factory=dict)
    topics: Mapping[str, str] = field(default_factory=dict)  # id → title, in the order of the menu
    audiences: Mapping[str, str] = field(default_factory=dict)
    stop: frozenset[str] = frozenset()
    grams: Mapping[str, Counter[str]] = field(default_factory=dict)
    weight: Mapping[str, float] = field(default_factory=dict)

    def of(self, audience: str, topic: str) -> tuple[Card, ...]:
        """The cards of one topic for one audience."""
        return tuple(card for card in self.cards.values() if card.audience == audience and card.topic == topic)

    def topics_of(self, audience: str) -> tuple[str, ...]:
        """The topics that have a card for this audience, in the order of the menu."""
        have = {card.topic for card in self.cards.values() if card.audience == audience}
        return tuple(topic for topic in self.topics if topic in have)


def find(library: Library, text: str, *, audience: str = "", category: str = "", limit: int = 4) -> tuple[Card, ...]:
    """Cards that answer `text`, the best first; empty when nothing fits. A known audience or category only helps."""
    single, pairs = grams(text, library.stop)
    total = sum(library.weight.get(word, library.weight[""]) for word in single)
    if not single or total <= 0:
        return ()
    scored: list[tuple[float, str]] = []
    for card in library.cards.values():
        have = library.grams[card.id]
        words_hit = [word for word in single if word in have]
        pairs_hit = [pair for pair in pairs if pair in have]
        if not words_hit or (len(words_hit) < 2 and not pairs_hit and len(single) > 1):
            continue
        score = sum(library.weight[word] * (1 + 0.3 * math.log(have[word])) for word in words_hit)
        score = (score + PAIR * sum(library.weight[pair] for pair in pairs_hit)) / total
        if score >= (ENOUGH if not audience else OWN if card.audience == audience else STRANGE):
            scored.append((score * (1.2 if category and category in card.categories else 1.0), card.id))
    scored.sort(key=lambda pair: (-pair[0], pair[1]))
    best = [library.cards[card] for _, card in scored]
    same = [card for card in best if not audience or card.audience == audience]
    return tuple((same or best)[:limit])


def grams(text: str, stop: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The folded words of `text` that say something, and all pairs of neighbours of which one does."""
    said = [word for word in normalise(text).folded.split() if word.isalnum()]
    single = [word for word in said if word not in stop and (len(word) > 1 or word.isdigit())]
    pairs = [f"{first} {second}" for first, second in pairwise(said) if {first, second} - stop]
    return tuple(dict.fromkeys(single)), tuple(dict.fromkeys(pairs))


def read_library(documents: Mapping[str, str]) -> tuple[Library, list[DefinitionProblem]]:
    """All files of the guidance folder together."""
    problems: list[DefinitionProblem] = []
    cards: dict[str, Card] = {}
    topics: dict[str, str] = {}
    audiences: dict[str, str] = {}
    stop: list[str] = []
    for file, text in sorted(documents.items()):
        tree, found = read(file, text)
        problems += found
        topics |= {key: str(title) for key, title in mapping(tree.value.get("topics")).items()}
        audiences |= {key: str(title) for key, title in mapping(tree.value.get("audiences")).items()}
        stop += words(tree.value.get("stop"))
        for place, item in entries(tree.value.get("cards")):
            card = _card(tree, place, item)
            if card.id in cards:
                problems.append(tree.problem(f"thẻ `{card.id}` khai hai lần", "cards", place))
            cards[card.id] = card
    quiet = frozenset(part for word in stop for part in normalise(word).folded.split())
    index = {card.id: _index(card, topics, quiet) for card in cards.values()}
    return Library(cards, topics, audiences, quiet, index, _weights(index.values())), problems


def _card(tree: Tree, place: int, item: Mapping[str, object]) -> Card:
    review = item.get("review_by")
    return Card(
        id=str(item.get("id", "")),
        audience=str(item.get("audience", "")),
        topic=str(item.get("topic", "")),
        categories=words(item.get("categories")),
        title=str(item.get("title", "")),
        short=str(item.get("short", "")).strip(),
        chat=tuple(text.strip() for text in words(item.get("chat"))),
        call=words(item.get("call")),
        asks=words(item.get("asks")),
        source=str(item.get("source", "")),
        state=str(item.get("state", "")),
        review_by=review if isinstance(review, date) else None,
        file=tree.file,
        line=tree.line("cards", place),
    )


def _index(card: Card, topics: Mapping[str, str], stop: frozenset[str]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for text in (card.title, topics.get(card.topic, ""), *card.asks):
        for found in grams(text, stop):
            counted.update(found)
    return counted


def _weights(indices: Iterable[Counter[str]]) -> Mapping[str, float]:
    listed = list(indices)
    seen = Counter(gram for index in listed for gram in index)
    count = max(1, len(listed))
    # a word that no card has still belongs to the question; it weighs like a word of one card in four
    return {gram: math.log(1 + count / often) for gram, often in seen.items()} | {"": math.log(5)}
