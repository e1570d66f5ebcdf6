"""An answer is read as it is meant: a number, a choice, a clear yes, a place, or simply the person's words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows.asking import asks
from flows.definition import Definitions, SlotType
from flows.effects import Choice
from flows.listen import UNREADABLE, answer, chosen, clearly, clears, is_only_a_code, plainly, signs, spelled, yes_or_no
from flows.state import TEXT_LIMIT, Session
from nlu.signals import Entity, Span, Urgency
from tests.flows.talk import command, danger, words

OFFERED = Session(
    choices=(Choice("Có", "#ct:a"), Choice("Gặp người thật", "#ct:b"), Choice("Cha mẹ - người nuôi", "#ct:c"))
)


@pytest.mark.parametrize(
    "text",
    ["2", "số 2", "so 2", "câu 2", "chọn 2", " 2. ", "02", "Gặp người thật", "gap nguoi that", "GẶP NGƯỜI THẬT!"],
)
def test_a_choice_is_typed_by_its_number_or_its_words(text: str) -> None:
    choice = chosen(OFFERED, text, {})
    assert choice is not None
    assert choice.payload == "#ct:b"


def test_signs_in_a_title_need_not_be_typed() -> None:
    choice = chosen(OFFERED, "cha me nguoi nuoi", {})
    assert choice is not None
    assert choice.payload == "#ct:c"


@pytest.mark.parametrize("text", ["tiếp", "coi tiep", "more", "show me more", "Next!"])
def test_other_words_for_a_button_choose_it_while_it_is_offered(definitions: Definitions, text: str) -> None:
    card = Session(choices=(Choice("Xem tiếp", "#ct:go:more"), Choice("Gửi cho người khác", "#ct:go:share")))
    choice = chosen(card, text, definitions.presses)
    assert choice is not None
    assert choice.payload == "#ct:go:more"
    assert chosen(OFFERED, text, definitions.presses) is None


@pytest.mark.parametrize("text", ["0", "4", "99", "111", "", "...", "2 3", "gặp", "tôi muốn gặp người thật liền"])
def test_what_was_not_offered_is_not_chosen(text: str) -> None:
    assert chosen(OFFERED, text, {}) is None


def test_a_number_means_nothing_when_nothing_was_offered() -> None:
    assert chosen(Session.new(), "1", {}) is None


@pytest.mark.parametrize(
    ("first", "second"), [("Chưa  AN toàn!!", "chua an toan"), ("Đường", "duong"), ("a, b. c", "a b c"), ("?!", "")]
)
def test_spellings_are_compared_without_marks_and_signs(first: str, second: str) -> None:
    assert spelled(first) == second


@pytest.mark.parametrize("slot", ["is_safe", "safe_now", "beside"])
def test_every_listed_answer_is_understood(definitions: Definitions, slot: str) -> None:
    kind = definitions.slots[slot]
    for value, listed in ((True, kind.yes), (False, kind.no)):
        for phrase in listed:
            assert yes_or_no(kind, words(phrase)) is value, phrase
            assert yes_or_no(kind, words(f"dạ {phrase} ạ")) in (value, UNREADABLE), phrase


@pytest.mark.parametrize(
    "text", ["dạ em an toàn rồi ạ", "AN TOÀN", "em an toan roi", "dạ có", "có ạ", "da co", "dạ rồi ạ", "rồi cô", "Yes"]
)
def test_politeness_does_not_change_a_clear_yes(definitions: Definitions, text: str) -> None:
    assert answer(definitions.slots["safe_now"], words(text)) is True


@pytest.mark.parametrize("text", ["cô", "dạ cô", "cô ơi", "cỡ", "dạ", "ạ", "nha", "em", "vâng ạ"])
@pytest.mark.parametrize("slot", ["is_safe", "safe_now"])
def test_a_word_that_only_looks_like_a_yes_is_none(definitions: Definitions, slot: str, text: str) -> None:
    assert answer(definitions.slots[slot], words(text)) is UNREADABLE


@pytest.mark.parametrize("text", ["No", "dạ không", "hong co", "chưa ạ", "em không an toàn cô ơi", "dạ chưa an toàn"])
def test_a_no_is_heard_with_or_without_politeness(definitions: Definitions, text: str) -> None:
    assert answer(definitions.slots["safe_now"], words(text)) in (False, UNREADABLE)
    assert answer(definitions.slots["safe_now"], words(text)) is not True


def test_no_listed_answer_was_read_as_something_else_than_words(definitions: Definitions) -> None:
    for kind in definitions.slots.values():
        listed = (*kind.yes, *kind.no, *(phrase for phrases in kind.values.values() for phrase in phrases))
        assert not {"True", "False", "None"} & set(listed), kind.name  # yes and no without quotes are no words in YAML


@pytest.mark.parametrize(
    "text",
    [
        "em an toàn nhưng ổng sắp về",
        "chắc an toàn",
        "em không biết có an toàn không",
        "có lẽ",
        "hồi nãy an toàn",
        "sao cũng được",
        "?",
    ],
)
@pytest.mark.parametrize("slot", ["is_safe", "safe_now"])
def test_only_a_clear_yes_counts_where_it_matters(definitions: Definitions, slot: str, text: str) -> None:
    assert answer(definitions.slots[slot], words(text)) is not True


@pytest.mark.parametrize("slot", ["is_safe", "safe_now", "beside"])
def test_a_command_of_the_reader_is_no_clear_answer(definitions: Definitions, slot: str) -> None:
    assert definitions.slots[slot].clear
    assert answer(definitions.slots[slot], command("yes", "ừ thì")) is UNREADABLE


@pytest.mark.parametrize("slot", ["is_safe", "safe_now", "beside"])
def test_no_phrase_is_both_yes_and_no(definitions: Definitions, slot: str) -> None:
    kind = definitions.slots[slot]
    assert not {spelled(phrase) for phrase in kind.yes} & {spelled(phrase) for phrase in kind.no}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("không, ổng là trưởng ấp", True),
        ("ko, ong lam cong an xa", True),
        ("dạ hong, mà ổng làm trên xã", True),
        ("ổng là cán bộ hội nông dân", True),
        ("không phải công an xã", False),
        ("không, ổng đâu phải cán bộ", False),
        ("khong, ong di lam ho", False),
        ("hong", False),
    ],
)
def test_who_names_an_office_says_yes_also_after_a_no(definitions: Definitions, said: str, meant: bool) -> None:
    assert answer(definitions.slots["works_here"], words(said)) is meant


def test_where_less_hangs_on_it_a_plain_yes_is_enough() -> None:
    plain = SlotType("sent", "bool")
    assert answer(plain, command("yes", "ừ thì")) is True
    assert answer(plain, command("no", "thôi khỏi")) is False
    assert answer(plain, words("chắc vậy")) is UNREADABLE


@pytest.mark.parametrize(
    ("text", "audience"),
    [
        ("em là học sinh", "teen"),
        ("phụ huynh", "parent"),
        ("tui là má nó", "parent"),
        ("giao vien", "teacher"),
        ("con còn nhỏ", "child"),
    ],
)
def test_a_choice_is_found_in_a_sentence(definitions: Definitions, text: str, audience: str) -> None:
    assert answer(definitions.slots["audience"], words(text)) == audience


@pytest.mark.parametrize("text", ["không biết nữa", "mama", ""])
def test_what_names_no_choice_is_unreadable(definitions: Definitions, text: str) -> None:
    assert answer(definitions.slots["audience"], words(text)) is UNREADABLE


def test_a_code_is_taken_from_what_the_reader_found_or_as_it_was_typed(definitions: Definitions) -> None:
    code = definitions.slots["receipt_code"]
    found = words("mã của em là 24681 35790", entities=(Entity("receipt", "2468135790", Span(14, 25)),))
    assert answer(code, found) == "2468135790"
    assert answer(code, words("2468 gì đó")) == "2468 gì đó"
    assert answer(code, words("9" * 500)) == "9" * 64


@pytest.mark.parametrize("text", ["lam mat ma roi", "bo wa", "hai bốn sáu"])
def test_words_without_a_digit_are_no_mistyped_code(definitions: Definitions, text: str) -> None:
    assert answer(definitions.slots["receipt_code"], words(text)) is None


@pytest.mark.parametrize("slot", ["what", "where", "when", "reach", "relation", "addition"])
def test_words_are_taken_as_they_were_written(definitions: Definitions, slot: str) -> None:
    kind = definitions.slots[slot]
    assert answer(kind, words("  Ở ấp 3, gần Chợ Nổi ")) == "Ở ấp 3, gần Chợ Nổi"
    assert answer(kind, words(" \n ")) is UNREADABLE
    assert answer(kind, words("a" * (TEXT_LIMIT + 9))) == "a" * TEXT_LIMIT


def test_phrases_that_choose_a_reply_are_heard_as_whole_words(definitions: Definitions) -> None:
    assert signs(definitions, "tui kềm không nổi, muốn đánh chết nó luôn") == ("own_anger",)
    assert signs(definitions, "minh bi au dam, so lam") == ("own_urges",)
    assert signs(definitions, "hôm nay trời đẹp") == ()
    assert signs(definitions, "") == ()


def test_every_phrase_that_chooses_a_reply_is_heard(definitions: Definitions) -> None:
    for name, phrases in definitions.signs.items():
        for phrase in phrases:
            assert name in signs(definitions, f"thiệt tình là {phrase} đó")


@pytest.mark.parametrize(
    ("text", "sign", "there"),
    [
        ("cháy nhà rồi", "fire", True),
        ("con chạy rồi", "fire", False),
        ("chay nha roi", "fire", True),
        ("câm đi", "rude", True),
        ("cảm ơn nha", "rude", False),
        ("cam on nha", "rude", False),
        ("con bị xâm hại", "rude", False),
        ("buồn ngủ quá", "rude", False),
        ("má về rồi", "someone_comes", True),
        ("ma ve roi", "someone_comes", True),
    ],
)
def test_a_mark_that_was_typed_must_be_the_phrases_own(
    definitions: Definitions, text: str, sign: str, there: bool
) -> None:
    assert (sign in signs(definitions, text)) is there


@pytest.mark.parametrize("text", ["hôm qua", "hom qua", "9h tối", "mới hồi sáng", "2 bữa rồi", "sau 5h chiều"])
def test_an_hour_is_the_answer_that_was_asked_for_and_no_message(definitions: Definitions, text: str) -> None:
    for name in ("when", "reach"):
        read = plainly(definitions.slots[name], replace(words(text), alarm=0.99, urgency={Urgency.U0: 0.99}))
        assert (read.alarm, read.urgency) == (0.0, {Urgency.U4: 1.0})


def test_words_beside_an_hour_are_a_message_like_any_other(definitions: Definitions) -> None:
    told = replace(words("hôm qua nó lấy dao"), alarm=0.99)
    assert plainly(definitions.slots["when"], told) is told


def test_a_sign_of_danger_makes_no_answer_quiet(definitions: Definitions) -> None:
    told = danger("hôm qua")
    assert plainly(definitions.slots["when"], told) is told


@pytest.mark.parametrize(
    ("text", "beside"),
    [
        ("mẹ em", True),
        ("dạ có ngoại", True),
        ("có anh hai nè", True),
        ("hổng có ai", False),
        ("dạ có mình em ạ", False),
    ],
)
def test_who_is_beside_is_named_in_ones_own_words(definitions: Definitions, text: str, beside: bool) -> None:
    assert clearly(definitions.slots["beside"], words(text)) is beside


@pytest.mark.parametrize("text", ["gần cầu Rạch Ngỗng", "nhà ở dưới chân cầu Hưng Lợi", "doi dien cho", "dạ kế chùa"])
def test_a_landmark_where_the_place_was_asked_is_read_as_a_place(definitions: Definitions, text: str) -> None:
    read = plainly(definitions.slots["where"], replace(words(text), alarm=0.99, urgency={Urgency.U0: 0.99}))
    assert (read.alarm, read.urgency) == (0.0, {Urgency.U4: 1.0})


@pytest.mark.parametrize(
    "text",
    [
        "trên cầu nè",
        "em ra cầu rồi",
        "ở gần nhà, ổng đang kiếm",
        "gan cau em so qua",
        "kế sông, em sắp nhảy",
        "gần cầu " + "hay mệt lắm " * 5,
    ],
)
def test_what_is_more_than_a_landmark_is_read_for_danger(definitions: Definitions, text: str) -> None:
    told = replace(words(text), alarm=0.99, urgency={Urgency.U0: 0.99})
    assert plainly(definitions.slots["where"], told) is told


def test_a_landmark_with_a_sign_of_danger_stays_a_danger(definitions: Definitions) -> None:
    told = danger("gần cầu Rạch Ngỗng, ổng cầm dao")
    assert plainly(definitions.slots["where"], told) is told


def test_an_hour_in_a_long_story_chooses_no_hour(definitions: Definitions) -> None:
    slot = definitions.slots["check_when"]
    assert answer(slot, words("tối nay nha")) == "two_hours"
    assert answer(slot, words("nó kêu 9h tối nay hong gửi thêm hình là nó đăng á")) is UNREADABLE


def test_short_forms_are_heard_in_a_sign_where_they_were_written_out(definitions: Definitions) -> None:
    assert "not_joking" not in signs(definitions, "thiệt ra mình hong đùa")
    assert "not_joking" in signs(definitions, "thiệt ra mình hong đùa", "thiệt ra mình không đùa")


def test_a_code_typed_where_something_new_was_asked_is_nothing_new() -> None:
    assert is_only_a_code("dạ hông, gõ lộn, 3855 8402 0905 7549")
    assert not is_only_a_code("3855 8402 0905 7549 hôm nay mặt nó sưng hết trơn")
    assert not is_only_a_code("nó 7 tuổi")


@pytest.mark.parametrize(
    "text",
    [
        "con biết kêu ai đây",
        "có ai nhắn tin dọa em đăng hình",
        "con nhỏ báo tui nó bị đánh",
        "tụi nó nói xấu con trên nhóm",
        "ai nói vậy đâu, con đâu có",
        "nó méc má nó rồi má nó chửi con",
        "chu do biet con nhan hong",
    ],
)
def test_what_somebody_tells_of_others_is_no_sign_that_another_reads(definitions: Definitions, text: str) -> None:
    hiding = {"stranger", "who_reported", "someone_comes", "comes_in_short", "parent_of_writer"}
    assert hiding.isdisjoint(signs(definitions, text))


@pytest.mark.parametrize(
    "text", ["ai nhắn đây", "nó có tố cáo tui hong", "no co to cao tui hong", "nó nói gì về tui", "vợ tui nhắn hả"]
)
def test_whoever_asks_what_was_said_of_them_is_heard_as_another(definitions: Definitions, text: str) -> None:
    assert "stranger" in signs(definitions, text)


@pytest.mark.parametrize(
    "text",
    [
        "nó nói láo, tui có làm gì đâu",
        "cậu nó có làm gì đâu, con nít nói bậy",
        "con tui nó hay tưởng tượng lắm, đừng tin nó",
        "tao có đánh nó đâu mà báo",
        "mét hả, mày mét ai",
    ],
)
def test_whoever_was_told_of_and_denies_is_heard(definitions: Definitions, text: str) -> None:
    said = signs(definitions, text)
    assert "denies" in said
    assert "child_speaks" not in said


@pytest.mark.parametrize(
    "text", ["ổng nói con nói láo", "má con nói ba có làm gì đâu", "nó bịa chuyện nói xấu em", "không ai tin con hết"]
)
def test_a_child_who_tells_of_denial_denies_nothing(definitions: Definitions, text: str) -> None:
    said = signs(definitions, text)
    assert "denies" not in said or "child_speaks" in said


@pytest.mark.parametrize(
    "text", ["co, con toi dang o nha, an toan", "tụi nó khỏe hết", "ổng đi rồi, giờ yên", "dạ có con đang ở nhà"]
)
def test_a_yes_among_plain_words_is_a_yes(definitions: Definitions, text: str) -> None:
    kind = definitions.slots["is_safe"]
    assert answer(kind, words(text)) is True
    urgent = danger(text, category="C01")
    assert plainly(kind, replace(urgent, hazards=())).alarm == 0


@pytest.mark.parametrize(
    "text",
    [
        *("không ổn", "con không ổn", "hong khỏe", "em không được yên", "mẹ con không bình thường", "hết yên rồi"),
        *("không sao mà không ổn", "không an toàn", "chưa yên đâu"),
        *("con ở nhà với ba", "có con ở nhà với ổng", "có con ở nhà một mình"),
        "an toàn mà ổng đang cầm dao",
        "giờ yên, mai ổng giết con",
    ],
)
def test_what_is_no_plain_yes_keeps_its_alarm(definitions: Definitions, text: str) -> None:
    kind = definitions.slots["is_safe"]
    assert answer(kind, words(text)) is not True
    calm = replace(danger(text, category="C01"), hazards=())
    assert plainly(kind, calm) == calm


@pytest.mark.parametrize("text", ["nhà", "đang ở trường", "e 10t"])
def test_words_that_say_nothing_of_where_are_no_place(definitions: Definitions, text: str) -> None:
    assert answer(definitions.slots["where"], words(text)) is UNREADABLE


@pytest.mark.parametrize(
    "text", ["dạ nó ở nhà, không ai đánh nó", "nó đang ở trong nhà với em mà, đâu có ai làm dữ đâu"]
)
def test_that_nobody_does_harm_is_calm_and_no_yes(definitions: Definitions, text: str) -> None:
    kind = definitions.slots["is_safe"]
    assert clears(kind, words(text))
    assert answer(kind, words(text)) is not True


@pytest.mark.parametrize(
    "text",
    [
        *("không ai đánh nó, nó đang uống thuốc rầy", "không ai la nó mà nó leo ra lan can"),
        *("không ai đánh nó nhưng nó đau", "dạ nó ở nhà", "ba nó đánh nó, không ai can"),
    ],
)
def test_whatever_else_is_told_keeps_its_alarm(definitions: Definitions, text: str) -> None:
    assert not clears(definitions.slots["is_safe"], words(text))


@pytest.mark.parametrize("text", ["có nên hỏi thẳng ổng không", "co nen dua no di kham khong", "em có nên đi không"])
def test_whether_one_should_is_no_yes(definitions: Definitions, text: str) -> None:
    asked = replace(words(text), intent="guidance")
    assert answer(definitions.slots["is_safe"], asked) is not True


@pytest.mark.parametrize("text", ["không ổn", "con không ổn", "hong khỏe", "em không được yên", "chưa yên đâu"])
def test_a_denied_yes_is_a_no(definitions: Definitions, text: str) -> None:
    assert answer(definitions.slots["is_safe"], words(text)) is False
    assert answer(definitions.slots["safe_now"], words(text)) is False


@pytest.mark.parametrize("text", ["có tội hong", "bị phạt không", "được tắm hong"])
def test_a_question_of_three_words_is_no_answer(definitions: Definitions, text: str) -> None:
    assert asks(text)
    assert answer(definitions.slots["safe_now"], words(text)) is UNREADABLE


def test_a_number_before_a_story_chooses_nothing() -> None:
    offered = Session(choices=(Choice("Có - an toàn", "#ct:set:is_safe:yes"), Choice("Không", "#ct:set:is_safe:no")))
    assert chosen(offered, "1. ba con chửi từ hồi sáng", {}) is None
    assert chosen(offered, "1", {}) == offered.choices[0]
