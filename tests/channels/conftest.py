"""Properties here are checked for truth, not for speed: the machine may be busy."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("channels", deadline=None)
settings.load_profile("channels")
