"""Places where a test makes the process die, as a power cut would."""

from __future__ import annotations

import os

_NAMED = os.environ.get("LANGNGHE_TEST_FAILPOINT", "")


def hit(name: str) -> None:
    """Die at once, as by kill -9, if a test started this process to die here; otherwise nothing."""
    if name == _NAMED:
        os._exit(137)
