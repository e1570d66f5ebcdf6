"""What moves on the terminal while something takes longer than two seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bot.app import Progress as Report

PATIENCE = 2.0  # seconds


@contextmanager
def shown() -> Iterator[Report]:
    """What to call with (what is being done, how far 0…1); a bar appears on stderr once it has taken two seconds."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    started = time.monotonic()
    task = bar.add_task("", total=1.0)
    running = False

    def report(what: str, far: float) -> None:
        nonlocal running
        if not running and time.monotonic() - started >= PATIENCE:
            running = True
            bar.start()
        bar.update(task, description=what, completed=far)

    try:
        yield report
    finally:
        bar.stop()


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Something moves on a terminal's stderr while `what` is done, whose length nobody can tell."""
    with Console(stderr=True).status(what):
        yield
