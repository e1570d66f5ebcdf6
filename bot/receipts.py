"""Receipt codes: sixteen digits that let a reporter come back unnamed. Only its key is kept to find it."""

from __future__ import annotations

import re
import secrets
import threading
import unicodedata

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
    """`text`, of the same length, with the digits of every sound code dotted out: a code is its reporter's alone."""
    return _RUN.sub(lambda run: re.sub(r"\d", "•", run[0]) if normalise(run[0]) else run[0], text)


def normalise(text: str) -> str | None:
    """The sixteen digits of the first sound code within `text`; None if there is none (or one digit was mistyped)."""
    for found in _RUN.finditer(unicodedata.normalize("NFKC", text)):
        digits = re.sub(r"\D", "", found.group())
        if int(digits) % 97 == 1:
            return digits
    return None


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
