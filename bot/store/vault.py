"""Sealing at rest: words and addresses are stored only as AES-256-GCM envelopes bound to table, column and row."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import stat
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_FILE = "keys.json"
_VERSION = 1
_AES_256_GCM = 1
_HEADER = 6  # version, algorithm, four bytes of key id
_NONCE = 12
_BLOCK = 256  # sealed lengths are rounded up, so that a size tells little about the words


class KeyFileProblem(Exception):  # noqa: N818
    """The key file cannot be used: its owner must look at it before anything is read or written."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


class Unsealable(Exception):  # noqa: N818
    """An envelope was not made by these keys for this table, column and row."""


@dataclass(frozen=True)
class Vault:
    """The keys of one installation; they live in one file beside, never in, the database."""

    current: str  # id of the key that seals; eight hex digits
    masters: dict[str, bytes] = field(repr=False)
    pepper: bytes = field(repr=False)

    @classmethod
    def open(cls, home: Path) -> Vault:
        """The vault of `home`; at first start its key file is made with mode 0600. Raises KeyFileProblem."""
        path = home / KEY_FILE
        if not path.exists():
            _make(path)
        _refuse_exposed(path)
        try:
            document = json.loads(path.read_text(encoding="ascii"))
            masters = {kid: _unb64(key) for kid, key in document["keys"].items()}
            vault = cls(str(document["current"]), masters, _unb64(document["pepper"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise KeyFileProblem(path, "not a key file of this program") from None
        sound = vault.current in masters and len(vault.pepper) >= 32 and all(len(k) == 32 for k in masters.values())
        if not sound:
            raise KeyFileProblem(path, "a key is missing or too short")
        return vault

    @classmethod
    def fresh(cls) -> Vault:
        """New keys that are kept nowhere but in memory."""
        return cls(secrets.token_hex(4), {}, secrets.token_bytes(32))._with_first_key()

    def _with_first_key(self) -> Vault:
        return Vault(self.current, {self.current: secrets.token_bytes(32)}, self.pepper)

    def seal(self, table: str, column: str, row_id: str, text: str) -> bytes:
        """`text` as an envelope `version|algorithm|key id|nonce|ciphertext` that opens only in the same place."""
        header = bytes((_VERSION, _AES_256_GCM)) + bytes.fromhex(self.current)
        nonce = secrets.token_bytes(_NONCE)
        cipher = _cipher(self.masters[self.current], table, column)
        return header + nonce + cipher.encrypt(nonce, _padded(text.encode()), header + _place(table, column, row_id))

    def open_sealed(self, table: str, column: str, row_id: str, blob: bytes) -> str:
        """The text of an envelope; raises Unsealable if it was changed, moved, or sealed by other keys."""
        header, nonce, sealed = blob[:_HEADER], blob[_HEADER : _HEADER + _NONCE], blob[_HEADER + _NONCE :]
        master = self.masters.get(header[2:].hex())
        if header[:2] != bytes((_VERSION, _AES_256_GCM)) or master is None or len(nonce) < _NONCE:
            raise Unsealable(f"{table}.{column}")
        try:
            padded = _cipher(master, table, column).decrypt(nonce, sealed, header + _place(table, column, row_id))
        except InvalidTag:
            raise Unsealable(f"{table}.{column}") from None
        return padded[4 : 4 + int.from_bytes(padded[:4])].decode()

    def contact_key(self, channel: str, address: str) -> str:
        """The keyed hash under which a contact is found again; 64 hex digits."""
        return self.keyed_hash("contact", channel, address)

    def keyed_hash(self, purpose: str, *parts: str) -> str:
        """HMAC-SHA256 of the parts under the pepper, separate for each purpose; 64 hex digits."""
        message = b"\x1f".join(hashlib.sha256(part.encode()).digest() for part in (purpose, *parts))
        return hmac.new(self.pepper, message, hashlib.sha256).hexdigest()

    def salt(self, purpose: str) -> bytes:
        """Sixteen bytes that are the same at every start, for hashes that must be looked up."""
        return bytes.fromhex(self.keyed_hash("salt", purpose))[:16]


def _place(table: str, column: str, row_id: str) -> bytes:
    return f"{table}|{column}|{row_id}".encode()


def _padded(raw: bytes) -> bytes:
    framed = len(raw).to_bytes(4) + raw
    return framed + bytes(-len(framed) % _BLOCK)


@lru_cache(maxsize=256)
def _cipher(master: bytes, table: str, column: str) -> AESGCM:
    # each column has a key of its own, so that addresses and words never share one
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=f"langnghe|{table}|{column}".encode()).derive(master))


def _unb64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    vault = Vault.fresh()
    keys = {kid: base64.b64encode(key).decode() for kid, key in vault.masters.items()}
    document = {"current": vault.current, "keys": keys, "pepper": base64.b64encode(vault.pepper).decode()}
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            json.dump(document, stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        os.link(draft, path)  # fails if another process was first: then its keys are the keys
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _refuse_exposed(path: Path) -> None:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise KeyFileProblem(path, "others can read it; make it readable by its owner alone (chmod 600)")
