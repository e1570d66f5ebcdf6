"""A message typed with the tone keys left in is read as what was meant; every other message is left as it is."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from nlu.normalise import fold
from nlu.syllables import CODAS, NUCLEI, ONSETS, STOPPED, TONES, decoded, syllables, with_tone

ALL = frozenset(syllables())
_TONE_OF = {"\u0301": "s1", "\u0300": "f2", "\u0309": "r3", "\u0303": "x4", "\u0323": "j5"}
_KEYS = {
    "ă": ("aw", "a8"),
    "â": ("aa", "a6"),
    "ê": ("ee", "e6"),
    "ô": ("oo", "o6"),
    "ơ": ("ow", "o7"),
    "ư": ("uw", "u7"),
    "đ": ("dd", "d9"),
}
words = st.sampled_from(
    ["bị", "đánh", "dượng", "được", "hoài", "khóc", "trốn", "sợ", "chết", "nhà", "cứu", "quá", "giết"]
)
patient = profile(deadline=None)


def _typed(word: str, way: int) -> str:
    """`word` as its keys: Telex (0) or VNI (1), the tone last."""
    keys, tone = "", ""
    for letter in unicodedata.normalize("NFD", word):
        if letter in _TONE_OF:
            tone = _TONE_OF[letter][way]
        else:
            keys = unicodedata.normalize("NFC", keys + letter)
    return "".join(_KEYS[letter][way] if letter in _KEYS else letter for letter in keys) + tone


def telex(word: str) -> str:
    return _typed(word, 0)


def vni(word: str) -> str:
    return _typed(word, 1)


@pytest.mark.parametrize("word", ["nghiêng", "được", "quá", "giết", "hòa", "khuỷu", "tía", "thủy", "uống", "yêu", "ở"])
def test_words_in_use_are_built_like_syllables(word: str) -> None:
    assert word in ALL


@pytest.mark.parametrize("word", ["kill", "boss", "hoà", "dcm", "zui", "bắp.", "tếch ", ""])
def test_other_strings_are_not(word: str) -> None:
    assert word not in ALL


def test_a_stopped_syllable_has_one_of_two_tones() -> None:
    assert {"các", "cạc"} <= ALL
    assert ALL.isdisjoint({"cac", "càc", "cảc", "cãc"})


@pytest.mark.parametrize(
    ("onset", "rime", "tone", "whole"),
    [
        *(("h", "oa", "\u0300", "hòa"), ("t", "oan", "\u0301", "toán"), ("qu", "a", "\u0301", "quá")),
        *(("đ", "ươc", "\u0323", "được"), ("th", "uy", "\u0309", "thủy"), ("m", "ia", "\u0301", "mía")),
        *(("ngh", "iêng", "\u0303", "nghiễng"), ("b", "an", "", "ban"), ("kh", "uya", "", "khuya")),
    ],
)
def test_the_tone_stands_where_the_new_spelling_puts_it(onset: str, rime: str, tone: str, whole: str) -> None:
    assert with_tone(onset, rime, tone) == whole


@patient
@given(st.sampled_from(ONSETS), st.sampled_from(NUCLEI), st.sampled_from(CODAS), st.sampled_from(TONES))
def test_a_tone_changes_no_letter(onset: str, nucleus: str, coda: str, tone: str) -> None:
    whole = with_tone(onset, nucleus + coda, tone)
    assert fold(whole) == fold(onset + nucleus + coda)
    assert (tone in unicodedata.normalize("NFD", whole)) or not tone
    assert set(STOPPED) <= set(TONES)


@pytest.mark.parametrize("way", [telex, vni])
@patient
@given(message=st.lists(words, min_size=2, max_size=8))
def test_every_word_typed_as_its_keys_is_found_again(way: Callable[[str], str], message: list[str]) -> None:
    assert decoded([way(word) for word in message]) == {way(word): word for word in message}


@pytest.mark.parametrize(
    ("keys", "word"),
    [
        *(("ddanhs", "đánh"), ("ddasnh", "đánh"), ("dduwowcj", "được"), ("dduowcj", "được"), ("hoaf", "hòa")),
        *(("quas", "quá"), ("giets", "giét"), ("gif", "gì"), ("thuyr", "thủy"), ("nhw", "như"), ("uoongs", "uống")),
    ],
)
def test_telex_is_read_wherever_the_tone_key_was_struck(keys: str, word: str) -> None:
    assert decoded([keys, "bij", "hoaif"])[keys] == word


@pytest.mark.parametrize(
    ("keys", "word"),
    [("d9anh1", "đánh"), ("d9a1nh", "đánh"), ("d9u7o7c5", "được"), ("du7o7ng", "dương"), ("ong6", "ông")],
)
def test_vni_is_read_wherever_the_tone_key_was_struck(keys: str, word: str) -> None:
    assert decoded([keys, "bi5", "hoai2"])[keys] == word


@pytest.mark.parametrize(
    "message",
    [
        [],
        ["bij"],
        ["ba", "danh", "em", "hoai", "luon", "do", "bij"],
        ["em", "bị", "ba", "đánh"],
        ["ba", "danh", "con", "dau", "qua"],
        ["bij", "danhs", *["em"] * 7],
    ],
)
def test_one_slip_or_few_among_many_words_mean_nothing(message: list[str]) -> None:
    assert decoded(message) == {}


@patient
@given(st.lists(st.text(max_size=14), max_size=12))
def test_whatever_is_decoded_becomes_a_syllable_with_marks(message: list[str]) -> None:
    for word, meant in decoded(message).items():
        assert word in message
        assert meant in ALL
        assert not meant.isascii()
