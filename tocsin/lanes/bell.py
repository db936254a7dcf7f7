"""The bell outside: a signed post to another machine when a promise is broken. It never goes through the ledger, which
may be what is broken."""

import json
import logging
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

from django.conf import settings

from tocsin.channels.base import Channel, Outgoing, SendError
from tocsin.core import clock
from tocsin.dispatch.actions_ledger import bell_heard, bells_to_ring
from tocsin.dispatch.models import BellRing
from tocsin.lanes.database import Bells, Database, guarded, wait_any

RETRY_S = 10.0

logger = logging.getLogger(__name__)


@dataclass
class OutsideBell:
    """Rings until the machine outside has heard it."""

    database: Database
    bells: Bells
    webhook: Channel | None

    async def run(self) -> None:
        """Ring what is to be rung, for ever. Without an address the rings are only shown on the ledger's page."""
        if settings.TOCSIN_OUTSIDE_BELL and self.webhook is None:
            logger.error("TOCSIN_OUTSIDE_BELL cannot be rung: write TOCSIN_WEBHOOK_ROUTE=webhook+https://?secret=…")
        bell = self.bells.waiter("bell")
        while True:
            bell.clear()
            await guarded("bell outside", self._ring)
            await wait_any(bell, timeout_s=RETRY_S)

    async def _ring(self) -> None:
        address = str(settings.TOCSIN_OUTSIDE_BELL)
        if not address or self.webhook is None:
            return
        rings = await self.database.in_thread(bells_to_ring, now=clock.now())
        if not rings:
            return
        try:
            await self.webhook.send(Outgoing(message_id=str(uuid4()), address=address, body=_words(rings)))
        except SendError as error:
            logger.error("The bell outside was not heard: %s", error.reason)
            return
        ids = [ring.pk for ring in rings]
        await guarded("bell heard", partial(self.database.in_thread, bell_heard, ids, now=clock.now()))


def _words(rings: list[BellRing]) -> str:
    """Say what is wrong in codes and counts; nothing of anybody."""
    told = [
        {"cause": ring.cause, "incident": ring.incident_id, "count": ring.count, "at": ring.rang_at.isoformat()}
        for ring in rings
    ]
    return json.dumps({"tocsin": told})
