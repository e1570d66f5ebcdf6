"""What a text costs as SMS: its alphabet, its segments, and the same words without marks. Pure.

Source: 3GPP TS 23.038 (GSM 7-bit default alphabet and its extension table).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

from bot.channels.text import utf16_length

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = "\f^{}\\[~]|€"
_COST = dict.fromkeys(_BASIC, 1) | dict.fromkeys(_EXTENSION, 2)

_PLAIN = {
    "đ": "d", "Đ": "D", "…": "...", "–": "-", "—": "-", "‑": "-", "•": "-", "·": "-", "“": '"', "”": '"', "„": '"',
    "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'", "`": "'", "×": "x", "→": "->", "\t": " ", "\u00a0": " ",
    "\u202f": " ", "\u2009": " ", "½": "1/2", "₫": "d",
}  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """How one text travels: septets of GSM-7 or units of UCS-2, and in how many segments."""

    alphabet: Literal["gsm7", "ucs2"]
    units: int
    segments: int


def cost(text: str) -> Cost:
    """What sending this text takes; one that is empty still takes one segment."""
    if all(char in _COST for char in text):
        return _gsm7(text)
    units = utf16_length(text)
    return Cost("ucs2", units, 1 if units <= 70 else _packed([2 if char > "\uffff" else 1 for char in text], 67))


def _gsm7(text: str) -> Cost:
    sizes = [_COST[char] for char in text]
    units = sum(sizes)
    return Cost("gsm7", units, 1 if units <= 160 else _packed(sizes, 153))


def _packed(sizes: list[int], room: int) -> int:
    """Segments needed when a character of two units may not lie across two segments."""
    segments, used = 1, 0
    for size in sizes:
        if used + size > room:
            segments, used = segments + 1, 0
        used += size
    return segments


def without_marks(text: str) -> str:
    """The same words in letters that GSM-7 has: no diacritics, plain quotes and dashes, no emoji."""
    replaced = "".join(_PLAIN.get(char, char) for char in unicodedata.normalize("NFC", text))
    bare = (char for char in unicodedata.normalize("NFKD", replaced) if not unicodedata.combining(char))
    kept = "".join(_PLAIN.get(char, char) for char in bare)
    return "".join(char for char in kept if char in _COST and char not in "\r\f")


def for_sms(text: str, *, diacritics: bool, most: int = 2) -> str:
    """The text as it is sent: without marks unless they are wanted and fit into `most` segments."""
    if diacritics and cost(text).segments <= most:
        return text
    return without_marks(text)
