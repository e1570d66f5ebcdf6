"""A report: at most five questions, each one skippable, sent whenever its teller wants."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows import whereabouts
from flows.definition import Definitions
from flows.effects import RaiseAlert, SaveReport
from flows.events import Followed, ReportSaved
from flows.state import Session
from nlu.signals import Signals, Urgency, Weight
from tests.flows.kinds import TWO_PLACES
from tests.flows.talk import Talk, command, danger, sign, told, words


@pytest.fixture
def talk(definitions: Definitions) -> Talk:
    return Talk(definitions)


def test_a_childs_own_story_takes_five_answers_and_a_receipt(talk: Talk) -> None:
    assert talk.presses("#ct:go:report").keys[-1] == "utter_ask_safe_now"
    assert talk.hears("an toàn").keys == ["utter_ask_what"]
    assert talk.hears("bị bạn giựt tiền hoài").keys == ["utter_ask_where"]
    assert talk.hears("ở trường, gần chợ").keys == ["utter_ask_when"]
    assert talk.hears("tuần nào cũng có").keys == ["utter_ask_reach"]
    assert talk.hears("nhắn ở đây, sau bảy giờ").keys == []
    [report] = talk.of(SaveReport)
    assert report.submitted
    assert report.level is Urgency.U2
    assert dict(report.fields) == {
        "what": "bị bạn giựt tiền hoài",
        "safe_now": "yes",
        "where": "ở trường, gần chợ",
        "when": "tuần nào cũng có",
        "reach": "nhắn ở đây, sau bảy giờ",
    }
    assert len(talk.of(RaiseAlert)) == 1


def test_the_receipt_is_said_once_and_kept_nowhere(talk: Talk) -> None:
    talk.hears(told()).hears(command("finish", "gửi luôn")).happens(ReportSaved("24681 35790"))
    assert talk.keys == ["utter_receipt"]
    assert "24681 35790" in talk.text
    assert "24681 35790" not in str(talk.session)
    assert talk.session.told == ()


def test_every_question_may_be_skipped_and_nothing_is_then_sent(talk: Talk) -> None:
    talk.presses("#ct:go:report")
    for _ in range(5):
        talk.presses("#ct:skip")
    assert talk.keys == ["utter_report_empty"]
    assert talk.of(SaveReport) == []


@pytest.mark.parametrize("skipped", range(4))
def test_it_is_sent_whenever_its_teller_wants(talk: Talk, skipped: int) -> None:
    talk.hears(told())
    for _ in range(skipped):
        talk.hears(command("skip", "bỏ qua"))
    talk.hears(command("finish", "gửi luôn"))
    assert [report.submitted for report in talk.of(SaveReport)] == [True]


def test_who_reports_for_another_child_is_asked_how_they_know_it(talk: Talk) -> None:
    talk.presses("#ct:go:report_other").hears("an toàn", "nó bị bỏ đói", "ấp 3", "mấy bữa rày")
    assert talk.keys == ["utter_ask_relation"]
    assert "đứa nhỏ" in talk.presses("#ct:go:report_other").text
    talk.hears(command("finish"))
    assert talk.of(SaveReport)[0].role == "other"


def test_what_was_told_already_is_not_asked_again(talk: Talk) -> None:
    talk.hears(told()).hears("an toàn")
    assert talk.keys == ["utter_ask_at_ease"]
    talk.hears("tiện")
    assert talk.keys == ["utter_ask_where"]


@pytest.mark.parametrize(
    ("said", "next_key"),
    [
        ("hong tiện, nhà đông người", "utter_ask_resume_when"),
        ("không", "utter_ask_resume_when"),
        ("có mà nhắn nhỏ nhỏ", "utter_ask_where"),
        ("được, ba má đi vắng", "utter_ask_where"),
    ],
)
def test_whether_they_can_write_now_is_read_by_the_first_part_of_the_answer(
    talk: Talk, said: str, next_key: str
) -> None:
    talk.hears(told()).hears("an toàn", said)
    assert talk.keys[-1] == next_key


def test_the_officer_reads_that_writing_was_not_safe_just_now(talk: Talk) -> None:
    talk.hears(told()).hears("an toàn", "hong tiện")
    [draft] = talk.of(SaveReport)
    assert not draft.submitted
    assert draft.fields["at_ease"] == "no"


def test_a_name_of_two_places_is_asked_about_once(talk: Talk) -> None:
    talk.hears(told()).hears("an toàn", "tiện", TWO_PLACES)
    assert talk.keys == ["utter_ask_which_place"]
    assert [choice.title for choice in talk.session.choices] == ["Phường Tân An", "Phường Ninh Kiều", "Bỏ qua"]
    talk.presses("Phường Ninh Kiều")
    assert talk.session.slots["locality"] == "31135"
    assert talk.keys == ["utter_ask_when"]


def test_a_place_that_stays_unclear_is_taken_as_it_is_said(talk: Talk) -> None:
    talk.hears(told()).hears("an toàn", "tiện", TWO_PLACES, "chỗ cây cầu")
    assert talk.keys == ["utter_ask_when"]
    assert talk.session.slots["where"] == "chỗ cây cầu"


def test_a_story_that_goes_on_where_the_place_was_asked_is_kept_and_the_next_question_comes(talk: Talk) -> None:
    goes_on = words("hồi nhỏ tới giờ ổng hay chửi em lắm", "report_self", "C02")
    talk.hears(told()).hears("an toàn", "tiện", goes_on)
    assert talk.keys == ["utter_ask_when"]
    assert goes_on.text in talk.session.told


@pytest.mark.parametrize("answer", [command("skip", "bỏ qua"), words("gần cây cầu sắt")])
def test_a_story_told_at_an_earlier_place_question_spoils_no_later_answer(talk: Talk, answer: Signals) -> None:
    goes_on = words("hồi nhỏ tới giờ ổng hay chửi nó lắm", "report_other", "C02")
    talk.hears(told("bà nội hay chửi nó", "report_other")).hears("an toàn", goes_on)
    talk.hears(replace(danger("nó đi đâu mất rồi", concept="missing_child"), intent="report_other"))
    assert talk.keys[-1] == "utter_danger_where_anytime"  # in the report it was asked, and is not again
    assert "utter_where_noted" not in talk.hears(answer).keys


@pytest.mark.parametrize(
    "said", ["ổng hay chửi em ở nhà trọ sau chợ", "dưới quê ngoại em", "không biết", "lớp em đang học"]
)
def test_words_of_a_place_and_short_answers_are_the_place(talk: Talk, said: str) -> None:
    talk.hears(told()).hears("an toàn", "tiện", words(said, "report_self", "C02"))
    assert talk.keys == ["utter_ask_when"]
    assert talk.session.slots["where"] == said


@pytest.mark.parametrize("said", ["dạ ở Đồng Tháp á", "cao lanh", "tui ở Sài Gòn mà"])
def test_who_names_a_place_outside_the_city_hears_that_the_child_line_is_faster(talk: Talk, said: str) -> None:
    talk.hears(told()).hears("an toàn", "tiện", said)
    receipt = talk.hears(command("finish")).happens(ReportSaved("1234 5678")).text
    assert "ngoài vùng" in receipt
    assert "111" in receipt


def test_whoever_accuses_an_official_does_not_read_that_the_village_will_look(talk: Talk) -> None:
    mild = sign(Urgency.U2, weight=Weight.EXPLAIN, concept="official_accused")
    accused = replace(told("ổng làm công an xã hay đánh con riêng"), hazards=(mild,))
    receipt = talk.hears(accused).hears(command("finish")).happens(ReportSaved("1234 5678")).text
    assert "không đưa" in receipt
    assert "coi giúp" not in receipt


def test_no_place_of_the_city_counts_as_outside_it(definitions: Definitions) -> None:
    assert [name for name in definitions.places.values() if whereabouts.elsewhere(definitions.directory, name)] == []
    assert [
        name
        for name in definitions.directory.elsewhere
        if any(unit.endswith(f" {name}") for unit in definitions.places.values())
    ] == []


@pytest.mark.parametrize(
    "said",
    [
        "đường Điện Biên Phủ, gần chợ An Giang",
        "khách sạn Sài Gòn",
        "gần trường tiểu học Quảng Nam",
        "duong nguyen hue",
        "chân cao tốc Cần Thơ Cà Mau",
        "bến xe Cần Thơ đi Sài Gòn",
    ],
)
def test_a_street_or_a_road_with_a_far_name_is_not_outside_the_city(talk: Talk, said: str) -> None:
    talk.hears(told()).hears("an toàn", "tiện", said)
    assert "ngoài vùng" not in talk.hears(command("finish")).happens(ReportSaved("1234 5678")).text


@pytest.mark.parametrize(
    ("aside", "key"),
    [
        (command("hotline"), "utter_hotline"),
        (command("help"), "utter_greeting"),
        (words("ai đọc tin này", "privacy"), "utter_privacy"),
        (words("dạ cảm ơn", "smalltalk"), "utter_thanks"),
    ],
)
def test_an_aside_is_answered_and_comes_back_to_the_question(talk: Talk, aside: object, key: str) -> None:
    talk.hears(told()).hears("an toàn", "tiện", aside)  # type: ignore[arg-type]
    assert talk.keys[0] == key
    assert talk.keys[-1] in ("utter_where_anytime", "utter_ask_is_safe")  # a cry for help is first asked about


def test_a_long_answer_is_no_aside(talk: Talk) -> None:
    talk.hears(told()).hears(
        "an toàn", "tiện", words("ở gần trạm công an số 113 đường mới kế bên chợ nổi cũ đó", "hotline")
    )
    assert talk.keys == ["utter_ask_when"]


def test_an_answer_that_is_none_is_kept_and_not_asked_again(talk: Talk) -> None:
    talk.presses("#ct:go:report").hears("ba em hay nhậu lắm")
    assert talk.keys == ["utter_ask_at_ease"]
    assert "ba em hay nhậu lắm" in talk.session.told


def test_a_second_report_begins_empty(talk: Talk) -> None:
    talk.hears(told()).hears(command("finish")).happens(ReportSaved("1")).presses("#ct:go:report")
    assert talk.keys[-1] == "utter_ask_safe_now"
    assert not {"what", "where", "when", "reach", "safe_now"} & set(talk.session.slots)


def test_a_chat_opened_in_the_middle_comes_back_to_the_question(talk: Talk) -> None:
    talk.presses("#ct:go:report").happens(Followed())
    assert talk.keys == ["utter_greeting", "utter_anytime"]


def test_a_report_that_is_sent_is_read_by_a_human(definitions: Definitions) -> None:
    talk = (
        Talk(definitions, Session(greeted=True)).presses("#ct:go:report").hears("an toàn", "mất bút", command("finish"))
    )
    assert talk.alarm is not None
    assert talk.alarm.level is Urgency.U2
    assert [reason.concept for reason in talk.alarm.reasons] == ["report:submitted"]


def test_an_answer_is_not_told_a_second_time_as_the_story(talk: Talk) -> None:
    talk.hears(told("nhà bên bỏ đói đứa nhỏ", "report_other")).hears("an toàn")
    talk.hears(words("ở ấp 3, gần cầu", "report_other")).hears("mấy bữa rày")
    talk.hears(command("finish", "gửi luôn"))
    [report] = talk.of(SaveReport)
    assert report.fields["what"] == "nhà bên bỏ đói đứa nhỏ"
    assert report.fields["where"] == "ở ấp 3, gần cầu"


def test_how_the_child_is_known_tells_who_reports(talk: Talk) -> None:
    talk.presses("#ct:go:report_other").hears("an toàn", "nó bị bỏ đói", "ấp 3", "mấy bữa rày", "hàng xóm kế bên")
    [report] = talk.of(SaveReport)
    assert report.role == "neighbour"


def test_somebody_coming_in_hides_a_short_message_and_never_the_story(definitions: Definitions) -> None:
    asked = Talk(definitions).hears(told()).presses("#ct:go:report")
    short = Talk(definitions, session=asked.session).hears("ba vào phòng rồi")
    assert short.session.away
    story = Talk(definitions, session=asked.session).hears("dượng vào phòng rồi sờ em hoài mỗi tối")
    assert not story.session.away
