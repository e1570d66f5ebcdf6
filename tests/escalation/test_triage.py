"""How urgent a message is: readers and signs only raise, and every level comes with its reasons."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from escalation.triage import COMMANDS, Reason, assess
from nlu.signals import Hazard, Signals, Span, Urgency, Weight

U0, U1, U2, U3, U4 = Urgency
QUIET = {U0: 0.05, U1: 0.05, U2: 0.05, U3: 0.1, U4: 0.2}
PAGE_FROM, CHECK_FROM = 0.5, 0.2


def sign(
    level: Urgency, weight: Weight, *, concept: str = "sign", category: str = "C01", at: int = 0, life: bool = False
) -> Hazard:
    return Hazard(concept, category, level, Span(at, at + 3), weight, life_at_risk=life)


def signals(*hazards: Hazard, urgency: dict[Urgency, float] | None = None, **others: Any) -> Signals:
    """A message with these signs, read by a trained reader that sees nothing in it unless told otherwise."""
    known: dict[str, Any] = {"category": "C16", "category_score": 0.9, "readers": ("lexicon", "ngram")}
    known |= {"page_from": PAGE_FROM, "check_from": CHECK_FROM} | others
    chances = QUIET if urgency is None else urgency
    known.setdefault("alarm", chances.get(U0, 0.0) + chances.get(U1, 0.0))
    return Signals("ba đánh em", "report_self", 0.9, urgency=chances, hazards=hazards, **known)


def alarmed(u0: float, u1: float, *hazards: Hazard, **others: Any) -> Signals:
    return signals(*hazards, urgency={U0: u0, U1: u1, U2: (1 - u0 - u1) / 2, U3: 0.05, U4: 0.0}, **others)


def _as_chances(five: list[float]) -> dict[Urgency, float]:
    return dict(zip(Urgency, five, strict=True))


patient = profile(deadline=None)
levels = st.sampled_from(list(Urgency))
chances = st.floats(0, 1)
hazards = st.builds(
    Hazard,
    concept=st.sampled_from(["a", "b", "c"]),
    category=st.sampled_from(["C01", "C11", "C99"]),
    level=levels,
    span=st.integers(0, 9).map(lambda at: Span(at, at + 1)),
    weight=st.sampled_from(list(Weight)),
    life_at_risk=st.booleans(),
)
any_signals = st.builds(
    Signals,
    text=st.just("ba đánh em"),
    intent=st.just("unclear"),
    intent_score=chances,
    category=st.sampled_from(["C01", "C16", "C90", "C99"]),
    category_score=chances,
    urgency=st.just({}) | st.lists(st.floats(0, 0.2), min_size=5, max_size=5).map(_as_chances),
    hazards=st.lists(hazards, max_size=4).map(tuple),
    command=st.sampled_from([None, "help", *sorted(COMMANDS)]),
    readers=st.just(("lexicon", "ngram")),
    weighty_words=st.just(()) | st.just((Span(3, 7),)),
    page_from=st.floats(0.1, 1),
    check_from=st.floats(0.05, 1),
)


@patient
@given(message=any_signals, floor=levels)
def test_the_level_never_falls_below_that_of_the_session(message: Signals, floor: Urgency) -> None:
    assert assess(message, floor=floor).level <= floor
    assert assess(message, floor=floor).level == min(floor, assess(message).level)


@patient
@given(message=any_signals, another=hazards, floor=levels)
def test_another_sign_never_lowers_the_level(message: Signals, another: Hazard, floor: Urgency) -> None:
    more = replace(message, hazards=(*message.hazards, another))
    assert assess(more, floor=floor).level <= assess(message, floor=floor).level


@patient
@given(messages=st.lists(any_signals, max_size=6))
def test_a_conversation_never_becomes_less_urgent(messages: list[Signals]) -> None:
    floor = Urgency.U4
    for message in messages:
        level = assess(message, floor=floor).level
        assert level <= floor
        floor = level


@patient
@given(message=any_signals, floor=levels)
def test_one_is_paged_or_asked_never_both(message: Signals, floor: Urgency) -> None:
    assessed = assess(message, floor=floor)
    assert not (assessed.check and assessed.level <= U1)
    assert assessed.level <= U1 or not assessed.life_at_risk


@patient
@given(message=any_signals)
def test_every_sign_is_a_reason_and_the_gravest_comes_first(message: Signals) -> None:
    reasons = assess(message).reasons
    told = {(reason.concept, reason.span, reason.level) for reason in reasons}
    assert {(hazard.concept, hazard.span, hazard.level) for hazard in message.hazards} <= told
    assert [reason.level for reason in reasons] == sorted(reason.level for reason in reasons)


@pytest.mark.parametrize("level", list(Urgency))
def test_a_measured_sign_raises_to_its_own_level(level: Urgency) -> None:
    assessed = assess(signals(sign(level, Weight.PAGE)))
    assert assessed.level == min(level, assess(signals()).level)
    assert not assessed.check


def test_a_reader_that_is_sure_pages_by_itself() -> None:
    assert assess(alarmed(0.3, 0.2)).level is U0
    assert assess(alarmed(0.2, 0.3)).level is U1
    assert assess(alarmed(0.2, 0.29)).level >= U2


def test_a_reader_in_doubt_asks() -> None:
    assessed = assess(alarmed(0.1, 0.1))
    assert (assessed.level, assessed.check) == (U2, True)
    assert not assess(alarmed(0.1, 0.09)).check


@pytest.mark.parametrize("level", [U0, U1])
def test_a_weaker_sign_asks(level: Urgency) -> None:
    assessed = assess(signals(sign(level, Weight.ASK)))
    assert assessed.level >= U2
    assert assessed.check


@pytest.mark.parametrize("level", [U2, U3, U4])
def test_a_weaker_sign_of_no_haste_asks_nothing(level: Urgency) -> None:
    assert not assess(signals(sign(level, Weight.ASK))).check


def test_a_weaker_sign_is_silent_where_the_readers_are_sure_that_all_is_calm() -> None:
    calm = {U0: 0.0, U1: 0.01, U2: 0.04, U3: 0.1, U4: 0.8}
    assert not assess(signals(sign(U0, Weight.ASK), urgency=calm)).check


def test_a_sign_that_only_explains_neither_pages_nor_asks() -> None:
    assessed = assess(signals(sign(U0, Weight.EXPLAIN)))
    assert assessed == replace(assess(signals()), reasons=assessed.reasons)
    assert [reason.concept for reason in assessed.reasons] == ["sign"]


@pytest.mark.parametrize(
    ("u0", "u1", "level", "expected"),
    [(0.15, 0.1, U1, U0), (0.1, 0.15, U1, U1), (0.1, 0.15, U0, U0), (0.0, 0.2, U0, U0)],
)
def test_a_reader_in_doubt_and_a_danger_sign_give_the_higher_level(
    u0: float, u1: float, level: Urgency, expected: Urgency
) -> None:
    assert assess(alarmed(u0, u1, sign(level, Weight.ASK))).level is expected


def test_a_reader_in_doubt_and_a_lesser_sign_only_ask() -> None:
    assessed = assess(alarmed(0.15, 0.1, sign(U2, Weight.ASK)))
    assert (assessed.level, assessed.check) == (U2, True)


@pytest.mark.parametrize("weight", list(Weight))
@pytest.mark.parametrize("level", [U0, U1])
def test_where_no_reader_answers_every_sign_pages(weight: Weight, level: Urgency) -> None:
    assessed = assess(signals(sign(level, weight), urgency={}))
    assert (assessed.level, assessed.check) == (level, False)


def test_where_no_reader_answers_and_no_sign_stands_nothing_is_known() -> None:
    assessed = assess(signals(urgency={}))
    assert (assessed.level, assessed.check, assessed.reasons) == (U4, False, ())


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_a_command_says_nothing_else(command: str) -> None:
    assessed = assess(alarmed(0.6, 0.4, command=command))
    assert (assessed.level, assessed.check, assessed.reasons) == (U4, False, ())


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_a_danger_sign_in_a_command_still_counts(command: str) -> None:
    assert assess(signals(sign(U0, Weight.PAGE), command=command)).level is U0
    assert assess(signals(sign(U1, Weight.ASK), command=command)).check


def test_a_cry_for_help_is_asked_about_and_read_like_any_message() -> None:
    assert assess(signals(command="help")).check
    assert assess(alarmed(0.5, 0.2, command="help")).level is U0


@pytest.mark.parametrize(("likeliest", "level"), [(U2, U2), (U3, U3), (U4, U4)])
def test_what_is_not_urgent_keeps_the_likeliest_level(likeliest: Urgency, level: Urgency) -> None:
    assert assess(signals(urgency={**dict.fromkeys(Urgency, 0.05), likeliest: 0.6})).level is level


def test_what_the_reader_leaves_out_is_ordinary_talk() -> None:
    assert assess(signals(urgency={U0: 0.0, U1: 0.0, U2: 0.2, U3: 0.2, U4: 0.0})).level is U4


def test_of_two_levels_as_likely_the_more_urgent_is_kept() -> None:
    assert assess(signals(urgency={U0: 0.0, U1: 0.0, U2: 0.4, U3: 0.4, U4: 0.2})).level is U2


@pytest.mark.parametrize(
    ("message", "at_risk"),
    [
        (signals(sign(U0, Weight.PAGE)), True),
        (signals(sign(U1, Weight.PAGE)), False),
        (signals(sign(U1, Weight.PAGE, life=True)), True),
        (alarmed(0.1, 0.5, sign(U1, Weight.ASK, life=True)), True),
        (signals(sign(U1, Weight.ASK, life=True)), False),
        (signals(sign(U2, Weight.PAGE, life=True)), False),
        (alarmed(0.1, 0.5), False),
        (alarmed(0.5, 0.1), True),
    ],
)
def test_a_life_is_at_risk_where_one_is_paged_for_it(message: Signals, at_risk: bool) -> None:
    assert assess(message).life_at_risk is at_risk


def test_reasons_name_the_sign_and_where_it_stands() -> None:
    late, early = sign(U1, Weight.ASK, concept="beaten", at=3), sign(U0, Weight.PAGE, concept="strangled", at=7)
    assert assess(signals(late, early)).reasons == (
        Reason("strangled", Span(7, 10), U0),
        Reason("beaten", Span(3, 6), U1),
    )


def test_where_only_readers_speak_they_are_named_with_their_weightiest_words() -> None:
    spoken = alarmed(0.1, 0.5, weighty_words=(Span(3, 7),), readers=("lexicon", "ngram", "transformer"))
    assert assess(spoken).reasons == (Reason("reader:ngram+transformer", Span(3, 7), U1),)
    assert assess(alarmed(0.1, 0.5)).reasons == (Reason("reader:ngram", Span(0, 10), U1),)
    assert assess(signals()).reasons == ()


@pytest.mark.parametrize(
    ("message", "category"),
    [
        (signals(), "C16"),
        (signals(sign(U1, Weight.PAGE)), "C16"),
        (signals(sign(U1, Weight.PAGE), category="C99"), "C01"),
        (signals(sign(U1, Weight.ASK), category="C90"), "C90"),
        (signals(sign(U2, Weight.ASK), sign(U1, Weight.ASK, category="C11"), category_score=0.2), "C11"),
    ],
)
def test_the_gravest_sign_names_the_category_where_the_reader_does_not(message: Signals, category: str) -> None:
    assert assess(message).category == category
