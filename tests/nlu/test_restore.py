"""The restorer puts marks back and changes nothing else: not the words, not their number, not a mark that was given."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from nlu.normalise import fold
from nlu.restore import COMMON, LONGEST, Restorer, from_document, to_document
from tests.nlu.known import read

SEEN = (
    "dượng đánh em hoài",
    "ba đánh em hoài",
    "em sợ về nhà",
    "em sợ dượng sắp về",
    "đường về nhà xa lắm",
    "em học bài",
    "bé bị hóc xương",
    "ba danh tiếng",
)
PRIOR = {"đanh": -9.0, "bạ": -12.0, "đánh": -4.0, "▁": -1.0, "hoài": -5.0}
LEARNT = Restorer.learn(SEEN, PRIOR)
OFTEN = Restorer.learn(SEEN * COMMON, PRIOR)
typed = st.lists(
    st.sampled_from([*" ".join(SEEN).split(), "em", "so", "ve", "duong", "xyz", "12", "!", "😂"]), max_size=12
)


@pytest.mark.parametrize(
    ("plain", "marked"),
    [
        ("duong danh em hoai", "dượng đánh em hoài"),
        ("duong ve nha", "đường về nhà"),
        ("em so duong sap ve", "em sợ dượng sắp về"),
        ("be bi hoc xuong", "bé bị hóc xương"),
        ("em hoc bai", "em học bài"),
        ("", ""),
    ],
)
def test_the_word_beside_it_decides_which_word_is_meant(plain: str, marked: str) -> None:
    assert LEARNT.restore(plain) == marked


def test_a_word_never_seen_stays_as_it_was_typed() -> None:
    assert LEARNT.restore("zalo xyz 12 !") == "zalo xyz 12 !"


def test_a_word_with_marks_is_never_changed() -> None:
    assert LEARNT.restore("đương danh em") == "đương đánh em"


@profile(deadline=None)
@given(words=typed)
def test_only_marks_are_put_back(words: list[str]) -> None:
    restored = LEARNT.restore(" ".join(words)).split()
    assert [fold(word) for word in restored] == [fold(word) for word in words]
    assert all(new == old for new, old in zip(restored, words, strict=True) if not old.isascii())


@profile(deadline=None)
@given(text=st.text(max_size=60))
def test_any_text_keeps_its_number_of_words(text: str) -> None:
    assert len(LEARNT.restore(text).split()) == len(text.split())


def test_the_end_of_a_very_long_message_is_left_as_it_is() -> None:
    words = LEARNT.restore("danh " * (LONGEST + 3)).split()
    assert len(words) == LONGEST + 3
    assert words[LONGEST:] == ["danh"] * 3
    assert words[0] == "đánh"


def test_a_message_with_marks_is_read_as_it_was_written() -> None:
    assert LEARNT.view(read("dượng danh em hoài")) == "dượng danh em hoài"


def test_a_message_without_marks_is_read_with_them() -> None:
    assert LEARNT.view(read("duong danh em hoai")) == "dượng đánh em hoài"


def test_without_anything_seen_the_vocabulary_alone_decides() -> None:
    assert Restorer.learn([], {"đánh": -2.0, "đanh": -8.0}).restore("danh") == "đánh"
    assert Restorer.learn([], {}).restore("danh em") == "danh em"


@profile(deadline=None)
@given(words=typed)
def test_a_stored_restorer_restores_the_same(words: list[str]) -> None:
    stored = from_document(json.loads(json.dumps(to_document(LEARNT))))
    assert stored.restore(" ".join(words)) == LEARNT.restore(" ".join(words))


def test_a_stored_restorer_has_the_same_counts() -> None:
    stored = from_document(to_document(LEARNT))
    assert stored.words == LEARNT.words
    assert stored.pairs == LEARNT.pairs
    assert stored.prior == LEARNT.prior


@pytest.mark.parametrize(
    "document",
    [{}, {"words": ["a"]}, {"words": ["a"], "times": [1], "prior": [None], "pairs": [[0, 7, 1]]}, {"words": None}],
)
def test_another_document_is_refused(document: dict[str, object]) -> None:
    with pytest.raises((KeyError, IndexError, TypeError)):
        from_document(document)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dượng đnáh em hoài", "dượng đánh em hoài"),  # two letters turned round
        ("dượng đnh em hoài", "dượng đánh em hoài"),  # one missing
        ("dượng đánhh em hoàim", "dượng đánh em hoài"),  # one too many
        ("em sợ dượng sắp vdề", "em sợ dượng sắp về"),
        ("duong dnah em hoai", "duong danh em hoai"),  # and so without marks
        ("em so duong sap vee nhq", "em so duong sap ve nha"),
    ],
)
def test_a_slip_of_the_finger_is_read_over(typed: str, meant: str) -> None:
    mended = OFTEN.mended(read(typed))
    assert mended is not None
    assert mended.text == meant


@pytest.mark.parametrize(
    "typed",
    ["dượng đánh em hoài", "duong danh em hoai", "xe khách chạy Cần Thơ", "em so", "12 !! 😂", "", "my father hits me"],
)
def test_what_is_no_slip_is_left_alone(typed: str) -> None:
    assert OFTEN.mended(read(typed)) is None


@profile(deadline=None)
@given(text=st.text(max_size=60))
def test_reading_over_slips_keeps_the_number_of_words(text: str) -> None:
    message = read(text)
    mended = OFTEN.mended(message)
    assert mended is None or len(mended.tokens) == len(message.tokens)
