"""A received frame as the journal keeps it: sealed contents, and a row in PostgreSQL's binary COPY format.

Pure functions over bytes. The same row bytes go to the database and to the spool, so that what is replayed is what was
received. Format: PostgreSQL documentation, COPY, "Binary Format"; arrays as `array_recv`, times as `timestamptz_recv`.
"""

import base64
import json
import os
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tocsin.core.sealing import NONCE_BYTES, VERSION, open_sealed
from tocsin.protocols.base import Alarm, Session

CONTEXT = "signal"  # Named in the seal, so that a sealed value cannot be put in another one's place.
COLUMNS = "uid, received_at, protocol, uid_index, alarms, is_readable, sealed, state, due_at"
COPY_HEADER = b"PGCOPY\n\xff\r\n\x00" + struct.pack("!ii", 0, 0)
COPY_TRAILER = struct.pack("!h", -1)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # PostgreSQL counts microseconds from here.
VARCHAR_OID = 1043
NULL = struct.pack("!i", -1)
QUIET, WAITING = "quiet", "waiting"

_HEAD = struct.Struct("!hi16siq")  # Nine columns; uid; received_at.
_LENGTH = struct.Struct("!i")
_INSTANT = struct.Struct("!iq")
_FLOAT = struct.Struct("!id")
_MICROSECOND = timedelta(microseconds=1)
_EPOCH_UNIX_MS = int(EPOCH.timestamp()) * 1000


@dataclass(frozen=True, slots=True)
class Contents:
    """What a signal's sealed column opens to. `session` is what the frame must be decoded with."""

    raw: bytes
    peer: str
    device_uid: str | None
    session: Session = field(default_factory=Session)


@dataclass(frozen=True, slots=True)
class RowFacts:
    """What can be read in a row without a key."""

    uid: UUID
    received_at: datetime
    protocol: str
    uid_index: bytes | None
    alarms: frozenset[Alarm]


class Sealer:
    """Seals contents quickly: the cipher's key is prepared once. Opened by `open_contents`."""

    def __init__(self, journal_key: bytes) -> None:
        self._encrypt = AESGCM(journal_key).encrypt

    def seal(self, raw: bytes, preface: bytes) -> bytes:
        """Seal a frame. `preface` comes from `contents_preface` and serves every frame that shares it."""
        nonce = os.urandom(NONCE_BYTES)
        plaintext = preface + base64.b64encode(raw) + b'"}'
        return VERSION + nonce + self._encrypt(nonce, plaintext, CONTEXT.encode())


def contents_preface(peer: str, device_uid: str | None, session: Session) -> bytes:
    """Write the part of the sealed JSON that stays the same while a connection's session does."""
    told: dict[str, object] = {}
    if session.device_uid is not None:
        told["device_uid"] = session.device_uid
    if session.utc_offset_s:
        told["utc_offset_s"] = session.utc_offset_s
    if session.facts:
        told["facts"] = dict(session.facts)
    if session.parts:
        told["parts"] = [base64.b64encode(part).decode() for part in session.parts]
    shared = {"device_uid": device_uid, "peer": peer, "session": told}
    return json.dumps(shared, separators=(",", ":")).encode()[:-1] + b',"raw":"'


def open_contents(sealed: bytes, *, journal_key: bytes) -> Contents:
    """Open a signal's sealed column. Raises `SealError`."""
    told = json.loads(open_sealed(sealed, key=journal_key, context=CONTEXT))
    session = told["session"]
    parts = tuple(base64.b64decode(part) for part in session.pop("parts", ()))
    return Contents(base64.b64decode(told["raw"]), told["peer"], told["device_uid"], Session(**session, parts=parts))


