"""What is remembered of a conversation comes back as it was, or not at all."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.effects import Choice
from flows.state import (
    TEXT_LIMIT,
    TOLD_LIMIT,
    VERSION,
    Frame,
    Session,
    UnknownVersion,
    from_json,
    to_json,
)
from nlu.signals import Urgency

WORDS = st.text(max_size=30)
SLOTS = st.dictionaries(WORDS, st.one_of(WORDS, st.booleans(), st.none()), max_size=4)
SESSIONS = st.builds(
    Session,
    channel=st.sampled_from(["web", "zalo", "sms"]),
    language=WORDS,
    floor=st.sampled_from(Urgency),
    category=WORDS,
    life_at_risk=st.booleans(),
    danger=WORDS,
    alert=WORDS,
    role=WORDS,
    address=WORDS,
    about=WORDS,
    muted=st.booleans(),
    greeted=st.booleans(),
    misses=st.integers(0, 9),
    questions=st.integers(0, 9),
    awaiting=WORDS,
    frames=st.lists(st.builds(Frame, WORDS, WORDS, st.booleans(), st.integers(0, 3)), max_size=3).map(tuple),
    choices=st.lists(st.builds(Choice, WORDS, WORDS), max_size=3).map(tuple),
    waits=st.lists(WORDS, max_size=3).map(tuple),
    slots=SLOTS,
    told=st.lists(WORDS, max_size=3).map(tuple),
)


def document(**changed: Any) -> str:
    return json.dumps({"version": VERSION, **asdict(Session.new()), **changed})


@settings(max_examples=150, derandomize=True, database=None)
@given(SESSIONS)
def test_what_is_remembered_comes_back_equal(session: Session) -> None:
    assert from_json(to_json(session)) == session


@pytest.mark.parametrize("text", ["mẹ\x00con", "\ud800", "😢", '"}]', "\u2028", "a" * 10_000])
def test_no_word_of_a_person_breaks_the_memory(text: str) -> None:
    session = Session.new().with_slots(what=text).hearing(text)
    assert from_json(to_json(session)) == session


def test_a_conversation_begins_with_nothing_known_and_nothing_urgent() -> None:
    session = Session.new("zalo")
    assert session == Session(channel="zalo")
    assert session.floor is Urgency.U4
    assert session.top is None
    assert not session.muted
    assert not session.greeted


@pytest.mark.parametrize(
    "text",
    [
        document(version=VERSION + 1),
        document(version=str(VERSION)),
        document(version=None),
        "[]",
        "null",
        "{}",
        '"text"',
    ],
)
def test_what_another_version_wrote_is_not_read_by_guess(text: str) -> None:
    with pytest.raises(UnknownVersion):
        from_json(text)


@pytest.mark.parametrize(
    "name", [field.name for field in fields(Session) if field.name in ("floor", "frames", "choices", "waits", "told")]
)
def test_a_missing_part_is_refused(name: str) -> None:
    broken = json.loads(document())
    del broken[name]
    with pytest.raises(ValueError, match="missing or unknown"):
        from_json(json.dumps(broken))


@pytest.mark.parametrize(
    "changed",
    [
        {"floor": 9},
        {"floor": "U1"},
        {"floor": None},
        {"frames": [{"flow": "report"}]},
        {"frames": [{"flow": "report", "step": "safe", "mood": "bad"}]},
        {"frames": ["report"]},
        {"frames": None},
        {"choices": [{"title": "Có"}]},
        {"waits": 3},
        {"told": None},
        {"secret": "x"},
    ],
)
def test_a_broken_part_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"missing or unknown|is not a valid Urgency"):
        from_json(document(**changed))


@pytest.mark.parametrize("text", ["", "{", "không phải", "\x00"])
def test_what_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Expecting"):
        from_json(text)


def test_urgency_is_only_ever_raised() -> None:
    session = Session.new().raised(Urgency.U2)
    assert session.floor is Urgency.U2
    assert session.raised(Urgency.U4).floor is Urgency.U2
    assert session.raised(Urgency.U0).floor is Urgency.U0


def test_a_person_is_remembered_in_their_own_words_once_each() -> None:
    session = Session.new().hearing(" ba đánh ").hearing("ba đánh").hearing("").hearing("  ").hearing("ở nhà")
    assert session.told == ("ba đánh", "ở nhà")


def test_the_latest_words_are_kept_when_somebody_tells_very_much() -> None:
    session = Session.new()
    for number in range(TOLD_LIMIT + 5):
        session = session.hearing(f"câu {number}")
    assert len(session.told) == TOLD_LIMIT
    assert session.told[-1] == f"câu {TOLD_LIMIT + 4}"
    assert len(session.hearing("x" * (TEXT_LIMIT + 100)).told[-1]) == TEXT_LIMIT


def test_a_slot_is_set_and_forgotten_without_touching_the_others() -> None:
    before = Session.new().with_slots(where="Tân An", safe_now=False)
    after = before.with_slots(where=None).without_slots("safe_now", "never_set")
    assert before.slots == {"where": "Tân An", "safe_now": False}
    assert after.slots == {"where": None}


def test_the_last_frame_is_the_one_that_is_worked_on() -> None:
    frames = (Frame("report", "where"), Frame("check", "ask"))
    assert Session(frames=frames).top == Frame("check", "ask")
