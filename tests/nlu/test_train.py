"""The n-gram reader is the same for the same data, learns what it was shown, and its thresholds keep their promises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from nlu.classifier import STRETCH, TRIED, URGENCIES
from nlu.examples import INTENTS, OWNS, Example
from nlu.features import LONGEST, count
from nlu.normalise import Words
from nlu.train import FOLDS, QUIET_PAGED, Labels, cross_fit, fit, thresholds, told_of_both, train
from nlu.train import Table as Rows
from tests.nlu.known import read, spellings
from tests.nlu.small import EXAMPLES, classifier

URGENT = "dượng đang đánh em cứu em"
QUIET = "chiều nay nấu canh chua ăn cơm ngon lắm"


def alarm(text: str) -> float:
    return classifier().read(read(text)).alarm


def test_the_same_messages_make_the_same_reader() -> None:
    again = train(EXAMPLES, spellings())
    assert again.vocabulary == classifier().vocabulary
    assert np.array_equal(again.weights, classifier().weights)
    assert np.array_equal(again.bias, classifier().bias)
    assert (again.page, again.check) == (classifier().page, classifier().check)


def test_another_seed_is_another_reader() -> None:
    assert not np.array_equal(train(EXAMPLES, spellings(), seed=8).weights, classifier().weights)


def test_danger_is_told_from_ordinary_talk() -> None:
    assert alarm(URGENT) > 0.7
    assert alarm(QUIET) < 0.2


@pytest.mark.parametrize("typed", ["duong dang danh em cuu em", "DƯỢNG đang oánh e, cứu e!!", "dượngggg đang uýnh em"])
def test_the_way_it_is_typed_changes_little(typed: str) -> None:
    assert alarm(typed) > 0.6


def test_every_message_it_was_shown_is_sorted_as_it_was_labelled() -> None:
    for example in EXAMPLES:
        scores = classifier().read(read(example.text))
        assert classifier().categories[int(scores.category.argmax())] == example.category
        assert classifier().intents[int(scores.intent.argmax())] == example.intent
        assert (scores.alarm > 0.5) is example.urgent


def test_what_it_says_are_probabilities() -> None:
    scores = classifier().read(read(URGENT))
    assert len(scores.urgency) == len(URGENCIES)
    for chances in (scores.urgency, scores.category, scores.intent):
        assert float(chances.sum()) == pytest.approx(1.0)
        assert chances.min() >= 0


def test_a_message_of_unknown_words_is_no_opinion() -> None:
    assert classifier().read(read(URGENT)).known
    assert not classifier().read(read("ជួយផង")).known
    assert not classifier().read(read("")).known


def test_danger_anywhere_in_a_long_message_is_heard() -> None:
    talk, plea = f"{QUIET} " * (STRETCH // 3), f"{URGENT} " * (STRETCH // 3)
    assert alarm(talk) < 0.2
    for long in (plea + talk, talk + plea, talk + plea + talk):
        assert alarm(long) > 0.5


def test_the_weightiest_words_are_named_in_the_order_of_the_text() -> None:
    typed = f"{QUIET}, mà {URGENT}"
    spans = classifier().weighty(read(typed))
    assert 0 < len(spans) <= 3
    assert list(spans) == sorted(spans, key=lambda span: span.start)
    assert all(typed[span.start : span.end].strip() for span in spans)
    assert classifier().weighty(read("đánh")) == ()


def test_the_weighty_words_of_a_long_message_are_those_of_its_danger() -> None:
    words = STRETCH - len(URGENT.split()) - 1
    talk = " ".join((f"{QUIET} " * STRETCH).split()[:words])
    spans = classifier().weighty(read(f"{talk} {URGENT}"))
    assert words > TRIED
    assert spans
    assert all(span.start > len(talk) for span in spans)


def test_progress_is_told_up_to_the_end() -> None:
    told: list[float] = []
    train(EXAMPLES, spellings(), progress=lambda _what, far: told.append(far))
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_ordinary_talk_is_learnt_apart_and_two_right_labels_are_shared() -> None:
    both = replace(EXAMPLES[0], also_urgency=("U1",))
    reader = train([both, *EXAMPLES[1:], *[both] * 6], Words())
    urgency = reader.read(read(both.text)).urgency
    assert urgency[0] > urgency[1] > 0.05
    ordinary = classifier().read(read(QUIET)).urgency
    assert int(ordinary.argmax()) == URGENCIES.index("ORD")


def test_who_fears_themselves_is_told_from_everybody_else() -> None:
    fears = [
        Example(f"tui muốn đánh {who} quá tui sợ tui", "report_other", "C01", "U1", own="own_anger")
        for who in ("nó", "con", "bé", "thằng út")
    ]
    reader = train([*EXAMPLES, *fears], spellings())
    assert OWNS[int(np.argmax(reader.read(read("tui muốn đánh thằng nhỏ, tui sợ tui")).own))] == "own_anger"
    assert OWNS[int(np.argmax(reader.read(read(URGENT)).own))] == "none"


def test_a_reader_of_few_messages_has_every_intent() -> None:
    reader = train(EXAMPLES[:6], Words())
    assert reader.intents == INTENTS
    assert reader.categories == tuple(sorted({example.category for example in EXAMPLES[:6]}))


def test_the_thresholds_come_from_messages_the_reader_had_not_seen() -> None:
    labels = Labels(("C01",), ("exit",))
    rows = 4 * FOLDS
    table = Rows(np.arange(rows + 1), np.arange(rows), np.ones(rows, np.float32))
    targets = np.zeros((rows, labels.tasks[3].stop), np.float32)
    targets[:, [4, *(task.start for task in labels.tasks[1:])]] = 1.0
    targets[0, [0, 4]] = 1.0, 0.0
    unseen = cross_fit(table, targets, labels, np.arange(rows), size=rows, seed=7, tell=lambda _what, _far: None)
    weights, bias = fit(table, targets, np.arange(rows), labels, size=rows, seed=7)
    seen = np.exp(weights[0, :6] + bias[:6])
    assert unseen[0] < float(seen[:2].sum() / seen.sum())


def test_a_message_teaches_the_same_of_a_father_and_of_a_mother() -> None:
    one, two = EXAMPLES[0], replace(EXAMPLES[0], text="Ba đánh con nhỏ hoài")
    told, origin = told_of_both([one, two])
    assert told[:2] == [one, two]
    assert told[-1] == replace(two, text="Mẹ đánh thằng nhỏ hoài")
    assert origin[-1] == 1


def test_no_telling_of_a_message_is_learnt_from_before_another_is_scored() -> None:
    labels = Labels(("C01",), ("exit",))
    half = 4 * FOLDS  # messages, each told twice in the same words
    table = Rows(np.arange(2 * half + 1), np.tile(np.arange(half), 2), np.ones(2 * half, np.float32))
    targets = np.zeros((2 * half, labels.tasks[3].stop), np.float32)
    targets[:, [4, *(task.start for task in labels.tasks[1:])]] = 1.0
    targets[[0, half], 0], targets[[0, half], 4] = 1.0, 0.0
    origin = np.tile(np.arange(half), 2)
    unseen = cross_fit(table, targets, labels, origin, size=half, seed=7, tell=lambda _what, _far: None)
    leaky = cross_fit(table, targets, labels, np.arange(2 * half), size=half, seed=7, tell=lambda _what, _far: None)
    assert unseen[0] == pytest.approx(unseen[half])
    assert unseen[0] < max(leaky[0], leaky[half])


labelled = st.lists(
    st.tuples(st.sampled_from(["U0", "U1", "U2", "U3", "U4"]), st.floats(0, 1)), min_size=1, max_size=60
)


@profile(deadline=None)
@given(scored=labelled)
def test_few_quiet_messages_page_and_asking_is_never_above_paging(scored: list[tuple[str, float]]) -> None:
    examples = [Example("-", "report_self", "C01", urgency) for urgency, _ in scored]
    page, check = thresholds(examples, np.array([score for _, score in scored]))
    assert 0.05 <= check <= page <= 0.9
    quiet = [score for urgency, score in scored if urgency in ("U3", "U4")]
    assert page == 0.9 or sum(score > page for score in quiet) <= QUIET_PAGED * len(quiet)


@profile(deadline=None)
@given(st.lists(st.text(min_size=1, max_size=2 * LONGEST), max_size=6))
def test_only_the_beginning_of_a_long_word_is_counted_in_pieces(words: list[str]) -> None:
    found = count(words, words)
    assert all(len(name) <= 5 for name in found if name.startswith("c"))
    assert sum(times for name, times in found.items() if name.startswith("c")) <= 3 * (LONGEST + 2) * len(words)


def test_words_are_counted_alone_in_pairs_and_apart() -> None:
    found = count(["ba", "cầm", "dao"], ["ba", "cam", "dao"])
    assert {"fba", "fba cam", "sba dao", "wcầm", "wcầm dao", "c cam", "cdao "} <= set(found)
