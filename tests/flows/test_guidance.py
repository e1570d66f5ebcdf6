"""Guidance is found by people's own words, belongs to who asks, and no card is better than a wrong one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flows.cards import NEAR
from flows.definition import Definitions
from flows.effects import CountReach, RequestHandoff, Say
from flows.engine import is_choice
from flows.guidance import BUBBLES, Card, Library, find, read_library
from flows.retrieval import Text
from nlu.signals import Signals
from tests.flows.talk import Talk, words


@pytest.fixture
def guide(definitions: Definitions) -> Library:
    found: Library = definitions.library
    return found


Answer = tuple[Card, str, tuple[Card, ...]]


@pytest.fixture(scope="module")
def answers(definitions: Definitions) -> list[Answer]:
    """Every question of every card, and the cards found for it."""
    guide: Library = definitions.library
    return [
        (card, asked, tuple(find(guide, asked, audience=card.audience, category=card.categories[0])))
        for card, asked in questions(guide)
    ]


def questions(guide: Library) -> Iterator[tuple[Card, str]]:
    """The questions of all cards that have a word by which a card can be found."""
    asks = ((card, asked) for card in guide.cards.values() for asked in card.asks)
    return ((card, asked) for card, asked in asks if Text.of(asked, guide.index.stop).words)


def test_every_card_is_found_by_the_questions_it_answers(answers: list[Answer]) -> None:
    assert [(card.id, asked) for card, asked, found in answers if card not in found] == []


def test_nearly_every_question_has_a_word_to_find_it_by(guide: Library) -> None:
    written = sum(len(card.asks) for card in guide.cards.values())
    assert len(list(questions(guide))) >= 0.98 * written


def test_its_own_question_mostly_finds_the_card_first(answers: list[Answer]) -> None:
    assert sum(found[:1] == (card,) for card, _, found in answers) >= 0.9 * len(answers)


def test_marks_need_not_be_typed(guide: Library) -> None:
    with_marks = find(guide, "bạn đánh con ở lớp", audience="child")
    assert with_marks
    assert find(guide, "ban danh con o lop", audience="child") == with_marks


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "?",
        "là gì vậy",
        "giá vàng hôm nay bao nhiêu",
        "dạy nấu canh chua cá lóc",
        "đội tuyển đá mấy giờ",
        "asdf qwer zxcv",
        "1",
    ],
)
def test_no_card_is_better_than_a_wrong_one(guide: Library, text: str) -> None:
    assert find(guide, text) == ()


def test_who_asks_is_answered_with_cards_for_them(answers: list[Answer]) -> None:
    for card, asked, found in answers:
        assert {one.audience for one in found} == {card.audience}, asked


def test_cards_come_best_first_and_few(guide: Library) -> None:
    found = find(guide, "bị đánh hoài thì làm sao", category="C01", limit=2)
    assert 0 < len(found) <= 2
    assert found == find(guide, "bị đánh hoài thì làm sao", category="C01", limit=9)[: len(found)]


def test_words_that_say_nothing_are_not_counted() -> None:
    read = Text.of("thì là mà đánh đau", frozenset({"thi", "la", "ma"}))
    assert read.words == {"danh", "dau"}
    assert {gram for gram in read.grams if " " in gram and gram[0] != "_"} == {"ma danh", "danh dau"}


def test_everybody_has_guidance_in_a_menu_that_leads_somewhere(guide: Library) -> None:
    assert set(guide.audiences) == {"child", "teen", "youth", "parent", "teacher", "neighbour"}
    for audience in guide.audiences:
        topics = guide.topics_of(audience)
        assert topics
        for topic in topics:
            assert guide.of(audience, topic)


def test_no_topic_stands_empty(guide: Library) -> None:
    assert {card.topic for card in guide.cards.values()} == set(guide.topics)


def test_every_card_says_where_it_comes_from_and_when_it_is_looked_at_again(guide: Library) -> None:
    for card in guide.cards.values():
        assert card.source, card.id
        assert card.state, card.id
        assert card.review_by is not None, card.id


def test_a_card_is_said_in_few_messages_and_counted_once(definitions: Definitions, guide: Library) -> None:
    for card in guide.cards.values():
        talk = Talk(definitions).presses(f"#ct:card:{card.id}")
        assert len(talk.of(Say)) <= BUBBLES
        assert talk.of(CountReach) == [CountReach(card.id, card.audience)]
        assert "111" in talk.text
        assert is_choice(definitions, f"#ct:card:{card.id}")


def test_a_question_in_ones_own_words_is_answered_with_a_card(definitions: Definitions) -> None:
    talk = Talk(definitions).hears(words("bạn đánh con ở lớp thì làm sao", "guidance", "C90"))
    assert talk.of(CountReach)
    assert talk.keys[-1] == "utter_card_end"


def test_what_no_card_surely_answers_is_offered_by_title_and_the_next_time_a_human_reads(
    definitions: Definitions, guide: Library
) -> None:
    talk = Talk(definitions).hears(words("bị đánh hoài thì làm sao", "guidance", "C01"))
    assert talk.keys[-1] == "utter_cards_near"
    assert not talk.of(CountReach)
    offered = [choice for choice in talk.session.choices if choice.payload.startswith("#ct:card:")]
    assert 0 < len(offered) <= NEAR
    assert all("C01" in guide.cards[choice.payload.removeprefix("#ct:card:")].categories for choice in offered)
    assert talk.presses(offered[0].title).of(CountReach)
    talk = Talk(definitions)
    for _ in range(2):
        talk.hears(words("bị đánh hoài thì làm sao", "guidance", "C01"))
    assert talk.of(RequestHandoff)


def test_a_question_that_no_card_comes_near_is_read_by_a_human_at_once(definitions: Definitions) -> None:
    talk = Talk(definitions).hears(words("kính cận của cháu mấy độ thì được đổi tròng", "guidance", "C99"))
    assert talk.of(RequestHandoff)
    assert talk.keys[-2:] == ["utter_nothing_fits", "utter_human"]


def test_the_next_card_is_another_and_the_last_offers_no_next(definitions: Definitions) -> None:
    talk = Talk(definitions).hears(words("con tui bị bắt nạt ở trường thì làm sao", "guidance", "C09"))
    seen = [talk.of(CountReach)[0].card]
    while "Xem tiếp" in {choice.title for choice in talk.session.choices}:
        talk.presses("Xem tiếp")
        seen.append(talk.of(CountReach)[0].card)
    assert len(seen) > 1
    assert len(set(seen)) == len(seen)
    assert talk.presses("#ct:go:more").keys == ["utter_guidance_none"]


def test_who_asks_is_asked_once_and_then_the_topic_opens(definitions: Definitions, guide: Library) -> None:
    talk = Talk(definitions).presses("#ct:go:guidance")
    assert talk.keys[-1] == "utter_ask_audience"
    talk.presses("Thầy cô")
    assert talk.keys == ["utter_ask_shelf"]
    shelves = [choice.title for choice in talk.session.choices]
    assert shelves == [guide.shelves[shelf].title for shelf in guide.shelves_of("teacher")]
    talk.presses(shelves[1])
    assert talk.keys == ["utter_ask_topic"]
    offered = [choice.title for choice in talk.session.choices]
    assert offered == [guide.topics[topic] for topic in guide.topics_on(guide.shelves_of("teacher")[1], "teacher")]
    talk.presses(offered[0])
    assert talk.of(CountReach)[0].audience == "teacher"
    assert talk.presses("#ct:go:guidance").keys == ["utter_ask_shelf"]
    assert talk.presses("#ct:go:guidance_again").keys == ["utter_ask_audience"]


def test_a_topic_may_be_chosen_by_its_words(definitions: Definitions) -> None:
    talk = Talk(definitions).presses("#ct:go:guidance").hears("con còn nhỏ").hears("chuyen trong nha")
    assert talk.hears("bi danh").of(CountReach) == [CountReach("child-bi-danh", "child")]


@pytest.mark.parametrize(
    ("said", "audience"), [("Em dưới 10 tuổi", "child"), ("Em 16 tới 18 tuổi", "youth"), ("Em 10 tới 15 tuổi", "teen")]
)
def test_the_age_of_a_young_person_is_asked_and_not_guessed(definitions: Definitions, said: str, audience: str) -> None:
    talk = Talk(definitions).presses("#ct:go:guidance").presses(said)
    assert talk.session.slots["audience"] == audience
    assert talk.keys == ["utter_ask_shelf"]


def test_every_card_is_three_presses_away_and_no_menu_is_a_wall(guide: Library) -> None:
    for audience in guide.audiences:
        shelves = guide.shelves_of(audience)
        on_shelves = [guide.topics_on(shelf, audience) for shelf in shelves]
        assert sorted(topic for topics in on_shelves for topic in topics) == sorted(guide.topics_of(audience))
        assert max(len(guide.audiences), len(shelves), *map(len, on_shelves)) <= 8


def test_who_does_not_say_who_they_are_gets_111_instead(definitions: Definitions) -> None:
    talk = Talk(definitions).presses("#ct:go:guidance", "#ct:skip")
    assert talk.keys == ["utter_guidance_none"]
    assert "111" in talk.text


def test_a_card_that_is_gone_is_not_opened(definitions: Definitions) -> None:
    assert not is_choice(definitions, "#ct:card:nobody-wrote-it")
    assert Talk(definitions).presses("#ct:card:nobody-wrote-it").of(CountReach) == []


def test_the_same_card_twice_is_told() -> None:
    card = "cards:\n  - { id: a, title: t }\n  - { id: a, title: u }\n"
    [problem] = read_library({"data/guidance/x.yml": card})[1]
    assert (problem.line, problem.message) == (3, "thẻ `a` khai hai lần")


def english(text: str, intent: str = "guidance", category: str = "C90") -> Signals:
    return words(text, intent, category, language="en")


def test_who_asks_in_english_is_answered_in_english(definitions: Definitions, guide: Library) -> None:
    talk = Talk(definitions).hears(english("my classmates bully me at school what can i do", category="C09"))
    shown = talk.of(CountReach)[0].card
    assert guide.spoken("en").cards[shown].chat[0] in talk.text
    assert "C09" in guide.cards[shown].categories


def test_the_menu_speaks_english_too(definitions: Definitions, guide: Library) -> None:
    other = guide.spoken("en")
    talk = Talk(definitions).hears(english("hello can you help me please", "smalltalk")).presses("#ct:go:guidance")
    talk.presses("#ct:set:audience:teacher")
    shelves = [choice.title for choice in talk.session.choices]
    assert shelves == [other.shelves[shelf].title for shelf in other.shelves_of("teacher")]
    talk.presses(shelves[1])
    talk.presses(talk.session.choices[0].title)
    card = other.cards[talk.of(CountReach)[0].card]
    assert card.chat[0] in talk.text
    assert f"/g/en/{card.id}" in talk.presses("#ct:go:share").text


def test_every_english_card_is_found_by_the_questions_it_answers(guide: Library) -> None:
    other = guide.spoken("en")
    asked = list(questions(other))
    hits = [
        find(other, text, audience=card.audience, category=card.categories[0])[:1] == (card,) for card, text in asked
    ]
    assert len(asked) > 8 * len(guide.cards) * 0.95
    assert sum(hits) >= 0.9 * len(hits)


def test_a_language_without_cards_is_shown_the_main_ones(guide: Library) -> None:
    assert guide.spoken("km") is guide
