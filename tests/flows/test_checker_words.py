"""Every fault of words, numbers and guidance is found before anybody reads them, with its file and line."""

from __future__ import annotations

import pytest

from flows.yamltree import DefinitionProblem
from tests.flows.faults import (
    ADDRESSES,
    CARDS,
    ENGLISH_CARDS,
    ENGLISH_MENU,
    HOTLINES,
    MENU,
    REPORT,
    RULES,
    TALK,
    WORDS,
    Cut,
    found_in,
    of_cards,
    of_few_words,
    of_translated_cards,
    of_words,
    problems,
    shipped,
    spoilt,
    text_of,
    with_text,
)

THANKS = '    - text: "Dạ không có chi."\n'
Edit = tuple[str, str]


@pytest.fixture(scope="module")
def words() -> Cut:
    return Cut(of_words(shipped()))


@pytest.fixture(scope="module")
def few() -> Cut:
    return Cut(of_few_words(shipped()))


@pytest.fixture(scope="module")
def cards() -> Cut:
    return Cut(of_cards(shipped()))


def thanks(text: str) -> Edit:
    """The thanks in other words, on the line to blame."""
    return THANKS, f'    - text: "{text}" #!\n'


# What is edited in the responses, and what is said of the line that ends with #!
SAID: dict[str, tuple[Edit, str]] = {
    "no text": ((THANKS, "    - txt: Dạ #!\n"), "`utter_thanks` thiếu câu chữ (text)"),
    "blank text": (thanks("  "), "`utter_thanks` thiếu câu chữ (text)"),
    "nothing at all": (("  utter_thanks:\n" + THANKS, "  utter_thanks: [] #!\n"), "`utter_thanks` không có câu nào"),
    "two questions": (thanks("Khỏe không? Vui không?"), "hỏi nhiều hơn một câu trong một tin"),
    "unknown hole": (thanks("Chào {tên_gì}{ai}."), "không có biến `{ai}`"),
    "why": (thanks("Tại sao vậy?"), "không nói `tại sao`"),
    "secrecy": (thanks("{Minh} giữ bí mật cho."), "không nói `giữ bí mật`"),
    "claims to be human": (thanks("Mình là cán bộ đây."), "không nói `mình là cán bộ`"),
    "stiff words": (thanks("Dạ, vui lòng chờ."), "không nói `vui lòng`"),
    "typed number": (thanks("Gọi 111 nha."), "số 111 phải viết là {so_111}"),
    "typed number with gaps": (thanks("Gọi 1 1 3 nha."), "số 113 phải viết là {so_113}"),
    "no child line": (
        ('{Ban} gọi {so_111} hỏi người thật, miễn phí, hoặc coi chuyện khác."', 'Coi chuyện khác." #!'),
        "`utter_guidance_none` phải có số 111 ({so_111})",
    ),
    "locked screen": (
        ('Dạ, mình dừng ở đây nha. Khi nào cần hỏi gì thì nhắn lại."', 'Dạ, tin báo gửi rồi." #!'),
        "`utter_exit`: 40 chữ đầu hiện trên màn hình khóa, không được có `báo`",
    ),
    "unknown condition": (
        (THANKS, '    - condition: [{ type: slot, name: mood, value: sad }] #!\n      text: "Dạ."\n' + THANKS),
        "`utter_thanks`: điều kiện hỏi `mood` mà không ai biết đó là gì",
    ),
    "button to nowhere": (
        (THANKS, '    - text: "Dạ." #!\n      buttons: [{ title: Đi, payload: "#ct:go:nowhere" }]\n'),
        "`utter_thanks`: nút `Đi` dẫn tới `#ct:go:nowhere`, không có chỗ đó",
    ),
    "button too long": (
        (THANKS, f'    - text: "Dạ." #!\n      buttons: [{{ title: {"a" * 41}, payload: "#ct:skip" }}]\n'),
        f"`utter_thanks`: nút `{'a' * 41}` dài quá 40 chữ",
    ),
    "never used": (
        ("  utter_thanks:\n", "  utter_x: [{ text: Dạ }] #!\n  utter_thanks:\n"),
        "không ai dùng câu `utter_x`",
    ),
    "key twice": (("  utter_thanks:\n", "  utter_smalltalk: #!\n"), "khóa `utter_smalltalk` ghi hai lần"),
}


@pytest.mark.parametrize("name", SAID)
def test_the_fault_of_a_text_is_told_with_its_line(few: Cut, name: str) -> None:
    edit, message = SAID[name]
    found = found_in(few, WORDS, edit)
    assert found.line > 0
    assert message in found.at(WORDS), found.problems


