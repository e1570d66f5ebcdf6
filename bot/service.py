"""The `service:` block of config.yml: what an installation may choose, checked strictly."""

from __future__ import annotations

import difflib
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from bot.problems import Problem
from bot.yamlmarks import Marked

Phone = Annotated[str, StringConstraints(pattern=r"^\+\d{8,15}$")]  # no short code: a provider cannot dial one


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Channels(_Strict):
    """Which ways in are wanted; one without its secrets stays off all the same."""

    web: bool = True
    telegram: bool = True
    sms: bool = True
    voice: bool = True
    zalo: bool = True


class Sms(_Strict):
    """How text messages are written."""

    diacritics: bool = False  # one text message holds 160 letters without marks, 70 with them


class Nlu(_Strict):
    """Which readers listen. With `rasa` the embedded ones still answer whenever Rasa does not."""

    backend: Literal["embedded", "rasa"] = "embedded"
    rasa_url: str = "http://127.0.0.1:5005"


class Escalation(_Strict):
    """The desks at the end of the ladder: desk id of the policy → method → address, tried in this order."""

    desks: dict[str, Annotated[dict[Literal["voice", "sms"], Phone], Field(min_length=1)]] = Field(min_length=1)


class Service(_Strict):
    """The whole block."""

    channels: Channels = Channels()
    sms: Sms = Sms()
    nlu: Nlu = Nlu()
    escalation: Escalation
    worker: Literal["in_process", "separate"] = "in_process"  # separate: `langnghe worker` delivers and watches


def service_problems(marked: Marked, file: str) -> tuple[Service | None, list[Problem]]:
    """The block as a value, or None and everything that is wrong with it."""
    block = marked.value.get("service")
    if not isinstance(block, dict):
        return None, [Problem(file, marked.line("service"), "thiếu khối service: (xem config.yml mẫu)")]
    try:
        return Service.model_validate(block), []
    except ValidationError as error:
        return None, [_problem(marked, file, fault) for fault in error.errors()]


def _problem(marked: Marked, file: str, fault: ErrorDetails) -> Problem:
    path = tuple(part for part in fault["loc"] if part != "[key]")
    where = ".".join(("service", *map(str, path)))
    return Problem(file, marked.line("service", *path), f"{where}: {_say(fault, path)}")


_SAYINGS = {
    "missing": "thiếu",
    "bool_type": "phải là true hoặc false",
    "string_type": 'phải là số điện thoại trong ngoặc kép, ví dụ "+84900000111"',
    "string_pattern_mismatch": 'phải là số điện thoại trong ngoặc kép, ví dụ "+84900000111"',
    "model_type": "phải là các dòng `khóa: giá trị`",
    "dict_type": "phải là các dòng `khóa: giá trị`",
    "too_short": "không được để trống: chuông phải luôn đến được một nơi có người",
}


def _say(fault: ErrorDetails, path: tuple[str | int, ...]) -> str:
    kind = fault["type"]
    if kind == "extra_forbidden":
        known = _known(path[:-1])
        near = difflib.get_close_matches(str(path[-1]), known, n=1, cutoff=0.6)
        return "khóa lạ" + (f"; có phải `{near[0]}`?" if near else f" (chỉ nhận: {', '.join(known)})")
    if kind == "literal_error":
        return f"chỉ nhận {fault['ctx']['expected']}".replace(" or ", " hoặc ")
    return _SAYINGS.get(kind, f"giá trị không hợp lệ ({kind})")


def _known(path: tuple[str | int, ...]) -> list[str]:
    model: type[BaseModel] = Service
    for part in path:
        found = model.model_fields.get(str(part))
        if found is None or not (isinstance(found.annotation, type) and issubclass(found.annotation, BaseModel)):
            return []
        model = found.annotation
    return list(model.model_fields)
