"""What officers answer, in a hurry and by several ways."""

from __future__ import annotations

import pytest

from nlu.signals import Urgency
from tests.worker.duties import CHILD, DESK, PHONES, Duty

AN, BINH = PHONES["an"], PHONES["binh"]


@pytest.mark.parametrize("text", ["1", " 1. ", "Nhận", "NHAN", "ok", "1 CT-7K2M", "nhận ct-7k2m", "1 - CT-7K2M"])
def test_these_acknowledge(duty: Duty, text: str) -> None:
    duty.case()
    assert duty.replies(AN, text)
    assert duty.alert().state == "acked"


@pytest.mark.parametrize("text", ["1 người lạ đánh em", "111", "10", "cứu em", "nhận được tin chưa", "nhận quà", ""])
def test_these_are_a_persons_words_and_are_treated_so(duty: Duty, text: str) -> None:
    duty.case()
    assert duty.replies(AN, text) is None
    assert duty.alert().state == "open"


def test_a_person_who_writes_1_acknowledges_nothing(duty: Duty) -> None:
    duty.case()
    assert duty.replies(CHILD, "1") is None
    assert duty.alert().state == "open"


def test_with_several_waiting_the_newest_is_taken_and_the_others_are_named(duty: Duty) -> None:
    duty.case(code="CT-AAA1")
    duty.after(seconds=1)
    duty.case(code="CT-BBB2")
    reply = duty.replies(AN, "1") or ""
    assert "nhận ca CT-BBB2" in reply
    assert "CT-AAA1" in reply
    assert "nhận ca CT-AAA1" in (duty.replies(AN, "1 ct-aaa1") or "")


def test_the_one_named_is_the_one_taken(duty: Duty) -> None:
    duty.case(code="CT-AAA1")
    duty.after(seconds=1)
    duty.case(code="CT-BBB2")
    assert "nhận ca CT-AAA1" in (duty.replies(AN, "1 CT-AAA1") or "")
    assert "CT-BBB2" in (duty.replies(AN, "1 CT-ZZZ9") or "")


def test_who_comes_second_is_told_so(duty: Duty) -> None:
    duty.case()
    duty.after(minutes=5)
    duty.replies(BINH, "1")
    assert "đã có người nhận" in (duty.replies(AN, "1") or "")


def test_a_pressed_button_acknowledges_only_its_own_page(duty: Duty) -> None:
    duty.case()
    token = duty.pages(method="sms")[0].token
    duty.replies(BINH, f"#ct:ack:{token}")
    assert duty.alert().state == "open"
    duty.replies(AN, f"#ct:ack:{token}")
    assert duty.alert().state == "acked"


def test_the_desk_confirms_by_the_key_of_its_call(duty: Duty) -> None:
    duty.case()
    duty.after(minutes=15)
    page = duty.pages(responder="desk:111", method="voice")[0]
    result = duty.write(lambda tx: duty.ladder.acknowledge(tx, page_token=page.token))
    assert (result.ok, result.news) == (True, ("acknowledged",))
    before = len(duty.voice.texts(DESK))
    duty.after(minutes=10)
    assert len(duty.voice.texts(DESK)) == before


def test_the_desk_confirms_by_message_too(duty: Duty) -> None:
    duty.case()
    duty.after(minutes=15)
    assert duty.replies(DESK, "1")
    assert duty.alert().acked_by == "desk:111"


def test_the_echo_of_a_key_after_a_reopening_acknowledges_nothing(duty: Duty) -> None:
    duty.case()
    duty.work()
    token = duty.pages(method="voice")[0].token
    assert duty.write(lambda tx: duty.ladder.acknowledge(tx, page_token=token)).ok
    duty.after(minutes=15)
    assert duty.alert().state == "open"
    assert not duty.write(lambda tx: duty.ladder.acknowledge(tx, page_token=token)).ok
    assert duty.alert().state == "open"


def test_an_unknown_token_acknowledges_nothing(duty: Duty) -> None:
    duty.case()
    assert not duty.write(lambda tx: duty.ladder.acknowledge(tx, page_token="x" * 43)).ok


def test_a_case_given_back_is_rung_again_at_once(duty: Duty) -> None:
    case_id = duty.case(Urgency.U1)
    duty.work()
    duty.replies(AN, "1")
    assert duty.write(lambda tx: duty.ladder.give_back(tx, case_id, duty.people["an"])) == ["reopened"]
    duty.work()
    assert len(duty.sms.texts(AN)) == 2
    assert duty.case_row(case_id).officer_id is None
