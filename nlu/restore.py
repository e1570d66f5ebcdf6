"""The likeliest words for those typed without marks, or with a slip of the finger, by pairs of words."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

from nlu.normalise import Normalised, fold, normalise
from nlu.slips import Slips
from nlu.syllables import is_syllable

UNMARKED = 0.15  # share of words with marks below which a message counts as typed without
DISCOUNT = 0.75  # taken off every pair that was seen, and given to the pairs that were not
PRIOR = 200.0  # how much the vocabulary's own word scores count beside what was seen
KEPT = 12  # candidates kept at each word
COMMON = 4  # times a word was seen from which others may be slips of it
SEEN = 2  # and from which it is no slip itself
LONGEST = 200  # words of a message that are looked at
BEGIN, END = "<s>", "</s>"

Step = tuple[str, float, int]  # a word, how likely it is with those before it, and its place in the beam before


@dataclass(frozen=True, eq=False)
class Restorer:
    """Counts of words and of pairs of words in messages with marks, and the scores of words nobody wrote there."""

    words: Mapping[str, int]
    pairs: Mapping[tuple[str, str], int]
    prior: Mapping[str, float]  # log-probabilities of words and syllables from the piece vocabulary
    _candidates: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    _followers: Mapping[str, int] = field(default_factory=dict, repr=False)
    _contexts: Mapping[str, int] = field(default_factory=dict, repr=False)
    _total: int = 0
    _seen: dict[tuple[str, str], float] = field(default_factory=dict, repr=False)

    @staticmethod
    def of(words: Mapping[str, int], pairs: Mapping[tuple[str, str], int], prior: Mapping[str, float]) -> Restorer:
        """A restorer from its counts."""
        candidates: dict[str, set[str]] = defaultdict(set)
        for word in (*words, *prior):
            if word.isalpha():
                candidates[fold(word)].add(word)
        contexts: Counter[str] = Counter()
        for (before, _), times in pairs.items():
            contexts[before] += times
        return Restorer(
            words=words,
            pairs=pairs,
            prior=prior,
            _candidates={plain: tuple(sorted(marked)) for plain, marked in candidates.items()},
            _followers=Counter(before for before, _ in pairs),
            _contexts=contexts,
            _total=sum(words.values()),
        )

    @staticmethod
    def learn(texts: Iterable[str], prior: Mapping[str, float]) -> Restorer:
        """A restorer from normalised messages with marks."""
        words: Counter[str] = Counter()
        pairs: Counter[tuple[str, str]] = Counter()
        for text in texts:
            spoken = [BEGIN, *text.split(), END]
            words.update(spoken[1:])
            pairs.update(pairwise(spoken))
        return Restorer.of(words, pairs, prior)

    def view(self, message: Normalised) -> str:
        """The message as the transformer reads it: with the marks it was given, or with those it lacks."""
        return self.restore(message.text) if message.marked < UNMARKED else message.text

    def restore(self, text: str) -> str:
        """`text` (normalised) with the likeliest marks on the words that have none; as many words."""
        words = text.split()
        read = words[:LONGEST]
        candidates = [self._candidates.get(word, (word,)) if word.isascii() else (word,) for word in read]
        return " ".join([*self._likeliest(candidates), *words[LONGEST:]])

    def mended(self, message: Normalised) -> Normalised | None:
        """The message without its slips of the finger; None if it seems to have none.

        Only words that are neither Vietnamese syllables nor known otherwise are changed, and only by one slip.
        """
        words = message.text.split()
        read = words[:LONGEST] if message.language == "vi" else []
        plain = message.marked < UNMARKED
        slips = {at: near for at, word in enumerate(read) if (near := self._meant(word, plain=plain))}
        if not slips:
            return None
        candidates = [
            slips.get(at) or (self._candidates.get(word, (word,)) if plain and word.isascii() else (word,))
            for at, word in enumerate(read)
        ]
        for at, meant in enumerate(self._likeliest(candidates)):
            if at in slips:
                words[at] = fold(meant) if plain else meant
        return normalise(" ".join(words))

    def _meant(self, word: str, *, plain: bool) -> tuple[str, ...]:
        """The words of which `word` may be a slip."""
        if not word.isalpha() or self.words.get(word, 0) >= SEEN or is_syllable(word):
            return ()
        if not (plain and word.isascii()):
            return self._common.near(word)
        return tuple(meant for near in self._common_plain.near(word) for meant in self._candidates.get(near, (near,)))

    @cached_property
    def _common(self) -> Slips:
        return Slips(word for word, times in self.words.items() if times >= COMMON and word.isalpha())

    @cached_property
    def _common_plain(self) -> Slips:
        return Slips({fold(word) for word, times in self.words.items() if times >= COMMON and word.isalpha()})

    def _likeliest(self, candidates: Sequence[Sequence[str]]) -> list[str]:
        """One word of each place, so that the pairs of neighbours are likeliest (Viterbi, KEPT at each place)."""
        beam: list[Step] = [(BEGIN, 0.0, 0)]
        trail: list[list[Step]] = []
        for choices in (*candidates, (END,)):
            unseen = [score + self._unseen(word) for word, score, _ in beam]
            likely = max(range(len(beam)), key=unseen.__getitem__)
            following = [self._followed(beam, word, (unseen[likely], likely)) for word in choices]
            beam = sorted(following, key=lambda one: -one[1])[:KEPT]
            trail.append(beam)
        found, at = [], 0
        for step in reversed(trail):
            word, _, at = step[at]
            found.append(word)
        return found[:0:-1]

    def _followed(self, beam: Sequence[Step], word: str, unseen: tuple[float, int]) -> Step:
        """`word` after the one of the beam that it follows best; a pair nobody wrote is likeliest after `unseen`."""
        alone = self._alone(word)
        best, after = unseen[0] + alone, unseen[1]
        if word in self._before:
            before = self._before[word]
            for place, (one, score, _) in enumerate(beam):
                if one in before and (value := score + self._pair(one, word)) > best:
                    best, after = value, place
        return word, best, after

    @cached_property
    def _before(self) -> dict[str, set[str]]:
        """The words that were seen before each word."""
        found: dict[str, set[str]] = defaultdict(set)
        for one, word in self.pairs:
            found[word].add(one)
        return dict(found)

    def _alone(self, word: str) -> float:
        value = self._rates.get(word)
        return math.log(0.02 / (self._total + PRIOR + 100)) if value is None else value

    @cached_property
    def _rates(self) -> dict[str, float]:
        """The log-probability of every word by itself."""
        whole = self._total + PRIOR + 100
        return {
            word: math.log(
                (self.words.get(word, 0) + PRIOR * math.exp(max(-20.0, self.prior.get(word, -20.0))) + 0.02) / whole
            )
            for word in {*self.words, *self.prior}
        }

    def _unseen(self, before: str) -> float:
        """The log of the share that is left after `before` for words that were never seen to follow it."""
        followers, context = self._followers.get(before, 0), self._contexts.get(before, 0)
        return math.log(DISCOUNT * followers / (context + followers) if context else DISCOUNT + 0.25)

    def _pair(self, before: str, word: str) -> float:
        """The log-probability of a pair that was seen; remembered, for no pair of one person's own is among them."""
        value = self._seen.get((before, word))
        if value is None:
            seen = (self.pairs[before, word] - DISCOUNT) / self._contexts[before]
            value = math.log(seen + math.exp(self._unseen(before) + self._alone(word)))
            self._seen[before, word] = value
        return value


def to_document(restorer: Restorer) -> dict[str, Any]:
    """The restorer as JSON: words by number, pairs as three numbers."""
    names = sorted({BEGIN, *restorer.words, *restorer.prior})
    number = {word: n for n, word in enumerate(names)}
    return {
        "words": names,
        "times": [restorer.words.get(word, 0) for word in names],
        "prior": [round(restorer.prior[word], 3) if word in restorer.prior else None for word in names],
        "pairs": [[number[a], number[b], times] for (a, b), times in sorted(restorer.pairs.items())],
    }


def from_document(document: Mapping[str, Any]) -> Restorer:
    """The restorer of a JSON document; raises KeyError, IndexError or TypeError for anything else."""
    names = document["words"]
    words = {word: times for word, times in zip(names, document["times"], strict=True) if times}
    prior = {word: score for word, score in zip(names, document["prior"], strict=True) if score is not None}
    pairs = {(names[a], names[b]): times for a, b, times in document["pairs"]}
    return Restorer.of(words, pairs, prior)
