"""The settings of one installation, read once into frozen values; every problem is listed before a socket opens."""

from __future__ import annotations

import difflib
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.problems import Problem
from bot.service import Service, service_problems
from bot.yamlmarks import Marked, read_marked

CONFIG_NAME = "config.yml"
RASA_KEYS = ("recipe", "language", "assistant_id", "pipeline", "policies", "importers", "service")
DEMO_SID = "AC00000000000000000000000000000000"  # 34 characters as the provider's, and visibly nobody's
INVENTED_NUMBERS = "+8490000"  # the block that examples, drills and the demo use; no real desk may stand in it


@dataclass(frozen=True)
class TelegramSettings:
    """Secrets of the Telegram bot."""

    token: str = field(repr=False)
    secret: str = field(repr=False)
    api_base: str = "https://api.telegram.org"


@dataclass(frozen=True)
class TwilioSettings:
    """Secrets of the Twilio account that sends SMS and calls officers."""

    account_sid: str
    auth_token: str = field(repr=False)
    from_number: str = field(repr=False)
    api_base: str = "https://api.twilio.com"


@dataclass(frozen=True)
class ZaloSettings:
    """Secrets of the Zalo Official Account."""

    app_id: str
    app_secret: str = field(repr=False)
    oa_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    api_base: str = "https://openapi.zalo.me"
    oauth_base: str = "https://oauth.zaloapp.com"


@dataclass(frozen=True)
class Settings:
    """Everything an installation may choose."""

    root: Path  # where config.yml stands
    data: Path  # words, directory, lexicon, policy
    home: Path  # database, keys and model
    database_url: str = field(repr=False)
    public_url: str = "http://127.0.0.1:8111"
    demo: bool = False
    telegram: TelegramSettings | None = None
    twilio: TwilioSettings | None = None
    zalo: ZaloSettings | None = None
    body_limit: int = 65_536  # bytes of one request
    lease: timedelta = timedelta(seconds=15)
    rasa_token: str = field(default="", repr=False)  # of the Rasa server, where service.nlu.backend is rasa
    service: dict[str, Any] = field(default_factory=dict)  # the checked `service:` block of config.yml

    def prepare_home(self) -> None:
        """Make the folder of keys and data, readable by its owner alone."""
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.home.chmod(0o700)


