"""A message becomes pieces of words: the likeliest ones, never too many, and nothing is lost on the way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from nlu.pieces import BEGIN, END, HEAD, LONGEST, MARK, SPECIAL, UNKNOWN, Pieces

SCORES = {
    MARK: -4.0,
    "▁em": -1.0,
    "▁đánh": -1.5,
    "▁đ": -3.0,
    "ánh": -3.0,
    "nh": -2.5,
    "á": -4.0,
    "s": -5.0,
    "ợ": -5.0,
    "▁s": -3.0,
    "▁sợ": -6.1,
    "em": -2.0,
    "e": -4.0,
    "m": -4.0,
    "đ": -4.5,
    "n": -4.0,
    "h": -4.0,
}
PIECES = Pieces((*SPECIAL, *SCORES), (0.0, 0.0, 0.0, 0.0, *SCORES.values()), unknown=-20.0)


def spelled(text: str) -> list[str]:
    return [PIECES.pieces[number] for number in PIECES.encode_all(text)]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("em", ["▁em"]),
        ("đánh em", ["▁đánh", "▁em"]),
        ("sợ", ["▁sợ"]),
        ("đem", ["▁đ", "em"]),
        ("nh", ["▁", "nh"]),
        ("", []),
        ("   ", []),
    ],
)
def test_the_likeliest_pieces_are_taken(text: str, pieces: list[str]) -> None:
    assert spelled(text) == pieces


def test_a_letter_that_no_piece_has_is_unknown_and_the_rest_is_read() -> None:
    assert spelled("ezm") == ["▁", "e", "<unk>", "m"]
    assert spelled("😂 em") == ["▁", "<unk>", "▁em"]


@profile(deadline=None)
@given(words=st.lists(st.text(alphabet="emđánhsợ", min_size=1, max_size=20), max_size=6))
def test_known_letters_are_all_found_again_in_the_pieces(words: list[str]) -> None:
    assert "".join(spelled(" ".join(words))) == "".join(MARK + word for word in words)


@profile(deadline=None)
@given(text=st.text(max_size=400))
def test_any_text_becomes_few_enough_known_numbers(text: str) -> None:
    encoded = PIECES.encode(text)
    assert (encoded[0], encoded[-1]) == (BEGIN, END)
    assert len(encoded) <= LONGEST
    assert all(UNKNOWN <= number < len(PIECES) for number in encoded[1:-1])


@profile(deadline=None)
@given(one=st.text(max_size=30), other=st.text(max_size=30))
def test_each_word_is_split_by_itself(one: str, other: str) -> None:
    assert PIECES.encode_all(f"{one} {other}") == PIECES.encode_all(one) + PIECES.encode_all(other)


def test_a_long_message_is_read_at_its_head_and_its_tail() -> None:
    text = "sợ " + "em " * 300 + "đánh"
    whole, encoded = PIECES.encode_all(text), PIECES.encode(text)
    assert len(encoded) == LONGEST
    assert encoded[1 : HEAD + 1] == whole[:HEAD]
    assert encoded[HEAD + 1 : -1] == whole[-(LONGEST - 2 - HEAD) :]


def test_a_message_that_just_fits_is_read_whole() -> None:
    text = "em " * (LONGEST - 2)
    assert PIECES.encode(text)[1:-1] == PIECES.encode_all(text)


def test_a_word_without_end_is_cut() -> None:
    assert len(PIECES.encode_all("z" * 10_000)) <= 65


def test_a_score_is_given_for_pieces_and_for_nothing_else() -> None:
    assert PIECES.score("▁em") == -1.0
    assert PIECES.score("zzz") is None
    assert PIECES.score("<s>") is None
