"""What carriers send back. A person's message is on disk before its carrier is answered; receipts are only hints."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from tocsin.channels.base import DeliveryReceipt, Incoming
from tocsin.core.storable import storable
from tocsin.dispatch.actions_inbound import sealed_inbound
from tocsin.lanes import lease
from tocsin.lanes.database import Database, guarded

# A receipt may overtake the commit of what it is about; so it is looked up again after these pauses, then dropped.
LATER_S = (0.0, 1.0, 5.0, 30.0)
WAITING_MAX = 50_000  # Receipts in memory; what comes on top is dropped, since it is a hint.
_STORE = """
WITH stored AS (
    INSERT INTO tocsin_inbound (channel, sender_index, sealed, carrier_id, received_at, state, due_at, attempts)
    VALUES (%s, %s, %s, %s, %s, 'waiting', now(), 0) ON CONFLICT DO NOTHING RETURNING id
) SELECT pg_notify('tocsin_inbound', id::text) FROM stored
"""


@dataclass
class Receiving:
    """Stores what comes in, for all channels of one worker."""

    database: Database
    _receipts: list[tuple[DeliveryReceipt, int]] = field(default_factory=list)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self, value: Incoming | DeliveryReceipt) -> None:
        """Take one thing from a channel. Raises when a message could not be stored: the carrier then sends it again."""
        if isinstance(value, Incoming):
            await self._store(value)
        elif len(self._receipts) < WAITING_MAX:
            self._receipts.append((value, 0))
            self._wake.set()

    async def _store(self, incoming: Incoming) -> None:
        sender_index, sealed = sealed_inbound(incoming)
        values = (incoming.channel, sender_index, sealed, storable(incoming.carrier_id)[:80], incoming.at)
        async with self.database.connection() as connection:
            await connection.execute(_STORE, values)

    async def run(self) -> None:
        """Note receipts in batches, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            batch, self._receipts = self._receipts, []
            ours = await guarded("receipts", lambda batch=batch: self._note([receipt for receipt, _ in batch]))
            for receipt, tried in batch:
                if ours is None or receipt.carrier_id not in ours:
                    self._look_later(receipt, tried + 1)

    def _look_later(self, receipt: DeliveryReceipt, tried: int) -> None:
        if tried < len(LATER_S) and len(self._receipts) < WAITING_MAX:
            asyncio.get_running_loop().call_later(LATER_S[tried], self._again, receipt, tried)

    def _again(self, receipt: DeliveryReceipt, tried: int) -> None:
        self._receipts.append((receipt, tried))
        self._wake.set()

    async def _note(self, receipts: Iterable[DeliveryReceipt]) -> set[str]:
        by_channel: dict[str, list[DeliveryReceipt]] = {}
        for receipt in receipts:
            by_channel.setdefault(receipt.channel, []).append(receipt)
        ours: set[str] = set()
        async with self.database.connection() as connection:
            for channel, told in by_channel.items():
                rows = await lease.write_receipts(connection, channel, told)
                ours |= {carrier_id for carrier_id, _ in rows}
                await lease.tell_pages(connection, [incident for _, incident in rows])
        return ours
