"""Labelled messages are read from the Rasa format, and what is wrong in them is named with file and place."""

from __future__ import annotations

from typing import Any

import pytest

from nlu.examples import INTENTS, Example, read_examples

LABEL = {"urgency": "U1", "category": "C01"}


def document(*entries: Any, intent: str = "report_self") -> dict[str, Any]:
    return {"version": "3.1", "nlu": [{"intent": intent, "examples": list(entries)}]}


def one(entry: dict[str, Any], intent: str = "report_self") -> Example:
    (example,), faults = read_examples({"a.yml": document(entry, intent=intent)})
    assert faults == []
    return example


def labelled(urgency: str, intent: str = "report_self", **also: Any) -> Example:
    return one({"text": "em sợ", "metadata": {"urgency": urgency, "category": "C01", **also}}, intent)


def test_a_message_keeps_its_label_and_the_other_labels_that_are_right() -> None:
    metadata = {
        **LABEL,
        "also_urgency": ["U0", "U2"],
        "also_category": ["C16"],
        "also_intent": ["report_other"],
        "voice": "teen",
        "own": "own_anger",
    }
    assert one({"text": "em sợ về nhà\n", "metadata": metadata}) == Example(
        text="em sợ về nhà",
        intent="report_self",
        category="C01",
        urgency="U1",
        also_intent=("report_other",),
        also_category=("C16",),
        also_urgency=("U0", "U2"),
        voice="teen",
        own="own_anger",
    )


def test_what_is_not_said_of_a_message_is_left_open() -> None:
    example = one({"text": "em sợ", "metadata": {**LABEL, "also_urgency": None}})
    assert (example.also_intent, example.also_category, example.also_urgency) == ((), (), ())
    assert (example.voice, example.own) == ("unknown", "none")


def test_marked_entities_become_plain_words() -> None:
    text = 'em [12 tuổi]{"entity": "age", "value": "12"} ở [Kế Sách]{"entity": "place"}'
    assert one({"text": text, "metadata": LABEL}).text == "em 12 tuổi ở Kế Sách"


@pytest.mark.parametrize(("urgency", "urgent"), [("U0", True), ("U1", True), ("U2", False), ("U4", False)])
def test_what_a_human_must_hear_within_the_hour_is_urgent(urgency: str, urgent: bool) -> None:
    assert labelled(urgency).urgent is urgent


def test_a_message_is_quiet_only_if_no_officer_would_raise_it() -> None:
    assert labelled("U3").quiet
    assert labelled("U4", also_urgency=["U3"]).quiet
    assert not labelled("U3", also_urgency=["U2"]).quiet
    assert not labelled("U2").quiet


def test_ordinary_talk_is_about_nobodys_trouble() -> None:
    assert labelled("U4", "out_of_scope").ordinary
    assert not labelled("U4", "smalltalk").ordinary
    assert not labelled("U3", "out_of_scope").ordinary


@pytest.mark.parametrize("intent", INTENTS)
def test_every_intent_of_the_project_is_known(intent: str) -> None:
    assert one({"text": "em sợ", "metadata": LABEL}, intent).intent == intent


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("em sợ", "`text`"),
        ({"metadata": LABEL}, "`text`"),
        ({"text": "  ", "metadata": LABEL}, "`text`"),
        ({"text": "em sợ"}, "`metadata`"),
        ({"text": "em sợ", "metadata": {"category": "C01"}}, "`urgency`"),
        ({"text": "em sợ", "metadata": {"category": "C01", "urgency": "U5"}}, "`urgency`"),
        ({"text": "em sợ", "metadata": {"urgency": "U1"}}, "`category`"),
        ({"text": "em sợ", "metadata": {"urgency": "U1", "category": "C1"}}, "`category`"),
        ({"text": "em sợ", "metadata": {"urgency": "U1", "category": "C011"}}, "`category`"),
    ],
)
def test_a_fault_is_named_and_the_other_messages_are_read(entry: Any, said: str) -> None:
    examples, (fault,) = read_examples({"a.yml": document({"text": "em ổn", "metadata": LABEL}, entry)})
    assert [example.text for example in examples] == ["em ổn"]
    assert (fault.file, fault.path) == ("a.yml", ("nlu", 0, "examples", 1))
    assert said in fault.message


@pytest.mark.parametrize("broken", [None, [], "nlu", {}, {"nlu": None}, {"nlu": {}}])
def test_a_file_without_messages_is_named(broken: Any) -> None:
    examples, (fault,) = read_examples({"a.yml": broken})
    assert (examples, fault.file, fault.path) == ([], "a.yml", ())


def test_an_unknown_intent_is_named() -> None:
    _, (fault,) = read_examples({"a.yml": document(intent="joke")})
    assert fault.path == ("nlu", 0)
    assert "`joke`" in fault.message


def test_files_are_read_in_the_order_of_their_names() -> None:
    documents = {name: document({"text": name, "metadata": LABEL}) for name in ("b.yml", "a.yml")}
    examples, _ = read_examples(documents)
    assert [example.text for example in examples] == ["a.yml", "b.yml"]
