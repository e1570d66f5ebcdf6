"""Any text becomes one spelling, in bounded length, and every word of it leads back to what the person typed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from nlu.normalise import (
    _PLAIN,
    HEAD,
    TAIL,
    Normalised,
    Words,
    _any_tokens,
    _tokens,
    fold,
    language_of,
    normalise,
)
from nlu.signals import Span
from nlu.syllables import decoded
from tests.nlu.known import read, spellings

LONGEST_LETTER = 18  # characters that one compatibility character becomes, an Arabic blessing
HABITS = (
    *("ko", "hok", "dc", "e", "a", "tui", "nó", "uýnh", "má", "ổng", "gvcn", "khônggg", "nhaaa", "mẹe", "hoà", "quý"),
    *("bij", "danhs", "ddanhs", "bi5", "d9anh1", "7a3", "3t", "30", "k", ":(", ":'(((", "=))", "^_^", "😂😂", "...!!"),
    *("the", "is", "help", "me", "hurts", "ជួយខ្ញុំផង", "\n", "“", ",", "?", "e\u200bm", "bi\u0323", "đánh", "Oanh"),
)
anything = st.text(alphabet=st.characters(exclude_categories=()), max_size=80)
chat = st.lists(st.sampled_from(HABITS), max_size=10).map(" ".join)
vietnamese = st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxy áàảãạấầẩẫậắằẳẵặéẻẽẹếềểễệíịóỏọốộớợúụứựýỵ", max_size=60)


def _one_letter(character: str) -> bool:
    """Not a character that stands for several, such as ㎍ or №."""
    return len(unicodedata.normalize("NFKC", character)) == 1


def _typed_out(message: Normalised) -> bool:
    """Whether tone keys show that nobody read: they stood behind letters drawn out, digits or teencode."""
    return sum(bool(decoded([token.text, token.text])) for token in message.tokens) > 1


letters = st.text(alphabet=st.characters(exclude_categories=()).filter(_one_letter), max_size=40)
patient = profile(deadline=None)  # the syllables are built once, by the first message that needs them


@patient
@given(text=anything | chat)
def test_any_text_is_read_and_both_views_share_their_offsets(text: str) -> None:
    for words in (None, spellings()):
        message = normalise(text, words)
        assert len(message.text) == len(message.folded)
        assert message.text == " ".join(token.text for token in message.tokens)
        assert message.original == text
        assert 0.0 <= message.marked <= 1.0
        assert message.language in ("vi", "en", "km")


@patient
@given(text=anything | chat)
def test_every_word_leads_back_into_what_was_typed(text: str) -> None:
    message = read(text)
    for token in message.tokens:
        assert 0 <= token.start < token.end <= len(text)
    for one, next_one in zip(message.tokens, message.tokens[1:], strict=False):
        assert one.start <= next_one.start


@patient
@given(text=anything | chat, ends=st.tuples(st.integers(-5, 400), st.integers(-5, 400)))
def test_any_span_of_the_spelling_is_a_span_of_the_original(text: str, ends: tuple[int, int]) -> None:
    message = read(text)
    span = message.span(min(ends), max(ends))
    assert 0 <= span.start <= span.end <= len(text)


@profile(patient, max_examples=150)
@given(text=letters | chat | vietnamese)
def test_what_is_normalised_stays_as_it_is(text: str) -> None:
    for words in (None, spellings()):
        once = normalise(text, words)
        assume(not _typed_out(once))
        assert normalise(once.text, words).text == once.text


@patient
@given(text=vietnamese)
def test_one_message_is_one_message_however_its_marks_are_composed(text: str) -> None:
    together, apart = (read(unicodedata.normalize(form, text)).text for form in ("NFC", "NFD"))
    assert together == apart


@profile(patient, max_examples=15)
@given(piece=st.text(min_size=1, max_size=6), times=st.integers(1, 20_000))
def test_a_message_of_any_length_is_read_in_bounded_space(piece: str, times: int) -> None:
    message = read(piece * times)
    assert len(message.text) <= LONGEST_LETTER * (HEAD + TAIL)


def test_a_very_long_message_is_read_at_its_beginning_and_its_end() -> None:
    message = read("đầu " + "bla " * 10_000 + "cuối")
    assert message.tokens[0].text == "đầu"
    assert message.tokens[-1].text == "cuối"
    assert message.original[message.tokens[-1].start :] == "cuối"


@patient
@given(text=vietnamese)
def test_folding_keeps_every_place_and_drops_every_mark(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(text).isascii()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Em bi\u0323 đa\u0301nh", "em bị đánh"),
        ("a\u0323\u0302", "ậ"),
        ("a\u0302\u0323", "ậ"),
        ("EM BỊ ĐÁNH", "em bị đánh"),
        ("e\u200bm b\u200dị đánh", "em bị đánh"),
        ("ｅｍ　ｂị", "em bị"),
        ("em,bị (đánh)", "em bị đánh"),
        ("em\nbị", "em . bị"),
        ("cứu...!!??", "cứu . ! ?"),
    ],
)
def test_the_way_it_was_encoded_does_not_matter(typed: str, meant: str) -> None:
    assert read(typed).text == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        *(("khôngggg", "không"), ("nhaaa", "nha"), ("nhaa", "nha"), ("mẹẹẹ", "mẹ"), ("mẹe", "mẹ"), ("cứuuuu", "cứu")),
        *(("cứu", "cứu"), ("cuu", "cuu"), ("ngoan", "ngoan"), ("zoo", "zoo"), ("kill", "kill"), ("kiss", "kiss")),
        *(("hoà", "hòa"), ("hoá", "hóa"), ("khoẻ", "khỏe"), ("thuỷ", "thủy"), ("quý", "quý"), ("toán", "toán")),
    ],
)
def test_drawn_out_letters_and_old_tone_places_become_one_spelling(typed: str, meant: str) -> None:
    assert read(typed).text == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        *(("ko dc", "không được"), ("k bít", "không biết"), ("e sợ a c", "em sợ anh chị"), ("r z j", "rồi vậy gì")),
        *(("koi", "koi"), ("dcm", "dcm"), ("anh em", "anh em"), ("kem", "kem"), ("mình", "mình")),
        *(("30 k", "30 k"), ("30k", "30 k"), ("7a3", "7 a 3"), ("3t", "3 t"), ("k0 bít", "không biết")),
        *(("gvcn đánh e", "giáo viên chủ nhiệm đánh em"), ("vk ck", "vợ chồng"), ("bh", "bây giờ"), ("t sợ", "t sợ")),
    ],
)
def test_teencode_is_read_by_the_whole_word_only(typed: str, meant: str) -> None:
    assert read(typed).text == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        *(("uýnh", "đánh"), ("oánh", "đánh"), ("má", "mẹ"), ("tía", "ba"), ("bố", "ba"), ("dìa", "về"), ("zô", "vô")),
        *(("ổng bả", "ông ấy bà ấy"), ("tui sợ", "tôi sợ"), ("tui nó", "tụi nó"), ("tui no", "tụi no")),
        *(("oanh con", "đánh con"), ("chị Oanh buồn lắm đó", "chị oanh buồn lắm đó")),
    ],
)
def test_words_of_the_south_are_understood(typed: str, meant: str) -> None:
    assert read(typed).text == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("em bij ba ddanhs hoaif", "em bị ba đánh hoài"),
        ("Em bij ba dduwowngj ddanhs", "em bị ba đượng đánh"),
        ("em bi5 ba d9anh1 hoai2", "em bị ba đánh hoài"),
        ("em bi5 ba d9a1nh", "em bị ba đánh"),
    ],
)
def test_tone_keys_left_in_are_read_as_the_marks_they_mean(typed: str, meant: str) -> None:
    assert read(typed).text == read(meant).text == meant


@pytest.mark.parametrize(
    "typed",
    [
        "my dad is here now",
        "he hits me and i am scared",
        "please help me",
        "my boss is so bad",
        "i want to kill myself",
    ],
)
def test_english_is_left_alone(typed: str) -> None:
    message = read(typed)
    assert (message.text, message.language) == (typed, "en")


@pytest.mark.parametrize("typed", ["em hoc lop 10 roi", "ba danh em", "em ten max", "em o phong a1 lau b2 khu c"])
def test_a_message_without_tone_keys_is_not_decoded(typed: str) -> None:
    assert normalise(typed).text.isascii()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        *(("em buồn :(((", "em buồn 🙁"), ("vui :)", "vui 🙂"), ("=))", "🙂"), (":'(", "🙁"), ("^_^", "🙂")),
        *(("😂😂😂", "😂"), ("❤️ em", "❤ em"), ("👍🏽", "👍"), ("em ; buồn", "em buồn")),
    ],
)
def test_faces_are_kept_once_and_drawn_ones_become_emoji(typed: str, meant: str) -> None:
    assert read(typed).text == meant


def test_a_span_covers_whole_words_as_they_were_typed() -> None:
    typed = "Mẹ ơi, ổng oánh e!!"
    message = read(typed)
    at = message.text.index("đánh em")
    span = message.span(at, at + len("đánh em"))
    assert typed[span.start : span.end] == "oánh e"
    assert message.span(900, 901) == Span(0, 0)


def test_words_that_one_token_became_all_lead_back_to_it() -> None:
    message = read("gvcn la em")
    assert {(token.start, token.end) for token in message.tokens[:4]} == {(0, 4)}


@pytest.mark.parametrize(
    ("typed", "accented"), [("em bị ba đánh", True), ("em bi ba danh", False), ("em bị ba danh hoai vay do", False)]
)
def test_marks_are_meant_only_where_enough_words_bear_them(typed: str, accented: bool) -> None:
    assert read(typed).accented is accented


def test_the_language_is_told_by_script_and_small_words() -> None:
    assert language_of(["ជួយ", "ខ្ញុំ"]) == "km"
    assert language_of(["he", "hits", "me"]) == "en"
    assert language_of(["ba", "danh", "em"]) == "vi"
    assert language_of([]) == "vi"


def test_without_spellings_only_the_letters_are_settled() -> None:
    assert _texts(normalise("ko dc :(")) == ["ko", "dc"]
    assert _texts(normalise("ko dc :(", Words(tokens={"ko": "không"}, signs={":(": "🙁"}))) == ["không", "dc", "🙁"]


def _texts(message: Normalised) -> list[str]:
    return [token.text for token in message.tokens]


@given(st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạếộữỹ ABCĐÊ0123456789,.!?-:;()\"'\n", max_size=80))
def test_the_short_way_for_plain_letters_gives_the_same_words(text: str) -> None:
    assert list(_tokens(text)) == list(_any_tokens(text))


def test_most_messages_go_the_short_way() -> None:
    assert _PLAIN.fullmatch('Ba con nhậu về, ổng đánh con hoài: "mày ra đây"!\ncon sợ lắm (con ở Cái Răng)')
    assert not _PLAIN.fullmatch("con sợ 😭")