class ConfigProblems(Exception):  # noqa: N818
    """The configuration cannot be used; `problems` lists everything that is wrong, not just the first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(p) for p in problems))
        self.problems = problems


@dataclass(frozen=True)
class ChannelState:
    """Whether a way in is open, and why not."""

    name: str
    on: bool
    why: str  # Vietnamese; names what is missing, never a value


# What each provider needs. Name of the environment variable → field of its settings.
REQUIRED: dict[str, dict[str, str]] = {
    "telegram": {"LANGNGHE_TELEGRAM_TOKEN": "token", "LANGNGHE_TELEGRAM_SECRET": "secret"},
    "twilio": {
        "LANGNGHE_TWILIO_ACCOUNT_SID": "account_sid",
        "LANGNGHE_TWILIO_AUTH_TOKEN": "auth_token",
        "LANGNGHE_TWILIO_FROM": "from_number",
    },
    "zalo": {
        "LANGNGHE_ZALO_APP_ID": "app_id",
        "LANGNGHE_ZALO_APP_SECRET": "app_secret",
        "LANGNGHE_ZALO_OA_SECRET": "oa_secret",
        "LANGNGHE_ZALO_REFRESH_TOKEN": "refresh_token",
    },
}
OPTIONAL: dict[str, dict[str, str]] = {
    "telegram": {"LANGNGHE_TELEGRAM_API_BASE": "api_base"},
    "twilio": {"LANGNGHE_TWILIO_API_BASE": "api_base"},
    "zalo": {"LANGNGHE_ZALO_API_BASE": "api_base", "LANGNGHE_ZALO_OAUTH_BASE": "oauth_base"},
}
GENERAL = ("LANGNGHE_DATABASE_URL", "LANGNGHE_HOME", "LANGNGHE_PUBLIC_URL", "LANGNGHE_RASA_TOKEN")
FOR_TESTS = ("LANGNGHE_MODE", "LANGNGHE_FAILPOINT")  # the crash tests'; see bot/failpoint.py
PROVIDER_OF = {"telegram": "telegram", "sms": "twilio", "voice": "twilio", "zalo": "zalo"}


def find_root(cwd: Path | None = None) -> Path:
    """The folder of config.yml: here, the source tree, or what the package installed; here if none has one."""
    here = cwd or Path.cwd()
    for folder in (here, Path(__file__).resolve().parent.parent, Path(sys.prefix) / "share" / "langnghe"):
        if (folder / CONFIG_NAME).is_file():
            return folder
    return here


def load(
    root: Path | None = None,
    env: Mapping[str, str] | None = None,
    *,
    demo: bool = False,
    public_url: str | None = None,
) -> Settings:
    """Settings of the installation at `root`, or ConfigProblems that lists every fault with file and line.

    `demo` gives the installation an invented provider account that is served by the process itself, and never the
    database of a real one.
    """
    root = (root or find_root()).resolve()
    env = os.environ if env is None else env
    problems: list[Problem] = []
    service = _read_config(root / CONFIG_NAME, problems)
    providers = {} if demo else _read_providers(env, problems)
    home = _home(root, env)
    public = (public_url or env.get("LANGNGHE_PUBLIC_URL") or Settings.public_url).rstrip("/")
    problems.extend(_env_problems(env, public, demo=demo))
    if service is not None and service.nlu.backend == "rasa":
        problems.extend(_url_problems("service.nlu.rasa_url", service.nlu.rasa_url))
        if not env.get("LANGNGHE_RASA_TOKEN", "").strip():
            problems.append(Problem("LANGNGHE_RASA_TOKEN", 0, "thiếu: máy chủ Rasa chỉ trả lời ai có khóa này"))
    if demo:
        providers = {"twilio": TwilioSettings(DEMO_SID, "demo", "+84900000000", f"{public}/demo/twilio")}
    elif service is not None:
        problems.extend(_invented_desks(service, providers))
    data = root / "data" if (root / "data").is_dir() else find_root() / "data"
    if not data.is_dir():
        problems.append(Problem("data", 0, "thiếu thư mục data/ (lời nói, danh bạ, từ điển)"))
    if problems or service is None:
        raise ConfigProblems(tuple(sorted(set(problems))))
    return Settings(
        root=root,
        data=data,
        home=home,
        database_url=(not demo and env.get("LANGNGHE_DATABASE_URL")) or f"sqlite:///{home / 'langnghe.db'}",
        public_url=public,
        demo=demo,
        rasa_token=env.get("LANGNGHE_RASA_TOKEN", "").strip(),
        service=service.model_dump(mode="python"),
        **providers,
    )


def channel_states(settings: Settings) -> tuple[ChannelState, ...]:
    """Every way in, on or off, with the reason."""
    wanted: Mapping[str, bool] = settings.service["channels"]
    return tuple(_channel_state(settings, name, on) for name, on in wanted.items())


def _channel_state(settings: Settings, name: str, wanted: bool) -> ChannelState:
    if not wanted:
        return ChannelState(name, False, f"tắt trong {CONFIG_NAME} (service.channels.{name})")
    provider = PROVIDER_OF.get(name)
    if provider and getattr(settings, provider) is None:
        return ChannelState(name, False, "chưa có khóa: " + ", ".join(REQUIRED[provider]))
    return ChannelState(name, True, "nhà mạng giả trong bản chạy thử" if provider and settings.demo else "sẵn sàng")


def _home(root: Path, env: Mapping[str, str]) -> Path:
    if named := env.get("LANGNGHE_HOME"):
        return Path(named).expanduser().resolve()
    installed = root == (Path(sys.prefix) / "share" / "langnghe").resolve()
    return (Path.cwd() if installed else root).resolve() / "var"  # never write beside installed files


def _read_config(path: Path, problems: list[Problem]) -> Service | None:
    """The checked `service:` block; None when it cannot be used (the reasons are in `problems`)."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        problems.append(Problem(CONFIG_NAME, 0, "không tìm thấy; hãy chạy trong thư mục có config.yml"))
        return None
    except (OSError, UnicodeDecodeError):
        problems.append(Problem(CONFIG_NAME, 0, "không đọc được (quyền truy cập, hoặc không phải UTF-8)"))
        return None
    marked = read_marked(text, CONFIG_NAME)
    problems.extend(marked.problems)
    if not isinstance(marked.value, dict):
        if not marked.problems:
            problems.append(Problem(CONFIG_NAME, 1, "phải là các dòng `khóa: giá trị`"))
        return None
    problems.extend(_rasa_problems(marked))
    service, faults = service_problems(marked, CONFIG_NAME)
    problems.extend(faults)
    return service


