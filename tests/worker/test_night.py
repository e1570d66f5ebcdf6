"""Nights on a real database: who is rung, when, and what stops it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from bot import auditor
from bot.channels.base import Decision
from bot.store.models import Job, Officer
from nlu.signals import Urgency
from tests.worker.duties import CHILD, DESK, PHONES, Duty, final, passing

AN, BINH, DUNG = PHONES["an"], PHONES["binh"], PHONES["dung"]


def test_a_page_leaves_at_once_by_message_and_by_call(duty: Duty) -> None:
    duty.case()
    duty.work()
    assert [m.address for m in duty.sms.sent] == [AN]
    assert [m.address for m in duty.voice.sent] == [AN]


def test_no_page_contains_more_than_the_case_code(duty: Duty) -> None:
    duty.case()
    duty.work()
    (text,) = duty.sms.texts(AN)
    assert "CT-7K2M" in text
    assert "https://langnghe.example/console/c/CT-7K2M" in text
    assert "Trả lời 1" in text
    assert CHILD not in text
    (script,) = duty.voice.texts(AN)
    assert "C, T, 7, K, 2, M" in script
    assert "phím 1" in script


def test_the_second_is_rung_when_the_first_sleeps_then_the_supervisor_then_111(duty: Duty) -> None:
    duty.case()
    duty.work()
    assert duty.sms.texts(BINH) == []
    duty.after(minutes=5)
    assert len(duty.sms.texts(BINH)) == 1
    assert duty.sms.texts(AN)[1].startswith("(nhắc lại)")
    assert not duty.sms.texts(BINH)[0].startswith("(nhắc lại)")
    assert duty.news() == ["unanswered"]
    duty.after(minutes=5)
    assert len(duty.sms.texts(DUNG)) == 1
    duty.after(minutes=5)
    assert len(duty.voice.texts(DESK)) == 1
    assert duty.news() == ["unanswered", "handed_over"]


def test_the_ladder_never_ends_without_a_human(duty: Duty) -> None:
    duty.case()
    duty.after(minutes=15)
    duty.after(minutes=60)
    assert len(duty.voice.texts(DESK)) == 31  # at once, then every two minutes
    assert len(duty.sms.texts(DUNG)) == 1 + 6  # and the team every ten
    assert len(duty.armed()) == 1


def test_an_acknowledgement_stops_the_ladder_and_a_silent_one_reopens_it(duty: Duty) -> None:
    case_id = duty.case()
    duty.work()
    assert "CT-7K2M" in (duty.replies(AN, "1") or "")
    duty.work()
    assert duty.news() == ["acknowledged"]
    assert duty.case_row(case_id).officer_id == duty.people["an"]
    duty.after(minutes=14)
    assert duty.sms.texts(BINH) == []
    duty.after(minutes=1)
    assert len(duty.sms.texts(BINH)) == 1
    assert "đã nhận" in duty.sms.texts(AN)[-1]
    assert duty.news() == ["acknowledged", "reopened"]
    assert "ack_without_action" in duty.alarms()


def test_an_action_keeps_it_and_the_laws_clock_is_armed(duty: Duty) -> None:
    case_id = duty.case()
    duty.work()
    duty.replies(AN, "1")
    duty.write(lambda tx: duty.ladder.followed_up(tx, case_id, duty.people["an"]))
    duty.after(hours=11)
    assert duty.sms.texts(BINH) == []
    assert len(duty.armed()) == 1
    duty.after(hours=1)
    assert "clock_measures" in duty.alarms()
    assert duty.case_row(case_id).state == "acked"


def test_an_empty_rota_rings_the_alarm_at_once_and_the_supervisor(duty: Duty) -> None:
    duty.override(remove="an")
    duty.override(remove="binh")
    duty.case()
    duty.work()
    assert "nobody_on_call" in duty.alarms()
    assert [m.address for m in duty.sms.sent] == [DUNG]


def test_nobody_at_all_is_the_111_desk_at_once_and_no_default_officer(duty: Duty) -> None:
    duty.write(lambda tx: tx.session.execute(update(Officer).values(active=False)))
    duty.case()
    duty.work()
    assert {m.address for m in duty.voice.sent} == {DESK}
    assert {"nobody_on_call", "handed_over"} <= duty.alarms()


def test_an_unknown_place_rings_the_citys_rota(duty: Duty) -> None:
    duty.case(place=None)
    duty.work()
    assert [m.address for m in duty.sms.sent] == [BINH]


def test_a_swap_rings_the_other(duty: Duty) -> None:
    duty.override(remove="an", add="dung")
    duty.case()
    duty.work()
    assert [m.address for m in duty.sms.sent] == [DUNG]


def test_who_left_the_team_is_never_rung(duty: Duty) -> None:
    duty.write(lambda tx: tx.session.execute(update(Officer).where(Officer.login == "an").values(active=False)))
    duty.case()
    duty.work()
    assert [m.address for m in duty.sms.sent] == [BINH]


def test_a_refused_message_goes_by_the_next_method_at_once(duty: Duty) -> None:
    duty.sms.faults = [final()]
    duty.case(Urgency.U1)
    duty.work()
    assert duty.voice.texts(AN)
    assert duty.alert().step == 0


def test_a_provider_that_is_down_is_tried_again_while_the_other_way_rings(duty: Duty) -> None:
    duty.sms.faults = [passing()]
    duty.case(Urgency.U1)
    duty.work()
    assert len(duty.voice.texts(AN)) == 1
    assert "provider_down" in duty.alarms()
    duty.after(seconds=2)
    assert duty.sms.texts(AN)[0].startswith("(nhắc lại)")  # it may have arrived the first time
    assert "provider_down" not in duty.alarms()


def test_when_no_way_to_the_first_works_the_next_is_rung_at_once(duty: Duty) -> None:
    duty.sms.faults, duty.voice.faults = [final()], [final()]
    duty.case()
    duty.work()
    assert len(duty.sms.texts(BINH)) == 1
    assert "nobody_reachable" in duty.alarms()


def test_every_provider_down_still_climbs_and_rings_when_they_are_back(duty: Duty) -> None:
    duty.sms.down = duty.voice.down = passing()
    duty.case()
    duty.after(minutes=3)
    assert duty.alert().state == "handover"
    assert "desk_unreachable" in duty.alarms()
    duty.sms.down = duty.voice.down = None
    duty.after(minutes=2, seconds=5)
    assert duty.voice.texts(DESK)
    assert len(duty.armed()) == 1


def test_the_rest_of_an_acknowledged_alerts_pages_never_leave(duty: Duty) -> None:
    duty.case()
    held = duty.claim("another")  # taken up by a worker that is slow to send
    duty.replies(AN, "1")
    duty.clock.advance(timedelta(seconds=16))
    duty.work()
    assert len(held) == 2
    assert duty.sms.sent == []
    assert {page.state for page in duty.pages()} == {"cancelled"}


def test_a_page_whose_worker_died_is_sent_again_and_says_so(duty: Duty) -> None:
    duty.case(Urgency.U1)
    assert len(duty.claim("dead")) == 1
    duty.work()
    assert duty.sms.sent == []
    duty.after(seconds=15)
    assert [text.startswith("(nhắc lại)") for text in duty.sms.texts(AN)] == [True]


def test_an_acknowledgement_while_the_provider_is_being_called_is_kept(duty: Duty) -> None:
    duty.case(Urgency.U1)

    def answers() -> None:
        duty.replies(AN, "1")

    duty.sms.before = answers
    duty.work()
    duty.after(minutes=40)
    assert duty.alert().state == "acked"
    assert duty.sms.texts(BINH) == []
    assert [page.state for page in duty.pages()] == ["sent"]


def test_a_broken_conversation_never_holds_up_the_ladder(duty: Duty) -> None:
    duty.ear.broken = True
    duty.case()
    duty.after(minutes=15)
    assert duty.voice.texts(DESK)
    assert "job_failed" in duty.alarms()


def test_rising_to_mortal_danger_rings_the_one_who_has_it_and_the_supervisor(duty: Duty) -> None:
    case_id = duty.case(Urgency.U2)
    duty.work()
    duty.replies(AN, "nhận")
    duty.write(lambda tx: duty.ladder.open_or_raise(tx, case_id=case_id, level=Urgency.U0))
    duty.work()
    assert len(duty.sms.texts(AN)) == 2
    assert len(duty.sms.texts(DUNG)) == 1
    assert duty.case_row(case_id).level == 0
    duty.after(minutes=15)
    assert duty.voice.texts(DESK)


def test_a_lesser_sign_never_lowers(duty: Duty) -> None:
    case_id = duty.case(Urgency.U0)
    duty.write(lambda tx: duty.ladder.open_or_raise(tx, case_id=case_id, level=Urgency.U3))
    assert (duty.alert().level, duty.case_row(case_id).level) == (0, 0)


def test_a_human_lowers_with_a_reason_that_is_kept_sealed(duty: Duty) -> None:
    case_id = duty.case(Urgency.U0)
    duty.write(lambda tx: duty.ladder.lower(tx, case_id, Urgency.U2, duty.people["an"], "gọi lại: trẻ đã an toàn"))
    assert (duty.alert().level, duty.case_row(case_id).level) == (2, 2)
    assert "alert.lowered" in duty.deeds()


def test_a_closed_alert_stays_closed_and_a_new_danger_opens_a_new_one(duty: Duty) -> None:
    case_id = duty.case(Urgency.U1)
    first = duty.alert().id
    assert duty.write(lambda tx: duty.ladder.close(tx, case_id, duty.people["an"])) == ["closed"]
    duty.after(hours=2)
    assert duty.sms.sent == []
    assert duty.armed() == []
    duty.write(lambda tx: duty.ladder.open_or_raise(tx, case_id=case_id, level=Urgency.U0))
    assert duty.alert().id != first
    duty.work()
    assert duty.sms.texts(AN)


def test_every_step_is_on_record(duty: Duty) -> None:
    duty.case()
    duty.after(minutes=5)
    duty.replies(BINH, "1")
    assert duty.deeds() == ["alert.opened", "alert.deadline_passed", "alert.acknowledged"]


def test_the_auditor_arms_what_lost_its_deadline(duty: Duty) -> None:
    duty.case()
    duty.write(lambda tx: tx.session.execute(update(Job).where(Job.kind == "deadline").values(state="cancelled")))
    assert duty.figures()["alerts_without_deadline"] == 1
    assert duty.write(auditor.audit_once).rearmed == 1
    assert duty.figures()["alerts_without_deadline"] == 0
    assert "alert_without_deadline" in duty.alarms()
    duty.after(minutes=5)
    assert duty.sms.texts(BINH)


def test_the_auditor_rings_for_late_jobs_and_a_silent_worker(duty: Duty) -> None:
    duty.work()
    duty.case()
    duty.clock.advance(timedelta(seconds=90))
    found = duty.write(auditor.audit_once)
    assert found.late_lanes == ("page",)
    assert found.worker_silent
    assert {"jobs_late", "worker_silent"} <= duty.alarms()
    duty.work()
    assert not {"jobs_late", "worker_silent"} & duty.alarms()


def test_figures_tell_how_late_the_pages_are(duty: Duty) -> None:
    duty.case()
    duty.clock.advance(timedelta(seconds=7))
    assert duty.figures()["oldest_unsent_page_seconds"] == 7
    duty.work()
    figures = duty.figures()
    assert (figures["oldest_unsent_page_seconds"], figures["time_to_page_seconds"]) == (0, 7)
    assert figures["queue_depth"] == 0


def test_an_administrator_hears_that_a_provider_refuses_us(duty: Duty) -> None:
    duty.sms.faults = [final(Decision.ALERT_ADMIN)]
    duty.case(Urgency.U1)
    duty.work()
    assert "provider_refuses" in duty.alarms()
    assert duty.voice.texts(AN)
