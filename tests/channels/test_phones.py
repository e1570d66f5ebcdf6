"""One telephone is one person, however the number is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.phones import address_of, e164


@pytest.mark.parametrize(
    "written",
    [
        "0900000021",
        "84900000021",
        "+84900000021",
        "0084900000021",
        "090 000 0021",
        "+84 (90) 000-00.21",
        "+840900000021",
    ],
)
def test_every_way_to_write_a_number_is_the_same_number(written: str) -> None:
    assert e164(written) == "+84900000021"


@pytest.mark.parametrize("written", ["", "111", "8079", "LANGNGHE", "+", "12", "090000", "+84", "０９０"])
def test_what_is_no_number_is_none(written: str) -> None:
    assert e164(written) is None


def test_another_countrys_number_stays() -> None:
    assert e164("+15005550006") == "+15005550006"


@given(st.from_regex(r"[3-9][0-9]{8}", fullmatch=True))
def test_a_number_is_stable(digits: str) -> None:
    assert {e164(prefix + digits) for prefix in ("0", "84", "+84", "0084")} == {f"+84{digits}"}


@given(st.text(max_size=30))
def test_an_address_is_known_by_one_name(written: str) -> None:
    assert address_of(address_of(written)) == address_of(written)
