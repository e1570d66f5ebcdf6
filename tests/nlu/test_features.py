"""What the n-gram reader counts, and what is missing from it without one word."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nlu.features import count, without
from nlu.normalise import fold

WORDS = st.lists(st.sampled_from(["ba", "đánh", "danh", "con", "ở", "nhà", "7", "!", "xỉn"]), min_size=1, max_size=9)


@given(WORDS, st.data())
def test_a_word_taken_out_changes_the_counts_as_if_it_had_never_stood_there(
    words: list[str], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(words) - 1))
    folded = [fold(word) for word in words]
    whole = count(words, folded)
    whole.update(without(words, folded, place))
    rest = count(words[:place] + words[place + 1 :], folded[:place] + folded[place + 1 :])
    assert +whole == rest
    assert all(times >= 0 for times in whole.values())
