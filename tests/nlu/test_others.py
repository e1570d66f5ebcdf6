"""Who is a man and who is a woman, who is a boy and who is a girl: no level hangs on it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import config
from bot.evaluation.gold import read_gold
from escalation.triage import assess
from nlu import Signals, understand
from nlu.normalise import normalise
from nlu.others import other_sex, tellings
from tests.nlu.known import lexicon, model, spellings
from tests.nlu.small import readers

NET = model()
GOLD = config.load(env={}).data / "gold"
EXAMPLES = sorted(
    {text for concept in lexicon().concepts for text in (*concept.must, *concept.must_not)}
    | {row.text for row in read_gold([GOLD / "development.jsonl", GOLD / "fresh.jsonl"])}
)
TOLD = [(text, other) for text in EXAMPLES if (other := other_sex(text)) is not None]
PEOPLE = ("ba", "mẹ", "má", "dượng", "dì ghẻ", "ông", "bà", "con gái", "con trai", "anh", "chị", "chồng", "vợ", "thầy")


def told(text: str) -> list[str]:
    return [one.text for one in tellings(normalise(text, spellings()))]


def signs(signals: Signals) -> set[tuple[str, int]]:
    return {(hazard.concept, hazard.level) for hazard in signals.hazards}


def test_every_sign_is_seen_whoever_does_it_to_whom() -> None:
    assert len(TOLD) > 500
    assert [text for text, other in TOLD if signs(understand(text, NET)) != signs(understand(other, NET))] == []


def test_the_readers_hear_one_telling_whatever_the_sex() -> None:
    reading = model(readers())
    differing = [
        text
        for text, other in TOLD
        if assess(understand(text, reading)).level is not assess(understand(other, reading)).level
    ]
    assert differing == []


@given(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=5).map(" thương ".join))
def test_a_message_told_of_the_other_sex_has_the_same_tellings(text: str) -> None:
    other = other_sex(text)
    if other is not None:
        assert told(other) == told(text)


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("mẹ đánh em", "ba đánh em"),
        ("tía đánh má", "ba đánh mẹ"),
        ("má bị dượng đánh", "ba bị mẹ kế đánh"),
        ("bà kể con trai bị vợ nó bỏ đói", "ông kể con gái bị chồng nó bỏ đói"),
        ("ba má cãi lộn ba tháng nay", "ba mẹ cãi lộn ba tháng nay"),
    ],
)
def test_of_every_kind_whoever_comes_first_is_heard_as_a_man(text: str, one: str) -> None:
    assert told(text)[0] == one


def test_words_keep_their_place_in_what_the_person_wrote() -> None:
    text = "Hồi tối cha dượng bóp cổ má"
    message = tellings(normalise(text, spellings()))[0]
    assert message.original == text
    found = understand(text, NET).hazards
    assert found
    assert all(text[one.span.start : one.span.end] in text and one.span.end <= len(text) for one in found)
