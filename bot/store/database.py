"""The unit of work: everything of one turn is committed together or not at all."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.store import schema
from bot.store.clocks import SteadyClock
from bot.store.engines import BUSY_SECONDS, open_engines, parse_url
from bot.store.models import Keep
from bot.store.vault import KEY_FILE, KeyFileProblem, Unsealable, Vault

_MARK = "clock.high_water"
_MARK_EVERY = timedelta(seconds=30)
_KEY_CHECK = "vault.check"


class StoreBusy(Exception):  # noqa: N818
    """The database cannot take this now; the same again later will do."""


class StoreFull(Exception):  # noqa: N818
    """The disk of the database is full; nothing was stored."""


@dataclass
class Tx:
    """One transaction: its session, its fixed time, and the keys."""

    session: Session
    now: datetime  # aware, UTC, the same from begin to commit
    vault: Vault

    def seal(self, table: str, column: str, row_id: str, text: str) -> bytes:
        """`text` sealed for one place."""
        return self.vault.seal(table, column, row_id, text)

    def open(self, table: str, column: str, row_id: str, blob: bytes) -> str:
        """The text sealed for one place; raises Unsealable."""
        return self.vault.open_sealed(table, column, row_id, blob)

    def new_id(self) -> str:
        """An identifier that nobody can guess; 32 hex digits."""
        return secrets.token_hex(16)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.session.get_bind().dialect.name


class Database:
    """The store of one installation. Raises StoreBusy and StoreFull; no error carries a parameter's text."""

    def __init__(self, url: str, vault: Vault, clock: Clock, *, busy: float = BUSY_SECONDS) -> None:
        self.vault = vault
        self.clock = SteadyClock(clock)
        self._url = parse_url(url)
        self._busy = busy  # seconds to wait for another writer
        self._writer, self._reader = open_engines(self._url, busy)
        self._listeners: list[Callable[[], None]] = []
        self._write_lock = threading.Lock()  # SQLite has one writer; waiting here is fairer than its busy loop
        self._held = threading.local()
        self._marked = datetime.min.replace(tzinfo=UTC)

    @property
    def engine(self) -> Engine:
        """The engine that writes."""
        return self._writer

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self._url.get_backend_name() == "sqlite"

    def now(self) -> datetime:
        """The present, aware, UTC; it never goes back."""
        return self.clock.now()

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """One transaction that writes; it commits when the block ends, and leaves nothing if the block raises."""
        with self._alone(), self._transaction(self._writer) as tx:
            yield tx
            self._keep_mark(tx)
        for listener in tuple(self._listeners):
            listener()

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """One transaction that only looks."""
        with self._transaction(self._reader) as tx:
            yield tx

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every commit of this process, in the thread that committed; it must be quick."""
        self._listeners.append(listener)

    def migrate(self) -> None:
        """Bring the tables to this version, and refuse (KeyFileProblem) keys that did not seal what is stored."""
        with self._translated():
            schema.upgrade(self._writer)
        with self.write() as tx:
            self._check_keys(tx)
            mark = tx.session.get(Keep, _MARK)
        if mark is not None:
            self.clock.not_before(mark.updated_at)

    def revision_ok(self) -> bool:
        """Whether the tables are those of this version."""
        with self._translated():
            return schema.current(self._reader) == schema.newest()

    def close(self) -> None:
        """Close every connection."""
        self._reader.dispose()
        self._writer.dispose()

    @contextmanager
    def _transaction(self, engine: Engine) -> Iterator[Tx]:
        with self._translated(), Session(engine, expire_on_commit=False) as session:
            session.connection()  # begin now, so that `now` is never older than what the block reads
            yield Tx(session, self.clock.now(), self.vault)
            session.commit()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        if getattr(self._held, "here", False):
            raise RuntimeError("a transaction that writes is already open in this thread")
        if not self._write_lock.acquire(timeout=self._busy):
            raise StoreBusy
        self._held.here = True
        try:
            yield
        finally:
            self._held.here = False
            self._write_lock.release()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise (_meaning(error) or error) from None

    def _keep_mark(self, tx: Tx) -> None:
        # a later process must not run before this one, or deadlines would wait for the past to end
        if tx.now - self._marked < _MARK_EVERY:
            return
        row = tx.session.get(Keep, _MARK)
        if row is None:
            tx.session.add(Keep(name=_MARK, value=tx.seal("keep", "value", _MARK, "-"), updated_at=tx.now))
        elif row.updated_at < tx.now:
            row.updated_at = tx.now
        self._marked = tx.now

    def _check_keys(self, tx: Tx) -> None:
        row = tx.session.get(Keep, _KEY_CHECK)
        if row is None:
            tx.session.add(Keep(name=_KEY_CHECK, value=tx.seal("keep", "value", _KEY_CHECK, "ok"), updated_at=tx.now))
            return
        try:
            tx.open("keep", "value", _KEY_CHECK, row.value)
        except Unsealable:
            raise KeyFileProblem(Path(KEY_FILE), "these keys did not seal what is in this database") from None


_BUSY = ("database is locked", "database table is locked", "database schema is locked")
_PG_BUSY = frozenset({"40001", "40P01", "55P03", "57P01", "57P03", "53300", "08000", "08003", "08006", "08001"})


def _meaning(error: DBAPIError) -> Exception | None:
    said = str(error.orig)
    state = getattr(error.orig, "sqlstate", None)
    if "disk is full" in said or state == "53100":
        return StoreFull()
    if error.connection_invalidated or state in _PG_BUSY or any(word in said for word in _BUSY):
        return StoreBusy()
    if type(error.orig).__name__ == "OperationalError" and type(error.orig).__module__.startswith("psycopg"):
        return StoreBusy()  # the server is away
    return None
