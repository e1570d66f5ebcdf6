"""A case that accuses somebody of the place goes past the officers there, from the first page or once it is known."""

from __future__ import annotations

from bot.store.database import Tx
from bot.store.models import Case, Officer
from nlu.signals import Urgency
from tests.worker.duties import CHILD, PHONES, Duty

AN, BINH, DUNG = PHONES["an"], PHONES["binh"], PHONES["dung"]


def accuse(duty: Duty, case_id: str) -> list[str]:
    return duty.write(lambda tx: duty.ladder.pass_over(tx, tx.session.get_one(Case, case_id)))


def test_the_supervisor_is_rung_instead_of_whoever_is_on_call(duty: Duty) -> None:
    case_id = duty.case()
    accuse(duty, case_id)
    duty.after(minutes=20)
    assert duty.sms.texts(DUNG)
    assert duty.sms.texts(AN) == []
    assert duty.sms.texts(BINH) == []
    assert duty.voice.sent  # the supervisor, and the 111 desk after them


def test_who_was_rung_before_it_was_known_cannot_take_it_and_learns_nothing(duty: Duty) -> None:
    case_id = duty.case()
    duty.work()
    token = duty.pages(method="sms")[0].token
    accuse(duty, case_id)
    duty.work()
    for text in ("1", "1 CT-7K2M", f"#ct:ack:{token}"):
        reply = duty.replies(AN, text) or ""
        assert "nhận ca" not in reply
        assert duty.alert().state == "open"
    assert "CT-7K2M" not in (duty.replies(AN, "1") or "")
    assert "nhận ca CT-7K2M" in (duty.replies(DUNG, "1") or "")


def test_who_has_it_already_has_it_no_more(duty: Duty) -> None:
    case_id = duty.case()
    duty.work()
    duty.replies(AN, "1")
    assert duty.alert().state == "acked"
    assert accuse(duty, case_id) == ["reopened"]
    duty.work()
    assert (duty.alert().state, duty.alert().acked_by) == ("open", None)
    assert duty.read(lambda tx: tx.session.get_one(Case, case_id).officer_id) is None
    assert duty.sms.texts(DUNG)


def test_a_supervisor_who_has_it_keeps_it(duty: Duty) -> None:
    case_id = duty.case(Urgency.U1)
    duty.after(minutes=35)
    duty.replies(DUNG, "1")
    assert accuse(duty, case_id) == []
    assert (duty.alert().state, duty.alert().acked_by) == ("acked", duty.people["dung"])


def test_who_takes_turns_as_supervisor_is_one_whatever_their_role_is_called(duty: Duty) -> None:
    def as_officer(tx: Tx) -> None:
        tx.session.get_one(Officer, duty.people["dung"]).role = "officer"

    duty.write(as_officer)
    accuse(duty, duty.case())
    duty.work()
    assert "nhận ca CT-7K2M" in (duty.replies(DUNG, "1") or "")


def test_who_had_it_once_cannot_take_it_up_again_by_acting(duty: Duty) -> None:
    case_id = duty.case()
    duty.work()
    duty.replies(AN, "1")
    duty.after(minutes=16)  # nothing was done: the ladder goes on
    assert duty.alert().state == "open"
    accuse(duty, case_id)
    duty.write(lambda tx: duty.ladder.followed_up(tx, case_id, duty.people["an"]))
    assert (duty.alert().state, duty.alert().acked_by) == ("open", None)


def test_with_no_supervisor_on_call_the_desk_is_rung_and_an_alarm_rings(duty: Duty) -> None:
    duty.override(remove="dung", kind="supervisor")
    accuse(duty, duty.case())
    duty.work()
    assert "nobody_on_call" in duty.alarms()
    assert duty.alert().state == "handover"
    assert duty.sms.texts(AN) == []


def test_the_person_is_no_responder(duty: Duty) -> None:
    accuse(duty, duty.case())
    assert duty.replies(CHILD, "1") is None