@pytest.mark.parametrize(
    ("file", "edit", "message"),
    [
        (
            TALK,
            ("action: utter_hotline", "action: utter_nowhere"),
            "không có câu `utter_nowhere` trong data/responses/vi.yml",
        ),
        (
            REPORT,
            ("            utter: utter_ask_which_place", "            utter: utter_nowhere"),
            "không có câu `utter_nowhere` trong data/responses/vi.yml",
        ),
        (
            REPORT,
            ("collect: what\n", "collect: what\n        utter: utter_ask_danger_safe2\n"),
            "không có câu `utter_ask_danger_safe2` trong data/responses/vi.yml",
        ),
        (
            REPORT,
            ("collect: what\n", "collect: what\n        utter: utter_thanks\n"),
            "câu hỏi `utter_thanks` thiếu nút bỏ qua",
        ),
    ],
)
def test_a_step_that_says_what_is_not_written_is_told(words: Cut, file: str, edit: Edit, message: str) -> None:
    found = found_in(words, file, edit)
    [told] = [one for one in found.problems if one.message == message]
    assert told.file == file
    lines = text_of(spoilt(words.whole, file, edit), file).splitlines()
    assert "- id:" in lines[told.line - 1]


# What is edited anywhere, and what is said of a whole file.
WHOLE: dict[str, tuple[str, Edit, tuple[str, str]]] = {
    "a flow that the engine starts": (
        TALK,
        ("  media:\n", "  x:\n"),
        ("flows/definitions", "thiếu flow `media`"),
    ),
    "a text that the engine speaks": (
        WORDS,
        ("  utter_outage:\n", "  utter_x:\n"),
        (WORDS, "thiếu câu `utter_outage`"),
    ),
    "a rule about a text that is not there": (
        RULES,
        ("must_open_neutral: [", "must_open_neutral: [utter_gone, "),
        (WORDS, "quy tắc nhắc tới `utter_gone` mà không có câu đó"),
    ),
    "a form of address for everybody": (
        ADDRESSES,
        ("- id: unknown\n", "- id: x\n"),
        (ADDRESSES, "thiếu cách xưng hô `unknown`"),
    ),
}


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_missing_is_told_of_the_whole_file(words: Cut, name: str) -> None:
    file, edit, (blamed, message) = WHOLE[name]
    assert DefinitionProblem(blamed, 0, message) in found_in(words, file, edit).problems


def test_no_words_at_all_is_told(words: Cut) -> None:
    assert DefinitionProblem(WORDS, 0, "thiếu tệp này") in problems(with_text(words.whole, WORDS, None))


def test_no_guidance_at_all_is_told(words: Cut) -> None:
    assert problems(words.whole) == {DefinitionProblem("data/guidance", 0, "không có thẻ hướng dẫn nào")}


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (('  - id: "113"\n    number: "113"\n', '  - id: "113" #!\n'), "`113` thiếu số hoặc ngày kiểm tra"),
        (
            ("fee: có tính cước\n    verified_on: 2020-01-01", "fee: có tính cước\n    verified_on: hôm qua"),
            "`binh_yen` thiếu số hoặc ngày kiểm tra",
        ),
    ],
)
def test_a_number_that_nobody_made_sure_of_is_told(cards: Cut, edit: Edit, message: str) -> None:
    [told] = [one for one in found_in(cards, HOTLINES, edit).problems if one.message == message]
    assert told.file == HOTLINES
    service = message.split("`")[1]
    assert service in text_of(cards.whole, HOTLINES).splitlines()[told.line - 1]


def test_a_rule_that_nobody_knows_is_told(few: Cut) -> None:
    found = found_in(few, RULES, ("  bureaucratic: [", "  burocratic: [] #!\n  bureaucratic: ["))
    assert found.at(RULES) == {"không biết quy tắc `burocratic`"}


INCOMPLETE = "thiếu id, title, ages, short, chat, do_now, long, source hoặc state"
# What is edited in the first card, and what is said of the card.
CARD: dict[str, tuple[Edit, str]] = {
    "no source": (
        ("    source: Luật Trẻ em 102/2016/QH13, Điều 25\n", ""),
        INCOMPLETE,
    ),
    "no questions": (
        ("    asks: [có người rờ", "    asked: [có người rờ"),
        "chỉ có 0 cách hỏi (asks), cần 10",
    ),
    "for nobody": (("    audience: child\n", "    audience: aunt\n"), "không có đối tượng `aunt`"),
    "about nothing": (("    topic: than_the\n", "    topic: weather\n"), "không có chủ đề `weather`"),
    "never looked at again": (("    review_by: 2027-05-24\n", ""), "thiếu ngày xem lại (review_by)"),
    "looked at some day": (("review_by: 2027-05-24", "review_by: sang năm"), "thiếu ngày xem lại (review_by)"),
    "four bubbles": (("    chat:\n", "    chat:\n      - Một.\n      - Hai.\n"), "nhiều hơn 3 bong bóng"),
    "no SMS": (("Than the nay la cua {ban}.", "a" * 200), "bản ngắn dài 360 chữ, quá 300"),
    "unknown number": (('    call: ["111", "113", tram_y_te]', '    call: ["911"]'), "không có `911` trong danh bạ"),
    "two questions": (("Ai rung cho", "Ai? Sao? Ai rung cho"), "hỏi nhiều hơn một câu trong một tin"),
    "why": (("Thân thể này là của {ban}.", "Tại sao vậy."), "không nói `tại sao`"),
    "typed number": (("Goi {so_111}", "Goi 111"), "số 111 phải viết là {so_111}"),
}


