"""A reporter who gave no name comes back with the code, and nobody guesses one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from bot import comeback, receipts
from bot.comeback import TRIES_PER_PERSON
from bot.reaction import Reaction
from bot.store.models import AlertRow, Case, CaseReason, Contact, Report, ReportUpdate, SessionRow
from flows.effects import AddToReport, Effect, LookupReceipt, RaiseAlert, SaveReport
from flows.events import AlertNews, Followed, ReceiptChecked, ReportSaved
from nlu.signals import Urgency
from tests.turn.conftest import World

TOLD = SaveReport(Urgency.U2, "C01", "neighbour", {"what": "nhà bên đánh con hoài"}, "31117")


@contextmanager
def _reaction(world: World, who: str) -> Iterator[Reaction]:
    world.says("chào", who=who)
    contact = world.contact(who)
    with world.database.write() as tx:
        row = tx.session.get_one(SessionRow, contact.id)
        drawer = comeback.Drawer(tx.vault)
        yield Reaction(tx, tx.session.get_one(Contact, contact.id), row, world.turns.ladder, drawer, inbound_id=None)


def _apply(world: World, effect: Effect, who: str = "a") -> list[object]:
    with _reaction(world, who) as reaction:
        return list(reaction.apply(effect, Followed()))


def _saved(world: World, told: SaveReport = TOLD) -> str:
    saved = next(event for event in _apply(world, told) if isinstance(event, ReportSaved))
    return saved.receipt


def test_a_report_is_kept_verbatim_and_sealed_and_its_code_nowhere_in_it(world: World) -> None:
    code = _saved(world)
    [report], [case] = world.rows(Report), world.rows(Case)
    assert (case.level, case.category, case.locality) == (2, "C01", "31117")
    assert len(world.rows(AlertRow)) == 1
    assert report.receipt_key not in (code, code.replace(" ", ""))
    with world.database.read() as tx:
        assert "nhà bên đánh con hoài" in tx.open("report", "fields", report.id, report.fields).encode().decode(
            "unicode_escape"
        )


def test_the_code_finds_the_report_from_a_new_browser_with_what_an_officer_wrote(world: World) -> None:
    code = _saved(world)
    assert _apply(world, LookupReceipt(code), "b") == [ReceiptChecked("received")]
    with world.database.write() as tx:
        report, case = tx.session.get_one(Report, world.rows(Report)[0].id), world.rows(Case)[0]
        row_id = tx.new_id()
        words = tx.seal("report_update", "text", row_id, "Cán bộ đã tới nhà.")
        tx.session.add(ReportUpdate(id=row_id, report_id=report.id, officer_id="o", text=words, at=tx.now))
        tx.session.get_one(Case, case.id).state = "acked"
    found = _apply(world, LookupReceipt(code.replace(" ", "-")), "b")
    assert found == [ReceiptChecked("in_progress", ("Cán bộ đã tới nhà.",))]


def test_one_mistyped_digit_still_finds_the_report_and_a_stranger_to_it_counts_as_a_guess(world: World) -> None:
    code = _saved(world)
    slip = code[:8] + str((int(code[8]) + 4) % 10) + code[9:]
    assert slip != code
    assert _apply(world, LookupReceipt(slip), "b") == [ReceiptChecked("received")]
    other = receipts.new_code()
    for _ in range(TRIES_PER_PERSON):
        typed = other[:-1] + str((int(other[-1]) + 3) % 10)
        assert _apply(world, LookupReceipt(typed), "c") == [ReceiptChecked(None)]
    assert _apply(world, LookupReceipt(slip), "c") == [ReceiptChecked(None, locked=True)]


def test_what_is_no_code_is_told_so_and_counts_as_no_guess(world: World) -> None:
    for _ in range(TRIES_PER_PERSON + 2):
        assert _apply(world, LookupReceipt("1234"), "b") == [ReceiptChecked(None)]


def test_after_too_many_wrong_codes_even_the_right_one_waits_an_hour(world: World) -> None:
    code = _saved(world)
    for _ in range(TRIES_PER_PERSON):
        assert _apply(world, LookupReceipt(receipts.new_code()), "b") == [ReceiptChecked(None)]
    assert _apply(world, LookupReceipt(code), "b") == [ReceiptChecked(None, locked=True)]
    assert _apply(world, LookupReceipt(code), "c") == [ReceiptChecked("received")]
    world.clock.advance(timedelta(hours=1, minutes=1))
    assert _apply(world, LookupReceipt(code), "b") == [ReceiptChecked("received")]


def test_what_is_added_reaches_the_case_and_a_closed_case_gets_a_new_one(world: World) -> None:
    code = _saved(world)
    _apply(world, LookupReceipt(code), "b")
    assert _apply(world, AddToReport("bữa nay đánh nữa"), "b") == []
    assert len(world.rows(Case)) == 1
    with world.database.write() as tx:
        case = tx.session.get_one(Case, world.rows(Case)[0].id)
        case.state = "closed"
        world.turns.ladder.close(tx, case.id, "o")
    follows = _apply(world, AddToReport("lại nữa rồi"), "b")
    assert all(isinstance(event, AlertNews) for event in follows)
    assert sorted(case.state for case in world.rows(Case)) == ["closed", "open"]
    assert f"receipt:{case.code}" in {reason.concept for reason in world.rows(CaseReason)}
    assert len(world.rows(ReportUpdate)) == 2


def test_a_danger_told_from_a_new_browser_after_the_code_is_a_case_that_names_the_first_and_is_named_there(
    world: World,
) -> None:
    code = _saved(world, replace(TOLD, past_officers=True))
    _apply(world, LookupReceipt(code), "b")
    first = world.rows(Case)[0]
    for _ in range(2):
        _apply(world, RaiseAlert(Urgency.U1, "C01", ()), "b")
    [second] = [case for case in world.rows(Case) if case.id != first.id]
    told = sorted((reason.case_id == first.id, reason.concept) for reason in world.rows(CaseReason))
    assert told == [(False, f"receipt:{first.code}"), (True, f"followed:{second.code}")]
    assert second.past_officers


def test_what_is_added_to_a_case_that_goes_past_the_officers_goes_past_them_too(world: World) -> None:
    code = _saved(world, replace(TOLD, past_officers=True))
    _apply(world, LookupReceipt(code), "b")
    with world.database.write() as tx:
        case = tx.session.get_one(Case, world.rows(Case)[0].id)
        assert case.past_officers
        case.state = "closed"
        world.turns.ladder.close(tx, case.id, "o")
    _apply(world, AddToReport("lại nữa rồi"), "b")
    assert [case.past_officers for case in world.rows(Case)] == [True, True]


def test_an_accusation_added_later_takes_the_case_from_the_officers(world: World) -> None:
    code = _saved(world)
    _apply(world, LookupReceipt(code), "b")
    _apply(world, AddToReport("ổng là trưởng ấp", past_officers=True), "b")
    assert [case.past_officers for case in world.rows(Case)] == [True]


def test_a_draft_kept_for_danger_becomes_the_report_that_is_sent(world: World) -> None:
    draft = SaveReport(Urgency.U1, "C01", "self", {"what": "ba đánh"}, submitted=False)
    assert not any(isinstance(event, ReportSaved) for event in _apply(world, draft))
    _saved(world, SaveReport(Urgency.U1, "C01", "self", {"what": "ba đánh", "where": "Cái Răng"}))
    [report] = world.rows(Report)
    assert report.submitted
    assert report.receipt_key
