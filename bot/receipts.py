"""Receipt codes: sixteen digits that let a reporter come back unnamed. Only its key is kept to find it."""

from __future__ import annotations

import re
import secrets
import threading
import unicodedata
from collections.abc import Iterator

from argon2.low_level import Type, hash_secret_raw

from bot.store.vault import Vault

_RANDOM_DIGITS = 14
_RUN = re.compile(r"(?<!\d)\d(?:[ .\-]*\d){15}(?!\d)")
_one_at_a_time = threading.Lock()  # 64 MiB each: many at once would be a way to exhaust the machine


def new_code() -> str:
    """A fresh code: 14 random digits and two check digits (ISO 7064, mod 97-10), as four groups of four."""
    number = secrets.randbelow(10**_RANDOM_DIGITS) * 100
    return shown(f"{number + 98 - number % 97:016d}")


def shown(code: str) -> str:
    """The sixteen digits in four groups, as a person reads and types them."""
    return " ".join(code[at : at + 4] for at in range(0, 16, 4))


def hidden(text: str) -> str:
    """`text`, of the same length, with sixteen digits in a row dotted out: a code is its reporter's alone.

    A mistyped one leads to the report too, so it is hidden as well.
    """
    return _RUN.sub(lambda run: re.sub(r"\d", "•", run[0]), text)


def normalise(text: str) -> str | None:
    """The sixteen digits of the first sound code within `text`; None if there is none (or one digit was mistyped)."""
    return next((digits for digits in _runs(text) if _sound(digits)), None)


def meant(text: str) -> tuple[str, ...]:
    """The sound code within `text`, or those that one mistyped digit, or two neighbours that changed places, stand for.

    Of 159 slips of one code one or two are sound codes themselves; empty where no sixteen digits stand in a row.
    """
    sound = normalise(text)
    if sound is not None:
        return (sound,)
    return tuple(dict.fromkeys(near for digits in _runs(text) for near in _slips(digits) if _sound(near)))


def _runs(text: str) -> list[str]:
    return [re.sub(r"\D", "", found[0]) for found in _RUN.finditer(unicodedata.normalize("NFKC", text))]


def _sound(digits: str) -> bool:
    return int(digits) % 97 == 1


def _slips(digits: str) -> Iterator[str]:
    for at, digit in enumerate(digits):
        yield from (digits[:at] + other + digits[at + 1 :] for other in "0123456789" if other != digit)
        yield digits[:at] + digits[at + 1 : at + 2] + digit + digits[at + 2 :]


def key_of(vault: Vault, code: str) -> str:
    """Under which a code is found again: Argon2id (64 MiB, 3 passes, fixed salt), then a keyed hash; about 0.2 s.

    Raises ValueError if `code` is not a receipt code. Source: OWASP ASVS 5.0, 6.5.2.
    """
    digits = normalise(code)
    if digits is None:
        raise ValueError("not a receipt code")
    with _one_at_a_time:
        stretched = hash_secret_raw(
            digits.encode(),
            vault.salt("receipt"),
            time_cost=3,
            memory_cost=64 * 1024,
            parallelism=1,
            hash_len=32,
            type=Type.ID,
        )
    return vault.keyed_hash("receipt", stretched.hex())
