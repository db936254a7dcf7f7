"""The gateway's own disk: where frames are kept, and answered from, while the database is away.

Append-only segment files. Each record is one group of rows, sealed as a whole, with its length and CRC; it counts once
it is fsynced. A segment's blocks are reserved when it is made, so that the first frames of a crisis fit even on a disk
that filled up since. A torn tail is what nobody was answered for, and ends its segment.

All calls block on the disk; the journal makes them in a thread, one at a time. Why it is so:
docs/decisions/0004-journal-and-spool.md.
"""

import contextlib
import errno
import fcntl
import itertools
import logging
import os
import struct
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tocsin.core.sealing import SealError, open_sealed, seal

SEGMENT_BYTES = 16 * 1024 * 1024
SLOTS_MAX = 64  # Gateways on one machine, the folders of dead ones included.
MAGIC = b"TOC1"
CONTEXT = "spool"
SUFFIX = ".spool"
REFUSED_SUFFIX = ".refused"
_RECORD = struct.Struct("!4sQII")  # Magic, number of the segment, length, CRC-32.
_LENGTH = struct.Struct("!I")

logger = logging.getLogger(__name__)


class SpoolFullError(Exception):
    """The rows could not be put on disk: it is full, broken, or the spool's own bound is reached."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that stand one behind the other in a segment. `end` is the offset behind them."""

    segment: int
    end: int
    rows: tuple[bytes, ...]


