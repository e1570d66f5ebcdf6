"""How a Vietnamese syllable is built, and what a message typed with the tone keys still in it (Telex, VNI) meant.

This module must import on Python 3.10 too: a Rasa process loads it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
STOPPED = ("\u0301", "\u0323")  # the only tones of a syllable that ends in p, t, c, ch
ONSETS = (
    *("", "b", "c", "ch", "d", "đ", "g", "gh", "gi", "h", "k", "kh", "l", "m", "n", "ng", "ngh", "nh", "p", "ph"),
    *("qu", "r", "s", "t", "th", "tr", "v", "x"),
)
NUCLEI = (
    *("a", "ă", "â", "e", "ê", "i", "o", "ô", "ơ", "u", "ư", "y", "iê", "yê", "uô", "ươ", "oa", "oă", "oe", "uâ"),
    *("uê", "uy", "uyê", "uya", "uơ", "ia", "ua", "ưa"),
)
CODAS = ("", "c", "ch", "m", "n", "ng", "nh", "p", "t", "i", "y", "o", "u")
_VOWELS = "aăâeêioôơuưy"
_MODIFIED = "ăâêôơư"
_TELEX_TONES = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_VNI_TONES = {"1": "\u0301", "2": "\u0300", "3": "\u0309", "4": "\u0303", "5": "\u0323"}
_VNI_MARKS = {
    "6": {"a": "â", "e": "ê", "o": "ô"},
    "7": {"o": "ơ", "u": "ư"},
    "8": {"a": "ă"},
    "9": {"d": "đ"},
}
_ENOUGH, _SHARE = 2, 0.25  # slips, and share of the words, from which a message was typed so


def syllables() -> Iterator[str]:
    """Every string built like a Vietnamese syllable, with every tone; more than are in use."""
    for onset in ONSETS:
        for nucleus in NUCLEI:
            for coda in CODAS:
                for tone in STOPPED if coda in ("c", "ch", "p", "t") else TONES:
                    yield with_tone(onset, nucleus + coda, tone)


def with_tone(onset: str, rime: str, tone: str) -> str:
    """The syllable with its tone on the letter where the new spelling puts it: "hòa", "được", "quá"."""
    if not tone:
        return onset + rime
    vowels = next((i for i, letter in enumerate(rime) if letter not in _VOWELS), len(rime))
    at = next((i for i in range(vowels - 1, -1, -1) if rime[i] in _MODIFIED), None)
    if at is None:
        at = vowels - 1 if vowels < len(rime) or vowels == 1 else vowels - 2
    return unicodedata.normalize("NFC", onset + rime[: at + 1] + tone + rime[at + 1 :])


def is_syllable(word: str) -> bool:
    """Whether `word` (lower case) is built like a Vietnamese syllable, with its marks or without any."""
    return word in (_plain() if word.isascii() else _all())


@lru_cache(maxsize=1)
def _plain() -> frozenset[str]:
    """The syllables without marks."""
    return frozenset(
        unicodedata.normalize("NFD", onset + nucleus + coda).encode("ascii", "ignore").decode()
        for onset in (*ONSETS, "d")
        for nucleus in NUCLEI
        for coda in CODAS
    )


@lru_cache(maxsize=1)
def _all() -> frozenset[str]:
    return frozenset(syllables())


def decoded(words: Sequence[str]) -> dict[str, str]:
    """What the words of one message mean where it was typed with the tone keys left in; empty when it was not."""
    for decode in (_telex, _vni):
        slips = [word for word in words if word not in _all() and _meant(word, decode)]
        if len(slips) >= _ENOUGH and len(slips) >= _SHARE * len(words):
            found = {word: _meant(word, decode) for word in words}
            return {word: meant for word, meant in found.items() if meant}
    return {}


def _meant(word: str, decode: Callable[[str], str]) -> str:
    if not 2 <= len(word) <= 12 or not word.isascii() or not word[0].isalpha():
        return ""
    meant = decode(word)
    return meant if not meant.isascii() and meant in _all() else ""


def _telex(word: str) -> str:
    if not word.isalpha():
        return word
    first = next((i for i, letter in enumerate(word) if letter in _VOWELS or letter == "w"), len(word))
    at = next((i for i in range(len(word) - 1, first, -1) if word[i] in _TELEX_TONES), None)
    tone = ""
    if at is not None:
        tone, word = _TELEX_TONES[word[at]], word[:at] + word[at + 1 :]
    for typed, letter in (("dd", "đ"), ("aa", "â"), ("ee", "ê"), ("oo", "ô"), ("aw", "ă"), ("ow", "ơ"), ("uw", "ư")):
        word = word.replace(typed, letter)
    word = word.replace("w", "ư").replace("uơ", "ươ" if len(word) > 2 else "uơ")
    return _toned(word, tone)


def _vni(word: str) -> str:
    letters: list[str] = []
    tone = ""
    for letter in word:
        if letter in _VNI_TONES:
            tone = _VNI_TONES[letter]
        elif letter in _VNI_MARKS:
            marks = _VNI_MARKS[letter]
            at = next((i for i in range(len(letters) - 1, -1, -1) if letters[i] in marks), None)
            if at is None:
                return word
            letters[at] = marks[letters[at]]
        else:
            letters.append(letter)
    return _toned("".join(letters), tone)


def _toned(word: str, tone: str) -> str:
    onset = next((one for one in sorted(ONSETS, key=len, reverse=True) if word.startswith(one)), "")
    if onset in ("gi", "qu") and not any(letter in _VOWELS for letter in word[len(onset) :]):
        onset = onset[0]
    return with_tone(onset, word[len(onset) :], tone)
