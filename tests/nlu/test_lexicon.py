"""Every danger sign proves itself with its own examples, and a fault in the data is named with file and place."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from nlu.lexicon import Concept, Fault, Lexicon, LexiconFaultsError, compile_lexicon
from nlu.normalise import normalise
from nlu.signals import Hazard, Urgency, Weight
from tests.nlu.known import lexicon, read, signs

CONCEPTS = lexicon().concepts
SIGN = {
    "id": "strangled",
    "category": "C01",
    "level": "U0",
    "weight": "page",
    "patterns": ["bóp cổ"],
    "must": ["ba bóp cổ em"],
    "must_not": ["ba thương em"],
}


def document(*changed: dict[str, Any], **others: Any) -> dict[str, Any]:
    """A lexicon file with one sign for each change of SIGN."""
    return {"concepts": [{**copy.deepcopy(SIGN), **one} for one in changed], **others}


def faults(*documents: Any) -> list[Fault]:
    with pytest.raises(LexiconFaultsError) as caught:
        compile_lexicon({f"{n}.yml": one for n, one in enumerate(documents)})
    return list(caught.value.faults)


def found(compiled: Lexicon, text: str) -> dict[str, Hazard]:
    return {hazard.concept: hazard for hazard in compiled.hazards(normalise(text, compiled.words))}


@pytest.mark.parametrize("concept", CONCEPTS, ids=lambda concept: concept.id)
def test_a_sign_is_found_in_each_of_its_examples(concept: Concept) -> None:
    for text in concept.must:
        assert concept.id in signs(text), text


@pytest.mark.parametrize("concept", CONCEPTS, ids=lambda concept: concept.id)
def test_a_sign_is_silent_in_each_of_its_counterexamples(concept: Concept) -> None:
    for text in concept.must_not:
        assert concept.id not in signs(text), text


def test_every_sign_knows_its_file_and_no_two_have_one_name() -> None:
    assert len({concept.id for concept in CONCEPTS}) == len(CONCEPTS)
    assert all(concept.file.startswith("data/lexicon/") and concept.must and concept.must_not for concept in CONCEPTS)


def test_a_sign_names_the_words_the_person_typed() -> None:
    typed = "Dạ thưa, ổng xách rựa rượt con quanh nhà!"
    span = signs(typed)["weapon_near_child"].span
    assert typed[span.start : span.end] == "ổng xách rựa rượt"


@pytest.mark.parametrize(
    "text", ["em không bị bóp cổ", "đâu có ai bóp cổ em", "chưa bị bóp cổ", "em không có bị bóp cổ", "khong bi bop co"]
)
def test_a_negated_sign_is_silent(text: str) -> None:
    assert "strangled" in signs("em bị bóp cổ")
    assert "strangled" not in signs(text)


def test_a_sign_that_is_itself_a_negation_is_heard() -> None:
    assert "afraid_to_go_home" in signs("em không dám về nhà")
    assert "afraid_to_go_home" in signs("e hong dam ve nha")


def test_an_idiom_a_film_and_an_animal_are_no_danger() -> None:
    assert signs("đói bụng muốn chết luôn") == {}
    assert "strangled" not in signs("trong phim ông ấy bóp cổ em bé")
    assert "being_beaten_now" not in signs("con chó đang bị đánh")


def test_what_happens_to_me_now_is_asked_about_in_any_context() -> None:
    contexts = {
        "film": {"place": "message", "default": True, "patterns": ["coi phim"]},
        "first_person": {"place": "message", "patterns": ["em đang"]},
        "now": {"place": "message", "patterns": ["bây giờ"]},
    }
    compiled = compile_lexicon({"a.yml": {"contexts": contexts, **document({})}})
    hazard = found(compiled, "coi phim mà em đang bị ba bóp cổ bây giờ")["strangled"]
    assert (hazard.weight, hazard.level) == (Weight.ASK, Urgency.U0)
    assert found(compiled, "em đang coi phim. bây giờ nó bóp cổ") == {}


def test_a_context_of_another_sentence_does_not_silence() -> None:
    compiled = compile_lexicon(
        {
            "a.yml": {
                "contexts": {"told": {"place": "sentence", "patterns": ["trên mạng"]}},
                **document({"unless": ["told"]}),
            }
        }
    )
    assert found(compiled, "trên mạng có người bóp cổ") == {}
    assert "strangled" in found(compiled, "em coi trên mạng. ba bóp cổ em")


@pytest.mark.parametrize(
    ("place", "heard", "silent"),
    [
        ("message", "ba bóp cổ em", "ba bóp cổ em. đó là đùa thôi"),
        ("before", "đùa thôi mà sao ba bóp cổ em", "đùa thôi bóp cổ"),
        ("after", "ba bóp cổ em rồi nói đùa thôi", "ba bóp cổ đùa thôi"),
        ("overlap", "bóp cổ rồi đùa thôi", "bóp cổ đùa thôi"),
    ],
)
def test_a_context_silences_only_where_it_stands(place: str, heard: str, silent: str) -> None:
    pattern = "cổ đùa thôi" if place == "overlap" else "đùa thôi"
    context = {"joke": {"place": place, "words": 2, "default": True, "patterns": [pattern]}}
    compiled = compile_lexicon({"a.yml": {"contexts": context, **document({})}})
    assert "strangled" in found(compiled, heard)
    assert found(compiled, silent) == {}
    despite = compile_lexicon({"a.yml": {"contexts": context, **document({"despite": ["joke"]})}})
    assert "strangled" in found(despite, silent)


def test_what_is_past_is_less_urgent_unless_it_goes_on() -> None:
    assert signs("năm ngoái dượng bóp cổ em")["strangled"].level is Urgency.U2
    assert signs("năm ngoái dượng bóp cổ em, tới giờ vẫn vậy")["strangled"].level is Urgency.U0


def test_a_small_child_raises_the_level() -> None:
    assert signs("nó bị bầm mặt")["injuries"].level is Urgency.U1
    assert signs("nó bị bầm mặt", under_six=True)["injuries"].level is Urgency.U0
    assert signs("em bé bị bầm mặt")["injuries"].level is Urgency.U0


def test_of_one_sign_the_stronger_hit_is_kept() -> None:
    both = document({"patterns": ["bóp cổ", "không bóp cổ"], "must": ["bóp cổ"]})
    compiled = compile_lexicon({"a.yml": {"contexts": {}, **both}})
    assert len(compiled.hazards(normalise("ba không bóp cổ em, ba bóp cổ mẹ"))) == 1


def test_khmer_is_found_inside_unparted_words() -> None:
    assert signs("គាត់រំលោភខ្ញុំ")["km_sexual"].level is Urgency.U1


@pytest.mark.parametrize(
    ("change", "path", "said"),
    [
        ({"patterns": ["bóp cổ .."]}, ("concepts", 0, "patterns", 0), "khoảng trống"),
        ({"patterns": ["bóp cổ", "(bóp"]}, ("concepts", 0, "patterns", 1), "thiếu dấu )"),
        ({"patterns": ["bóp cổ", "hóc"]}, ("concepts", 0, "patterns", 1), "`strict`"),
        ({"patterns": ["bóp? cổ"]}, ("concepts", 0, "patterns", 0), "`strict`"),
        ({"strict": [".. hóc"]}, ("concepts", 0, "strict", 0), "khoảng trống"),
        ({"patterns": ["{ai} bóp cổ"]}, ("concepts", 0, "patterns", 0), "{ai}"),
        ({"patterns": []}, ("concepts", 0), "không có mẫu"),
        ({"unless": ["joke"]}, ("concepts", 0), "`joke`"),
        ({"despite": ["joke"]}, ("concepts", 0), "`joke`"),
        ({"must": []}, ("concepts", 0), "`must`"),
        ({"must_not": None}, ("concepts", 0), "`must_not`"),
        ({"level": "U7"}, ("concepts", 0, "level"), "U0"),
        ({"if_past": 2}, ("concepts", 0, "if_past"), "U0"),
        ({"weight": "loud"}, ("concepts", 0, "weight"), "page"),
        ({"pattern": ["bóp cổ"]}, ("concepts", 0, "pattern"), "`pattern`"),
        ({"id": None}, ("concepts", 0), "`id`"),
    ],
)
def test_a_fault_is_named_with_its_file_and_its_place(
    change: dict[str, Any], path: tuple[str | int, ...], said: str
) -> None:
    (fault,) = faults(document(change))
    assert (fault.file, fault.path) == ("0.yml", path)
    assert said in fault.message


def test_a_name_given_twice_is_reported_where_it_is_given_again() -> None:
    (fault,) = faults(document({}), document({"id": "other"}, {}))
    assert (fault.file, fault.path) == ("1.yml", ("concepts", 1, "id"))


def test_a_one_word_sign_may_be_strict_or_english() -> None:
    compiled = compile_lexicon({"a.yml": document({"patterns": [], "strict": ["hóc"], "language": "en"})})
    assert "strangled" in found(compiled, "bé bị hóc xương cá rồi")
    assert found(compiled, "em dang hoc bai") == {}


def test_a_spelling_that_is_also_a_word_is_reported() -> None:
    (fault,) = faults({"tokens": {"không": ["ko"], "ko": ["k"]}})
    assert (fault.file, fault.path) == ("0.yml", ("tokens", "ko"))


def test_a_context_without_a_place_or_with_a_bad_pattern_is_reported() -> None:
    context = {"a": {"place": "nowhere"}, "b": {"place": "before", "patterns": ["đùa .."]}}
    assert [fault.path for fault in faults({"contexts": context})] == [
        ("contexts", "a"),
        ("contexts", "b", "patterns", 0),
    ]


def test_all_faults_are_reported_at_once() -> None:
    reported = faults([], document({"level": "x"}, {"patterns": ["hóc"]}))
    assert [(fault.file, fault.path[:2]) for fault in reported] == [
        ("0.yml", ()),
        ("1.yml", ("concepts", 0)),
        ("1.yml", ("concepts", 1)),
    ]


@profile(deadline=None)
@given(text=st.lists(st.sampled_from([*(c.must[0] for c in CONCEPTS), "không", "phim", "."]), max_size=5).map(" ".join))
def test_signs_come_in_the_order_of_the_text_once_each(text: str) -> None:
    hazards = lexicon().hazards(read(text))
    assert len({hazard.concept for hazard in hazards}) == len(hazards)
    assert all(0 <= hazard.span.start < hazard.span.end <= len(text) for hazard in hazards)