class UidMaker:
    """Makes signal uids that grow with time, so that their index stays small and quick to extend (RFC 9562, UUIDv7).

    Unguessable they need not be; unique they are: random bits of this process, and a counter.
    """

    def __init__(self) -> None:
        self._process_bits = int.from_bytes(os.urandom(6)) & ((1 << 42) - 1)
        self._counter = 0

    def next(self, received_us: int) -> bytes:
        """Return the 16 bytes of the next uid. `received_us` as `microseconds` counts."""
        self._counter = (self._counter + 1) & 0xFFFFFFFF
        # 48 bits of milliseconds; version 7 and the top 12 bits of the counter; variant, the rest, the process.
        high = (received_us // 1000 + _EPOCH_UNIX_MS) << 16 | 0x7000 | self._counter >> 20
        low = 0b10 << 62 | (self._counter & 0xFFFFF) << 42 | self._process_bits
        return (high << 64 | low).to_bytes(16)


def microseconds(instant: datetime) -> int:
    """Count as PostgreSQL does."""
    return (instant - EPOCH) // _MICROSECOND


def binary_text(text: str) -> bytes:
    """Write one text column."""
    encoded = text.encode()
    return _LENGTH.pack(len(encoded)) + encoded


def binary_bytes(data: bytes) -> bytes:
    """Write one bytea column."""
    return _LENGTH.pack(len(data)) + data


def binary_float(number: float | None) -> bytes:
    """Write one column of type double precision."""
    return NULL if number is None else _FLOAT.pack(8, number)


def binary_instant(instant: datetime | None) -> bytes:
    """Write one column of type timestamptz."""
    return NULL if instant is None else _INSTANT.pack(8, microseconds(instant))


def binary_alarms(alarms: frozenset[Alarm]) -> bytes:
    """Write a column of type varchar[]."""
    if not alarms:
        body = struct.pack("!iii", 0, 0, VARCHAR_OID)
    else:
        items = b"".join(binary_text(alarm.value) for alarm in sorted(alarms))
        body = struct.pack("!iiiii", 1, 0, VARCHAR_OID, len(alarms), 1) + items
    return _LENGTH.pack(len(body)) + body


def binary_row(
    *,
    uid: bytes,
    received_us: int,
    protocol: bytes,
    uid_index: bytes | None,
    alarms: bytes,
    is_readable: bool,
    sealed: bytes,
    state: bytes,
) -> bytes:
    """Write one row. `protocol`, `alarms` and `state` come ready from the functions above."""
    return b"".join(
        (
            _HEAD.pack(9, 16, uid, 8, received_us),
            protocol,
            NULL if uid_index is None else binary_bytes(uid_index),
            alarms,
            b"\x00\x00\x00\x01\x01" if is_readable else b"\x00\x00\x00\x01\x00",
            _LENGTH.pack(len(sealed)),
            sealed,
            state,
            _INSTANT.pack(8, received_us),
        )
    )


def read_row(row: bytes) -> RowFacts:
    """Read what a row tells without a key. The row is our own and whole: the spool checks that."""
    _, _, uid, _, received_us = _HEAD.unpack_from(row)
    position = _HEAD.size
    columns: list[bytes | None] = []
    for _ in range(3):
        (length,) = _LENGTH.unpack_from(row, position)
        position += _LENGTH.size
        columns.append(None if length < 0 else row[position : position + length])
        position += max(length, 0)
    protocol, uid_index, alarms = columns
    assert protocol is not None
    assert alarms is not None
    received_at = EPOCH + timedelta(microseconds=received_us)
    return RowFacts(UUID(bytes=uid), received_at, protocol.decode(), uid_index, _read_alarms(alarms))


def _read_alarms(body: bytes) -> frozenset[Alarm]:
    if len(body) == 12:
        return frozenset()
    (count,) = _LENGTH.unpack_from(body, 12)
    position, found = 20, set()
    for _ in range(count):
        (length,) = _LENGTH.unpack_from(body, position)
        position += _LENGTH.size
        found.add(Alarm(body[position : position + length].decode()))
        position += length
    return frozenset(found)
