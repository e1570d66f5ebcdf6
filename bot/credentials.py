"""How officers prove who they are: password and one-time code; slow to guess, useless to replay."""

from __future__ import annotations

import hashlib
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

import argon2
import pyotp
from sqlalchemy import delete, func, select

from bot.store.database import Tx
from bot.store.models import Login, LoginTry, Officer, OneTimeLogin

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)  # a session's last sign of life is written at most this often
TRY_WINDOW = timedelta(minutes=5)
TRIES_PER_NAME = 5
TRIES_IN_ALL = 100
ONCE_VALID = timedelta(hours=24)
CODE_SECONDS = 30
SHORTEST_PASSWORD = 10

_HASHER = argon2.PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
_ONE_AT_A_TIME = threading.Semaphore(1)  # 64 MiB each: parallel sign-ins must not exhaust the memory
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=1$bm9ib2R5bm9ib2R5$IPX9pYVhNEZkYnCNzVnDFmWJWHlhJpCjzXf7yDXNWCs"


@dataclass(frozen=True)
class SignedIn:
    """An officer's browser session. `cookie` is only known when the session is made."""

    officer_id: str
    login: str
    name: str
    role: str
    localities: tuple[str, ...]
    csrf: str
    key: str

    @property
    def supervises(self) -> bool:
        """Whether this officer sees every case and the alarms."""
        return self.role == "supervisor"


class TooManyTries(Exception):  # noqa: N818
    """Sign-ins with this name, or in all, are refused for a while."""


def hash_password(password: str) -> str:
    """The Argon2id hash (64 MiB, three passes) that is stored."""
    with _ONE_AT_A_TIME:
        return _HASHER.hash(password)


def password_is(stored: str, password: str) -> bool:
    """Whether `password` is the one that was hashed."""
    try:
        with _ONE_AT_A_TIME:
            return _HASHER.verify(stored, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def new_totp_secret() -> str:
    """A fresh secret for an authenticator app (160 bits, base 32)."""
    return pyotp.random_base32()


def refuse_floods(tx: Tx, login: str, now: datetime) -> None:
    """Raise TooManyTries when this name, or everybody together, failed too often in the last minutes."""
    since = now - TRY_WINDOW
    tries = select(func.count()).select_from(LoginTry).where(LoginTry.at > since)
    in_all = tx.session.scalar(tries) or 0
    for_name = tx.session.scalar(tries.where(LoginTry.login == _name_key(tx, login))) or 0
    if in_all >= TRIES_IN_ALL or for_name >= TRIES_PER_NAME:
        raise TooManyTries


def note_failure(tx: Tx, login: str, now: datetime) -> None:
    """Remember a failed sign-in; old ones are forgotten."""
    tx.session.execute(delete(LoginTry).where(LoginTry.at < now - 12 * TRY_WINDOW))
    tx.session.add(LoginTry(id=tx.new_id(), login=_name_key(tx, login), at=now))


def stored_password(tx: Tx, login: str) -> tuple[str | None, str]:
    """The officer's id and hash; an unknown name gets a hash too, so that both answers take the same time."""
    row = tx.session.scalar(select(Officer).where(Officer.login == login, Officer.active))
    return (row.id, row.password) if row else (None, _NOBODY)


def use_code(tx: Tx, officer_id: str, code: str, now: datetime) -> bool:
    """Whether the one-time code is right for now (one step early or late) and was not used before; uses it up."""
    row = tx.session.get(Officer, officer_id, with_for_update=True)
    if row is None or not row.active:
        return False
    totp = pyotp.TOTP(tx.open("officer", "totp", row.id, row.totp))
    given = "".join(code.split())
    present = int(now.timestamp()) // CODE_SECONDS
    for step in (present - 1, present, present + 1):
        if step > row.totp_step and secrets.compare_digest(totp.at(step * CODE_SECONDS), given):
            row.totp_step = step
            return True
    return False


def start_session(tx: Tx, officer_id: str, now: datetime) -> str:
    """A new session; returns the secret for the cookie, of which only a hash is stored."""
    cookie = secrets.token_urlsafe(32)
    tx.session.execute(delete(Login).where((Login.seen_at < now - IDLE) | (Login.created_at < now - LONGEST)))
    tx.session.add(
        Login(
            key=_cookie_key(cookie), officer_id=officer_id, csrf=secrets.token_urlsafe(32), created_at=now, seen_at=now
        )
    )
    return cookie


def find_session(tx: Tx, cookie: str, now: datetime) -> SignedIn | None:
    """Who this cookie is, or None: unknown, idle for 30 minutes, older than 12 hours, or no longer on the team."""
    row = tx.session.get(Login, _cookie_key(cookie))
    if row is None or now - row.seen_at > IDLE or now - row.created_at > LONGEST:
        return None
    officer = tx.session.get(Officer, row.officer_id)
    if officer is None or not officer.active:
        return None
    localities = tuple(officer.localities)
    return SignedIn(officer.id, officer.login, officer.name, officer.role, localities, row.csrf, row.key)


def touch_session(tx: Tx, key: str, now: datetime) -> None:
    """The officer did something: the idle time starts again."""
    row = tx.session.get(Login, key)
    if row is not None and row.seen_at < now:
        row.seen_at = now


def is_stale(tx: Tx, key: str, now: datetime) -> bool:
    """Whether the last sign of life should be written again."""
    row = tx.session.get(Login, key)
    return row is not None and now - row.seen_at >= SEEN_EVERY


def end_session(tx: Tx, key: str) -> None:
    """Sign this browser out."""
    tx.session.execute(delete(Login).where(Login.key == key))


def end_sessions_of(tx: Tx, officer_id: str) -> None:
    """Sign every browser of an officer out: after a new password, or when they leave the team."""
    tx.session.execute(delete(Login).where(Login.officer_id == officer_id))


def new_once(tx: Tx, officer_id: str, now: datetime) -> str:
    """A token that signs this officer in once (the demo's printed link)."""
    token = secrets.token_urlsafe(32)
    tx.session.add(OneTimeLogin(key=_cookie_key(token), officer_id=officer_id, expires_at=now + ONCE_VALID))
    return token


def use_once(tx: Tx, token: str, now: datetime) -> str | None:
    """The officer of a one-time token, which is used up by this; None if it is unknown, used or too old."""
    row = tx.session.get(OneTimeLogin, _cookie_key(token), with_for_update=True)
    if row is None:
        return None
    tx.session.delete(row)
    officer = tx.session.get(Officer, row.officer_id)
    return row.officer_id if row.expires_at > now and officer is not None and officer.active else None


def _cookie_key(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()  # 256 random bits need no slow hash


def _name_key(tx: Tx, login: str) -> str:
    return tx.vault.keyed_hash("login", login)
