"""Ages, times, relations, phone numbers and commands, as children and grown-ups write them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from nlu.entities import child_ages, compile_speech, find_command, find_entities, find_phones
from nlu.lexicon import LexiconFaultsError
from nlu.normalise import Words
from nlu.signals import Entity
from tests.nlu.known import read, speech

TUESDAY = datetime(2026, 11, 3, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


def entities(text: str, kind: str, now: datetime | None = None) -> list[Entity]:
    return [entity for entity in find_entities(read(text), speech(), now) if entity.kind == kind]


def ages(text: str) -> list[str]:
    return [entity.value for entity in entities(text, "age")]


def times(text: str, now: datetime | None = None) -> list[str]:
    return [entity.value for entity in entities(text, "time", now)]


@pytest.mark.parametrize(
    ("text", "age"),
    [
        *(("em 12 tuổi", "12"), ("em 12 tuoi", "12"), ("bé 3t", "3"), ("e 15 t nè", "15"), ("em13 tuổi", "13")),
        *(("con mười hai tuổi", "12"), ("con muoi hai tuoi", "12"), ("bé ba tuổi", "3"), ("mười lăm tuổi", "15")),
        *(("bé 18 tháng", "1.5"), ("cháu mới 6 tháng", "0.50"), ("4 tháng tuổi", "0.33"), ("bé 2,5 tuổi", "2.5")),
        *(("bé 1.5 tuổi bị ốm", "1.5"), ("em học lớp 6", "11"), ("lop 6", "11"), ("em học lớp 1", "6")),
        *(("em học 7A3", "12"), ("lớp 6A", "11"), ("12A1", "17"), ("bé học lớp mầm", "3"), ("lop choi", "4")),
        *(("em học lớp sáu", "11"), ("lop nam", "10"), ("em 12 tui", "12"), ("con 9 tui roi", "9")),
        *(("lớp lá", "5"), ("bé sơ sinh", "0"), ("em bé mới đẻ", "0"), ("học mẫu giáo", "3")),
    ],
)
def test_the_age_of_a_child_is_read(text: str, age: str) -> None:
    assert age in ages(text)
    assert float(age) in child_ages(entities(text, "age"))


@pytest.mark.parametrize(
    "text",
    [
        *("ba em 30 tuổi", "30 tuoi", "mẹ ba mươi hai tuổi", "me ba muoi hai tuoi", "anh hai mươi tám tuổi"),
        *("anh mười chín tuổi", "anh muoi chin tuoi", "chú hai muoi tuoi", "cô năm mươi tuổi", "ông 18 tuổi"),
        *("lớp 13", "lớp 0", "thuê nhà 18 tháng", "bị đánh 3 tháng nay", "con 3 tháng nay không đi học"),
        *("con không tháng nào được về", "con 1 thang nua thi", "không tuổi", "tháng 12", "em bao nhiêu tuổi", ""),
        *("nhà có 2 tui với nó", "ba tui", "sinh nhật con mười một tháng mười một"),
    ],
)
def test_what_is_no_childs_age_is_not_read_as_one(text: str) -> None:
    assert child_ages(entities(text, "age")) == []


def test_the_ages_of_several_people_are_kept_apart() -> None:
    assert ages("ba 40 tuổi đánh em 8 tuổi với bé 18 tháng") == ["40", "8", "1.5"]
    assert child_ages(entities("ba 40 tuổi đánh em 8 tuổi", "age")) == [8.0]


def test_two_ages_before_one_word_are_both_read() -> None:
    assert ages("hai đứa 6 với 9 tuổi") == ["6", "9"]


def test_a_school_year_is_kept_beside_the_age_it_means() -> None:
    assert [entity.value for entity in entities("em học lớp 6", "school_year")] == ["6"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("ba đang đánh em", "now"), ("ba dang danh em", "now"), ("bây giờ em sợ lắm", "now"), ("hồi nãy", "now")),
        *(("hôm qua", "within_72h"), ("tối qua ba đánh", "within_72h"), ("hom kia", "within_72h")),
        *(("bữa nào cũng bị", "recurring"), ("mấy bữa nay", "recurring"), ("toi nao ba cung danh", "recurring")),
        *(("năm ngoái", "past"), ("hồi nhỏ em bị", "past"), ("truoc day", "past"), ("2 năm trước", "past")),
        *(("ngày mai ba về", "planned"), ("tuần sau", "planned"), ("mấy bữa nữa", "planned")),
    ],
)
def test_when_it_happened_is_read(text: str, value: str) -> None:
    assert value in times(text)


@pytest.mark.parametrize(
    ("day", "days_ago"),
    [
        *(("thứ hai rồi", 1), ("chủ nhật vừa rồi", 2), ("cn roi", 2), ("thứ bảy qua", 3), ("thứ 7 vừa qua", 3)),
        *(("thứ sáu vừa rồi", 4), ("thứ năm rồi", 5), ("thu 4 roi", 6), ("thứ ba rồi", 7)),
    ],
)
def test_a_weekday_is_counted_back_from_the_day_of_the_message(day: str, days_ago: int) -> None:
    assert times(day, TUESDAY) == ["within_72h" if days_ago <= 3 else "past"]
    assert times(day, TUESDAY + timedelta(days=7 - days_ago)) == ["past"]
    assert times(day, TUESDAY + timedelta(days=8 - days_ago)) == ["within_72h"]


def test_a_weekday_of_last_week_is_past_however_near_it_is() -> None:
    assert times("thứ hai tuần trước", TUESDAY) == ["past"]


def test_without_a_day_to_count_from_no_weekday_is_guessed() -> None:
    assert times("chủ nhật vừa rồi") == []


@pytest.mark.parametrize(
    ("text", "who"),
    [
        *(("ba em đánh", "father"), ("dượng về", "stepfather"), ("mẹ em", "mother"), ("bà ngoại", "grandparent")),
        *(("thầy giáo", "teacher"), ("hàng xóm", "neighbour"), ("người lạ", "stranger"), ("chồng tôi", "spouse")),
    ],
)
def test_who_did_it_is_read(text: str, who: str) -> None:
    assert who in [entity.value for entity in entities(text, "relation")]


@pytest.mark.parametrize("text", ["sáu giờ ba về", "mấy giờ chị ơi", "3 giờ sáng", "mười rưỡi giờ Việt Nam"])
def test_an_hour_of_the_day_is_not_now(text: str) -> None:
    assert times(text) == []


@pytest.mark.parametrize(
    "text", ["ba tháng nay con sợ", "từ thứ ba tuần trước", "bị ba đứa chặn đường", "ba ngay roi", "moi ba tuan"]
)
def test_three_is_nobodys_father(text: str) -> None:
    assert entities(text, "relation") == []


def test_two_persons_beside_a_comma_are_not_one() -> None:
    text = "chào cô, con chơi với dì"
    assert [text[one.span.start : one.span.end] for one in entities(text, "relation")] == ["dì"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("gọi 0900000001 nha", "0900000001"), ("+84900000001", "+84900000001"), ("0900 000 001", "0900000001")),
        *(("09.0000.0001", "0900000001"), ("0900-000-001.", "0900000001"), ("sđt:0900000001", "0900000001")),
        *(("sdt0900000001nha", "0900000001"), ("84900000001", "84900000001"), ("02920000001", "02920000001")),
    ],
)
def test_a_phone_number_is_found_so_that_it_can_be_protected(text: str, number: str) -> None:
    (phone,) = find_phones(text)
    assert phone.value == number
    typed = text[phone.span.start : phone.span.end]
    assert "".join(letter for letter in typed if letter.isdigit() or letter == "+") == number
    assert phone in find_entities(read(text), speech())


@pytest.mark.parametrize("text", ["gọi 111", "em 12 tuổi", "1234567890", "090000", "năm 2026", "099999999999999"])
def test_other_numbers_are_no_phones(text: str) -> None:
    assert find_phones(text) == []


@pytest.mark.parametrize(
    ("text", "command"),
    [
        *(("thoát", "exit"), ("THOÁT!!!", "exit"), ("thoat", "exit"), ("dạ thoát giùm em với ạ", "exit")),
        *(
            ("xóa", "erase"),
            ("xóa tin nhắn", "erase"),
            ("xoa tin nhan", "erase"),
            ("xóa hết tin nhắn giùm em", "erase"),
        ),
        *(("gặp người thật", "human"), ("cho em gặp cán bộ ạ", "human"), ("111", "hotline"), ("gọi số nào", "hotline")),
        *(("cứu em với", "help"), ("help", "help"), ("bắt đầu lại", "restart"), ("dừng lại", "stop")),
        *(("bỏ qua", "skip"), ("không muốn kể ạ", "skip"), ("gửi đi", "finish"), ("dạ có", "yes"), ("ok", "yes")),
        *(("em đang an toàn ạ", "yes"), ("ko", "no"), ("dạ hông", "no"), ("em không an toàn", "no")),
    ],
)
def test_a_whole_message_may_be_a_command_and_politeness_changes_nothing(text: str, command: str) -> None:
    assert find_command(read(text), speech()) == command


@pytest.mark.parametrize(
    "text",
    [
        *("làm sao để thoát khỏi ba dượng hay đánh em", "em muốn thoát khỏi nhà này", "không được thoát"),
        *("em không có bị ai đánh hết", "có ai đánh em", "ba xóa tin nhắn của em", "số 111 có nghe máy không ta"),
        *("có tội hong", "bị tù không"),  # "tội" is no "tôi": a question, not a no
        *("", "!!!", "😭", "em", "em ơi", "thoát " + "em " * 8),
    ],
)
def test_a_command_inside_a_sentence_is_none(text: str) -> None:
    assert find_command(read(text), speech()) is None


@profile(deadline=None)
@given(text=st.text(alphabet="0189 .+-ktlớp tuổi áng,rồi thứbx7A", max_size=60))
def test_every_entity_stands_somewhere_in_the_text(text: str) -> None:
    for entity in find_entities(read(text), speech(), TUESDAY):
        assert 0 <= entity.span.start < entity.span.end <= len(text)
        if entity.kind == "age":
            assert float(entity.value) >= 0


@pytest.mark.parametrize(
    ("document", "path"),
    [(None, ()), ({"commands": {"exit": {"patterns": ["thoát .."]}}}, ("commands", "exit", "patterns", 0))],
)
def test_a_fault_in_the_words_of_speech_is_named(document: Any, path: tuple[str | int, ...]) -> None:
    with pytest.raises(LexiconFaultsError) as caught:
        compile_speech("speech.yml", document, {}, Words())
    assert [(fault.file, fault.path) for fault in caught.value.faults] == [("speech.yml", path)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("ba cầm con dao phay", "weapon", "blade"),
        ("ong cam cay roi may danh", "weapon", "stick"),
        ("em chảy máu đầu rồi", "injury", "bleeding"),
        ("nó bị gãy tay", "injury", "broken"),
        ("kêu hoài không dậy", "injury", "unconscious"),
        ("nhà có hai đứa nhỏ", "children", "2"),
        ("3 chị em bị nhốt", "children", "3"),
    ],
)
def test_what_an_officer_asks_first_is_found(text: str, kind: str, value: str) -> None:
    assert value in [entity.value for entity in entities(text, kind)]


@pytest.mark.parametrize(
    "text", ["anh hai hay vo phong con", "bua nay ong say", "me dang rua chen", "lan roi cung vay"]
)
def test_a_plain_word_that_may_be_another_is_neither_wound_nor_weapon(text: str) -> None:
    assert [*entities(text, "injury"), *entities(text, "weapon")] == []


def test_names_are_found_so_that_they_can_be_protected() -> None:
    text = "bé Ngọc Trâm nói thầy Tuấn hay kêu lại"
    names = entities(text, "name")
    assert [entity.value for entity in names] == ["Ngọc Trâm", "Tuấn"]
    assert [text[entity.span.start : entity.span.end] for entity in names] == ["Ngọc Trâm", "Tuấn"]
    assert entities("em đi học về", "name") == []
