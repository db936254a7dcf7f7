"""The database is killed, hangs or never was: what was answered is kept, in order, and people are rung."""

import asyncio
import resource
from dataclasses import replace
from uuid import uuid4

import psycopg
import pytest
from django.db import connections

from tests.servers.gateway.conftest import (
    ANSWER_BYTES,
    AT,
    SOS,
    Journal,
    Wristband,
    connected,
    gateway_process,
    on_uvloop,
    place,
    serial_of,
    serving,
    uid,
    until,
)
from tocsin.accounts.models import Shift, Staff
from tocsin.accounts.scopes import Role
from tocsin.devices.models import Device, DeviceIdentity
from tocsin.gateway import degraded
from tocsin.gateway import journal as journal_module
from tocsin.gateway.degraded import Card, describe
from tocsin.gateway.frames import RowFacts
from tocsin.gateway.limits import Limits
from tocsin.people.actions import address_index, seal_row
from tocsin.people.models import Party, Way
from tocsin.protocols.base import Alarm

DUTY_NUMBER = "+447700900111"


@pytest.fixture
def away(setup, tmp_path):
    """A gateway whose database is not there."""
    return replace(setup, database_url=f"postgresql://tocsin@/tocsin?host={tmp_path}&port=5432")


async def talk(device: Wristband, answered: list[int], stop: asyncio.Event) -> None:
    """Send one frame after the other, and note which were answered."""
    for serial in range(1, 60_000):
        if stop.is_set():
            return
        await device.ask(place(serial))
        answered.append(serial)


@on_uvloop
async def test_nothing_that_was_answered_is_lost_when_postgres_is_killed(setup, own_postgres, keyring):
    journal = Journal(own_postgres.url, keyring)
    async with serving(setup, database_url=own_postgres.url) as gateway:
        devices = [await Wristband.connect(gateway.ports["gt06"], number) for number in range(10)]
        answered: list[list[int]] = [[] for _ in devices]
        stop = asyncio.Event()
        talks = [asyncio.create_task(talk(*pair, stop)) for pair in zip(devices, answered, strict=True)]
        await until(lambda: min(map(len, answered)) > 20)
        own_postgres.kill()
        await until(lambda: gateway.journal.rows_spooled > 200)
        assert gateway.status().database_away_since is not None
        own_postgres.start()
        await until(lambda: gateway.status().database_back_at is not None and gateway.journal.rows_spooled == 0)
        reached = [len(one) for one in answered]
        await until(lambda: all(len(one) > before for one, before in zip(answered, reached, strict=True)))
        stop.set()
        await asyncio.gather(*talks)
        for device in devices:
            await device.leave()
    stored: dict[str, list[int]] = {}
    for one in journal.contents():
        stored.setdefault(one.device_uid, []).append(serial_of(one))
    for number, serials in enumerate(answered):
        assert stored[uid(number)][1:] == serials  # In order, each once. The first is the login.


@on_uvloop
async def test_a_database_that_hangs_is_away_and_each_frame_is_stored_once(setup, journal, monkeypatch):
    monkeypatch.setattr(journal_module, "COMMIT_TIMEOUT_S", 0.5)
    async with serving(setup) as gateway:
        device = await Wristband.connect(gateway.ports["gt06"])
        with psycopg.connect(setup.database_url) as blocker:
            blocker.execute("LOCK TABLE tocsin_signal IN EXCLUSIVE MODE")
            for serial in range(5):
                await device.ask(place(serial))
            assert gateway.journal.rows_spooled > 0
        await until(lambda: journal.count() == 6 and gateway.journal.rows_spooled == 0)
        await device.leave()
    assert [serial_of(one) for one in journal.contents()][1:] == [0, 1, 2, 3, 4]


