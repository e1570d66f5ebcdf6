"""The examples beside every danger sign, tried: one that must be found is, and one that must not is not."""

from __future__ import annotations

from collections.abc import Iterator

from nlu.lexicon import Concept, Fault, Lexicon
from nlu.normalise import normalise


def broken(lexicon: Lexicon) -> list[Fault]:
    """Every example that does not do what its list promises, at its place in its file."""
    return [fault for concept in lexicon.concepts for fault in _of(lexicon, concept)]


def _of(lexicon: Lexicon, concept: Concept) -> Iterator[Fault]:
    for key, texts, wanted in (("must", concept.must, True), ("must_not", concept.must_not, False)):
        for n, text in enumerate(texts):
            found = any(one.concept == concept.id for one in lexicon.hazards(normalise(text, lexicon.words)))
            if found is not wanted:
                said = "phải nghe ra mà không nghe ra" if wanted else "không được nghe ra mà lại nghe ra"
                where = ("concepts", concept.place, key, n)
                yield Fault(concept.file, where, f"dấu hiệu `{concept.id}`: ví dụ “{text}” {said}")