class Spool:
    """The segments of one folder, oldest first. The folder is locked: one process at a time."""

    def __init__(self, folder: Path, *, journal_key: bytes, bytes_max: int, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.folder = folder
        self.rows_waiting = 0  # Written and not replayed yet.
        self._key = journal_key
        self._segment_bytes = min(segment_bytes, bytes_max)
        self._segments_max = max(1, bytes_max // self._segment_bytes)
        self._lock = _lock_folder(folder)
        for refused in folder.glob(f"*{REFUSED_SUFFIX}"):
            refused.rename(refused.with_suffix(SUFFIX))  # Each start tries them once more.
        found = sorted(int(path.stem) for path in folder.glob(f"*{SUFFIX}"))
        self._numbers = itertools.count(found[-1] + 1 if found else 1)
        self._last = 0  # The segment that is written.
        self._segments = deque(number for number in found if self._count(number))
        self._read_offset = 0  # In the oldest segment.
        self._file: int | None = None
        self._offset = 0
        with contextlib.suppress(OSError):  # On a full disk: `append` tells, when it matters.
            self._open_segment()

    def append(self, rows: Sequence[bytes]) -> None:
        """Put rows on disk. When this returns they are safe. Raises SpoolFullError, and then none of them is kept."""
        payload = self._seal(rows)
        try:
            if self._file is None or self._offset + _RECORD.size + len(payload) > self._segment_bytes:
                self._open_segment()
            assert self._file is not None
            record = _record(self._last, payload)
            _write_all(self._file, record, self._offset)  # What is half written, the next append writes over.
            self._sync()
        except OSError as error:
            raise SpoolFullError(os.strerror(error.errno or errno.EIO)) from error
        self._offset += len(record)
        self.rows_waiting += len(rows)

    def keep_refused(self, rows: Sequence[bytes]) -> None:
        """Keep rows that the database will not take, in a file of their own. Raises SpoolFullError."""
        number = next(self._numbers)
        try:
            with self._path(number).with_suffix(REFUSED_SUFFIX).open("xb") as file:
                file.write(_record(number, self._seal(rows)))
                file.flush()
                os.fsync(file.fileno())
            _sync_folder(self.folder)
        except OSError as error:
            raise SpoolFullError(os.strerror(error.errno or errno.EIO)) from error

    def oldest(self, rows_max: int = 5_000) -> Group | None:
        """Give the rows that were stored first and are not replayed yet. None: there are none.

        Small groups of one segment come together, up to about `rows_max`: replaying one by one would never catch up
        with devices that go on talking.
        """
        while self._segments:
            rows: list[bytes] = []
            end = self._read_offset
            for group in self._groups_of(self._segments[0], self._read_offset):
                if rows and len(rows) + len(group.rows) > rows_max:
                    break
                rows += group.rows
                end = group.end
            if rows:
                return Group(self._segments[0], end, tuple(rows))
            if self._segments[0] == self._last and self._file is not None:
                return None
            self._drop_oldest()
        return None

    def forget(self, group: Group) -> None:
        """Go past a group that is in the database now. A crash before the next one replays it again, harmlessly."""
        assert group.segment == self._segments[0], "groups are forgotten in order"
        self._read_offset = group.end
        self.rows_waiting -= len(group.rows)
        if self.rows_waiting == 0:
            self._start_over()

    def groups(self) -> Iterator[Group]:
        """Read everything that waits, oldest first, without going past it."""
        for position, number in enumerate(self._segments):
            yield from self._groups_of(number, self._read_offset if position == 0 else 0)

    def close(self) -> None:
        """Let another process have the folder."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        os.close(self._lock)

    def _seal(self, rows: Sequence[bytes]) -> bytes:
        body = b"".join(_LENGTH.pack(len(row)) + row for row in rows)
        return seal(body, key=self._key, context=CONTEXT)

    def _count(self, number: int) -> int:
        """Count what waits in a segment of an earlier run, and remove it when nothing does."""
        try:
            rows = sum(len(group.rows) for group in self._groups_of(number, 0))
        except SealError:
            aside = self._path(number).with_suffix(".other-key")
            self._path(number).rename(aside)
            logger.error(
                "%s was written with another master key. Put that key back and rename it to *%s", aside, SUFFIX
            )
            return 0
        self.rows_waiting += rows
        if not rows:
            self._path(number).unlink()
        return rows

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:016d}{SUFFIX}"

    def _groups_of(self, number: int, offset: int) -> Iterator[Group]:
        with self._path(number).open("rb") as file:
            file.seek(offset)
            while len(head := file.read(_RECORD.size)) == _RECORD.size:
                magic, segment, length, checksum = _RECORD.unpack(head)
                if magic != MAGIC or segment != number or length > self._segment_bytes:
                    return
                payload = file.read(length)
                if len(payload) < length or _checksum(number, payload) != checksum:
                    return
                offset += _RECORD.size + length
                yield Group(number, offset, tuple(self._rows_of(payload)))

    def _rows_of(self, payload: bytes) -> Iterator[bytes]:
        body = open_sealed(payload, key=self._key, context=CONTEXT)
        position = 0
        while position < len(body):
            (length,) = _LENGTH.unpack_from(body, position)
            position += _LENGTH.size
            yield body[position : position + length]
            position += length

    def _sync(self) -> None:
        """Wait until the record is on disk. After a failure the kernel may forget what failed: a new segment then."""
        assert self._file is not None
        try:
            os.fdatasync(self._file)
        except OSError:
            os.close(self._file)
            self._file = None
            raise

    def _open_segment(self) -> None:
        """Begin a new segment and reserve its blocks. Raises OSError."""
        if len(self._segments) >= self._segments_max and self.rows_waiting:
            raise OSError(errno.EDQUOT, "the spool's own bound is reached")
        number = next(self._numbers)
        file = os.open(self._path(number), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with contextlib.suppress(OSError):  # Not on this file system, or not enough room for all of it.
            os.posix_fallocate(file, 0, self._segment_bytes)
        _sync_folder(self.folder)
        if self._file is not None:
            os.close(self._file)
        self._file, self._last, self._offset = file, number, 0
        self._segments.append(number)

    def _drop_oldest(self) -> None:
        self._path(self._segments.popleft()).unlink(missing_ok=True)
        self._read_offset = 0

    def _start_over(self) -> None:
        """All is replayed: keep one segment, with its blocks, under a new number that makes its old records void."""
        while len(self._segments) > 1:
            self._drop_oldest()
        if self._file is not None and self._offset:
            number = next(self._numbers)
            self._path(self._last).rename(self._path(number))
            _sync_folder(self.folder)
            self._segments[0], self._last, self._offset, self._read_offset = number, number, 0, 0


def open_spool(root: Path, *, journal_key: bytes, bytes_max: int) -> tuple[Spool, list[Spool]]:
    """Open the first folder that no other gateway uses, and those that dead gateways left frames in."""
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    opened: list[Spool] = []
    for slot in range(1, SLOTS_MAX + 1):
        folder = root / str(slot)
        if opened and not folder.exists():
            break
        with contextlib.suppress(BlockingIOError):
            opened.append(Spool(folder, journal_key=journal_key, bytes_max=bytes_max))
    if not opened:
        raise SpoolFullError(f"{SLOTS_MAX} gateways use {root} already. Give this one a folder with TOCSIN_DATA_DIR.")
    own, *others = opened
    left = [spool for spool in others if spool.rows_waiting]
    for spool in others:
        if not spool.rows_waiting:
            spool.close()
    return own, left


def _lock_folder(folder: Path) -> int:
    """Raises BlockingIOError when another process has it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise
    return lock


def _record(number: int, payload: bytes) -> bytes:
    return _RECORD.pack(MAGIC, number, len(payload), _checksum(number, payload)) + payload


def _checksum(number: int, payload: bytes) -> int:
    return zlib.crc32(payload, number & 0xFFFFFFFF)


def _write_all(file: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(file, view, offset)
        view, offset = view[written:], offset + written


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
