"""Bytes come in as devices and strangers send them; each is stored, and answered only then."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest

from tests.servers.gateway.conftest import (
    ANSWER_BYTES,
    AT,
    GT06,
    SOS,
    Wristband,
    on_uvloop,
    open_client,
    place,
    serial_of,
    serving,
    uid,
    until,
)
from tocsin.core.sealing import open_sealed
from tocsin.demo.wristband import Press, gt06_frame, gt06_login, gt06_place
from tocsin.gateway.limits import Limits
from tocsin.gateway.words import CONTEXT
from tocsin.protocols.base import Alarm
from tocsin.protocols.registry import CODECS


@on_uvloop
async def test_a_frame_is_in_the_database_when_its_answer_arrives(setup, journal):
    async with serving(setup) as gateway:
        device = await Wristband.connect(gateway.ports["gt06"])
        for number in range(30):
            assert len(await device.ask(place(number))) == ANSWER_BYTES
            assert journal.count() == number + 2  # The login too.
        await device.leave()


@on_uvloop
async def test_a_frame_is_not_answered_while_its_commit_waits(setup, journal):
    async with serving(setup) as gateway:
        device = await Wristband.connect(gateway.ports["gt06"])
        with psycopg.connect(setup.database_url) as blocker:
            blocker.execute("LOCK TABLE tocsin_signal IN EXCLUSIVE MODE")
            device.writer.write(place(1))
            with psycopg.connect(setup.database_url) as watcher:
                waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'tocsin_signal'::regclass"
                await until(lambda: watcher.execute(waits).fetchone() == (1,))
            assert device.reader._buffer == b""
        assert len(await device.answer()) == ANSWER_BYTES
        assert journal.count() == 2
        await device.leave()


@on_uvloop
async def test_what_is_stored_can_be_read_again_by_whoever_has_the_key(setup, journal):
    async with serving(setup) as gateway:
        device = await Wristband.connect(gateway.ports["gt06"], 7)
        await device.ask(SOS)
        await device.leave()
    login, press = journal.contents()
    assert (login.raw, login.device_uid) == (gt06_login(uid(7)), uid(7))
    assert press.raw == SOS
    reading = GT06.decode(press.raw, press.session, AT)
    assert reading.device_uid == press.device_uid == uid(7)
    assert Alarm.SOS in reading.alarms
    assert press.peer.startswith("127.0.0.1:")


@on_uvloop
async def test_a_call_waits_for_intake_which_is_told_in_the_same_transaction(setup, journal):
    async with (
        serving(setup) as gateway,
        await psycopg.AsyncConnection.connect(setup.database_url, autocommit=True) as listener,
    ):
        await listener.execute("LISTEN tocsin_signal")
        device = await Wristband.connect(gateway.ports["gt06"])
        await device.ask(SOS)
        async for _ in listener.notifies(timeout=30, stop_after=1):
            assert journal.states() == [("quiet", True, []), ("waiting", True, ["sos"])]
        await device.leave()


@on_uvloop
async def test_frames_arrive_in_pieces_and_glued(setup, journal):
    stream = gt06_login(uid(1)) + place(1) + place(2) + SOS
    async with serving(setup) as gateway:
        device = await Wristband.connect(gateway.ports["gt06"], None)
        for byte in stream[:40]:
            device.writer.write(bytes([byte]))
            await asyncio.sleep(0)
        device.writer.write(stream[40:])
        await device.answer(4)
        await device.leave()
    assert [contents.raw for contents in journal.contents()] == [gt06_login(uid(1)), place(1), place(2), SOS]


@on_uvloop
async def test_a_device_that_hangs_up_after_its_call_is_answered_on_the_way_out(setup, journal):
    async with serving(setup) as gateway:
        device = await Wristband.connect(gateway.ports["gt06"], None)
        device.writer.write(gt06_login(uid(1)) + SOS)
        device.writer.write_eof()
        assert len(await device.closed()) == 2 * ANSWER_BYTES
        await device.leave()
    assert journal.count() == 2


@on_uvloop
async def test_a_megabyte_without_an_end_is_cut_off_and_kept_once(setup, journal):
    async with serving(setup) as gateway:
        device = await Wristband.connect(gateway.ports["gt06"])
        device.writer.write(b"\x79\x79\xff\xf0" + b"x" * 1_000_000)
        await device.closed()
        await device.leave()
        await until(lambda: journal.count() >= 2)
    garbage = [state for state in journal.states() if not state[1]]
    assert 1 <= len(garbage) <= 3
    assert sum(len(contents.raw) for contents in journal.contents()) <= 3 * GT06.frame_bytes_max


@on_uvloop
async def test_what_is_left_when_a_stranger_hangs_up_is_kept_as_unreadable(setup, journal):
    async with serving(setup) as gateway:
        stranger = await Wristband.connect(gateway.ports["gt06"], None)
        stranger.writer.write(b"\x78\x78\x25")
        await stranger.leave()
        probe = await Wristband.connect(gateway.ports["gt06"], None)
        await probe.leave()
        await until(lambda: journal.count() == 1)
    assert journal.states() == [("waiting", False, [])]
    assert [contents.raw for contents in journal.contents()] == [b"\x78\x78\x25"]


@on_uvloop
async def test_a_fault_in_a_codec_costs_no_frame_and_shows_none_of_it(setup, journal, caplog):
    def fail(_frame, _session, _now):
        raise KeyError("the frame's own words")

    async with serving(setup, codecs=[replace(GT06, decode=fail)]) as gateway:
        device = await Wristband.connect(gateway.ports["gt06"], None)
        device.writer.write(gt06_login(uid(1)))
        await until(lambda: journal.count() == 1)
        await device.leave()
    assert journal.states() == [("waiting", False, [])]
    assert "KeyError" in caplog.text
    assert "own words" not in caplog.text


@on_uvloop
async def test_an_unreadable_request_is_told_so_after_it_is_stored(setup, journal):
    async with serving(setup) as gateway:
        reader, writer = await open_client(gateway.ports["osmand"])
        writer.write(b"THIS IS NO HTTP\r\n\r\n")
        status = await asyncio.wait_for(reader.readline(), 30)
        writer.close()
        assert status.startswith(b"HTTP/1.1 400")
        assert journal.states() == [("waiting", False, [])]


@on_uvloop
async def test_a_phone_that_wants_its_connection_closed_gets_that(setup, journal):
    request = (
        b"GET /?id=demo-phone&lat=-49.3&lon=70.8&timestamp=1767225600&alarm=sos HTTP/1.1\r\n"
        b"Host: tocsin\r\nConnection: close\r\n\r\n"
    )
    async with serving(setup) as gateway:
        reader, writer = await open_client(gateway.ports["osmand"])
        writer.write(request)
        answer = await asyncio.wait_for(reader.read(), 30)
        assert answer.startswith(b"HTTP/1.1 200")
        writer.close()
    assert journal.states() == [("waiting", True, ["sos"])]


@on_uvloop
async def test_datagrams_are_stored_and_answered(setup, journal):
    class Client(asyncio.DatagramProtocol):
        def __init__(self) -> None:
            self.answers: asyncio.Queue[bytes] = asyncio.Queue()

        def datagram_received(self, data, _address) -> None:
            self.answers.put_nowait(data)

    async with serving(setup, codecs=[replace(GT06, transport="udp")]) as gateway:
        transport, client = await asyncio.get_running_loop().create_datagram_endpoint(
            Client, remote_addr=("127.0.0.1", gateway.ports["gt06"])
        )
        transport.sendto(gt06_login(uid(1)) + SOS)
        async with asyncio.timeout(30):
            first, second = await client.answers.get(), await client.answers.get()
        assert len(first) == len(second) == ANSWER_BYTES
        transport.sendto(b"garbage")
        await until(lambda: journal.count() == 3)
        transport.close()
    assert journal.states()[-1] == ("waiting", False, [])


@on_uvloop
async def test_a_protocol_of_both_kinds_is_heard_on_both(setup, journal):
    async with serving(setup, codecs=[replace(GT06, takes_datagrams=True)]) as gateway:
        device = await Wristband.connect(gateway.ports["gt06"])
        await device.leave()
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=("127.0.0.1", gateway.ports["gt06"])
        )
        transport.sendto(gt06_login(uid(1)) + SOS)
        await until(lambda: ["sos"] in [alarms for _, _, alarms in journal.states()])
        transport.close()


@on_uvloop
async def test_the_last_word_is_kept_with_the_place_of_an_earlier_one(setup, journal, keyring):
    async with serving(setup) as gateway:
        device = await Wristband.connect(gateway.ports["gt06"])
        await device.ask(place(1))
        await until(lambda: [row[:2] for row in journal.words()] == [(pytest.approx(-49.33), pytest.approx(70.8))])
        late = Press(at=datetime(2026, 5, 1, tzinfo=UTC), lat_deg=10, lon_deg=10)
        future = Press(at=datetime(2099, 5, 1, tzinfo=UTC), lat_deg=-20, lon_deg=-30)
        await device.ask(gt06_frame(0x22, gt06_place(late) + bytes(8), serial=2))
        await device.ask(gt06_frame(0x13, bytes((0x40, 3, 4, 0, 2)), serial=3))
        await until(lambda: journal.words()[0][3] is not None)
        assert journal.words()[0][:2] == (pytest.approx(-49.33), pytest.approx(70.8))
        await device.ask(gt06_frame(0x22, gt06_place(future) + bytes(8), serial=4))
        await until(lambda: journal.words()[0][:2] == (pytest.approx(-20), pytest.approx(-30)))
        assert journal.words()[0][2] < datetime(2098, 1, 1, tzinfo=UTC)
        await device.leave()
    with psycopg.connect(setup.database_url) as connection:
        (sealed,) = connection.execute("SELECT sealed_uid FROM tocsin_deviceword").fetchone()
    assert open_sealed(bytes(sealed), key=keyring.journal, context=CONTEXT) == uid(1).encode()


@on_uvloop
async def test_a_row_that_the_database_refuses_does_not_sink_its_neighbours(setup, journal, keyring, tmp_path):
    hostile = keyring.blind_index(uid(5), kind="device")
    with psycopg.connect(setup.database_url) as connection:
        connection.execute(
            psycopg.sql.SQL("ALTER TABLE tocsin_signal ADD CONSTRAINT refuse_one CHECK (uid_index <> {})").format(
                hostile
            )
        )
    try:
        async with serving(setup) as gateway:
            devices = [await Wristband.connect(gateway.ports["gt06"], None) for _ in range(10)]
            for number, device in enumerate(devices):
                device.writer.write(gt06_login(uid(number)) + b"".join(place(serial) for serial in range(20)))
            for device in devices:
                await device.answer(21)
                await device.leave()
        assert journal.count() == 9 * 21
        assert list((tmp_path / "spool" / "1").glob("*.refused"))
    finally:
        with psycopg.connect(setup.database_url) as connection:
            connection.execute("ALTER TABLE tocsin_signal DROP CONSTRAINT refuse_one")
    async with serving(setup) as gateway:
        await until(lambda: journal.count() == 10 * 21)
        await until(lambda: gateway.journal.rows_spooled == 0)
    assert [serial_of(one) for one in journal.contents() if one.device_uid == uid(5)][1:] == list(range(20))


@on_uvloop
async def test_a_device_that_vanished_costs_nobody_else_an_answer(setup, journal):
    async with serving(setup) as gateway:
        with psycopg.connect(setup.database_url) as blocker:
            blocker.execute("LOCK TABLE tocsin_signal IN EXCLUSIVE MODE")
            gone = [await Wristband.connect(gateway.ports["gt06"], None) for _ in range(5)]
            stays = await Wristband.connect(gateway.ports["gt06"], None)
            for device in (*gone, stays):
                device.writer.write(gt06_login(uid(1)))
            await until(lambda: gateway.desk.peers.connections == 6)
            for device in gone:
                device.writer.transport.abort()
            await until(lambda: sum(one._is_ended for one in list(gateway.desk.connections)) == 5)
        await stays.answer()
        await stays.leave()
    assert journal.count() == 6


@on_uvloop
async def test_connections_beyond_the_limit_and_silent_ones_are_closed(setup, journal):
    limits = Limits(connections_per_peer=2, idle_s=0.4)
    async with serving(setup, limits=limits) as gateway:
        first = await Wristband.connect(gateway.ports["gt06"])
        second = await Wristband.connect(gateway.ports["gt06"])
        third = await Wristband.connect(gateway.ports["gt06"], None)
        assert await third.closed() == b""
        other = await Wristband.connect(gateway.ports["gt06"], host="127.0.0.2")
        for device in (first, second, other):
            assert await device.closed() == b""
        await until(lambda: gateway.desk.peers.connections == 0)
        for device in (first, second, third, other):
            await device.leave()


@on_uvloop
async def test_a_flood_from_one_peer_does_not_keep_a_call_of_another_waiting(setup, journal):
    frames = 6_000
    async with serving(setup, limits=Limits(frames_per_s=1_000)) as gateway:
        flood = await Wristband.connect(gateway.ports["gt06"], 1)
        flood.writer.write(b"".join(place(number % 60_000) for number in range(frames)))
        await flood.answer(1)
        caller = await Wristband.connect(gateway.ports["gt06"], 2, host="127.0.0.2")
        await caller.ask(SOS)
        assert journal.count() < frames
        await flood.answer(frames - 1)
        assert journal.count() == frames + 3
        for device in (flood, caller):
            await device.leave()


def test_every_codec_has_a_port_of_its_own():
    ports = [codec.port for codec in CODECS.values()]
    assert len(ports) == len(set(ports))
