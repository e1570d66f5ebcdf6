"""Receipt codes come back as they were given, however they are typed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import receipts
from bot.comeback import MEANT
from bot.store.vault import Vault


def test_a_code_is_four_groups_of_four_and_never_the_same() -> None:
    codes = {receipts.new_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(re.fullmatch(r"\d{4} \d{4} \d{4} \d{4}", code) for code in codes)


@given(
    separator=st.sampled_from(["", " ", "-", ".", "  "]), around=st.sampled_from(["{}", "mã của em là {} nha", "({})"])
)
def test_a_code_is_found_however_it_is_typed(separator: str, around: str) -> None:
    code = receipts.new_code()
    assert receipts.normalise(around.format(code.replace(" ", separator))) == code.replace(" ", "")


@given(at=st.integers(0, 15), by=st.integers(1, 9))
def test_one_mistyped_digit_is_noticed_and_what_was_meant_is_among_the_few_it_can_be(at: int, by: int) -> None:
    code = receipts.new_code().replace(" ", "")
    typed = code[:at] + str((int(code[at]) + by) % 10) + code[at + 1 :]
    assert receipts.normalise(typed) is None
    assert code in receipts.meant(f"mã em là {receipts.shown(typed)} nha")


@given(at=st.integers(0, 14))
def test_two_digits_that_changed_places_are_noticed_and_put_back(at: int) -> None:
    code = receipts.new_code().replace(" ", "")
    typed = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    assert code in receipts.meant(typed)
    assert (receipts.normalise(typed) is None) == (typed != code)


def test_a_slip_stands_for_few_codes_all_of_them_sound() -> None:
    counts = []
    for _ in range(200):
        code = receipts.new_code().replace(" ", "")
        near = receipts.meant(code[:-1] + str((int(code[-1]) + 1) % 10))
        assert all(receipts.normalise(one) == one for one in near)
        counts.append(len(near))
    assert max(counts) <= MEANT  # as many as are looked up: the right one is always among them


def test_a_sound_code_is_taken_as_it_is_and_what_is_no_code_means_nothing() -> None:
    code = receipts.new_code()
    assert receipts.meant(code) == (code.replace(" ", ""),)
    assert receipts.meant("0900000001, 12 tuổi") == ()


@pytest.mark.parametrize("text", ["", "0900000001", "1" * 17, "mười hai", "12345678901234567890"])
def test_what_is_no_code_is_none(text: str) -> None:
    assert receipts.normalise(text) is None


def test_a_code_is_dotted_out_and_nothing_else_is() -> None:
    code = receipts.new_code()
    text = f"Mã của em là {code}, gọi 0900000001"
    assert receipts.hidden(text) == text.replace(code, "•••• •••• •••• ••••")
    slip = code[:-1] + str((int(code[-1]) + 1) % 10)
    assert receipts.hidden(slip) == "•••• •••• •••• ••••"  # it leads to the report too
    assert receipts.hidden("1234 5678 9012 345") == "1234 5678 9012 345"


def test_the_key_depends_on_the_code_and_the_pepper() -> None:
    code, vault = receipts.new_code(), Vault.fresh()
    assert receipts.key_of(vault, code) == receipts.key_of(vault, code.replace(" ", ""))
    assert receipts.key_of(vault, code) != receipts.key_of(Vault.fresh(), code)