@on_uvloop
async def test_a_call_goes_ahead_of_what_is_replayed(setup, away, journal):
    async with serving(away, has_database=False) as gateway:
        device = await Wristband.connect(gateway.ports["gt06"])
        for serial in range(20):
            await device.ask(place(serial))
        await device.leave()
        assert gateway.journal.rows_spooled == 21
    async with serving(setup, has_database=False) as gateway:
        device = await Wristband.connect(gateway.ports["gt06"], 2)
        await device.ask(SOS)
        await until(lambda: journal.count() == 23)
        await device.leave()
    assert [state for state in journal.states() if state[0] == "waiting"] == [("waiting", True, ["sos"])]


@on_uvloop
async def test_before_the_tables_exist_frames_are_kept_and_answered(setup, keyring, tmp_path):
    """As on the first start, when the gateway is quicker than `tocsin migrate`."""
    name = f"empty_{uuid4().hex[:12]}"
    with psycopg.connect(setup.database_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    address, _, options = setup.database_url.partition("?")
    empty = f"{address.rpartition('/')[0]}/{name}?{options}"
    try:
        async with serving(setup, has_database=False, database_url=empty) as gateway:
            device = await Wristband.connect(gateway.ports["gt06"])
            assert len(await device.ask(SOS)) == ANSWER_BYTES
            await device.leave()
            assert gateway.journal.rows_spooled == 2
    finally:
        with psycopg.connect(setup.database_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_kill_9_of_the_gateway_loses_nothing_that_was_answered(own_postgres, keyring, tmp_path):
    journal = Journal(own_postgres.url, keyring)
    own_postgres.kill()
    with gateway_process(own_postgres.url, tmp_path) as gateway:
        port = gateway.port

        @on_uvloop
        async def send() -> None:
            device = await Wristband.connect(port)
            for serial in range(50):
                await device.ask(place(serial))
            await device.ask(SOS)
            await device.leave()

        send()
        gateway.process.kill()
        gateway.process.wait()
    own_postgres.start()
    with gateway_process(own_postgres.url, tmp_path):
        asyncio.run(until(lambda: journal.count() == 52))
    assert [serial_of(one) for one in journal.contents()][1:-1] == list(range(50))
    assert journal.contents()[-1].raw == SOS


def test_on_a_full_disk_only_what_is_stored_is_answered_and_people_hear_of_it(own_postgres, keyring, tmp_path):
    journal = Journal(own_postgres.url, keyring)
    own_postgres.kill()
    answered: list[int] = []
    with gateway_process(own_postgres.url, tmp_path, preexec_fn=limit_files) as gateway:

        @on_uvloop
        async def fill() -> None:
            device = await Wristband.connect(gateway.port)
            for serial in range(5_000):
                device.writer.write(place(serial))
                try:
                    async with asyncio.timeout(2):
                        await device.reader.readexactly(ANSWER_BYTES)
                except TimeoutError:
                    break
                answered.append(serial)
            await until(lambda: gateway.status()["is_disk_full"])
            own_postgres.start()
            await device.answer()  # What could be stored nowhere was kept in memory, and is stored now.
            answered.append(len(answered))
            await device.leave()

        fill()
        assert 100 < len(answered) < 5_000
        asyncio.run(until(lambda: journal.count() == len(answered) + 1))
        asyncio.run(until(lambda: not gateway.status()["is_disk_full"]))
    assert [serial_of(one) for one in journal.contents()][1:] == answered


def limit_files() -> None:
    """Let no file grow further: this stands for the last block of a disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (200 * 1024, 200 * 1024))


@on_uvloop
async def test_when_too_many_rows_wait_nobody_is_read_and_nothing_is_lost(setup, journal):
    limits = Limits(frames_per_s=1_000_000, rows_waiting=50)
    async with serving(setup, limits=limits) as gateway:
        devices = [await Wristband.connect(gateway.ports["gt06"], number) for number in range(5)]
        for device in devices:
            device.writer.write(b"".join(place(serial) for serial in range(2_000)))
        for device in devices:
            await device.answer(2_000)
            await device.leave()
    assert journal.count() == 5 * 2_001


def duty_officer(keyring) -> None:
    """Store an invented duty officer with a phone, and a wristband with a label."""
    party = Party(kind="person", created_at=AT)
    seal_row(party, now=AT, name="Invented Officer")
    party.save()
    staff = Staff.objects.create(username="officer", party=party, roles=[Role.DUTY_OFFICER.value], date_joined=AT)
    Shift.objects.create(staff=staff, starts_at=AT)
    way = Way(party=party, channel="sms", address_index=address_index("sms", DUTY_NUMBER))
    seal_row(way, now=AT, address=DUTY_NUMBER)
    way.save()
    device = Device(protocol="gt06", label="grey wristband 7", created_at=AT)
    seal_row(device, now=AT, device_uid=uid(7))
    device.save()
    DeviceIdentity.objects.create(device=device, uid_index=keyring.blind_index(uid(7), kind="device"))


async def test_a_call_in_the_spool_rings_the_duty_officer_by_the_last_known_way(
    setup, away, keyring, carriers, monkeypatch
):
    monkeypatch.setattr(degraded, "RING_AFTER_S", 0.1)
    await asyncio.to_thread(duty_officer, keyring)
    await asyncio.to_thread(connections.close_all)
    routes = {"sms": f"smpp://tocsin:secret@127.0.0.1:{carriers.ports.smpp}?sender=Tocsin"}
    async with serving(setup, routes=routes) as gateway:
        card = setup.folder / "duty-officers"
        await until(card.exists)
        assert DUTY_NUMBER.encode() not in card.read_bytes()
    async with serving(away, routes=routes, has_database=False) as gateway:
        device = await Wristband.connect(gateway.ports["gt06"], 7)
        for _ in range(3):  # Pressed again and again: rung once.
            await device.ask(SOS)
        stranger = await Wristband.connect(gateway.ports["gt06"], 8)
        await stranger.ask(SOS)
        await until(lambda: len(carriers.pockets.of(DUTY_NUMBER)) >= 2)
        await device.leave()
        await stranger.leave()
    texts = sorted(message.text for message in carriers.pockets.of(DUTY_NUMBER))
    assert len(texts) == 2
    assert all(text.startswith("TOCSIN, DEGRADED: SOS at ") for text in texts)
    assert "from an unknown device (gt06)" in texts[0]
    assert "from grey wristband 7 (gt06)" in texts[1]


def test_the_degraded_text_fits_one_sms():
    row = RowFacts(uuid4(), AT, "minifinder2", b"i" * 16, frozenset({Alarm.SOS, Alarm.FALL}))
    card = Card((), {(b"i" * 16).hex(): "grey wristband 7"})
    text = describe(row, card)
    assert text == (
        "TOCSIN, DEGRADED: FALL, SOS at 07:08 UTC from grey wristband 7 (minifinder2). "
        "The database is away: nobody else was told. Act now."
    )
    assert len(text) <= 160


async def test_a_short_absence_rings_nobody(setup, own_postgres, monkeypatch):
    rung: list[str] = []
    async with serving(setup, database_url=own_postgres.url) as gateway:
        monkeypatch.setattr(gateway.bell, "_ring", rung.append)
        device = await Wristband.connect(gateway.ports["gt06"])
        own_postgres.kill()
        await device.ask(SOS)
        own_postgres.start()
        await connected(gateway)
        await until(lambda: gateway.journal.rows_spooled == 0)
        assert gateway.bell._due == {}
        await device.leave()
    assert rung == []


@on_uvloop
async def test_a_new_gateway_stores_what_a_dead_one_left(setup, away, journal):
    async with serving(away, has_database=False) as first, serving(away, has_database=False) as second:
        assert first.name != second.name
        device = await Wristband.connect(second.ports["gt06"])
        await device.ask(SOS)
        await device.leave()
    async with serving(setup) as third:
        assert third.name == first.name
        await until(lambda: journal.count() == 2)
