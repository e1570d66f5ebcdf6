"""The team from the command line: `migrate`, `officer …`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.command import langnghe

PHONE = "+84900000021"


def test_migrate_makes_the_database_and_keys_that_only_the_owner_reads(home: Path) -> None:
    ran = langnghe("migrate", home=home)
    assert (ran.code, ran.err) == (0, "")
    assert "đúng phiên bản" in ran.out
    for name in ("langnghe.db", "keys.json"):
        assert (home / name).stat().st_mode & 0o077 == 0
    assert langnghe("migrate", home=home).code == 0


def test_an_officer_is_added_once_and_their_secrets_shown_once(home: Path) -> None:
    added = langnghe("officer", "add", "thu.ha", "--name", "Thu Hà", "--phone", PHONE, home=home)
    assert added.code == 0
    assert re.search(r"otpauth://totp/\S+secret=[A-Z2-7]{32}", added.out)
    password = re.search(r"Mật khẩu: (\S+)", added.out)
    assert password is not None
    assert len(password[1]) >= 16
    again = langnghe("officer", "add", "thu.ha", "--name", "Thu Hà", "--phone", PHONE, home=home)
    assert again.code == 1
    assert "Đã có" in again.err
    listed = langnghe("officer", "list", home=home)
    assert "thu.ha" in listed.out
    assert PHONE not in listed.out
    stored = b"".join(path.read_bytes() for path in home.iterdir() if path.name.startswith("langnghe.db"))
    assert PHONE.encode() not in stored
    assert password[1].encode() not in stored


@pytest.mark.parametrize(
    ("login", "phone", "said"),
    [("Thu Hà", PHONE, "Tên đăng nhập"), ("ab", PHONE, "Tên đăng nhập"), ("thu.ha", "0900000021", "số dạng quốc tế")],
)
def test_a_wrong_officer_is_refused_in_words(home: Path, login: str, phone: str, said: str) -> None:
    ran = langnghe("officer", "add", login, "--name", "Thu Hà", "--phone", phone, home=home)
    assert ran.code == 1
    assert said in ran.err
    assert phone not in ran.err


def test_a_place_that_is_no_commune_of_the_city_is_refused(home: Path) -> None:
    asked = ("officer", "add", "thu.ha", "--name", "Thu Hà", "--phone", PHONE, "--locality", "31120", "--locality")
    wrong = langnghe(*asked, "99999", home=home)
    assert wrong.code == 1
    assert "--locality 99999" in wrong.err
    assert "31120" not in wrong.err
    assert langnghe(*asked, "31135", home=home).code == 0
    wrong = langnghe(
        "officer", "rota", "--name", "Xã", "--kind", "locality", "--locality", "1", "--member", "thu.ha", home=home
    )
    assert wrong.code == 1
    assert "--locality 1:" in wrong.err


def test_the_rota_shows_holes_until_somebody_stands_in_them(home: Path) -> None:
    empty = langnghe("officer", "rota", home=home)
    assert empty.code == 1
    assert "Chưa có ca trực loại city" in empty.out
    langnghe("officer", "add", "thu.ha", "--name", "Thu Hà", "--phone", PHONE, home=home)
    langnghe("officer", "add", "phu.trach", "--name", "Phụ trách", "--phone", PHONE, "--supervisor", home=home)
    stranger = langnghe("officer", "rota", "--name", "Thành phố", "--member", "ai.do", home=home)
    assert stranger.code == 1
    assert "ai.do" in stranger.err
    langnghe("officer", "rota", "--name", "Thành phố", "--member", "thu.ha", home=home)
    whole = langnghe("officer", "rota", "--name", "PT", "--kind", "supervisor", "--member", "phu.trach", home=home)
    assert whole.code == 0
    gone = langnghe("officer", "disable", "thu.ha", home=home)
    assert gone.code == 1
    assert "KHÔNG CÓ AI" in gone.out
    assert "đã thôi" in langnghe("officer", "list", home=home).out


def test_a_key_file_that_others_can_read_is_refused(home: Path) -> None:
    langnghe("migrate", home=home)
    (home / "keys.json").chmod(0o644)
    ran = langnghe("officer", "list", home=home)
    assert ran.code == 1
    assert "Tệp khóa" in ran.err
    assert "Traceback" not in ran.err


def test_bad_settings_stop_every_command_with_the_whole_list(home: Path) -> None:
    env = {"LANGNGHE_TWILIO_FROM": "+84900000000", "LANGNGHE_ZALO_APPID": "1"}
    for words in (["migrate"], ["officer", "list"], ["run"], ["worker"], ["chat", "--json"], ["triage"], ["doctor"]):
        ran = langnghe(*words, home=home, env=env)
        assert ran.code == 1, words
        assert ran.out == ""
        for name in ("LANGNGHE_TWILIO_AUTH_TOKEN", "LANGNGHE_TWILIO_ACCOUNT_SID", "LANGNGHE_ZALO_APPID"):
            assert name in ran.err
    assert not home.exists()


def test_help_is_vietnamese_and_needs_no_settings(home: Path) -> None:
    ran = langnghe("--help", home=home, env={"LANGNGHE_ZALO_APPID": "1"})
    assert ran.code == 0
    for name in ("run", "worker", "chat", "triage", "check", "migrate", "officer", "drill", "doctor"):
        assert re.search(rf"\b{name}\b", ran.out)
    assert "Diễn tập" in ran.out
