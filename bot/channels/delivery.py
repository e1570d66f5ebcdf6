"""How the state of something we sent moves: forward only, whatever order the news comes in. Pure."""

from __future__ import annotations

_RANK = {"queued": 0, "sending": 0, "sent": 1, "delivered": 2, "read": 3}


def advances(current: str, news: str) -> bool:
    """Whether the news changes the state. Late and repeated news changes nothing; delivered is never undone."""
    if news == "failed":
        return current in ("queued", "sending", "sent")
    return current in _RANK and news in _RANK and _RANK[news] > _RANK[current]
