"""Phone numbers in one shape, so that one person is one contact. Pure."""

from __future__ import annotations

import re

_FILLING = re.compile(r"[\s.\-()/]")
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_VIETNAM = re.compile(r"(?:(?:\+?84|0084)0?|0)([1-9]\d{8,9})")  # 9 digits: mobile and most lines; 10: some older lines


def e164(number: str) -> str | None:
    """A number as +84…, from 0…, 84…, 0084… or +84…; other countries' if written with +; None if it is none.

    Source: ITU-T E.164; Vietnam's numbering plan (trunk prefix 0, country code 84).
    """
    bare = _FILLING.sub("", number)
    if found := _VIETNAM.fullmatch(bare):
        return f"+84{found[1]}"
    return bare if _E164.fullmatch(bare) and not bare.startswith("+84") else None


def address_of(number: str) -> str:
    """The address a person on SMS is known by: E.164, or a short code or sender name as it came."""
    return e164(number) or number.strip()
