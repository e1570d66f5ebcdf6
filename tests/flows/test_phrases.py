"""The phrases of the project's data are found in what people write, word by word and with no other marks."""

from __future__ import annotations

import pytest

from flows.definition import Definitions
from flows.phrases import heads, listed, parts_of, signs_in, spelled, words_of
from nlu.normalise import normalise


def test_a_phrase_word_by_word_is_the_phrase_as_a_whole(definitions: Definitions) -> None:
    some = [phrase for phrases in definitions.signs.values() for phrase in phrases[::40]]
    some += [ask for card in definitions.library.cards.values() for ask in card.asks[::5]]
    assert len(some) > 3000
    for phrase in some:
        assert parts_of(phrase) == words_of(normalise(phrase)), phrase
        assert listed(phrase) == spelled(phrase), phrase


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("cháy", {"fire"}),
        ("chạy", set()),
        ("nha chay roi", {"fire"}),
        ("ba má về", {"they_come"}),
        ("ba ma ve", {"they_come"}),
        ("bà mà về", set()),
        ("má về", set()),
        ("chú dô", {"he_comes"}),
        ("chu do", set()),
        ("", set()),
    ],
)
def test_a_mark_that_was_typed_is_the_phrases_own(said: str, found: set[str]) -> None:
    known = heads({"fire": ["cháy"], "they_come": ["ba má về"], "he_comes": ["=chú dô"]})
    assert signs_in(known, words_of(normalise(said))) == found
