"""The spool on a real disk: what is appended is there after a crash, in order, and nothing else is."""

import errno
import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.gateway.spool import Spool, SpoolFullError, open_spool

KEY = b"k" * 32
MIB = 1024 * 1024


def spool_in(folder, *, bytes_max=MIB, segment_bytes=64 * 1024) -> Spool:
    return Spool(folder, journal_key=KEY, bytes_max=bytes_max, segment_bytes=segment_bytes)


def waiting(spool: Spool) -> list[bytes]:
    return [row for group in spool.groups() for row in group.rows]


def replay(spool: Spool) -> list[bytes]:
    rows = []
    while (group := spool.oldest()) is not None:
        rows += group.rows
        spool.forget(group)
    return rows


def test_rows_come_back_in_order_also_after_a_crash(tmp_path):
    spool = spool_in(tmp_path)
    rows = [[b"%d-%d" % (group, row) * 50 for row in range(20)] for group in range(60)]  # Several segments.
    for group in rows:
        spool.append(group)
    expected = [row for group in rows for row in group]
    assert waiting(spool) == expected
    os.close(spool._lock)  # As a kill -9 leaves it.
    again = spool_in(tmp_path)
    assert again.rows_waiting == 1200
    assert replay(again) == expected
    assert again.rows_waiting == 0
    assert len(list(tmp_path.glob("*.spool"))) == 1


def test_a_crash_while_replaying_replays_the_segment_again(tmp_path):
    spool = spool_in(tmp_path)
    for number in range(3):
        spool.append([b"%d" % number])
    spool.forget(spool.oldest(rows_max=1))
    assert waiting(spool) == [b"1", b"2"]
    os.close(spool._lock)
    assert replay(spool_in(tmp_path)) == [b"0", b"1", b"2"]


def test_what_was_replayed_does_not_come_back_when_its_segment_is_used_again(tmp_path):
    spool = spool_in(tmp_path)
    spool.append([b"old" * 100])
    spool.append([b"older" * 100])
    replay(spool)
    spool.append([b"new"])
    os.close(spool._lock)
    assert replay(spool_in(tmp_path)) == [b"new"]


@pytest.mark.parametrize("cut", [1, 10, 21, 60])
def test_a_torn_tail_ends_the_segment_and_costs_nothing_before_it(tmp_path, cut):
    spool = spool_in(tmp_path)
    spool.append([b"first"])
    end = spool.oldest().end
    spool.append([b"torn" * 10])
    os.close(spool._lock)
    (segment,) = tmp_path.glob("*.spool")
    data = bytearray(segment.read_bytes())
    data[end + cut :] = bytes(len(data) - end - cut)
    segment.write_bytes(data)
    again = spool_in(tmp_path)
    again.append([b"after"])
    assert replay(again) == [b"first", b"after"]


@settings(max_examples=60, deadline=None)
@given(where=st.integers(0, 400), value=st.integers(0, 255))
def test_a_changed_byte_never_gives_a_wrong_row(tmp_path_factory, where, value):
    folder = tmp_path_factory.mktemp("spool")
    spool = spool_in(folder)
    rows = [b"row %d" % number for number in range(5)]
    for row in rows:
        spool.append([row])
    os.close(spool._lock)
    (segment,) = folder.glob("*.spool")
    data = bytearray(segment.read_bytes())
    data[where] = value
    segment.write_bytes(data)
    again = spool_in(folder)
    found = replay(again)
    assert found == rows[: len(found)]
    again.close()


def test_the_bound_is_kept_and_room_comes_back(tmp_path):
    spool = spool_in(tmp_path, bytes_max=256 * 1024)
    kept = []

    def fill() -> None:
        for number in range(1000):
            row = b"%06d" % number * 1000
            spool.append([row])
            kept.append(row)

    with pytest.raises(SpoolFullError):
        fill()
    assert waiting(spool) == kept
    assert sum(path.stat().st_size for path in tmp_path.glob("*.spool")) <= 256 * 1024
    assert replay(spool) == kept
    spool.append([b"fits again"])
    assert waiting(spool) == [b"fits again"]


def test_blocks_are_reserved_before_they_are_needed(tmp_path):
    spool_in(tmp_path)
    (segment,) = tmp_path.glob("*.spool")
    assert segment.stat().st_blocks * 512 >= 64 * 1024


def test_a_full_disk_is_told_and_keeps_what_was_answered(tmp_path):
    """A limit on file sizes stands for the full disk: the kernel refuses to write on."""
    code = f"""
import resource
from pathlib import Path
from tocsin.gateway.spool import Spool, SpoolFullError
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
spool = Spool(Path({str(tmp_path)!r}), journal_key={KEY!r}, bytes_max={64 * MIB}, segment_bytes={16 * MIB})
count = 0
try:
    while True:
        spool.append([b"%06d" % count * 100])
        count += 1
except SpoolFullError as error:
    print(count, error)
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    count, _, reason = told.strip().partition(" ")
    assert reason == os.strerror(errno.EFBIG)
    assert int(count) > 100
    assert replay(spool_in(tmp_path)) == [b"%06d" % number * 100 for number in range(int(count))]


def test_another_master_key_puts_the_segment_aside_and_the_gateway_starts(tmp_path, caplog):
    spool = spool_in(tmp_path)
    spool.append([b"sealed with the first key"])
    spool.close()
    other = Spool(tmp_path, journal_key=b"o" * 32, bytes_max=MIB, segment_bytes=64 * 1024)
    assert other.rows_waiting == 0
    assert "another master key" in caplog.text
    other.append([b"new"])
    other.close()
    (aside,) = tmp_path.glob("*.other-key")
    assert aside.stat().st_size > 0


def test_rows_on_disk_show_nothing_without_the_key(tmp_path):
    spool = spool_in(tmp_path)
    spool.append([b"a device and its blind index"])
    assert b"blind" not in next(tmp_path.glob("*.spool")).read_bytes()


def test_what_the_database_refused_is_tried_again_at_the_next_start(tmp_path):
    spool = spool_in(tmp_path)
    spool.keep_refused([b"refused"])
    assert spool.oldest() is None
    spool.close()
    assert replay(spool_in(tmp_path)) == [b"refused"]


def test_each_gateway_has_a_folder_and_takes_over_those_of_the_dead(tmp_path):
    first, _ = open_spool(tmp_path, journal_key=KEY, bytes_max=MIB)
    second, left = open_spool(tmp_path, journal_key=KEY, bytes_max=MIB)
    assert (first.folder.name, second.folder.name, left) == ("1", "2", [])
    second.append([b"of the second"])
    second.close()
    first.close()
    third, left = open_spool(tmp_path, journal_key=KEY, bytes_max=MIB)
    assert third.folder.name == "1"
    assert [waiting(spool) for spool in left] == [[b"of the second"]]
