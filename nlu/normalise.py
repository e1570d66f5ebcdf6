"""One spelling for the many ways a message is typed, with the way back to the person's own characters.

This module must import on Python 3.10 too: a Rasa process loads it.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

from nlu.signals import Span
from nlu.syllables import decoded

VERSION = "5"  # part of a trained model's identity: raise it with every change of what `normalise` returns
HEAD, TAIL = 8_000, 4_000  # a longer message is read at its beginning and its end
MARKED_ENOUGH = 0.4  # share of words with marks from which a missing mark is meant
ENGLISH_BELOW = 0.8  # share of words that are not English, above which a message may be Vietnamese typed out
TYPED_OUT = 0.15  # share of marked words up to which the tone keys may have been left in
SENTENCE_SIGNS = ".!?"
FIRST_MARK = "\u0300"  # no letter before it in Unicode is a mark

_TONE_PLACES = {
    old: new
    for vowels, olds, news in (
        ("oa", "oà oá oả oã oạ", "òa óa ỏa õa ọa"),
        ("oe", "oè oé oẻ oẽ oẹ", "òe óe ỏe õe ọe"),
        ("uy", "uỳ uý uỷ uỹ uỵ", "ùy úy ủy ũy ụy"),
    )
    for old, new in zip(olds.split(), news.split(), strict=True)
}
_RUN = re.compile(r"([^\W\d_])\1{2,}")
_CALL = re.compile(r"^(c)u{3,}$")  # a drawn-out "cuuuu" calls for help (cứu); every other drawn-out vowel is one
_LETTERS = "a-zA-Z" + "".join(
    unicodedata.normalize("NFC", vowel + tone)
    for vowel in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
    for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
    if not (vowel + tone).isascii()
)
_PARTING = r""",:;()"'\-"""
_PLAIN = re.compile(rf"[0-9{_LETTERS}đĐ .!?\n{_PARTING}]*")
_PARTS = re.compile(rf"[0-9{_LETTERS}đĐ]+|[{_PARTING}]+|[.!?\n]")
_LETTERS_OR_DIGITS = re.compile(r"\d+|[^\W\d_]+", re.UNICODE)
_LOOK_LIKE_D = {0xD0: "Đ", 0xF0: "đ", 0x189: "Đ", 0x256: "đ"}  # eth and African d, typed for đ
_WORD = re.compile(r"[^\W_]+")
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_KEPT_DOUBLES = "uolsfe"  # cuu (cứu), zoo, kill, kiss, off, free
_ENGLISH = frozenset(
    {"the", "is", "are", "am", "was", "my", "me", "he", "she", "they", "his", "her", "you", "your", "i", "and", "to"}
    | {"of", "in", "on", "at", "it", "this", "that", "not", "don", "dont", "can", "want", "help", "please", "what"}
    | {"how", "who", "when", "with", "for", "from", "has", "have", "been", "im", "will", "do", "does", "did", "hurt"}
    | {"hits", "now", "if", "be", "a", "out", "there", "s", "t", "need", "someone", "anyone", "somebody", "anybody"}
    | {"talk", "wanna", "gonna", "tell", "know", "feel", "scared", "afraid", "alone", "myself", "school", "were"}
    | {"mom", "dad", "father", "mother", "brother", "sister", "touched", "hurting", "drunk"}
    | {"daughter", "foster", "child", "boy", "girl", "pills", "hour", "hours", "ago", "took", "said", "told", "just"}
    | {"should", "would", "could", "about", "because", "bleeding", "knife", "crying", "friend", "teacher", "student"}
)

# English words that are Vietnamese syllables too: "be nong 39 do" has no other and is no English
_ALSO_VIETNAMESE = frozenset(
    {"do", "be", "me", "on", "to", "a", "t", "s", "i", "in", "am", "can", "not", "that", "hang"}
)


@dataclass(frozen=True)
class Words:
    """Spellings that stand for other words, from data/lexicon/normalise.yml: whole tokens only."""

    tokens: Mapping[str, str] = field(default_factory=dict)  # "ko" → "không"
    plain: Mapping[str, str] = field(default_factory=dict)  # only where the message bears few marks: "hong" → "không"
    before: Mapping[str, tuple[str, frozenset[str]]] = field(default_factory=dict)  # "tui" → "tụi" before "nó"
    signs: Mapping[str, str] = field(default_factory=dict)  # ":(" → "🙁"


