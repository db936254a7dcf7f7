"""Raising alarms. One transaction: incident, alarm, timeline, callout, the first notices, and the wake-ups."""

from collections.abc import Collection
from datetime import datetime

from tocsin.incidents.rules import Answer


def raise_by_hand(
    *,
    defender_id: int,
    kinds: Collection[str],
    text: str,
    staff_id: int,
    now: datetime,
    lat_deg: float | None = None,
    lon_deg: float | None = None,
    is_drill: bool = False,
) -> Answer:
    """Raise an alarm that reached headquarters some other way, such as a phone call. `text`: what was said.

    `Accepted.id` is the incident. A drill has an incident of its own and is marked in every message.
    """
    raise NotImplementedError


def give_to_defender(incident_id: int, *, defender_id: int, staff_id: int, now: datetime) -> Answer:
    """Say whose the call of an unknown device is. The defender's own plan is asked at once.

    `Accepted.id` is the incident that goes on: the defender's open one, where there is one.
    """
    raise NotImplementedError
