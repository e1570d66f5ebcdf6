"""Whose story it is and who holds the phone: nobody's danger goes unanswered for it, and nobody reads another's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows.definition import Definitions
from flows.effects import RaiseAlert, SaveReport, Say
from flows.events import AlertNews
from nlu.signals import Signals, Urgency, Weight
from tests.flows.talk import Talk, command, danger, sign, told, words


@pytest.fixture
def talk(definitions: Definitions) -> Talk:
    return Talk(definitions)


def read(text: str, intent: str = "report_self", category: str = "C01") -> Signals:
    """A danger that only the trained readers hear."""
    return replace(words(text, intent, category), alarm=0.95, check_from=0.4, page_from=0.9)


@pytest.mark.parametrize("text", ["ba về rồi, ba cầm dây nịt", "má con vô phòng rồi", "ai đang nhắn cho con"])
def test_the_first_danger_is_answered_with_111_whoever_comes_in(talk: Talk, text: str) -> None:
    talk.hears(read(text))
    assert "111" in talk.text
    assert len(talk.of(RaiseAlert)) == 1


@pytest.mark.parametrize("text", ["má con vô kìa", "tui là má nó, nó nhắn gì vậy", "đưa điện thoại má coi coi"])
def test_once_111_was_said_a_screen_that_somebody_takes_shows_nothing(talk: Talk, text: str) -> None:
    talk.hears(danger()).hears(read(text))
    assert not any(word in talk.text for word in ("111", "cô chú", "an toàn"))
    assert len(talk.of(RaiseAlert)) == 1
    assert talk.session.away


def test_a_sign_of_danger_is_answered_also_where_somebody_comes_in(talk: Talk) -> None:
    coming = replace(read("ba về rồi, ba cầm dây nịt"), hazards=(sign(Urgency.U1, weight=Weight.ASK),))
    talk.hears(danger()).hears(coming)
    assert "111" in talk.text


@pytest.mark.parametrize("text", ["nó nói con là đồ bỏ, con muốn chết", "nó bảo em chết đi, em chết cho nó coi"])
def test_a_child_who_quotes_its_tormentor_is_still_the_one_who_wants_to_die(talk: Talk, text: str) -> None:
    talk.hears(read(text, category="C11"))
    assert talk.session.about == "self"


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("thằng con tui nó nói muốn chết cho rồi", "C11"),
        ("con tui bị trầm cảm, đòi chết hoài", "C11"),
        ("bạn tui bị tụi nó đánh hoài", "C09"),
        ("cháu tui bị ba nó đánh tui phải can", "C01"),
    ],
)
def test_whoever_speaks_of_another_child_is_not_the_victim(talk: Talk, text: str, category: str) -> None:
    talk.hears(read(text, "report_other", category))
    assert talk.session.about == "other"


def test_nobody_is_a_parent_for_telling_of_one(talk: Talk) -> None:
    for text in ("người đánh con là má nó", "con chị hai đánh con hoài", "bà đó là mẹ nó mà đánh nó"):
        assert Talk(talk.definitions).hears(read(text)).session.address != "parent"


def test_a_secret_that_was_demanded_is_heard_as_harm_not_as_a_question(talk: Talk) -> None:
    talk.hears(told("chú rờ con rồi dặn đừng nói mẹ, đừng nói ba", category="C03"))
    assert "utter_privacy" not in talk.keys
    assert talk.session.told
    asked = Talk(talk.definitions).presses("#ct:go:report").hears("có").hears(told("ổng biểu đừng nói mẹ em biết"))
    assert "utter_privacy" not in asked.keys


def test_what_was_read_wrongly_does_not_make_a_victim_an_offender(talk: Talk) -> None:
    talk.hears(read("nó hăm đăng hình em", category="C04"))
    assert talk.session.danger == "sextortion"
    talk.hears(replace(read("đứa nhỏ nào, tui nè", category="C03"), own="own_urges"))
    assert talk.session.danger != "own_urges"


def test_a_carer_who_was_read_as_a_victim_is_still_calmed(talk: Talk) -> None:
    talk.hears(read("con tui khóc cả đêm", "report_other"))
    talk.hears(replace(read("tui muốn làm nó nín luôn", "report_other"), own="own_anger"))
    assert talk.session.danger == "own_anger"


def test_calling_off_sends_nothing_of_a_quarrel_at_school_but_harm_is_still_read(definitions: Definitions) -> None:
    school = Talk(definitions).hears(told("con trai tui bị bạn chọc hoài", "report_other", "C09")).hears("hủy giùm tui")
    assert not school.of(SaveReport)
    assert not school.of(RaiseAlert)
    beaten = Talk(definitions).hears(told("con trai tui bị ba nó đánh hoài", "report_other")).hears("hủy giùm tui")
    assert beaten.of(SaveReport)
    assert beaten.of(RaiseAlert)


@pytest.mark.parametrize("text", ["nó kêu đừng tới trường nữa", "ổng nói đừng tới gần", "mai khỏi tới lớp luôn"])
def test_to_stay_away_from_somewhere_calls_nothing_off(talk: Talk, text: str) -> None:
    talk.presses("#ct:go:report").hears("có").hears(told(text))
    assert "utter_called_off" not in talk.keys


def test_a_neighbour_who_left_and_tells_again_hears_that_nobody_has_it(definitions: Definitions) -> None:
    talk = Talk(definitions).hears(told("nhà kế bên đánh thằng nhỏ", "report_other")).hears(command("exit"))
    talk.hears(read("giờ ổng đang đánh nó nữa", "report_other"))
    talk.happens(AlertNews("unanswered"))
    assert "111" in talk.text


def test_whoever_holds_a_childs_phone_hears_no_news(definitions: Definitions) -> None:
    talk = Talk(definitions).hears(danger()).hears(command("exit"))
    talk.hears(read("nó nói gì tao đánh nó", "report_other"))
    assert len(talk.of(RaiseAlert)) == 1
    talk.happens(AlertNews("unanswered"))
    assert talk.of(Say) == []


def test_a_child_who_comes_back_with_its_own_harm_is_known_again(definitions: Definitions) -> None:
    talk = Talk(definitions).hears(danger()).hears(command("exit")).hears(read("ổng vô đánh em nữa rồi"))
    assert not talk.session.away
    talk.happens(AlertNews("unanswered"))
    assert "111" in talk.text


def test_who_paused_is_remembered_as_who_they_were(definitions: Definitions) -> None:
    talk = Talk(definitions).hears(told("nhà kế bên đánh thằng nhỏ", "report_other"))
    talk.presses("Có").presses("Lát kể tiếp").presses("Hai tiếng nữa")
    about = talk.session.about
    assert talk.session.away
    assert talk.hears("kể tiếp nha").session.about == about == "other"


def test_a_greeting_after_leaving_says_111_and_nothing_of_before(definitions: Definitions) -> None:
    talk = Talk(definitions).hears(danger()).hears(command("exit")).hears("alo")
    assert "111" in talk.text
    assert not any(word in talk.text for word in ("con nít", "cô chú", "cán bộ"))
    assert all("tin đã gửi" not in choice.title for choice in talk.session.choices)


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("em có bị bắt hong", "utter_punished"),
        ("kể vậy con có bị phạt không", "utter_punished"),
        ("ba em có bị bắt không", "utter_family_punished"),
        ("đừng bắt má con nha", "utter_family_punished"),
        ("cau co bi bat hong", "utter_family_punished"),
        ("gỡ hình trên mạng được không", "utter_pictures_down"),
        ("cho con số đi", "utter_hotline"),
        ("gọi số nào giờ", "utter_hotline"),
    ],
)
def test_what_a_frightened_child_asks_beside_its_story_is_answered(talk: Talk, said: str, key: str) -> None:
    assert talk.hears(told()).hears(words(said)).keys[0] == key
    assert "111" in talk.text
    assert talk.hears(danger()).hears("chưa", words(said)).keys[0] == key


def test_whoever_shook_a_child_gets_the_childs_first_aid_also_where_the_reader_takes_it_for_their_own(
    talk: Talk,
) -> None:
    talk.hears(danger("tui mới lắc con mạnh quá nó nín rồi", concept="harmed_by_own_hand"))
    assert talk.session.danger == "hurt"
    assert "bé" in talk.text
    assert "nằm yên" not in talk.text  # what a hurt person would be told of themselves
    assert "Giờ bé" in talk.text
    assert "115" in talk.hears("chưa").text


def test_whoever_hurt_a_child_is_not_told_that_nothing_will_happen(talk: Talk) -> None:
    talk.hears(danger("em lỡ tay xô nó té đập đầu")).hears("chưa", words("em có bị bắt hong"))
    assert talk.keys[0] == "utter_punished"
    assert "không có lỗi" not in talk.text


def test_after_an_exit_nobody_is_answered_about_being_punished(talk: Talk) -> None:
    talk.hears(told()).hears(command("exit")).hears(words("nó kể gì, tui có bị bắt không"))
    assert "utter_punished" not in talk.keys


@pytest.mark.parametrize("said", ["em sợ lắm", "con sợ lắm ba con xỉn rồi", "hết chịu nổi"])
def test_a_frightened_child_is_not_taken_for_a_parent_who_fears_their_rage(talk: Talk, said: str) -> None:
    afraid = replace(words(said, "report_self", "C16"), own="own_anger")
    assert "utter_own_anger" not in talk.hears(afraid).keys
    assert talk.hears(replace(read(said), own="own_anger")).session.danger != "own_anger"


@pytest.mark.parametrize("said", ["sắp quất cho con một trận", "tui la con hoài rồi khóc", "I yell at my kid"])
def test_whoever_speaks_of_their_child_is_heard_to_fear_their_rage(talk: Talk, said: str) -> None:
    angry = replace(words(said, "report_self", "C16"), own="own_anger")
    assert talk.hears(angry).keys[0] == "utter_own_anger"
