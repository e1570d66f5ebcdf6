"""Logs that cannot carry a person's words: named events with ids, enums and numbers, as JSON lines on stderr."""

from __future__ import annotations

import enum
import json
import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

import structlog

# Every field a line may have. A new one is added here, on purpose, after asking whether it could hold words.
_FIELDS = """
alarm alert attempts backend case channel code component concept count current decision definitions due duration error
event expected gen head host id inbound job jobs kind lag lane level locality logger method model ms oldest outbound
outcome owner page pages pid policy port priority readers reason repeat responder result retry_after revision round
rows seconds seq session stage state status step subject timestamp turns urgency version wait where worker
"""
FIELDS = frozenset(_FIELDS.split())
_EVENT = re.compile(r"[a-z][a-z0-9_.]{0,63}")
_SAFE = re.compile(r"[A-Za-z0-9_.:/<>\-]{0,100}")
_PHONE = re.compile(r"\+?[\d .\-]{7,}")
_OURS = ("bot", "nlu", "flows", "escalation")
_ROOT = Path(__file__).resolve().parent.parent
QUIET = (
    "httpx",
    "httpcore",
    "telegram",
    "twilio",
    "uvicorn.access",
    "asyncio",
    "alembic",
    "sqlalchemy",
    "hpack",
    "uvicorn.error",
)


def configure(*, level: str = "INFO") -> None:
    """Send every log of this process, ours and the libraries', through the same sieve."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            sieve,
            _to_json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=_StderrFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _StderrHandler()
    handler.setFormatter(_Outsider())
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def sieve(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """The line with only allowed fields and values; what was kept back is named, never shown."""
    kept: dict[str, Any] = {}
    dropped: list[str] = []
    failure = line.pop("exc_info", None)
    line.pop("exception", None)
    for key, value in line.items():
        if key == "event":
            kept[key] = value if isinstance(value, str) and _EVENT.fullmatch(value) else "unnamed"
        elif key in FIELDS and (safe := _value(value)) is not None:
            kept[key] = safe
        elif value is not None:
            dropped.append(key if _SAFE.fullmatch(key) else "?")
    if failure:
        kept |= failure_fields(failure)
    if dropped:
        kept["dropped"] = sorted(dropped)
    return kept


def failure_fields(failure: Any) -> dict[str, Any]:
    """Class and places of an exception, without its message, which may quote what a person wrote."""
    error = failure if isinstance(failure, BaseException) else None
    if isinstance(failure, tuple) and len(failure) > 1:
        error = failure[1]
    error = error or sys.exc_info()[1]
    if error is None:
        return {}
    classes: list[str] = []
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        classes.append(f"{type(link).__module__}.{type(link).__qualname__}")
        link = link.__cause__ or link.__context__
    places = [f"{_place(frame.filename)}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    return {"error": classes[0], "because": classes[1:4], "where": places[-6:]}


def _place(filename: str) -> str:
    path = Path(filename)
    try:
        return path.relative_to(_ROOT).as_posix() if "site-packages" not in path.parts else path.name
    except ValueError:
        return path.name


def _value(value: Any) -> Any:
    """The value if it is an id, an enum or a number; None if it could be words or a phone number."""
    if isinstance(value, enum.Enum):
        value = value.name if isinstance(value, int) else value.value
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, str) and _SAFE.fullmatch(value) and not _PHONE.fullmatch(value):
        return value
    return None


def _to_json(_logger: Any, _method: str, line: Mapping[str, Any]) -> str:
    return json.dumps(line, ensure_ascii=True, sort_keys=True)


class _StderrFactory:
    """Looks stderr up for every line, because tests and terminals replace it."""

    def __call__(self, *_args: Any) -> structlog.PrintLogger:
        return structlog.PrintLogger(sys.stderr)


class _StderrHandler(logging.Handler):
    """The same for the libraries' lines."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
        except ValueError:  # stderr is closed: there is nobody to tell
            return


class _Outsider(logging.Formatter):
    """A library's log line: who, how bad, and which exception; never its text."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "event": "library",
            "logger": record.name,
            "level": record.levelname.lower(),
            "where": f"{record.module}:{record.lineno}",
        }
        if record.exc_info:
            line |= failure_fields(record.exc_info)
        return json.dumps(line, ensure_ascii=True, sort_keys=True)
