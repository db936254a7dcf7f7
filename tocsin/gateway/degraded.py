"""What rings when the database cannot: the duty officers, by the last ways that were known, straight from the gateway.

The ways are read from the database every 30 s and kept in a sealed file. The text says that this is the degraded mode.
At most one message a device and minute, and a few in all, so that a flood of alarms still lets people read.
"""

import asyncio
import json
import logging
import os
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from django.db import DatabaseError, connections

from tocsin.accounts.queries import duty_officers
from tocsin.channels.base import Channel, DeliveryReceipt, Incoming, Outgoing, SendError
from tocsin.channels.dsn import DsnError
from tocsin.channels.registry import open_route
from tocsin.core.clock import now
from tocsin.core.sealing import SealError, open_sealed, seal
from tocsin.devices.models import DeviceIdentity
from tocsin.gateway.frames import RowFacts
from tocsin.people.models import Way
from tocsin.people.queries import opened
from tocsin.protocols.base import Alarm

REFRESH_S = 30.0
RING_AFTER_S = 3.0  # A database that restarts is back sooner, and then rings everybody itself.
DEVICE_QUIET_S = 60.0
RINGS_MAX = 20  # In `DEVICE_QUIET_S`, over all devices.
DISK_QUIET_S = 600.0
TRIES = 5
RETRY_S = 2.0  # Doubled each time.
DEVICES_NAMED_MAX = 20_000
CONTEXT = "degraded"
# Everything else wakes somebody: when unsure, ring.
ROUTINE = frozenset(
    {
        Alarm.LOW_BATTERY,
        Alarm.POWER_ON,
        Alarm.POWER_OFF,
        Alarm.POWER_CUT,
        Alarm.POWER_RESTORED,
        Alarm.VIBRATION,
        Alarm.MOVEMENT,
        Alarm.GEOFENCE,
        Alarm.GEOFENCE_ENTER,
        Alarm.GEOFENCE_EXIT,
        Alarm.OVERSPEED,
        Alarm.DOOR,
        Alarm.FAULT,
    }
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Card:
    """Whom to ring, and how devices are called: what the gateway must know when it can ask nobody."""

    ways: tuple[tuple[str, str], ...] = ()  # Channel and address, the first to try first.
    labels: Mapping[str, str] = field(default_factory=dict)  # Blind index in hexadecimal: a label, never a name.


class DutyBell:
    """Rings the duty officers from the gateway's own knowledge. Runs on the gateway's loop."""

    def __init__(self, file: Path, *, journal_key: bytes, routes: Mapping[str, str]) -> None:
        self._file = file
        self._key = journal_key
        self._routes = routes  # Channel kind: line of the settings.
        self._card = _load(file, journal_key)
        self._channels: dict[str, Channel] = {}
        self._due: dict[bytes, RowFacts] = {}  # One a device.
        self._rung: deque[tuple[float, bytes]] = deque()
        self._disk_rung_s = float("-inf")
        self._sending: set[asyncio.Task[None]] = set()

    def spooled(self, rows: Sequence[RowFacts]) -> None:
        """Ring for these unless the database is back soon."""
        loop = asyncio.get_running_loop()
        for row in rows:
            if row.alarms - ROUTINE and self._due.setdefault(_device(row), row) is row:
                loop.call_later(RING_AFTER_S, self._ring_for, _device(row))

    def replayed(self) -> None:
        """The database has everything and rings by itself."""
        self._due.clear()
        if not self._sending:
            self._spawn(self._close_channels())

    def disk_full(self) -> None:
        """Say that nothing can be stored."""
        now_s = asyncio.get_running_loop().time()
        if now_s - self._disk_rung_s >= DISK_QUIET_S:
            self._disk_rung_s = now_s
            self._ring(
                "TOCSIN, DEGRADED: the gateway can store nothing, and devices get no answer. "
                "Free disk space on its machine now."
            )

    async def keep_card(self) -> None:
        """Keep the card fresh, for ever."""
        while True:
            try:
                card = await asyncio.to_thread(_read_card, now())
                if card != self._card:
                    self._card = card
                    await asyncio.to_thread(_save, self._file, card, self._key)
            except (DatabaseError, OSError, SealError) as error:
                logger.warning("The card of duty officers is not refreshed (%s)", type(error).__name__)
            await asyncio.sleep(REFRESH_S)

    async def close(self) -> None:
        """Let what is being sent go out, for a moment, and disconnect."""
        if self._sending:
            await asyncio.wait(self._sending, timeout=RETRY_S)
        for task in self._sending:
            task.cancel()
        await self._close_channels()

    def _ring_for(self, device: bytes) -> None:
        row = self._due.pop(device, None)
        if row is None:
            return
        now_s = asyncio.get_running_loop().time()
        while self._rung and now_s - self._rung[0][0] >= DEVICE_QUIET_S:
            self._rung.popleft()
        if any(rung == device for _, rung in self._rung) or len(self._rung) > RINGS_MAX:
            return
        self._rung.append((now_s, device))
        if len(self._rung) > RINGS_MAX:
            self._ring(
                "TOCSIN, DEGRADED: more devices call for help than can be told here one by one. "
                "The database is away. Act now."
            )
            return
        self._ring(describe(row, self._card))

    def _ring(self, text: str) -> None:
        if not self._card.ways:
            logger.critical("The degraded mode has nobody to ring: no duty officer has a way")
        for number, (kind, address) in enumerate(self._card.ways):
            outgoing = Outgoing(f"degraded-{os.urandom(6).hex()}-{number}", address, text, "TOCSIN, DEGRADED")
            self._spawn(self._send(kind, outgoing))

    def _spawn(self, work) -> None:
        task = asyncio.ensure_future(work)
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, kind: str, outgoing: Outgoing) -> None:
        """Try a few times. Another way to the same person is tried beside this one, not after it."""
        delay_s = RETRY_S
        for _ in range(TRIES):
            try:
                channel = await self._channel(kind)
                if channel is None:
                    return
                await channel.send(outgoing)
            except SendError as error:
                logger.error("Degraded ring %s by %s failed: %s", outgoing.message_id, kind, error.reason)
                if error.permanent:
                    return
            else:
                logger.warning("Degraded ring %s went out by %s", outgoing.message_id, kind)
                return
            await asyncio.sleep(delay_s)
            delay_s *= 2

    async def _channel(self, kind: str) -> Channel | None:
        if kind not in self._channels and self._routes.get(kind):
            try:
                self._channels[kind] = channel = open_route(self._routes[kind])
            except DsnError as error:
                logger.error("The degraded mode cannot use the %s route: %s", kind, error)
                return None
            await channel.start(_refuse_incoming)
        return self._channels.get(kind)

    async def _close_channels(self) -> None:
        while self._channels:
            _, channel = self._channels.popitem()
            await channel.stop()


