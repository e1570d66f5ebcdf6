"""A person's words made safe to keep, and our words made to fit a channel. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from bot.channels.base import Button

# Overrides, embeddings and isolates make a line read backwards; the byte-order mark is invisible.
_CONTROLS = (*range(0x09), *range(0x0E, 0x20), *range(0x7F, 0x85), *range(0x86, 0xA0))
_BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_DROPPED = dict.fromkeys((*_CONTROLS, *_BIDI, 0xFEFF))
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_LONE_SURROGATES = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """The words in NFC, without NUL, controls and bidi marks; line ends as a line feed; emoji sequences whole."""
    paired = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # JSON may hold half a character
    return unicodedata.normalize(
        "NFC", _LINE_ENDS.sub("\n", _LONE_SURROGATES.sub("\ufffd", paired)).translate(_DROPPED)
    )


def utf16_length(text: str) -> int:
    """Length in UTF-16 units, as providers count."""
    return len(text) + sum(char > "\uffff" for char in text)


def with_numbers(text: str, buttons: tuple[Button, ...]) -> str:
    """The text with its choices as numbered lines, for a channel without buttons."""
    if not buttons:
        return text
    lines = [f"{number}. {button.title}" for number, button in enumerate(buttons, 1)]
    return "\n".join([text, "", *lines] if text else lines)


def split(text: str, limit: int) -> tuple[str, ...]:
    """The text in parts of at most `limit` UTF-16 units, cut at paragraphs, lines, sentences or words.

    No character is cut in half, and a mark stays with its letter. A text that fits is one part; an empty one too.
    """
    if limit < 2:
        raise ValueError("a part must hold a whole character")
    return tuple(_parts(text, limit)) or ("",)


def _parts(text: str, limit: int) -> Iterator[str]:
    rest = text
    while utf16_length(rest) > limit:
        cut = _cut(rest, _fitting(rest, limit))
        part, rest = rest[:cut].rstrip(), rest[cut:].lstrip()
        if part:
            yield part
    if rest:
        yield rest


def _fitting(text: str, limit: int) -> int:
    units = 0
    for place, char in enumerate(text):
        units += 2 if char > "\uffff" else 1
        if units > limit:
            return place
    return len(text)


_BREAKS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…])\s"), re.compile(r"\s"))


def _cut(text: str, most: int) -> int:
    """The best place at or before `most`: a late break of the strongest kind, else between two whole characters."""
    window = text[: most + 1]
    for pattern in _BREAKS:
        places = [found.start() for found in pattern.finditer(window) if 0 < found.start() <= most]
        if places and (places[-1] * 3 > most or pattern is _BREAKS[-1]):
            return places[-1]
    place = most
    while place > 1 and _joined(text, place):
        place -= 1
    return place if place > 1 or not _joined(text, place) else most


def _joined(text: str, place: int) -> bool:
    """Whether cutting here would part a letter from its mark, or an emoji from its sequence."""
    after, before = text[place], text[place - 1]
    return bool(unicodedata.combining(after)) or after in "\u200d\ufe0f" or before == "\u200d" or _is_skin_tone(after)


def _is_skin_tone(char: str) -> bool:
    return "\U0001f3fb" <= char <= "\U0001f3ff"
