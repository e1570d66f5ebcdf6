"""Places of the city by their new and old names: one code where it is sure, candidates where it is not."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from nlu.normalise import fold
from nlu.places import Places, Unit, find_places, index, short_name
from nlu.signals import Entity
from tests.nlu.known import places, read

CUES = ("o", "xa", "phuong", "huyen", "thi xa", "tx", "cho")
SMALL = index(
    [
        Unit("1", "Xã Tân Bình", "Xã Tân Bình", "Huyện Phụng Hiệp"),
        Unit("2", "Xã Phương Bình", "Xã Bình An", "Huyện Phụng Hiệp"),
        Unit("3", "Phường Sông Lớn", "Xã Tân Bình", "Thị xã Ngã Ba"),
        Unit("3", "Phường Sông Lớn", "Phường 5", "Thị xã Ngã Ba"),
        Unit("4", "Phường Bình Thủy", "Phường III", "Thị xã Ngã Ba"),
        Unit("5", "Xã Long A", "Xã Hoả Tiến", "Huyện Long"),
        Unit("6", "Phường Ngã Ba", "Phường Ngã Ba", "Huyện Long"),
    ],
    CUES,
)


def found(text: str, known: Places = SMALL) -> list[tuple[str, ...]]:
    return [entity.candidates for entity in find_places(read(text), known)]


def only(text: str, known: Places = SMALL) -> Entity:
    (entity,) = find_places(read(text), known)
    return entity


@pytest.mark.parametrize("text", ["em ở Sông Lớn", "em o song lon", "phường sông lớn", "Nhà em gần Sông Lớn đó"])
def test_a_name_of_one_unit_gives_its_code(text: str) -> None:
    assert only(text).value == "3"


def test_a_name_of_several_units_gives_candidates_and_no_code() -> None:
    assert (only("em ở xã Tân Bình").value, only("em ở xã Tân Bình").candidates) == ("", ("1", "3"))
    assert only("em o tan binh").candidates == ("1", "3")


def test_ward_said_before_a_name_means_what_is_or_was_a_ward_while_commune_is_said_of_both() -> None:
    known = index(
        [
            Unit("7", "Phường Hưng", "Phường Hưng", "Quận Cái"),
            Unit("8", "Xã Long", "Xã Hưng", "Huyện Mỹ"),
        ],
        CUES,
    )
    assert only("em ở phường Hưng", known).value == "7"
    assert only("em o phuong hung", known).value == "7"
    assert only("em ở xã Hưng", known).candidates == ("7", "8")


def test_the_span_is_the_name_as_it_was_typed() -> None:
    typed = "Dạ, em ở xã TÂN  BÌNH ạ"
    span = only(typed).span
    assert typed[span.start : span.end] == "TÂN  BÌNH"


@pytest.mark.parametrize("text", ["phường 5", "phuong 5", "p5", "em ở P 5"])
def test_a_ward_with_a_number_is_named_after_its_kind(text: str) -> None:
    assert only(text).value == "3"


@pytest.mark.parametrize("text", ["5", "ở 5", "lớp 5", "xã 5", "5 tuổi", "ở iii", "em có 5 anh em"])
def test_a_number_alone_is_no_ward(text: str) -> None:
    assert found(text) == []


def test_a_ward_with_a_roman_number_is_named_after_its_kind() -> None:
    assert only("phường III").candidates == ("4",)


@pytest.mark.parametrize("text", ["huyện Phụng Hiệp", "huyen phung hiep", "ở Phụng Hiệp", "o phung hiep"])
def test_an_old_district_stands_for_the_units_made_from_it(text: str) -> None:
    assert only(text).candidates == ("1", "2")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("phường Ngã Ba", ("6",)),
        ("ở Ngã Ba", ("6",)),
        ("thị xã Ngã Ba", ("3", "4")),
        ("em o thi xa nga ba", ("3", "4")),
        ("tx ngã ba", ("3", "4")),
        ("xã Tân Bình", ("1", "3")),
    ],
)
def test_the_word_before_a_name_tells_which_of_two_kinds_is_meant(text: str, codes: tuple[str, ...]) -> None:
    assert only(text).candidates == codes


def test_a_district_of_that_name_is_no_commune() -> None:
    assert found("huyện Sông Lớn") == []
    assert found("xã Phụng Hiệp") == []


@pytest.mark.parametrize("text", ["em o phuong binh thuy", "phuong Binh Thuy", "phường Bình Thuỷ", "ở Bình Thủy"])
def test_a_ward_is_not_taken_for_a_name_that_begins_like_its_kind(text: str) -> None:
    assert only(text).value == "4"


def test_a_name_is_read_as_it_was_typed_not_as_teencode() -> None:
    assert only("ở Long A").value == "5"
    assert only("xã Hoả Tiến").value == "5"
    assert only("xã Hỏa Tiến").value == "5"


@pytest.mark.parametrize(
    "text", ["song lon", "nuoc song lon qua", "tan binh", "em di hoc ve", "ba đánh em hoài", "bình yên", "ngã xe", ""]
)
def test_without_marks_or_a_word_before_it_a_name_is_ordinary_talk(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("name", "short"),
    [("Xã  Tân Bình", "tân bình"), ("Thị trấn Một Ngàn", "một ngàn"), ("Xã Hoả Tiến", "hỏa tiến"), ("Ấp 3", "ấp 3")],
)
def test_the_short_name_leaves_out_the_kind(name: str, short: str) -> None:
    assert short_name(name) == short


def test_every_unit_of_the_city_is_found_with_and_without_marks() -> None:
    for code, title in places().titles.items():
        for text in (f"em ở {title}", f"em o {fold(title.lower())}"):
            assert any(code in candidates for candidates in found(text, places())), text


@pytest.mark.parametrize("text", ["em ở Trường Long A", "thị trấn Rạch Gòi", "quận Bình Thuỷ", "thanh pho vi thanh"])
def test_names_that_the_normaliser_would_change_are_found(text: str) -> None:
    assert len(found(text, places())) == 1


@pytest.mark.parametrize(
    "text",
    [
        *("em vi phạm nội quy", "em vi pham noi quy", "i love you", "em học lớp 5 trường làng", "tháng 7 này thi"),
        *("ba uong ruou roi danh em", "em đi chợ với mẹ", "con sợ lắm cô ơi", "em về nhà", "sáng 7 giờ em đi học"),
    ],
)
def test_ordinary_words_are_no_places_of_the_city(text: str) -> None:
    assert found(text, places()) == []


@profile(deadline=None)
@given(
    st.lists(
        st.sampled_from(["phuong", "Bình", "binh", "xã", "thi", "5", "III", "tân", "ở", "A", ".", "Long"]), max_size=9
    )
)
def test_places_stand_in_the_order_of_the_text_and_never_overlap(words: list[str]) -> None:
    text = " ".join(words)
    spans = [entity.span for entity in find_places(read(text), SMALL)]
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(one.end <= other.start for one, other in itertools.pairwise(spans))
