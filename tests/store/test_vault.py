"""A sealed word opens only in its own place, with its own keys, unchanged."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store.database import Database
from bot.store.vault import KEY_FILE, KeyFileProblem, Unsealable, Vault

VAULT = Vault.fresh()


@given(st.text(max_size=600))
def test_what_is_sealed_opens_again(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    assert VAULT.open_sealed("case", "outcome", "1", VAULT.seal("case", "outcome", "1", text)) == text


@pytest.mark.parametrize("place", [("report", "outcome", "1"), ("case", "note", "1"), ("case", "outcome", "2")])
def test_a_moved_envelope_stays_shut(place: tuple[str, str, str]) -> None:
    with pytest.raises(Unsealable):
        VAULT.open_sealed(*place, VAULT.seal("case", "outcome", "1", "lời của em"))


@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_changed_bit_keeps_it_shut(at: int, bit: int) -> None:
    blob = bytearray(VAULT.seal("case", "outcome", "1", "lời của em"))
    blob[at % len(blob)] ^= 1 << bit
    with pytest.raises(Unsealable):
        VAULT.open_sealed("case", "outcome", "1", bytes(blob))


@given(st.binary(max_size=60))
def test_what_is_no_envelope_stays_shut(blob: bytes) -> None:
    with pytest.raises(Unsealable):
        VAULT.open_sealed("case", "outcome", "1", blob)


def test_the_size_of_an_envelope_tells_little() -> None:
    assert len({len(VAULT.seal("case", "outcome", "1", "x" * length)) for length in range(200)}) == 1


def test_the_key_file_is_its_owners_alone_and_the_same_at_every_start(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        first = Vault.open(tmp_path / "home")
    finally:
        os.umask(previous)
    path = tmp_path / "home" / KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Vault.open(tmp_path / "home") == first
    assert [entry.name for entry in path.parent.iterdir()] == [KEY_FILE]


def test_an_exposed_or_broken_key_file_stops_the_start(tmp_path: Path) -> None:
    Vault.open(tmp_path)
    path = tmp_path / KEY_FILE
    path.chmod(0o640)
    with pytest.raises(KeyFileProblem, match="chmod 600"):
        Vault.open(tmp_path)
    path.chmod(0o600)
    path.write_text('{"current": "00000000", "keys": {}, "pepper": ""}')
    with pytest.raises(KeyFileProblem):
        Vault.open(tmp_path)


def test_other_keys_than_those_that_sealed_are_refused(sqlite_url: str, clock) -> None:
    first = Database(sqlite_url, Vault.fresh(), clock)
    first.migrate()
    first.close()
    second = Database(sqlite_url, Vault.fresh(), clock)
    with pytest.raises(KeyFileProblem, match="did not seal"):
        second.migrate()
    second.close()


def test_nothing_shows_the_keys() -> None:
    assert "pepper" not in repr(VAULT)
    assert VAULT.masters[VAULT.current].hex() not in repr(VAULT)
    assert "masters" not in repr(VAULT)
