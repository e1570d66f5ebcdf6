"""Where Zalo's token pair is kept: sealed in the database, or in memory where nothing outlives the process."""

from __future__ import annotations

import json
import threading
from datetime import datetime

from bot.channels.zalo_tokens import TokenPair
from bot.store import keep
from bot.store.database import Database

_NAME = "zalo_tokens"


class TokenStore:
    """One sealed row; every process of the installation reads the same pair."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self) -> TokenPair | None:
        """The newest pair; None before the first refresh."""
        with self._database.read() as tx:
            kept = keep.read(tx, _NAME)
        return _from_json(kept) if kept else None

    def put(self, pair: TokenPair) -> None:
        """Keep a pair; committed when it returns. Raises StoreBusy or StoreFull."""
        with self._database.write() as tx:
            keep.write(tx, _NAME, _to_json(pair))


class MemoryTokenStore:
    """A pair that ends with the process."""

    def __init__(self, pair: TokenPair | None = None) -> None:
        self._pair = pair
        self._lock = threading.Lock()

    def get(self) -> TokenPair | None:
        """The newest pair."""
        with self._lock:
            return self._pair

    def put(self, pair: TokenPair) -> None:
        """Keep a pair."""
        with self._lock:
            self._pair = pair


def _to_json(pair: TokenPair) -> str:
    return json.dumps([pair.access, pair.refresh, pair.issued_at.isoformat(), pair.seed])


def _from_json(text: str) -> TokenPair:
    access, refresh, issued_at, seed = json.loads(text)
    return TokenPair(access, refresh, datetime.fromisoformat(issued_at), seed)