@pytest.mark.parametrize("name", CARD)
def test_the_fault_of_a_card_is_told_with_its_line(cards: Cut, name: str) -> None:
    edit, message = CARD[name]
    found = found_in(cards, CARDS, ("  - id: child-than-the\n", "  - id: child-than-the #!\n"), edit)
    assert f"thẻ `child-than-the`: {message}" in found.at(CARDS), found.problems


def test_a_card_twice_is_told(cards: Cut) -> None:
    found = found_in(cards, CARDS, ("  - id: child-bi-danh\n", "  - id: child-than-the #!\n"))
    assert "thẻ `child-than-the` khai hai lần" in found.at(CARDS)


def test_a_topic_that_is_gone_is_missed_by_its_cards(cards: Cut) -> None:
    found = found_in(cards, MENU, ("  than_the: Thân thể của mình\n", ""))
    assert {one.file for one in found.problems} == {CARDS, MENU}
    assert {one.message for one in found.problems} == {
        "ngăn (shelves) có chủ đề lạ `than_the`",
        *(f"thẻ `{card}`: không có chủ đề `than_the`" for card in ("child-than-the", "child-bi-mat")),
    }


def test_a_topic_on_no_shelf_or_on_two_is_found(cards: Cut) -> None:
    menu = "topics: [nuoc, ghe_lu, tai_nan]"
    gone, twice = (
        found_in(cards, MENU, (menu, f"topics: [{other}]"))
        for other in ("nuoc, tai_nan", "gian, nuoc, ghe_lu, tai_nan")
    )
    assert {one.message for one in gone.problems} == {"chủ đề `ghe_lu` nằm ở 0 ngăn (shelves), phải đúng một"}
    assert {one.message for one in twice.problems} == {"chủ đề `gian` nằm ở 2 ngăn (shelves), phải đúng một"}


TRANSLATED: dict[str, tuple[str, Edit, tuple[str, str]]] = {
    "a card": (
        ENGLISH_CARDS,
        ("  - id: child-bat-nat\n", "  - id: child-nobody\n"),
        ("data/guidance/en", "thiếu thẻ `child-bat-nat`, mà ngôn ngữ này nói là đủ (complete)"),
    ),
    "a topic": (
        ENGLISH_MENU,
        ("  bi_danh: Being hit\n", ""),
        ("data/guidance/en", "thiếu topics.bi_danh, mà ngôn ngữ này nói là đủ (complete)"),
    ),
    "who is to be called": (
        ENGLISH_MENU,
        ('  "113": Police, day and night, free\n', ""),
        ("data/guidance/en", "thiếu services.113, mà ngôn ngữ này nói là đủ (complete)"),
    ),
    "a word around a card": (
        ENGLISH_MENU,
        ("  now: Do now\n", ""),
        ("data/guidance/en", "thiếu page.now, mà ngôn ngữ này nói là đủ (complete)"),
    ),
}


@pytest.mark.parametrize("name", TRANSLATED)
def test_what_a_complete_language_has_not_said_is_told(name: str) -> None:
    file, edit, (blamed, message) = TRANSLATED[name]
    both = of_translated_cards(shipped())
    assert DefinitionProblem(blamed, 0, message) not in problems(both)
    assert DefinitionProblem(blamed, 0, message) in problems(spoilt(both, file, edit))


def test_a_translation_of_no_card_is_told() -> None:
    both = of_translated_cards(shipped())
    spoiled = spoilt(both, ENGLISH_CARDS, ("  - id: child-bat-nat\n", "  - id: child-nobody\n"))
    assert "không có thẻ `child-nobody` để dịch" in {problem.message for problem in problems(spoiled)}


def test_a_complete_language_without_any_card_is_told() -> None:
    both = of_translated_cards(shipped())
    alone = with_text(with_text(both, ENGLISH_CARDS, None), ENGLISH_MENU, None)
    missing = "thiếu thẻ `child-bat-nat`, mà ngôn ngữ này nói là đủ (complete)"
    assert DefinitionProblem("data/guidance/en", 0, missing) in problems(alone)
