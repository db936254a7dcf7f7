"""Reads frames, seals them and hands them to the journal. What cannot be read is recorded all the same."""

import logging
import traceback
from datetime import datetime
from functools import lru_cache

from tocsin.core.sealing import Keyring
from tocsin.devices.rules import uid_index
from tocsin.gateway.frames import (
    QUIET,
    WAITING,
    Sealer,
    UidMaker,
    binary_alarms,
    binary_row,
    binary_text,
    contents_preface,
    microseconds,
)
from tocsin.gateway.journal import Caller, Journal, Row
from tocsin.gateway.words import Words
from tocsin.protocols.base import Alarm, Codec, DecodeError, Reading, Session

_NO_ALARMS = binary_alarms(frozenset())
_QUIET, _WAITING = binary_text(QUIET), binary_text(WAITING)

logger = logging.getLogger(__name__)


class Line:
    """What one connection or datagram has told so far, and what follows from it."""

    __slots__ = ("codec", "device_uid", "peer", "preface", "preface_session", "protocol", "session", "uid_index")

    def __init__(self, codec: Codec, peer: str) -> None:
        self.codec = codec
        self.peer = peer
        self.protocol = _binary_protocol(codec.name)
        self.session = Session()
        self.device_uid: str | None = None
        self.uid_index: bytes | None = None
        self.preface = b""
        self.preface_session: Session | None = None  # For which the preface was written; None: it must be written.


class Recorder:
    """Turns frames into rows of the journal."""

    def __init__(self, keyring: Keyring, journal: Journal, words: Words) -> None:
        self._keyring = keyring
        self._journal = journal
        self._words = words
        self._seal = Sealer(keyring.journal).seal
        self._next_uid = UidMaker().next

    def record(self, line: Line, frame: bytes, received_at: datetime, caller: Caller) -> None:
        """Record one frame; the caller is answered when it is stored."""
        received_us = microseconds(received_at)
        uid = self._next_uid(received_us)
        session = line.session
        try:
            reading = line.codec.decode(frame, session, received_at)
            reply = line.codec.reply(frame, reading, received_at)
        except DecodeError:
            self._put_unreadable(line, frame, uid, received_us, caller)
            return
        except Exception as error:  # noqa: BLE001 - a fault of one codec must not cost a frame
            _log_fault(line.codec, error, uid)
            self._put_unreadable(line, frame, uid, received_us, caller)
            return
        line.session = reading.session
        if reading.device_uid != line.device_uid:
            self._rename(line, reading.device_uid)
        if line.uid_index is not None and line.device_uid is not None:
            self._words.hear(line.uid_index, line.device_uid, line.codec.name, reading, received_at)
        self._put(line, session, frame, uid, received_us, reading, caller, reply)

    def record_garbage(self, line: Line, garbage: bytes, received_at: datetime, caller: Caller) -> None:
        """Record bytes that are no frame."""
        received_us = microseconds(received_at)
        self._put_unreadable(line, garbage, self._next_uid(received_us), received_us, caller)

    def _put(
        self,
        line: Line,
        session: Session,
        frame: bytes,
        uid: bytes,
        received_us: int,
        reading: Reading,
        caller: Caller,
        reply: bytes,
    ) -> None:
        reports = reading.reports
        alarms = reports[0].alarms if len(reports) == 1 else reading.alarms
        is_waiting = bool(alarms) or bool(reading.media)
        row = binary_row(
            uid=uid,
            received_us=received_us,
            protocol=line.protocol,
            uid_index=line.uid_index,
            alarms=_binary_alarms(alarms) if alarms else _NO_ALARMS,
            is_readable=True,
            sealed=self._seal(frame, _preface(line, session)),
            state=_WAITING if is_waiting else _QUIET,
        )
        self._journal.put(Row(row, is_waiting, caller, reply))

    def _put_unreadable(self, line: Line, frame: bytes, uid: bytes, received_us: int, caller: Caller) -> None:
        row = binary_row(
            uid=uid,
            received_us=received_us,
            protocol=line.protocol,
            uid_index=line.uid_index,  # Of an earlier frame of the same connection.
            alarms=_NO_ALARMS,
            is_readable=False,
            sealed=self._seal(frame, _preface(line, line.session)),
            state=_WAITING,
        )
        self._journal.put(Row(row, True, caller, line.codec.refuse(frame)))

    def _rename(self, line: Line, device_uid: str | None) -> None:
        """Take note of which device speaks."""
        line.device_uid = device_uid
        line.preface_session = None
        try:
            index = None if device_uid is None else uid_index(self._keyring, device_uid)
        except UnicodeEncodeError:
            index = None  # No real device is called so; the frame is kept all the same.
        line.uid_index = index


def _preface(line: Line, session: Session) -> bytes:
    if line.preface_session is not session and line.preface_session != session:
        line.preface = contents_preface(line.peer, line.device_uid, session)
        line.preface_session = session
    return line.preface


def _log_fault(codec: Codec, error: Exception, uid: bytes) -> None:
    """Say where a codec failed. The error's own text stays out: it may quote the frame."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    logger.error(
        "Codec %s failed with %s at %s:%s on signal %s, which is kept as unreadable",
        codec.name,
        type(error).__name__,
        where.filename,
        where.lineno,
        uid.hex(),
    )


@lru_cache(maxsize=256)
def _binary_alarms(alarms: frozenset[Alarm]) -> bytes:
    return binary_alarms(alarms)


@lru_cache(maxsize=256)
def _binary_protocol(name: str) -> bytes:
    return binary_text(name)
