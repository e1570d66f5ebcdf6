"""What a person reads is warm, short and honest: every word that the bot can say is looked at here."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

import flows
from flows.checker import SPOKEN
from flows.definition import Act, Collect, Definitions
from flows.events import AlertNews
from flows.replies import ANSWERED
from flows.responses import address_words, fill
from nlu.normalise import normalise
from tests.flows.wording import filled, said, texts

WHY = re.compile(r"\b(tại sao|vì sao|sao lại|sao không|cớ gì|why)\b")
SECRET = re.compile(r"giữ bí mật|bí mật tuyệt đối|tuyệt đối bí mật|không ai (biết|hay) (chuyện|là|{ban})|hoàn toàn kín")
PROMISES = re.compile(r"chắc chắn sẽ|cam kết|bảo đảm sẽ|đảm bảo sẽ")
VOWS = re.compile(r"cam đoan|hứa (?!điều không giữ nổi)")  # the bot makes none; a card may speak of others' vows
PICTURES = re.compile(r"gửi (\w+ )?(hình|ảnh|phim|video|clip)|đưa (hình|ảnh)")
REFUSED = re.compile(r"đừng|không|giữ lại")


def spoken_in_code() -> set[str]:
    """The responses that the package names outside its definitions."""
    found = set()
    for file in Path(flows.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and re.fullmatch(r"utter_[a-z_]*[a-z]", str(node.value)):
                found.add(str(node.value))
    return found


def test_every_response_that_is_spoken_exists_in_every_language(definitions: Definitions) -> None:
    spoken = spoken_in_code() | SPOKEN
    spoken |= {f"utter_alert_{kind}" for kind in get_args(get_type_hints(AlertNews)["kind"])}
    spoken |= {reply.words for reply in definitions.replies.values() if reply.then == ANSWERED}
    for flow in definitions.flows.values():
        for step in flow.steps.values():
            if isinstance(step, Act) and step.action.startswith("utter_"):
                spoken.add(step.action)
            elif isinstance(step, Collect):
                spoken |= {step.utter, step.again, *(rejection.utter for rejection in step.rejections)} - {""}
    assert "vi" in definitions.languages
    for language in definitions.languages.values():
        if language.complete or language.code == "vi":
            assert spoken - set(language.responses) == set()
        assert set(language.responses) - spoken == set()


def test_the_checker_knows_what_the_code_speaks_by_itself() -> None:
    assert spoken_in_code() <= SPOKEN


def test_nobody_is_asked_why(definitions: Definitions) -> None:
    assert {place for place, text in texts(definitions).items() if WHY.search(text.lower())} == set()


def test_no_message_asks_two_things(definitions: Definitions) -> None:
    assert {place for place, text in texts(definitions).items() if text.count("?") > 1} == set()


def test_the_child_line_is_named_wherever_the_rules_demand_it(definitions: Definitions) -> None:
    demanded = definitions.directory.rules.must_name_child_line
    assert len(demanded) > 20
    for response, variation in said(definitions):
        if definitions.directory.rules.names_child_line(response.key):
            assert "{so_111}" in variation.text, (response.key, variation.line)
    assert set(demanded) - {"utter_reply_*"} <= set(definitions.languages["vi"].responses)


@pytest.mark.parametrize(
    "part", ["greeting", "intro", "fallback", "danger", "outage", "unanswered", "handed_over", "human"]
)
def test_greetings_errors_and_danger_are_among_them(definitions: Definitions, part: str) -> None:
    demanded = definitions.directory.rules.must_name_child_line
    assert [key for key in demanded if part in key]


def test_every_answer_to_danger_names_who_comes(definitions: Definitions) -> None:
    for variation in definitions.languages["vi"].responses["utter_danger"].variations:
        assert "{so_111}" in variation.text
        assert "{so_113}" in variation.text or "{so_115}" in variation.text, variation.line
        assert "?" not in variation.text


def test_no_number_is_typed_into_a_text(definitions: Definitions) -> None:
    numbers = {service.number for service in definitions.directory.services.values() if service.number.isdigit()}
    for place, text in texts(definitions).items():
        bare = re.sub(r"\{\w+\}", "", text).replace(" ", "").replace(".", "")
        assert not [number for number in numbers if number in bare], place


@pytest.mark.parametrize("number", ["111", "113", "114", "115"])
def test_the_numbers_are_those_of_the_directory(definitions: Definitions, number: str) -> None:
    service = definitions.directory.services[number]
    assert service.number == number
    assert service.safety
    assert service.verified_on is not None


def test_every_hole_in_a_text_is_filled_for_everybody(definitions: Definitions) -> None:
    for address in definitions.directory.addresses:
        for place, text in texts(definitions).items():
            assert "{" not in filled(definitions, text, address), (address.id, place)


def test_no_report_question_is_without_a_way_past_it(definitions: Definitions) -> None:
    for step in definitions.flows["report"].steps.values():
        if isinstance(step, Collect):
            for variation in definitions.languages["vi"].responses[step.utter].variations:
                assert "#ct:skip" in {choice.payload for choice in variation.choices}, step.utter


def test_nothing_claims_to_be_human(definitions: Definitions) -> None:
    claims = [normalise(claim).text for claim in definitions.directory.rules.claims_to_be_human]
    assert claims
    for place, text in texts(definitions).items():
        spoken = f" {normalise(text.replace('{minh}', 'mình').replace('{Minh}', 'mình')).text} "
        assert not [claim for claim in claims if f" {claim} " in spoken], place


@pytest.mark.parametrize(
    "key", ["utter_intro", "utter_greeting", "utter_fallback", "utter_officer_joined", "utter_officer_left"]
)
def test_it_says_that_it_is_a_machine(definitions: Definitions, key: str) -> None:
    for variation in definitions.languages["vi"].responses[key].variations:
        assert "máy" in variation.text


def test_nothing_promises_full_secrecy(definitions: Definitions) -> None:
    assert {place for place, text in texts(definitions).items() if SECRET.search(text.lower())} == set()
    *_, privacy = definitions.languages["vi"].responses["utter_privacy"].variations
    assert "không hứa điều không giữ nổi" in privacy.text


def test_nothing_is_promised_that_nobody_can_keep(definitions: Definitions) -> None:
    assert {place for place, text in texts(definitions).items() if PROMISES.search(text.lower())} == set()
    assert {response.key for response, variation in said(definitions) if VOWS.search(variation.text.lower())} == set()


def test_nobody_is_asked_for_a_picture(definitions: Definitions) -> None:
    for place, text in texts(definitions).items():
        for sentence in re.split(r"(?<=[.!?;:])\s", text.lower()):
            if PICTURES.search(sentence):
                assert REFUSED.search(sentence), (place, sentence)


def test_what_no_message_may_say_is_said_nowhere(definitions: Definitions) -> None:
    rules = definitions.directory.rules
    forbidden = [normalise(word).text for word in (*rules.never, *rules.bureaucratic)]
    for place, text in texts(definitions).items():
        spoken = f" {normalise(text).text} "
        assert not [word for word in forbidden if f" {word} " in spoken], place


def test_a_locked_screen_shows_nothing_to_whoever_holds_the_phone(definitions: Definitions) -> None:
    rules = definitions.directory.rules
    shown = [f" {normalise(word).text} " for word in rules.shown_on_a_locked_screen]
    for response, variation in said(definitions):
        if rules.opens_neutral(response.key):
            for address in definitions.directory.addresses:
                opening = f" {normalise(filled(definitions, variation.text, address)[:40]).text} "
                assert not [word for word in shown if word in opening], (response.key, address.id)


def test_a_particular_wording_comes_before_the_general_one(definitions: Definitions) -> None:
    danger = definitions.languages["vi"].responses["utter_danger"]
    assert "{so_113}" in danger.choose({"danger": "violence", "about": "other"}).text
    assert danger.choose({"danger": "violence", "about": ""}) != danger.choose({"danger": "violence", "about": "other"})
    assert danger.choose({"danger": "never heard of"}).conditions == ()


def test_what_is_put_into_a_text_is_never_read_again() -> None:
    assert fill("{a} {b} {c}", {"a": "{b}", "b": "x"}) == "{b} x {c}"


def test_an_unknown_address_is_called_as_everybody(definitions: Definitions) -> None:
    unknown = address_words(definitions.directory, "unknown", "vi")
    assert unknown["ban"] == "bạn"
    assert unknown["Ban"] == "Bạn"
    assert address_words(definitions.directory, "em", "vi")["Ban"] == "Em"
    assert address_words(definitions.directory, "nobody", "km") == unknown
