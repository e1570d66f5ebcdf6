"""The small vocabulary: pieces seen in the messages, every Vietnamese syllable, short fragments, emoji and Khmer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nlu.normalise import fold
from nlu.pieces import MARK, SPECIAL, Pieces
from nlu.syllables import syllables

SHORT = 3  # letters of a fragment that is always kept


def prune(pieces: Sequence[str], scores: Sequence[float], texts: Iterable[str]) -> list[int]:
    """The numbers of the pieces to keep, specials first, in the order of the full vocabulary."""
    full = Pieces(pieces, scores, min(scores) - 10)
    number = {piece: n for n, piece in enumerate(pieces)}
    kept: set[int] = set()
    for text in texts:
        for form in (text, fold(text)):
            kept.update(full.encode_all(form))
    for syllable in syllables():
        for form in {syllable, fold(syllable)}:
            kept.update(number[piece] for piece in (MARK + form, form) if piece in number)
    kept.update(n for piece, n in number.items() if _always(piece))
    return [*range(len(SPECIAL)), *sorted(n for n in kept if n >= len(SPECIAL))]


def _always(piece: str) -> bool:
    bare = piece.lstrip(MARK)
    if any("\u1780" <= letter < "\u1800" for letter in bare):
        return True  # Khmer
    if len(bare) <= 1:
        code = ord(bare) if bare else 0
        return code < 0x250 or 0x1E00 <= code < 0x1F00 or 0x2000 <= code < 0x2C00 or 0x1F000 <= code < 0x1FB00
    if bare.isdigit():
        return len(bare) <= SHORT + 1
    return len(bare) <= SHORT and bare == bare.lower() and all(letter.isascii() or letter in _MARKED for letter in bare)


_MARKED = frozenset(letter for syllable in syllables() for letter in syllable if not letter.isascii())
