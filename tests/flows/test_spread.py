"""A danger that is spread over several short messages is heard as one; what was answered before is not heard again."""

from __future__ import annotations

from datetime import UTC, datetime

from flows.definition import Definitions
from flows.effects import RaiseAlert
from flows.engine import step
from flows.events import Heard
from flows.state import Session
from nlu.signals import Signals, Urgency

NOW = datetime(2026, 11, 2, 19, 10, tzinfo=UTC)


def said(text: str, alarm: float) -> Signals:
    chances = {Urgency.U0: alarm, Urgency.U3: 1 - alarm}
    return Signals(text, "report_self", 0.7, "C01", 0.7, urgency=chances, alarm=alarm, page_from=0.7, check_from=0.4)


def test_what_is_calm_alone_and_urgent_together_rings(definitions: Definitions) -> None:
    event = Heard(said("con trốn rồi", 0.1), together=said("ổng về\nổng xỉn\ncon trốn rồi", 0.9))
    turn = step(definitions, Session.new(), event, now=NOW)
    [alert] = [effect for effect in turn.effects if isinstance(effect, RaiseAlert)]
    assert alert.level is Urgency.U0
    assert all(reason.span.end <= len("con trốn rồi") for reason in alert.reasons)


def test_an_answer_is_read_by_itself(definitions: Definitions) -> None:
    asked = step(definitions, Session.new(), Heard(said("cứu", 0.5)), now=NOW).session
    event = Heard(said("dạ em an toàn", 0.1), together=said("cứu\ndạ em an toàn", 0.9))
    turn = step(definitions, asked, event, now=NOW)
    assert not [effect for effect in turn.effects if isinstance(effect, RaiseAlert)]


def test_what_already_rang_does_not_ring_for_a_thank_you(definitions: Definitions) -> None:
    rang = Session.new().raised(Urgency.U1)
    event = Heard(said("dạ con cảm ơn", 0.05), together=said("ba cầm dao\ndạ con cảm ơn", 0.9))
    turn = step(definitions, rang, event, now=NOW)
    assert not [effect for effect in turn.effects if isinstance(effect, RaiseAlert)]


def test_what_had_its_answer_adds_a_doubt_only_to_a_line_that_bears_half_of_it(definitions: Definitions) -> None:
    def asked(alone: float, session: Session) -> bool:
        event = Heard(said("bà nội biểu kệ nó", alone), together=said("nó ngậm cơm hoài\nbà nội biểu kệ nó", 0.5))
        return any("is_safe" in frame.step or frame.flow == "check" for frame in moved(session, event).frames)

    def moved(session: Session, event: Heard) -> Session:
        return step(definitions, session, event, now=NOW).session

    answered = Session.new().with_slots(answered_words="nó ngậm cơm hoài")
    long_ago = Session.new().with_slots(answered_words="bé ăn dặm sao")
    assert asked(0.1, Session.new())
    assert not asked(0.1, answered)
    assert asked(0.2, answered)
    assert asked(0.1, long_ago)
