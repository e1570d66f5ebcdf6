"""Words that a slip of the finger made of known ones: two letters turned round, one missing, doubled or beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

SHORTEST, LONGEST = 3, 12  # letters of a word that may be a slip: shorter ones are near to everything


class Slips:
    """An index of known words by what is left of them when one letter is taken away."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = frozenset(word for word in known if len(word) <= LONGEST)
        self._by_rest: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self._known):
            for rest in _rests(word):
                self._by_rest[rest].append(word)

    def __contains__(self, word: str) -> bool:
        return word in self._known

    def near(self, word: str) -> tuple[str, ...]:
        """The known words that `word` is one slip away from; none for a word that is known or too short."""
        if word in self._known or not SHORTEST <= len(word) <= LONGEST or not word.isalpha():
            return ()
        found = set(self._by_rest.get(word, ()))  # a letter was left out
        for rest in _rests(word):
            if rest in self._known:  # a letter too many
                found.add(rest)
            found.update(other for other in self._by_rest.get(rest, ()) if _turned_or_beside(word, other))
        return tuple(sorted(found))


def _rests(word: str) -> Iterator[str]:
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


def _turned_or_beside(typed: str, meant: str) -> bool:
    """Whether two words of one length differ in one letter, or in two neighbours that changed places."""
    if len(typed) != len(meant):
        return False
    at = [i for i, (one, other) in enumerate(zip(typed, meant, strict=True)) if one != other]
    if len(at) == 2:
        first, second = at
        return second == first + 1 and typed[first] == meant[second] and typed[second] == meant[first]
    return len(at) == 1
