"""What is written beside an answer, or instead of one: a yes stays a yes, and nothing is asked twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows.asking import asks_within
from flows.definition import Definitions
from flows.effects import Say, StartWait
from flows.listen import answer, only_introduces, says_yes_within
from nlu.signals import Urgency
from tests.flows.talk import Talk, danger, doubt, sign, words

ASKED = "silence:check.ask"


@pytest.fixture
def talk(definitions: Definitions) -> Talk:
    return Talk(definitions)


@pytest.mark.parametrize("slot", ["is_safe", "safe_now"])
@pytest.mark.parametrize(
    "text",
    [
        "Da an toan, o nha voi toi. Toi hoi la noi voi ai o truong",
        "Cháu nó an toàn ạ, chỉ là em lo cháu yêu sớm",
        "Bây giờ em ấy đang ở lớp với tôi, an toàn. Có nên hỏi em ấy không",
        "an toan ma. e chi buon thoi",
    ],
)
def test_a_plain_yes_in_one_part_is_a_yes(definitions: Definitions, slot: str, text: str) -> None:
    assert says_yes_within(definitions.slots[slot], words(text))


@pytest.mark.parametrize(
    "text",
    [
        "an toàn, mà ổng sắp về",
        "giờ thì an toàn, nhưng tối nay chưa biết",
        "không, nó không an toàn. tôi ở xa",
        "an toàn, tôi sợ ổng quay lại",
        "tôi hỏi cách dạy, nó hay cãi",
        "chưa, an toàn sao được",
        "có, ổng nhậu về rồi",
        "rồi, ổng vô tới sân",
    ],
)
def test_a_yes_beside_a_doubt_a_fear_or_a_no_is_none(definitions: Definitions, text: str) -> None:
    assert not says_yes_within(definitions.slots["is_safe"], words(text))


def test_a_yes_beside_a_sign_of_danger_is_none(definitions: Definitions) -> None:
    grave = words("an toàn rồi, ổng cầm dao ngoài cửa", hazards=(sign(Urgency.U0),))
    assert not says_yes_within(definitions.slots["is_safe"], grave)
    heard = replace(words("con an toàn, ổng vô tới sân"), alarm=0.3)
    assert not says_yes_within(definitions.slots["is_safe"], heard)


@pytest.mark.parametrize(
    "text",
    ["Em hỏi yêu sớm có nên cấm không, không phải chuyện điện thoại", "nó an toàn. phải làm sao đây? tui lo lắm"],
)
def test_a_question_in_one_sentence_makes_the_message_ask(text: str) -> None:
    assert asks_within(text)


def test_three_questions_at_the_safety_question_are_answered_and_then_a_human_decides(definitions: Definitions) -> None:
    talk = Talk(definitions).hears(doubt())
    asked = [words(f"mấy tuổi thì cho con {what} vậy", "guidance", "C90") for what in ("xài zalo", "chạy xe", "đi bơi")]
    for question in asked:
        talk.hears(question)
        assert talk.alarm is None
        assert talk.of(StartWait)[0].wait_id == ASKED
        assert "utter_ask_is_safe" not in talk.keys
    talk.hears(words("mấy tuổi thì cho con đi làm vậy", "guidance", "C90"))
    assert talk.alarm is not None


def test_a_reminder_offers_what_the_question_offered(talk: Talk) -> None:
    talk.hears(danger("ba đánh con", concept="being_beaten_now"))
    offered = talk.session.choices
    talk.hears(words("ai đọc tin này", "privacy"))
    assert [say.key for say in talk.of(Say)][-1] == "utter_safe_anytime"
    assert talk.session.choices == offered


def test_a_second_danger_asks_nothing_again(talk: Talk) -> None:
    talk.hears(danger("ba đánh con", level=Urgency.U1, concept="being_beaten_now"))
    assert talk.keys[-1] == "utter_ask_danger_safe"
    talk.hears(danger("ổng đốt nhà", category="C15", concept="fire"))
    assert "utter_ask_danger_safe" not in talk.keys


@pytest.mark.parametrize(
    "text", ["tôi là mẹ kế của thằng bé 9 tuổi", "dạ em là cô giáo chủ nhiệm của bé", "toi la ba no"]
)
def test_who_only_says_who_they_are_tells_nothing(definitions: Definitions, text: str) -> None:
    assert only_introduces(definitions.slots["introduced"].plain, text)


@pytest.mark.parametrize(
    "text",
    [
        "ba la con",
        "chú hôn con 9 tuổi",
        "ông mò em 8t",
        "chu mo em 8 tuoi",
        "chu hon con 9 tuoi",
        "tôi là ba nó, tôi đánh nó",
        "em là học trò bị thầy rờ",
        "mẹ kế con",
    ],
)
def test_whatever_else_is_told_is_no_introduction(definitions: Definitions, text: str) -> None:
    assert not only_introduces(definitions.slots["introduced"].plain, text)


def test_an_address_is_no_mistyped_code(definitions: Definitions) -> None:
    code = definitions.slots["receipt_code"]
    assert answer(code, words("Ở hẻm 12 đường Lê Bình, phường Cái Răng, nhà sát tiệm tui")) is None
    assert answer(code, words("mã là 7728 5196")) == "mã là 7728 5196"
