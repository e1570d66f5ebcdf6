"""config.yml and the environment: read once, every fault at once, with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import config
from bot.config import ConfigProblems, channel_states

ROOT = Path(__file__).resolve().parents[2]
TWILIO = {
    "LANGNGHE_TWILIO_ACCOUNT_SID": "AC1",
    "LANGNGHE_TWILIO_AUTH_TOKEN": "a-secret-token",
    "LANGNGHE_TWILIO_FROM": "+84900000000",
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "data").symlink_to(ROOT / "data")
    (tmp_path / "config.yml").write_text((ROOT / "config.yml").read_text("utf-8"), "utf-8")
    return tmp_path


def problems(root: Path, env: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigProblems) as caught:
        config.load(root, env or {})
    return [str(problem) for problem in caught.value.problems]


def edit(place: Path, old: str, new: str) -> int:
    """Change config.yml and return the line of the change."""
    path = place / "config.yml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_the_shipped_configuration_is_a_rasa_config_and_needs_no_account(place: Path) -> None:
    settings = config.load(place, {})
    document: dict[str, Any] = yaml.safe_load((place / "config.yml").read_text("utf-8"))
    assert document["recipe"] == "default.v1"
    assert document["language"] == "vi"
    assert document["assistant_id"]
    assert settings.telegram is settings.twilio is settings.zalo is None
    assert settings.home == place / "var"


def test_every_problem_is_listed_at_once_with_its_line(place: Path) -> None:
    typo = edit(place, "    zalo: true", "    zallo: true")
    kind = edit(place, "diacritics: false", 'diacritics: "no"')
    backend = edit(place, "backend: embedded", "backend: oracle")
    found = problems(place, {"LANGNGHE_TWILIO_FROM": "+84900000000", "LANGNGHE_ZALO_APPID": "1"})
    assert f"config.yml:{typo}: service.channels.zallo: khóa lạ; có phải `zalo`?" in found
    assert any(p.startswith(f"config.yml:{kind}: service.sms.diacritics") for p in found)
    assert any(p.startswith(f"config.yml:{backend}: service.nlu.backend") for p in found)
    assert any(p.startswith("LANGNGHE_TWILIO_AUTH_TOKEN: thiếu") for p in found)
    assert any("có phải `LANGNGHE_ZALO_APP_ID`?" in p for p in found)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("recipe: default.v1", "recipe: graph.v1", "recipe"),
        ("assistant_id: langnghe-cantho", "assistant_id:", "assistant_id"),
        ("language: vi", "language: vi\nlanguage: vi", "hai lần"),
        ("policies: []", "polices: []", "có phải `policies`?"),
        ("service:\n", "service: [\n", "YAML sai cú pháp"),
        ("    desks:", "    desk:", "service.escalation.desks: thiếu"),
        ('voice: "+84900000111"', "voice: 84900000111", "ngoặc kép"),
        ('voice: "+84900000111"', 'fax: "+84900000111"', "chỉ nhận"),
        ("worker: in_process", "worker: elsewhere", "service.worker"),
        ("pipeline:\n", "pipeline: 3\nother:\n", "pipeline"),
    ],
)
def test_a_fault_is_named(place: Path, old: str, new: str, said: str) -> None:
    edit(place, old, new)
    assert any(said in problem for problem in problems(place))


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "a: &x [*x]\n", "\x00", "\ufeff: :\n  -", "service: {}\n" * 3])
def test_any_file_is_answered_with_problems(place: Path, text: str) -> None:
    (place / "config.yml").write_text(text, "utf-8")
    assert problems(place)


def test_a_missing_or_unreadable_file_is_a_problem(place: Path, tmp_path: Path) -> None:
    (place / "config.yml").write_bytes(b"\xff\xfe\x00")
    assert any("UTF-8" in problem for problem in problems(place))
    (place / "config.yml").unlink()
    assert any("không tìm thấy" in problem for problem in problems(place))


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"LANGNGHE_PUBLIC_URL": "langnghe.example"}, "LANGNGHE_PUBLIC_URL"),
        ({"LANGNGHE_PUBLIC_URL": "http://langnghe.example"}, "https://"),
        ({"LANGNGHE_PUBLIC_URL": "https://langnghe.example:port"}, "LANGNGHE_PUBLIC_URL"),
        ({"LANGNGHE_DATABASE_URL": "mysql://db.example/x"}, "LANGNGHE_DATABASE_URL"),
        ({**TWILIO, "LANGNGHE_TWILIO_FROM": "0900000000"}, "LANGNGHE_TWILIO_FROM"),
        ({"LANGNGHE_TELEGRAM_TOKEN": "1:a"}, "LANGNGHE_TELEGRAM_SECRET: thiếu"),
    ],
)
def test_a_fault_of_the_environment_is_named(place: Path, env: dict[str, str], said: str) -> None:
    assert any(said in problem for problem in problems(place, env))


def test_no_problem_repeats_a_secret(place: Path) -> None:
    found = problems(place, {**TWILIO, "LANGNGHE_TWILIO_FROM": "", "LANGNGHE_PUBLIC_URL": "http://x:y"})
    assert found
    assert "a-secret-token" not in " ".join(found)


def test_settings_never_show_secrets(place: Path) -> None:
    env = {**TWILIO, "LANGNGHE_TWILIO_API_BASE": "http://127.0.0.1:1"}
    assert "a-secret-token" not in repr(config.load(place, env))
    assert "+84900000000" not in repr(config.load(place, env))


def test_a_real_provider_never_rings_an_invented_desk(place: Path) -> None:
    assert any("số ví dụ" in problem for problem in problems(place, TWILIO))
    edit(place, '"+84900000111"', '"+842900000111"')
    edit(place, '"+84900000111"', '"+842900000111"')
    assert config.load(place, TWILIO).twilio is not None


def test_a_channel_without_secrets_is_off_and_says_so(place: Path) -> None:
    edit(place, "telegram: true", "telegram: false")
    states = {state.name: state for state in channel_states(config.load(place, {}))}
    assert states["web"].on
    assert not states["sms"].on
    assert "LANGNGHE_TWILIO_AUTH_TOKEN" in states["sms"].why
    assert "config.yml" in states["telegram"].why


def test_the_demo_has_an_invented_account_and_never_the_real_database(place: Path) -> None:
    env = {"LANGNGHE_DATABASE_URL": "postgresql://db.example/real"}
    settings = config.load(place, env, demo=True, public_url="http://127.0.0.1:9999")
    assert settings.twilio is not None
    assert settings.twilio.api_base == "http://127.0.0.1:9999/demo/twilio"
    assert "db.example" not in settings.database_url


def test_the_home_of_keys_is_its_owners_alone(place: Path) -> None:
    settings = config.load(place, {"LANGNGHE_HOME": str(place / "h")})
    settings.prepare_home()
    assert settings.home.stat().st_mode & 0o777 == 0o700
