"""The officers' pattern language: what it fits, what it never fits, and what it refuses in plain words."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from nlu.normalise import Words, normalise
from nlu.patterns import BadPatternError, Matcher, parse, shortest
from tests.nlu.known import spellings

NAMES = {"who": "ba|mẹ|ba dượng", "child": "em|con", "round": "{round}"}


def fits(pattern: str, text: str, *, strict: bool = False, words: Words | None = None) -> list[str]:
    """The stretches of the normalised text that the pattern fits."""
    known: Mapping[str, str] = words.tokens if words else {}
    message = normalise(text, words)
    matcher = Matcher([(parse(pattern, NAMES, known), "hit", strict)])
    return [message.text[hit.start : hit.end] for hit in matcher.find(message)]


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("ba đánh", "ba đánh em", ["ba đánh"]),
        ("ba đánh", "BA ĐÁNH em hoài, ba đánh mẹ", ["ba đánh", "ba đánh"]),
        ("ba (đánh|đập mạnh) em", "ba đập mạnh em", ["ba đập mạnh em"]),
        ("ba (rất)? sợ", "ba sợ rồi, ba rất sợ", ["ba sợ", "ba rất sợ"]),
        ("ba rất? sợ", "ba sợ", ["ba sợ"]),
        ("{who} đánh", "ba dượng đánh em", ["ba dượng đánh"]),
        ("lớp # {child}", "lớp 7 con học", ["lớp 7 con"]),
        ("# tuổi", "em 12 tuổi", ["12 tuổi"]),
        ("(chết|đi (rồi|xa))", "nó đi xa lắm", ["đi xa"]),
    ],
)
def test_a_pattern_fits_what_it_says(pattern: str, text: str, found: list[str]) -> None:
    assert fits(pattern, text) == found


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("ba đánh", "cô ba đánhvần"),
        ("an toàn", "em ngoan toàn diện"),
        ("ba đánh", "ba. đánh"),
        ("# tuổi", "mấy tuổi"),
        ("ba đánh", "bà đánh đàn"),
        ("ba đánh", ""),
    ],
)
def test_a_pattern_fits_whole_words_only(pattern: str, text: str) -> None:
    assert fits(pattern, text) == []


@pytest.mark.parametrize("between", range(12))
def test_a_gap_holds_three_or_seven_words_at_most(between: int) -> None:
    text = " ".join(["cầm", *["rồi"] * between, "dao"])
    assert bool(fits("cầm .. dao", text)) is (between <= 3)
    assert bool(fits("cầm ... dao", text)) is (between <= 7)


@pytest.mark.parametrize("end", [".", "!", "?", "\n", "…", "។"])
def test_a_gap_never_crosses_the_end_of_a_sentence(end: str) -> None:
    assert fits("cầm ... dao", f"ba cầm cuốc{end} Mẹ để dao") == []


def test_a_gap_takes_as_few_words_as_it_can() -> None:
    assert fits("cầm ... dao", "cầm dao rồi dao") == ["cầm dao"]


def test_of_several_choices_the_longest_is_taken() -> None:
    assert fits("xóa (tin|tin nhắn|hết tin nhắn)", "xóa tin nhắn") == ["xóa tin nhắn"]


def test_a_message_without_marks_is_read_by_plain_words() -> None:
    assert fits("dượng bóp cổ", "duong bop co em") == ["duong bop co"]


def test_in_a_message_with_marks_a_missing_mark_is_meant() -> None:
    assert fits("dượng bóp cổ", "đường bóp cò em nhé") == []
    assert fits("hóc", "em đang học bài nè") == []


def test_a_strict_pattern_needs_its_marks_even_where_others_are_missing() -> None:
    assert fits("hóc", "em hoc bai o truong", strict=True) == []
    assert fits("hóc", "em hoc bai o truong") == ["hoc"]
    assert fits("hóc", "be bi hóc xuong ca roi", strict=True) == ["hóc"]


def test_a_pattern_is_spelled_as_messages_are() -> None:
    words = spellings()
    assert fits("má đánh", "má đánh em", words=words) == ["mẹ đánh"]
    assert fits("má đánh", "ma danh em", words=words) == ["ma danh"]
    assert fits("ổng đánh", "ổng đánh em", words=words) == ["ông ấy đánh"]
    assert fits("ổng đánh", "ong danh em", words=words) == ["ong danh"]


@pytest.mark.parametrize(
    ("pattern", "fewest"),
    [("ba đánh", 2), ("ba? đánh", 1), ("ba .. đánh", 2), ("(a b|c)", 1), ("{who} # em", 3), ("(a b|c d) e", 3)],
)
def test_the_fewest_words_are_counted(pattern: str, fewest: int) -> None:
    assert shortest(parse(pattern, NAMES)) == fewest


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        *(("ba đánh ..", "khoảng trống"), (".. đánh", "khoảng trống"), ("", "khoảng trống"), ("...", "khoảng trống")),
        *(("(ba|mẹ", "thiếu dấu )"), ("ba)", "dư dấu"), ("ba|mẹ", "dư dấu"), ("(ba|) đánh", "lựa chọn trống")),
        *(("? ba", "dấu ?"), ("ba ..? đánh", "dấu ?"), ("ba?", "bắt buộc"), ("(a|b)? c?", "bắt buộc")),
        *(
            ("{nobody} đánh", "{nobody}"),
            ("{round}", "gọi vòng"),
            ("ba . đánh", "không hiểu"),
            ("ba { đánh", "không hiểu"),
        ),
    ],
)
def test_a_pattern_that_cannot_be_read_is_refused_in_words(pattern: str, said: str) -> None:
    with pytest.raises(BadPatternError) as refused:
        parse(pattern, NAMES)
    assert said in str(refused.value)


@profile(deadline=None)
@given(pattern=st.text(alphabet="ab đ()|?.#{}who \n", max_size=24), text=st.text(alphabet="ab đ.!1 ", max_size=40))
def test_any_pattern_is_refused_in_words_or_looked_for(pattern: str, text: str) -> None:
    try:
        pieces = parse(pattern, NAMES)
    except BadPatternError as refused:
        assert str(refused)  # noqa: PT017 most patterns are refused, and none may raise anything else
        return
    message = normalise(text)
    for hit in Matcher([(pieces, None, False)]).find(message):
        assert 0 <= hit.start < hit.end <= len(message.text)
        assert len(message.text[hit.start : hit.end].split()) >= shortest(pieces)
