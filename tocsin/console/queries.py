"""Reads that only the console makes: how the parts of the installation are, and whom an incident's page names."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tocsin.accounts.models import Shift, Staff
from tocsin.accounts.queries import duty_officers, on_shift_at
from tocsin.console import words
from tocsin.dispatch.models import WorkerStatus
from tocsin.dispatch.queries import overdue_notices
from tocsin.gateway.models import GatewayStatus
from tocsin.people.models import Responder, Way

SILENT = timedelta(seconds=30)  # A part that said nothing for so long counts as dead.
RECENT = timedelta(hours=12)  # So long it is told that the database was away.
GONE = timedelta(days=2)  # A part that was last seen before is not there any more.
CALLED = ("sms", "voice")


@dataclass(frozen=True, slots=True)
class Part:
    """How one part of the installation is: `tone` is good, wait or bad."""

    tone: str
    text: str
    href: str = ""  # Where something can be done about it.


def parts(now: datetime) -> list[Part]:
    """Say how the gateways, workers and carriers are, the broken ones first."""
    found = [*_gateways(now), *_workers(now), *_promises(now)]
    order = {"bad": 0, "wait": 1, "good": 2}
    return sorted(found, key=lambda part: order[part.tone])


def _gateways(now: datetime) -> list[Part]:
    rows = list(GatewayStatus.objects.filter(seen_at__gt=now - GONE).order_by("name"))
    if not rows:
        return [Part("bad", _("No gateway has reported: devices are not heard. Start: tocsin gateway"))]
    found = []
    for row in rows:
        if row.seen_at < now - SILENT:
            silent = words.duration((now - row.seen_at).total_seconds())
            found.append(Part("bad", _("A gateway has been silent for %(time)s: is it running?") % {"time": silent}))
            continue
        if row.is_disk_full:
            found.append(Part("bad", _("The gateway's disk is full: make room now")))
        if row.spooled:
            text = ngettext(
                "%(n)d frame waits on the gateway's disk", "%(n)d frames wait on the gateway's disk", row.spooled
            )
            found.append(Part("wait", text % {"n": row.spooled}))
        if row.database_away_since and row.database_away_since > now - RECENT:
            found.append(
                Part("wait", _("The database was away %(ago)s") % {"ago": words.ago_of(row.database_away_since, now)})
            )
        text = ngettext("Gateway: %(n)d device connected", "Gateway: %(n)d devices connected", row.connections)
        found.append(Part("good", text % {"n": row.connections}))
    return found


def _workers(now: datetime) -> list[Part]:
    rows = list(WorkerStatus.objects.filter(seen_at__gt=now - GONE))
    alive = [row for row in rows if row.seen_at >= now - SILENT]
    if not alive:
        return [Part("bad", _("No worker runs: nobody is asked and nothing is sent. Start: tocsin worker"))]
    lanes = {lane for row in alive for lane in row.lanes}
    found = [Part("good", _("Worker: messages are sent"))]
    if missing := {"cry", "response", "public"} - lanes:
        found.append(Part("bad", _("No worker sends %(lanes)s") % {"lanes": words.listed(sorted(missing))}))
    failing = {
        channel
        for row in alive
        for channel, counts in row.channels.items()
        if isinstance(counts, dict) and counts.get("failing_since")
    }
    found.extend(
        Part("bad", _("%(channel)s fails now") % {"channel": words.channel(channel)[0]}) for channel in sorted(failing)
    )
    return found


def _promises(now: datetime) -> list[Part]:
    late = overdue_notices(now=now).count()
    if not late:
        return []
    text = ngettext("%(n)d message is late: see the ledger", "%(n)d messages are late: see the ledger", late)
    return [Part("bad", text % {"n": late}, "/console/ledger/")]


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is woken now."""

    handles: list[str]
    is_rota_empty: bool  # Nobody is on shift, so everybody with the role is rung.


def duty(now: datetime) -> Duty:
    """Say who is on duty."""
    on_shift = Shift.objects.filter(on_shift_at(now), staff__is_active=True).exists()
    return Duty([staff.username for staff in duty_officers(now)], not on_shift)


def handles() -> dict[int, str]:
    """Give every account's handle, for the timeline."""
    return dict(Staff.objects.values_list("pk", "username"))


def responder_places(party_ids: Collection[int]) -> dict[int, Responder]:
    """Give responders by party, for the map."""
    return {row.party_id: row for row in Responder.objects.filter(party_id__in=party_ids).select_related("party")}


def numbers_to_call(party_ids: Collection[int]) -> list[Way]:
    """Give the telephone numbers, still sealed, of people of one incident."""
    ways = Way.objects.filter(party_id__in=party_ids, channel__in=CALLED).select_related("party")
    return list(ways.order_by("party_id", "position", "id"))
