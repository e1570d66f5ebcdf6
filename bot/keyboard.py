"""What every sub-command does around its work: the settings of its installation, and faults said in words."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from bot.config import Settings
    from bot.problems import Problem

FAULTY = 1  # what was asked for cannot be done, or a promise was not kept


@dataclass
class Where:
    """Which installation the sub-command works on."""

    root: Path | None = None


def root_of(context: typer.Context) -> Path | None:
    """The folder of config.yml that was named by --config; None: it is to be found."""
    where: Where = context.obj
    return where.root


def settings_of(
    context: typer.Context,
    *,
    demo: bool = False,
    public_url: str | None = None,
    log_level: str = "ERROR",
    serves: bool = False,
) -> Settings:
    """The settings, or every problem on stderr and exit code 1; of what `serves`, those of the data too."""
    from bot import config, logs

    logs.configure(level=log_level)
    try:
        return config.load(root_of(context), demo=demo, public_url=public_url)
    except config.ConfigProblems as error:
        _refuse({*error.problems, *_everything(context)} if serves else error.problems)


def _everything(context: typer.Context) -> tuple[Problem, ...]:
    from bot.check import all_problems

    return all_problems(root_of(context))


def _refuse(problems: Iterable[Problem]) -> NoReturn:
    listed(sorted(problems))
    typer.echo("Chưa khởi động: hãy sửa các lỗi trên (xem thêm: langnghe check).", err=True)
    raise typer.Exit(FAULTY)


def listed(problems: Iterable[Problem]) -> None:
    """Every problem on stderr, a line each."""
    for problem in problems:
        typer.echo(str(problem), err=True)


@contextmanager
def listing_all(context: typer.Context) -> Iterator[None]:
    """A fault of flows, words or lexicon that stops the start is told with all others, as `langnghe check` would."""
    try:
        yield
    except Exception as error:
        if not getattr(error, "problems", None) or not (found := _everything(context)):
            raise
        _refuse(found)


@contextmanager
def said_plainly() -> Iterator[None]:
    """Faults that a person at the keyboard can mend are said in a line; others keep their trace, without messages."""
    from bot.faults import say

    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away; nothing more can be said
        raise typer.Exit(0) from None
    except Exception as error:
        said = say(error)
        if said is None:
            raise
        typer.echo(said, err=True)
        raise typer.Exit(FAULTY) from None
