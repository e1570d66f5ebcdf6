"""Pages: templates that escape everything, and text of strangers made harmless to look at."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from bot.web.words import Words

HERE = Path(__file__).parent
LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")

# Controls that reorder or hide what stands around them; line feed and tab stay, and so does the emoji joiner.
_DECEPTIVE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff]"
)


def shown(text: str) -> str:
    """`text` with deceptive control characters written out as [U+202E]; lengths change, so mark spans first."""
    return _DECEPTIVE.sub(lambda match: f"[U+{ord(match[0]):04X}]", text)


def isolated(text: str) -> Markup:
    """A stranger's words as HTML: escaped, neutralised, in a <bdi> that keeps their direction to themselves."""
    return Markup('<bdi class="words">{}</bdi>').format(shown(text))


def linked(text: str, base: str) -> Markup:
    """The same, with the addresses of our own pages (`base`/…) as links."""
    link = Markup('<a href="{0}">{0}</a>')
    parts = [shown(part) for part in re.split(rf"({re.escape(base)}/[\w/-]+)", text)]
    html = Markup().join(link.format(part) if at % 2 else part for at, part in enumerate(parts))  # join escapes
    return Markup('<bdi class="words">{}</bdi>').format(html)


def callable_numbers(text: str, numbers: Collection[str]) -> Markup:
    """The bot's own words as HTML, with the `numbers` of the directory to be tapped and called."""
    link = Markup('<a href="tel:{0}">{0}</a>')
    found = re.compile(rf"(?<!\d)({'|'.join(map(re.escape, sorted(numbers, key=len, reverse=True)))})(?!\d)")
    html = Markup().join(link.format(part) if part in numbers else part for part in found.split(shown(text)))
    return Markup('<bdi class="words">{}</bdi>').format(html)


def clock_time(at: datetime | None) -> str:
    """An instant as officers read it, `14:05 24/11/2026`, in Vietnam's time."""
    return at.astimezone(LOCAL).strftime("%H:%M %d/%m/%Y") if at else ""


class Pages:
    """Renders templates with the words of the pages."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "words": isolated,
            "linked": linked,
            "callable": partial(callable_numbers, numbers=frozenset(words.numbers.values())),
            "time": clock_time,
            "shown": shown,
        }
        self._environment.globals |= {"w": words}

    def text(self, template: str, **values: object) -> str:
        """The HTML of one template."""
        return self._environment.get_template(template).render(**values)

    def page(
        self, template: str, *, status: int = 200, values: Mapping[str, object] | None = None, **more: object
    ) -> HTMLResponse:
        """The answer that shows one template."""
        return HTMLResponse(self.text(template, **(values or {}), **more), status_code=status)
