"""What an SMS costs, and how a text is cut: properties that hold for any text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.channels.base import Button
from bot.channels.segments import cost, for_sms, without_marks
from bot.channels.text import clean, split, utf16_length, with_numbers

VIETNAMESE = "aăâeêioôơuưyđ àáảãạ ằắẳẵặ ầấẩẫậ èéẻẽẹ ềếểễệ ìíỉĩị òóỏõọ ồốổỗộ ờớởỡợ ùúủũụ ừứửữự ỳýỷỹỵ"
TEXTS = st.text(st.sampled_from(VIETNAMESE + VIETNAMESE.upper() + " \n.,?!1…“”–😢👨‍👩‍👧🏽€[]^@$"), max_size=700)


@pytest.mark.parametrize(
    ("text", "alphabet", "units", "segments"),
    [
        ("", "gsm7", 0, 1),
        ("a" * 160, "gsm7", 160, 1),
        ("a" * 161, "gsm7", 161, 2),
        ("a" * 306, "gsm7", 306, 2),
        ("a" * 307, "gsm7", 307, 3),
        ("€" * 80, "gsm7", 160, 1),
        ("€" * 81, "gsm7", 162, 2),
        ("a" * 152 + "€" + "a" * 10, "gsm7", 164, 2),
        ("à é è ì ò ù É", "gsm7", 13, 1),
        ("ạ" * 70, "ucs2", 70, 1),
        ("ạ" * 71, "ucs2", 71, 2),
        ("ạ" * 134, "ucs2", 134, 2),
        ("ạ" * 135, "ucs2", 135, 3),
        ("😢" * 35, "ucs2", 70, 1),
        ("😢" * 36, "ucs2", 72, 2),
        ("😢" * 67, "ucs2", 134, 3),  # a pair does not lie across two segments: 33 of them fit into each
    ],
)
def test_what_a_text_costs(text: str, alphabet: str, units: int, segments: int) -> None:
    assert (cost(text).alphabet, cost(text).units, cost(text).segments) == (alphabet, units, segments)


def test_of_the_vietnamese_letters_seven_are_free() -> None:
    free = {char for char in VIETNAMESE + VIETNAMESE.upper() if not char.isascii() and cost(char).alphabet == "gsm7"}
    assert free == set("àéèìòùÉ")


@given(TEXTS)
@example("Đường dây 111 – miễn phí, 24/7…")
def test_a_text_without_marks_is_gsm7_and_never_dearer(text: str) -> None:
    plain = without_marks(text)
    assert cost(plain).alphabet == "gsm7"
    assert without_marks(plain) == plain
    assert all(char.isascii() or char in "£¥§¿¡¤" for char in plain if char.isalpha())


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Giờ em có an toàn không?", "Gio em co an toan khong?"),
        ("Đường dây 111 – miễn phí…", "Duong day 111 - mien phi..."),
        ("“Cô” nghe nè 😢", '"Co" nghe ne '),
        ("ệ".encode().decode(), "e"),
        (unicodedata.normalize("NFD", "ở nhà ngoại"), "o nha ngoai"),
    ],
)
def test_the_words_stay(text: str, plain: str) -> None:
    assert without_marks(text) == plain


@given(TEXTS)
def test_marks_are_kept_only_within_two_segments(text: str) -> None:
    sent = for_sms(text, diacritics=True)
    assert sent == text if cost(text).segments <= 2 else cost(sent).alphabet == "gsm7"
    assert cost(for_sms(text, diacritics=False)).alphabet == "gsm7"


@given(TEXTS, st.integers(8, 200))
def test_no_part_is_too_long_and_no_letter_is_lost(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert all(utf16_length(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(part.encode("utf-16", "strict") for part in parts)


@given(st.text(max_size=400), st.integers(2, 50))
def test_any_text_is_cut_somewhere(text: str, limit: int) -> None:
    assert all(utf16_length(part) <= limit for part in split(clean(text), limit))


@given(st.lists(st.text("abcđê", min_size=1, max_size=12), min_size=1, max_size=60), st.integers(12, 80))
def test_a_word_that_fits_is_never_cut(words: list[str], limit: int) -> None:
    parts = split(" ".join(words), limit)
    assert [word for part in parts for word in part.split()] == words


def test_a_paragraph_is_the_first_place_to_cut() -> None:
    assert split("Một hai ba.\n\nBốn năm. Sáu bảy", 24) == ("Một hai ba.", "Bốn năm. Sáu bảy")


def test_an_emoji_and_its_skin_stay_together() -> None:
    family = "👨\u200d👩\u200d👧"
    assert all(part.count("👨") == part.count("👧") for part in split(family * 6, 20))
    assert all(not part.startswith("🏽") for part in split("👍🏽" * 9, 10))


def test_a_letter_in_two_code_points_stays_whole() -> None:
    parts = split(unicodedata.normalize("NFD", "ệ" * 40), 16)
    assert all(not unicodedata.combining(part[0]) for part in parts)


@given(st.text())
def test_clean_words_can_be_stored_anywhere_and_are_clean_once(text: str) -> None:
    words = clean(text)
    assert words.encode("utf-8").decode() == words
    assert not set(words) & set("\0\r\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
    assert unicodedata.is_normalized("NFC", words)
    assert clean(words) == words


def test_half_a_character_is_shown_as_a_fault_and_whole_ones_are_joined() -> None:
    assert clean("a\ud83d") == "a\ufffd"
    assert clean("\ud83d\ude22") == "😢"


def test_choices_become_numbered_lines() -> None:
    buttons = (Button("Có", "#ct:y"), Button("Không", "#ct:n"))
    assert with_numbers("Sao?", buttons) == "Sao?\n\n1. Có\n2. Không"
    assert with_numbers("", buttons) == "1. Có\n2. Không"
    assert with_numbers("Sao?", ()) == "Sao?"