class Token(NamedTuple):
    """One word, number or sign: as normalised, and where it stands in the original."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Normalised:
    """A message in one spelling. `text` and `folded` have the same length and share their offsets."""

    original: str
    text: str  # words and signs with one space between them, lower case, with the marks the person gave
    folded: str  # the same without marks, đ as d
    tokens: tuple[Token, ...]
    marked: float  # share of words that bear marks, 0 … 1
    language: str  # vi, en or km
    _starts: tuple[int, ...] = field(repr=False, default=())  # where in `text` each token begins
    _typed: tuple[Token, ...] = field(repr=False, default=(), compare=False)  # before spellings were replaced

    @property
    def as_typed(self) -> Normalised:
        """The message with its own spellings: "Rạch Gòi" and "Châu Thành A" are names."""
        return _built(self.original, self._typed, self.marked, self.language) if self._typed else self

    @property
    def accented(self) -> bool:
        """Whether a word without marks is meant to have none."""
        return self.marked >= MARKED_ENOUGH

    def span(self, start: int, end: int) -> Span:
        """The characters of the original behind `text[start:end]`, widened to whole words."""
        first = max(0, bisect_right(self._starts, start) - 1)  # called for every hit: a long message has thousands
        if self._starts and self._starts[first] + len(self.tokens[first].text) <= start:
            first += 1
        last = bisect_left(self._starts, end) - 1
        if first > last:
            return Span(0, 0)
        return Span(self.tokens[first].start, self.tokens[last].end)


@lru_cache(maxsize=4096)
def _fold_letter(letter: str) -> str:
    if letter == "đ":
        return "d"
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base.isascii() else letter


def fold(text: str) -> str:
    """`text` (lower case, NFC) without Vietnamese marks, character for character."""
    return text if text.isascii() else "".join(map(_fold_letter, text))


def normalise(text: str, words: Words | None = None) -> Normalised:
    """`text` in one spelling; the same again for its own result, if it fits the window (HEAD + TAIL characters).

    Order: NFC, invisible marks dropped, lower case, Telex and VNI, elongation, tone places, teencode, southern words.
    Never raises; time is linear in the window.
    """
    known = words.tokens if words is not None else {}
    typed = list(_meant(list(_tokens(text))))
    raw = [_settle(part) for token in typed for part in _parted(_settle(token), known)]
    language = language_of([token.text for token in raw])
    share = _marked_share(raw)
    if words is None or language != "vi":
        return _built(text, _without_repeated_signs(raw), share, language)
    instead = _without_repeated_signs(list(_replaced(raw, words, plain=share < MARKED_ENOUGH)))
    return replace(_built(text, instead, share, language), _typed=tuple(_without_repeated_signs(raw)))


def retold(message: Normalised, parts: Sequence[tuple[int, int, str]]) -> Normalised:
    """The message with other words for some stretches of its tokens; the very same where nothing changes.

    `parts`: the first token, the one after the last, and the words said instead, in the order of the text.
    """
    tokens: list[Token] = []
    at = 0
    for first, last, words in parts:
        tokens += message.tokens[at:first]
        span = message.tokens[first].start, message.tokens[last - 1].end
        tokens += [Token(word, *span) for word in words.split()]
        at = last
    tokens += message.tokens[at:]
    if [one.text for one in tokens] == [one.text for one in message.tokens]:
        return message
    return _built(message.original, tokens, message.marked, message.language)


def without(message: Normalised, words: frozenset[str]) -> Normalised:
    """The message without its tokens that are among `words`; the very same where it has none."""
    kept = [token for token in message.tokens if token.text not in words]
    if len(kept) == len(message.tokens):
        return message
    return _built(message.original, kept, message.marked, message.language)


def instead(message: Normalised, words: Mapping[str, str]) -> Normalised:
    """The message with other words for some; the very same where it has none of them."""
    tokens = [Token(words.get(one.text, one.text), one.start, one.end) for one in message.tokens]
    if all(one.text not in words for one in message.tokens):
        return message
    return _built(message.original, tokens, message.marked, message.language)


def _built(original: str, tokens: Sequence[Token], marked: float, language: str) -> Normalised:
    starts, at = [], 0
    for token in tokens:
        starts.append(at)
        at += len(token.text) + 1
    spelled = " ".join(token.text for token in tokens)
    return Normalised(original, spelled, fold(spelled), tuple(tokens), marked, language, tuple(starts))


@lru_cache(maxsize=16_384)
def phrase(text: str) -> Normalised:
    """A phrase of the project's own data in one spelling, remembered: it is compared with every message.

    Never for a person's words, which must not stay in memory.
    """
    return normalise(text)


def well_typed(text: str) -> list[str]:
    """The words of a text of the project's own, lower case, tones where the new spelling puts them.

    A short way for thousands of texts at every start; what people type goes through `normalise`.
    """
    lower = unicodedata.normalize("NFC", text).lower()
    for old, new in _TONE_PLACES.items():
        if old in lower:
            lower = lower.replace(old, new)
    return _WORD.findall(lower)


def language_of(words: list[str]) -> str:
    """Which language the words are: km by its script, en by its small words, otherwise vi."""
    if any("\u1780" <= word[0] <= "\u17ff" for word in words if word):
        return "km"
    letters = [word for word in words if word[0].isalpha()]
    if not letters or any(not word.isascii() for word in letters):
        return "vi"
    english = [word for word in letters if word in _ENGLISH or len(word) > 7]
    plainly = any(word not in _ALSO_VIETNAMESE for word in english)
    return "en" if plainly and len(english) * 10 >= len(letters) * 4 and len(letters) > 1 else "vi"


def _letters(text: str) -> Iterator[tuple[str, int, int]]:
    """Lower-case letters in NFC, each with the characters of the original that made it."""
    stretches = [(0, len(text))]
    if len(text) > HEAD + TAIL:
        stretches = [(0, HEAD), (len(text) - TAIL, len(text))]
    for begin, finish in stretches:
        at = begin
        while at < finish:
            end = at + 1
            while end < finish and text[end] >= FIRST_MARK and unicodedata.category(text[end]) in ("Mn", "Mc"):
                end += 1
            for letter in _composed(text[at:end]):
                yield letter, at, end
            at = end
        yield "\n", finish, finish


@lru_cache(maxsize=8192)
def _composed(cluster: str) -> str:
    if len(cluster) > 24:  # a tower of marks
        cluster = cluster[:24]
    kind = unicodedata.category(cluster[0])
    cluster = cluster.translate(_LOOK_LIKE_D)
    if cluster[0] in "\n\r\u2028\u2029":
        return "\n"
    if kind == "Zs" or cluster[0] == "\t":
        return " "
    if kind[0] == "C" or (kind == "Sk" and not cluster[0].isascii()):
        return ""
    form = unicodedata.normalize("NFKC", cluster)
    form = unicodedata.normalize("NFKC", (form if len(form) <= 4 else cluster[0]).lower())
    if _fold_letter(form[0]).isascii() or not form[0].isalpha():  # a letter keeps the marks it can be composed with
        return "".join(letter for letter in form if unicodedata.category(letter)[0] not in "MZ")
    return form.replace(" ", "")


def _tokens(text: str) -> Iterator[Token]:
    """Runs of letters and digits, and signs; commas, quotes and brackets only part words."""
    if len(text) <= HEAD and _PLAIN.fullmatch(text):
        return _plain_tokens(text)
    return _any_tokens(text)


def _plain_tokens(text: str) -> Iterator[Token]:
    """The same where every letter is one sign of its own and none is rare, as in most messages."""
    for found in _PARTS.finditer(text):
        part = found[0]
        yield Token("." if part == "\n" else part.lower(), found.start(), found.end())


def _any_tokens(text: str) -> Iterator[Token]:
    run: list[tuple[str, int, int]] = []
    signs: list[tuple[str, int, int]] = []
    for letter, start, end in _letters(text):
        if letter.isalnum() or letter == "\u17d2" or (letter >= FIRST_MARK and unicodedata.category(letter)[0] == "M"):
            if signs:
                yield _joined(signs)
            run.append((letter, start, end))
            continue
        if run:
            yield _joined(run)
        if letter.isascii() and not letter.isspace() and letter not in SENTENCE_SIGNS:
            signs.append((letter, start, end))
            continue
        if signs:
            yield _joined(signs)
        if letter == "\n":
            if end > start:
                yield Token(".", start, end)
        elif not letter.isspace():
            yield Token("." if letter in "。…។៕" else letter, start, end)
    for held in (run, signs):
        if held:
            yield _joined(held)


def _joined(held: list[tuple[str, int, int]]) -> Token:
    """The letters as one token; the list is empty afterwards."""
    token = Token("".join([letter for letter, _, _ in held]), held[0][1], held[-1][2])
    held.clear()
    return token


def _meant(tokens: list[Token]) -> Iterator[Token]:
    """The tokens as they were meant where a message was typed with the tone keys left in (Telex, VNI)."""
    words = [token.text for token in tokens if token.text[0].isalpha()]
    if len(words) < 2 or _marked_share(tokens) > TYPED_OUT or language_of(words) != "vi":
        yield from tokens
        return
    others = [word for word in words if word not in _ENGLISH]
    known = decoded(others[:200]) if len(others) > ENGLISH_BELOW * len(words) else {}
    for token in tokens:
        meant = known.get(token.text)
        yield token if meant is None else Token(meant, token.start, token.end)


def _settle(token: Token) -> Token:
    """The token without drawn-out letters and with its tone where the new spelling puts it."""
    word = token.text
    if not word[0].isalnum() or _is_settled(word):
        return token
    if len(set(word)) < len(word) - 1:  # a letter at least three times; most words need no closer look
        word = _RUN.sub(r"\1", _CALL.sub(r"\1uu", word))
    while len(word) > 2 and word[-1].isalpha() and (_drawn_out(word[-2], word[-1]) or _drawn_out_twice(word)):
        word = word[:-1]
    if word[-2:] in _TONE_PLACES and not word[:-2].endswith("q"):
        word = word[:-2] + _TONE_PLACES[word[-2:]]
    return token if word == token.text else Token(word, token.start, token.end)


def _is_settled(word: str) -> bool:
    """Whether a look at its letters tells that nothing is drawn out and no tone stands in the old place."""
    if len(word) < 2:
        return True
    before, last = word[-2], word[-1]
    ends_plainly = before != last and (before.isascii() or not last.isascii())
    return ends_plainly and len(set(word)) >= len(word) - 1 and word[-2:] not in _TONE_PLACES


def _drawn_out(letter: str, last: str) -> bool:
    """Whether `last` only draws out `letter`: "nhaa", "mẹe"; not "cứu", where the vowels differ."""
    if letter == last:
        return last not in _KEPT_DOUBLES
    return last.isascii() and _toneless(letter) == last


def _drawn_out_twice(word: str) -> bool:
    """Whether the last two letters draw out one that bears a tone: "mẹee"; one letter is `_drawn_out`."""
    return len(word) > 3 and word[-1] == word[-2] and word[-3] != word[-1] and _drawn_out(word[-3], word[-1])


@lru_cache(maxsize=1024)
def _toneless(letter: str) -> str:
    parts = unicodedata.normalize("NFD", letter)
    return unicodedata.normalize("NFC", "".join(part for part in parts if part not in _TONES))


def _marked_share(tokens: list[Token]) -> float:
    letters = [token.text for token in tokens if token.text[0].isalpha()]
    return sum(not word.isascii() for word in letters) / len(letters) if letters else 0.0


def _replaced(tokens: list[Token], words: Words, *, plain: bool) -> Iterator[Token]:
    for i, token in enumerate(tokens):
        if not token.text[0].isalnum():
            yield from _signs(token, words)
            continue
        instead = words.tokens.get(token.text)
        if instead is None and plain:
            instead = words.plain.get(token.text)
        if token.text in words.before:
            becomes, following = words.before[token.text]
            if i + 1 < len(tokens) and fold(tokens[i + 1].text) in following:
                instead = becomes
        if instead is None or (len(token.text) == 1 and i and tokens[i - 1].text.isdigit()):  # "30 k", "7 a"
            yield token
            continue
        for word in instead.split():
            yield Token(word, token.start, token.end)


def _parted(token: Token, known: Mapping[str, str]) -> Iterator[Token]:
    """ "3t" as "3" and "t"; plain words, and words listed as a spelling, as they are."""
    parts = _LETTERS_OR_DIGITS.findall(token.text) if token.text[0].isalnum() and token.text not in known else []
    if len(parts) <= 1 or "".join(parts) != token.text:
        yield token
        return
    for part in parts:
        yield Token(part, token.start, token.end)


def _signs(token: Token, words: Words) -> Iterator[Token]:
    """A drawn face as its emoji; other ASCII signs only part words."""
    if token.text in words.signs.values() or not token.text.isascii() or token.text in SENTENCE_SIGNS:
        yield token
        return
    drawn = re.sub(r"(.)\1+", r"\1", token.text)
    if drawn in words.signs:
        yield Token(words.signs[drawn], token.start, token.end)


def _without_repeated_signs(tokens: list[Token]) -> list[Token]:
    kept: list[Token] = []
    for token in tokens:
        if token.text.isascii() and not token.text[0].isalnum() and token.text not in SENTENCE_SIGNS:
            continue
        if kept and kept[-1].text == token.text and not token.text[0].isalnum():
            kept[-1] = Token(token.text, kept[-1].start, token.end)
            continue
        kept.append(token)
    return kept
