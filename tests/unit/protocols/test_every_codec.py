"""What holds for every protocol, whatever the network or a hostile peer does to the bytes."""

import contextlib
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.protocols.samples import NOW, STREAMS, alarms_in, read_all
from tocsin.protocols.base import Alarm, Codec, DecodeError, Session
from tocsin.protocols.conformance_values import ALARM_NAMES
from tocsin.protocols.registry import CODECS

EACH = pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
MEGABYTE = 1024 * 1024
# Far above what any of this takes, so that only something without bound fails.
PATIENCE_S = 20.0


def cut(codec: Codec, pieces: list[bytes]) -> tuple[list[bytes], bytes]:
    """Split a stream that arrives in pieces."""
    frames: list[bytes] = []
    rest = b""
    for piece in pieces:
        more, rest = codec.split(rest + piece)
        frames += more
    return frames, rest


def test_every_protocol_has_frames_of_its_own() -> None:
    assert STREAMS.keys() == CODECS.keys()


@EACH
def test_name_port_and_bound_are_set(codec: Codec) -> None:
    assert CODECS[codec.name] is codec
    assert 1024 < codec.port < 65536
    assert 0 < codec.frame_bytes_max <= MEGABYTE
    assert codec.transport in {"tcp", "udp", "http"}


def test_ports_are_distinct() -> None:
    assert len({codec.port for codec in CODECS.values()}) == len(CODECS)


@EACH
def test_glued_frames_come_apart(codec: Codec) -> None:
    stream = STREAMS[codec.name]
    frames, rest = codec.split(b"".join(stream))
    assert (len(frames), rest) == (len(stream), b"")


@EACH
def test_one_byte_at_a_time_gives_the_same_frames(codec: Codec) -> None:
    whole = b"".join(STREAMS[codec.name])
    assert cut(codec, [whole[at : at + 1] for at in range(len(whole))]) == codec.split(whole)


@EACH
def test_cut_at_every_byte_gives_the_same_frames(codec: Codec) -> None:
    whole = b"".join(STREAMS[codec.name])
    wanted = codec.split(whole)
    for at in range(1, len(whole)):
        assert cut(codec, [whole[:at], whole[at:]]) == wanted, f"cut at {at}"


@EACH
def test_own_frames_are_read_and_name_the_device(codec: Codec) -> None:
    readings = read_all(codec, codec.split(b"".join(STREAMS[codec.name]))[0])
    assert all(reading.device_uid for reading in readings)
    assert any(reading.reports for reading in readings)


@EACH
def test_garbage_before_the_stream_costs_no_alarm(codec: Codec) -> None:
    stream = b"".join(STREAMS[codec.name])
    frames, _ = codec.split(b"\x00\xfe\x01 noise \r\n\r\n" + stream)
    read = []
    for frame in frames:
        with contextlib.suppress(DecodeError):
            codec.decode(frame, Session(), NOW)
            read.append(frame)
    if codec.transport != "http":  # An HTTP client that begins with noise is refused and begins anew.
        assert alarms_in(codec, read) == alarms_in(codec, codec.split(stream)[0])


@EACH
@pytest.mark.parametrize("filler", [b"\x00", b"A", b"[", b"x", b"\r", b"$", b"\xff", b"~", b"G"])
def test_a_megabyte_without_an_end_is_bounded(codec: Codec, filler: bytes) -> None:
    started = time.monotonic()
    frames, rest = cut(codec, [filler * 65536] * 16)
    assert sum(map(len, frames)) + len(rest) <= MEGABYTE
    for frame in frames[:1000]:
        with contextlib.suppress(DecodeError):
            codec.decode(frame, Session(), NOW)
    assert time.monotonic() - started < PATIENCE_S


@EACH
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_bytes_are_a_reading_or_a_decode_error(codec: Codec, data: st.DataObject) -> None:
    frame = data.draw(st.binary(max_size=300))
    with contextlib.suppress(DecodeError):
        reading = codec.decode(frame, Session(device_uid="990000000000099"), NOW)
        assert isinstance(codec.reply(frame, reading, NOW), bytes)
    assert isinstance(codec.refuse(frame), bytes)


@EACH
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_change_to_a_frame_is_a_reading_or_a_decode_error(codec: Codec, data: st.DataObject) -> None:
    frame = bytearray(data.draw(st.sampled_from(STREAMS[codec.name])))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(frame) - 1))
        frame[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
        if not frame:
            return
    with contextlib.suppress(DecodeError):
        reading = codec.decode(bytes(frame), Session(device_uid="990000000000099"), NOW)
        assert isinstance(codec.reply(bytes(frame), reading, NOW), bytes)


@EACH
def test_digits_and_marks_in_wrong_places_are_a_reading_or_a_decode_error(codec: Codec) -> None:
    dice = random.Random(codec.name)
    for _ in range(1500):
        frame = bytearray(dice.choice(STREAMS[codec.name]))
        for _ in range(dice.randint(1, 3)):
            frame[dice.randrange(len(frame))] = dice.choice(b",;:#*|+$.-/0159AFNSEWV \0")
        for piece in (bytes(frame), *codec.split(bytes(frame))[0]):
            with contextlib.suppress(DecodeError):
                reading = codec.decode(piece, Session(device_uid="990000000000099"), NOW)
                assert isinstance(codec.reply(piece, reading, NOW), bytes)
                assert all(
                    0 <= report.battery_pct <= 100 for report in reading.reports if report.battery_pct is not None
                )


@EACH
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_splitting_any_bytes_loses_none_that_matter(codec: Codec, data: st.DataObject) -> None:
    stream = b"".join(STREAMS[codec.name])
    noise = data.draw(st.binary(max_size=40))
    frames, rest = codec.split(noise + stream)
    assert sum(map(len, frames)) + len(rest) <= len(noise) + len(stream)
    again, _ = codec.split(rest)
    assert again == [], "what is left over could have been cut already"


@EACH
def test_a_cut_alarm_frame_never_raises_anything_else(codec: Codec) -> None:
    for frame in STREAMS[codec.name]:
        for end in range(len(frame)):
            with contextlib.suppress(DecodeError):
                codec.decode(frame[:end], Session(device_uid="990000000000099"), NOW)


def test_every_alarm_has_a_name_for_the_corpus_or_is_ours_alone() -> None:
    from_above = {Alarm.SILENCE, Alarm.DURESS, Alarm.OTHER}  # No device sends these.
    assert ALARM_NAMES.keys() | from_above == set(Alarm)
