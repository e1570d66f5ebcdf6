"""The command as a person starts it: a process of its own, with nothing of this one's environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ran:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


def environment(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """A bare machine's environment: no UTF-8 locale, a wide terminal, a home of its own."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "XDG_RUNTIME_DIR") if name in os.environ}
    return {**kept, "LC_ALL": "C", "COLUMNS": "200", "LANGNGHE_HOME": str(home), **(more or {})}


def langnghe(
    *arguments: str, home: Path, stdin: str | bytes = b"", env: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> Ran:
    """Run one sub-command to its end."""
    done = subprocess.run(
        command(arguments),
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        cwd=cwd,
        env=environment(home, env),
        timeout=120,
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def command(arguments: Sequence[str]) -> list[str]:
    """The words that start a sub-command."""
    return [sys.executable, "-W", "error::DeprecationWarning:bot", "-m", "bot.cli", *arguments]
