"""Sealing at rest, and finding what is sealed.

One master key lives in a file outside the database. From it come, by HKDF: the key that wraps the subjects' keys, the
key of the blind indexes, and the key of the journal and the spool. Every subject (a person, an incident, a device) has
keys of its own, one a data class; they are stored wrapped, and forgetting deletes them (decision record 0005).

AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D); a key seals far fewer than 2**32 values. HKDF: RFC 5869.
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12
INDEX_BYTES = 16
VERSION = b"\x01"


class SealError(ValueError):
    """The key is gone, is another one, or the bytes were changed."""


@dataclass(frozen=True)
class Keyring:
    """The keys that are derived from the master key. `repr` shows none of them."""

    master: bytes

    def __post_init__(self) -> None:
        if len(self.master) != KEY_BYTES:
            raise SealError(f"The master key must have {KEY_BYTES} bytes; the key file is damaged.")

    def __repr__(self) -> str:
        return "Keyring(…)"

    def derive(self, purpose: str) -> bytes:
        """Return the 32-byte key for one purpose."""
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"tocsin/{purpose}".encode()).derive(self.master)

    @cached_property
    def wrapping(self) -> bytes:
        """The key that wraps the subjects' keys."""
        return self.derive("wrap")

    @cached_property
    def index(self) -> bytes:
        """The key of the blind indexes."""
        return self.derive("index")

    @cached_property
    def journal(self) -> bytes:
        """The key of the journal, the spool and the inbound messages, whose subject is not known yet."""
        return self.derive("journal")

    def wrap(self, key: bytes, *, context: str) -> bytes:
        """Seal a subject's key for storage."""
        return seal(key, key=self.wrapping, context=context)

    def unwrap(self, wrapped: bytes, *, context: str) -> bytes:
        """Open a stored subject's key. Raises `SealError`."""
        return open_sealed(wrapped, key=self.wrapping, context=context)

    def blind_index(self, value: str, *, kind: str) -> bytes:
        """Return the 16 bytes under which an exact value is found. `kind` keeps numbers and device ids apart."""
        return hmac.digest(self.index, f"{kind}\x00{value}".encode(), hashlib.sha256)[:INDEX_BYTES]


def seal(plaintext: bytes, *, key: bytes, context: str) -> bytes:
    """Return version, nonce, ciphertext and tag. `context` names the field, so that values cannot change places."""
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + AESGCM(key).encrypt(nonce, plaintext, context.encode())


def open_sealed(sealed: bytes, *, key: bytes, context: str) -> bytes:
    """Return what was sealed. Raises `SealError` and says no more than that."""
    if sealed[:1] != VERSION:
        raise SealError("This is not a sealed value of a version that is known here.")
    nonce, ciphertext = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, context.encode())
    except (InvalidTag, ValueError) as error:
        raise SealError("This value cannot be opened with this key.") from error


def new_key() -> bytes:
    """Return a fresh random key."""
    return secrets.token_bytes(KEY_BYTES)


def load_keyring(path: Path) -> Keyring:
    """Read the master key, 64 hexadecimal digits. Raises `SealError` with what to do."""
    try:
        return Keyring(bytes.fromhex(path.read_text(encoding="ascii").strip()))
    except FileNotFoundError as error:
        raise SealError(
            f"There is no master key at {path}. Put the key file of this installation back there; "
            "without it nothing sealed can be read. A new installation makes one with `tocsin migrate`."
        ) from error
    except (ValueError, OSError) as error:
        raise SealError(f"The master key at {path} cannot be read: {error}") from error


def create_master_key(path: Path) -> Keyring:
    """Make a master key if there is none, readable by its owner only, on disk before it is used."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return load_keyring(path)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(new_key().hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return load_keyring(path)