def _rasa_problems(marked: Marked) -> Iterator[Problem]:
    config = marked.value
    for key in config:
        if key not in RASA_KEYS:
            yield Problem(CONFIG_NAME, marked.line(key), unknown(str(key), RASA_KEYS))
    if config.get("recipe") != "default.v1":
        yield Problem(CONFIG_NAME, marked.line("recipe"), "recipe phải là default.v1 (Rasa 3)")
    if config.get("language") != "vi":
        yield Problem(CONFIG_NAME, marked.line("language"), "language phải là vi")
    if not (isinstance(config.get("assistant_id"), str) and config["assistant_id"].strip()):
        # without one, training with Rasa writes a random one into this file
        yield Problem(CONFIG_NAME, marked.line("assistant_id"), "assistant_id phải có, là một tên không đổi")
    pipeline = config.get("pipeline")
    if not isinstance(pipeline, list) or not pipeline:
        yield Problem(CONFIG_NAME, marked.line("pipeline"), "pipeline phải là danh sách các bước, mỗi bước có name")
        return
    for n, part in enumerate(pipeline):
        if not (isinstance(part, dict) and isinstance(part.get("name"), str)):
            yield Problem(CONFIG_NAME, marked.line("pipeline", n), "mỗi bước của pipeline phải có name")


def _read_providers(env: Mapping[str, str], problems: list[Problem]) -> dict[str, Any]:
    """Settings of the providers whose secrets are all there; some but not all is a problem, none is simply off."""
    kinds = {"telegram": TelegramSettings, "twilio": TwilioSettings, "zalo": ZaloSettings}
    found: dict[str, Any] = {}
    for name, needed in REQUIRED.items():
        given = {key: env[key].strip() for key in needed if env.get(key, "").strip()}
        missing = [key for key in needed if key not in given]
        if given and missing:
            present = ", ".join(given)
            problems.extend(Problem(key, 0, f"thiếu, trong khi đã có {present}") for key in missing)
        elif given:
            extra = {attr: env[key].rstrip("/") for key, attr in OPTIONAL[name].items() if env.get(key)}
            found[name] = kinds[name](**{needed[key]: value for key, value in given.items()}, **extra)
    return found


def _env_problems(env: Mapping[str, str], public: str, *, demo: bool) -> Iterator[Problem]:
    known = [*GENERAL, *FOR_TESTS, *(k for table in (REQUIRED, OPTIONAL) for keys in table.values() for k in keys)]
    for key in sorted(env):
        if key.startswith("LANGNGHE_") and not key.startswith("LANGNGHE_TEST_") and key not in known:
            yield Problem(key, 0, unknown(key, known, what="biến môi trường"))
    yield from _url_problems("LANGNGHE_PUBLIC_URL", public)
    for keys in OPTIONAL.values():
        for key in keys:
            if env.get(key) and not demo:
                yield from _url_problems(key, env[key])
    database = env.get("LANGNGHE_DATABASE_URL", "")
    if database and not re.match(r"(sqlite|postgresql)(\+\w+)?://", database):
        yield Problem("LANGNGHE_DATABASE_URL", 0, "phải bắt đầu bằng sqlite:/// hoặc postgresql://")
    sender = env.get("LANGNGHE_TWILIO_FROM", "").strip()
    if sender and not demo and not re.fullmatch(r"\+\d{8,15}", sender):
        yield Problem("LANGNGHE_TWILIO_FROM", 0, "phải là số dạng quốc tế, ví dụ +84900000000")


def _url_problems(key: str, value: str) -> Iterator[Problem]:
    try:
        parts = urlsplit(value)
        port_reads = parts.port is None or parts.port >= 0
    except ValueError:
        parts, port_reads = urlsplit(""), False
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_reads or parts.query:
        yield Problem(key, 0, "phải là địa chỉ http:// hoặc https://, không có dấu hỏi")
    elif parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        yield Problem(key, 0, "ngoài máy này thì phải là https://")


def _invented_desks(service: Service, providers: Mapping[str, Any]) -> Iterator[Problem]:
    """A real provider must not be left to ring a number that nobody has."""
    twilio = providers.get("twilio")
    if twilio is None or urlsplit(twilio.api_base).hostname in ("127.0.0.1", "localhost", "::1"):
        return
    for desk, methods in service.escalation.desks.items():
        for method, address in methods.items():
            if address.startswith(INVENTED_NUMBERS):
                where = f"service.escalation.desks.{desk}.{method}"
                yield Problem(CONFIG_NAME, 0, f"{where} còn là số ví dụ: hãy ghi số thật của nơi tiếp nhận")


def unknown(key: str, known: tuple[str, ...] | list[str], what: str = "khóa") -> str:
    """What to say of a name that nobody knows, with the nearest one that is known."""
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    return f"{what} lạ `{key}`" + (f"; có phải `{near[0]}`?" if near else f" (chỉ nhận: {', '.join(known)})")
