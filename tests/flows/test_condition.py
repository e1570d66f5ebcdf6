"""Conditions of flow files are read as they are meant, and never run as code."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.condition import BadCondition, Condition, Facts, parse
from flows.definition import Definitions

FACTS: Facts = {
    "alert": "open",
    "level": 1,
    "misses": 2,
    "told": True,
    "card": False,
    "slots.where": "Tân An",
    "slots.empty": None,
    "concepts": ("weapon", "left_alone"),
}


@pytest.mark.parametrize(
    "text",
    [
        'alert = "open"',
        "alert == 'open'",
        "alert is 'open'",
        "alert is not 'closed'",
        'alert != "closed"',
        "level < 2 and level <= 1 and level > 0 and level >= 1",
        "level in [0, 1]",
        'alert not in ["closed", ""]',
        'not alert in ["closed"]',
        '"weapon" in concepts',
        'not "fire" in concepts',
        "told",
        "not card",
        "told = true and card = false",
        "slots.where != null",
        "slots.empty = null",
        "slots.never_heard_of is null",
        "card or told",
        "not (card or level = 4)",
        "card and card or told",
        "told or card and card",
        "misses=2",
        "level > -1",
        "  told  ",
        "level in []  or told",
    ],
)
def test_it_holds(text: str) -> None:
    assert parse(text).holds(FACTS)


@pytest.mark.parametrize(
    "text",
    [
        'alert = "Open"',
        "card",
        "not told",
        "level > 1",
        "level in [2, 3]",
        "level in []",
        '"weapon" not in concepts',
        "slots.never_heard_of",
        "slots.empty",
        "told and card",
        "not told or card",
    ],
)
def test_it_does_not_hold(text: str) -> None:
    assert not parse(text).holds(FACTS)


@pytest.mark.parametrize("text", ["unknown < 1", "unknown > 1", 'alert < "z"', "unknown >= 0", "concepts < 3"])
def test_nothing_is_smaller_than_what_is_not_known(text: str) -> None:
    assert not parse(text).holds(FACTS)


def test_yes_is_not_the_number_one() -> None:
    assert not parse("told = 1").holds(FACTS)
    assert not parse("level = true").holds(FACTS)
    assert parse("told != 1").holds(FACTS)


def test_what_is_in_nothing_is_not_in_it() -> None:
    assert not parse('"a" in alert').holds(FACTS)
    assert parse('"a" not in unknown').holds(FACTS)


def test_a_keyword_in_quotes_is_a_word() -> None:
    assert parse('word = "or"').holds({"word": "or"})
    assert parse('word in ["and", "not"]').holds({"word": "not"})


def test_it_knows_which_facts_it_asks_for() -> None:
    read = parse('slots.where = null and (alert in ["open"] or "own_anger" in signs) and not true')
    assert read.names == {"slots.where", "alert", "signs"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "cụt"),
        ("level <", "cụt"),
        ("level <= ", "cụt"),
        ("told and", "cụt"),
        ("not", "cụt"),
        ("told told", "thừa `told`"),
        ("told)", "thừa `)`"),
        ("level = 1 = 1", "thừa `=`"),
        ("(told", "thiếu `)`"),
        ("level in [1 2]", "thiếu `,`"),
        ("level in [1,", "cụt"),
        ("= 1", "`=` đứng sai chỗ"),
        ("level in (1)", "`(` đứng sai chỗ"),
        ("told and or card", "`or` đứng sai chỗ"),
        ('alert = "open', "không đọc được"),
        ("level ~ 1", "không đọc được `~ 1`"),
        ("__import__('os')", "thừa `(`"),
        ("level; told", "không đọc được"),
    ],
)
def test_a_broken_condition_is_told_in_the_words_of_its_writer(text: str, fault: str) -> None:
    with pytest.raises(BadCondition, match=re.escape(fault)):
        parse(text)


PIECES = st.sampled_from(
    [
        "told",
        "level",
        "1",
        "-2",
        '"a"',
        "'b'",
        "and",
        "or",
        "not",
        "is",
        "in",
        "=",
        "!=",
        "<=",
        "(",
        ")",
        "[",
        "]",
        ",",
        "null",
        "é",
    ]
)


@settings(max_examples=300, derandomize=True, database=None)
@given(st.one_of(st.lists(PIECES, max_size=12).map(" ".join), st.text(max_size=30)))
def test_any_text_is_a_condition_or_is_refused(text: str) -> None:
    try:
        read = parse(text)
    except BadCondition:
        return
    assert read.holds(FACTS) in (True, False)
    assert read.holds({}) in (True, False)


@settings(max_examples=100, derandomize=True, database=None)
@given(st.integers(-3, 6), st.integers(-3, 6), st.sampled_from(["<", "<=", ">", ">=", "=", "!="]))
def test_numbers_are_compared_as_numbers(first: int, second: int, sign: str) -> None:
    opposite = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "!=", "!=": "="}[sign]
    facts: Facts = {"a": first, "b": second}
    assert parse(f"a {sign} b").holds(facts) != parse(f"a {opposite} b").holds(facts)
    assert parse(f"a {sign} {second}").holds(facts) == parse(f"a {sign} b").holds(facts)


def test_every_condition_of_the_project_can_be_asked_of_nothing(definitions: Definitions) -> None:
    written: list[Condition | None] = [
        branch.when for flow in definitions.flows.values() for step in flow.steps.values() for branch in step.next
    ]
    written += [route.when for route in (*definitions.routes, *definitions.interrupts, *definitions.dangers)]
    asked = [when for when in written if when is not None]
    assert len(asked) > 50
    for when in asked:
        assert when.holds({}) in (True, False)
        assert parse(when.text).names == when.names
