"""The terminal chat of `langnghe chat`: the command prints the rows itself."""

from __future__ import annotations

from bot.channels.web import LocalChannel


class Terminal(LocalChannel):
    """A person at the keyboard of this machine."""

    def __init__(self) -> None:
        super().__init__("terminal")
