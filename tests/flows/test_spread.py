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