def describe(row: RowFacts, card: Card) -> str:
    """Say what is known, briefly enough for one SMS."""
    label = card.labels.get(row.uid_index.hex(), "") if row.uid_index else ""
    words = ", ".join(sorted(alarm.value.replace("_", " ") for alarm in row.alarms)).upper()
    return (
        f"TOCSIN, DEGRADED: {words} at {row.received_at:%H:%M} UTC from {label or 'an unknown device'} "
        f"({row.protocol}). The database is away: nobody else was told. Act now."
    )


def _device(row: RowFacts) -> bytes:
    """Devices that do not say who they are count as one for each protocol."""
    return row.uid_index or row.protocol.encode()


async def _refuse_incoming(_incoming: Incoming | DeliveryReceipt) -> None:
    """An answer cannot be stored here; the carrier keeps it and tries again."""
    raise ConnectionError("the gateway stores no messages")


def _read_card(at: datetime) -> Card:
    """Ask the database. Blocks."""
    try:
        parties = [officer.party_id for officer in duty_officers(at)]
        known_ways = Way.objects.filter(party__in=parties).select_related("party").order_by("position", "id")
        # When all are marked as broken, all are tried: a carrier may have answered nonsense.
        ways = list(known_ways.filter(broken_at=None)) or list(known_ways)
        addresses = [values["address"] for values in opened(ways, "address")]
        known = DeviceIdentity.objects.filter(kind="device").exclude(device__label="")
        labels = known.values_list("uid_index", "device__label")[:DEVICES_NAMED_MAX]
        pairs = tuple((way.channel, address) for way, address in zip(ways, addresses, strict=True) if address)
        return Card(pairs, {bytes(index).hex(): label for index, label in labels})
    finally:
        connections.close_all()


def _save(file: Path, card: Card, key: bytes) -> None:
    half = file.with_suffix(".new")
    half.write_bytes(seal(json.dumps(asdict(card)).encode(), key=key, context=CONTEXT))
    half.chmod(0o600)
    with half.open("rb") as written:
        os.fsync(written.fileno())
    half.replace(file)


def _load(file: Path, key: bytes) -> Card:
    with suppress(FileNotFoundError):
        try:
            told = json.loads(open_sealed(file.read_bytes(), key=key, context=CONTEXT))
            return Card(tuple((kind, address) for kind, address in told["ways"]), told["labels"])
        except (SealError, ValueError, KeyError):
            logger.error("%s cannot be read; it is written anew from the database", file)
    return Card()
