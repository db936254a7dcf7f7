"""Keeping the ledger true: refusals and what follows from them, expiry, the audit, the bell outside.

The quick path, claiming and handing over, is plain SQL in `lanes/lease.py`; what is rare or decides something is here.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from tocsin.core.storable import storable
from tocsin.dispatch.actions_callouts import hurry, is_step_refused_by_all
from tocsin.dispatch.actions_letters import Person, ring_letters, told_about, ways_to_try
from tocsin.dispatch.actions_notices import DUE, notify, open_rings, write_notices
from tocsin.dispatch.models import BellRing, Callout, Notice
from tocsin.dispatch.queries import overdue_notices, waiting_too_long
from tocsin.dispatch.rules import ASKS, CalloutState, NoticeState, Purpose
from tocsin.dispatch.wording import Asked
from tocsin.incidents.actions_timeline import locked, write_entry
from tocsin.incidents.models import Engagement, Incident
from tocsin.incidents.rules import ENDED
from tocsin.incidents.rules_timeline import Entry
from tocsin.people.models import Way

BELL_PAUSE_S = 300  # The same cause rings the bell outside this often at most.
SWEEP_MAX = 5000
STUCK_S = 10  # A callout that could not go on is tried again so much later.


def refuse_notice(notice_id: int, *, token: int, reason: str, now: datetime) -> bool:
    """Write down that an address cannot work, and go on to the person's next way, or the next step, at once.

    False: another worker holds the notice by now, or it has its outcome already.
    """
    incident_id = Notice.objects.values_list("incident_id", flat=True).filter(pk=notice_id).first()
    if incident_id is None:
        with transaction.atomic():
            return _refuse(notice_id, token, reason, now) is not None
    with locked(incident_id) as incident:
        notice = _refuse(notice_id, token, reason, now)
        if notice is None:
            return False
        facts = {"notice": notice.pk, "party": notice.party_id, "channel": notice.channel, "reason": notice.reason}
        write_entry(incident, Entry.WAY_REFUSED, actor="dispatch", now=now, facts=facts)
        if notice.purpose == Purpose.RING and incident.state not in ENDED:
            _try_other_ways(incident, notice, now)
        return True


def _refuse(notice_id: int, token: int, reason: str, now: datetime) -> Notice | None:
    held = Notice.objects.select_for_update(of=("self",)).select_related("callout", "party")
    notice = held.filter(pk=notice_id, state=NoticeState.CLAIMED, lease_token=token).first()
    if notice is None:
        return None
    notice.state, notice.reason, notice.ended_at = NoticeState.REFUSED, storable(reason)[:160], now
    notice.save(update_fields=["state", "reason", "ended_at"])
    if notice.way_id is not None:
        Way.objects.filter(pk=notice.way_id).update(broken_at=now, broken_reason=notice.reason[:120])
    return notice


def _try_other_ways(incident: Incident, notice: Notice, now: datetime) -> None:
    """A step may have asked by one channel only. Who has another way is asked by it; else the next people are."""
    if notice.party is None or notice.callout is None:
        return
    if not open_rings(incident, [notice.party.pk]).exists():
        tried = Notice.objects.filter(callout=notice.callout, step=notice.step, party=notice.party)
        used = set(tried.values_list("way_id", flat=True))
        ways = [way for way in ways_to_try([notice.party.pk])[notice.party.pk] if way.pk not in used]
        if ways:
            told = told_about(incident, now=now)
            engagement = Engagement.objects.filter(incident=incident, party=notice.party).first()
            asked = Asked(engagement.role) if engagement is not None else Asked.RESPONDER
            person = Person(notice.party, asked, told.level_of(asked))
            letters = ring_letters(told, [person], {notice.party.pk: ways})
            write_notices(letters, now=now, incident=incident, callout=notice.callout)
            return
    running = Callout.objects.filter(incident=incident, state=CalloutState.RUNNING).first()
    if running is not None and is_step_refused_by_all(running):
        hurry(incident, now=now)


def expire(*, now: datetime) -> int:
    """Give a final outcome to questions that a carrier took and nobody answered in time."""
    with transaction.atomic():
        asked = Notice.objects.filter(ended_at=None, deadline_at__lte=now, purpose__in=[str(word) for word in ASKS])
        waiting = asked.filter(state__in=[NoticeState.ACCEPTED, NoticeState.DELIVERED]).order_by("pk")
        ids = list(waiting.select_for_update(skip_locked=True).values_list("pk", flat=True)[:SWEEP_MAX])
        ended = Notice.objects.filter(pk__in=ids)
        return ended.update(state=NoticeState.EXPIRED, reason="no answer", ended_at=now)


def audit(*, now: datetime) -> int:
    """Look for broken promises, and have the bell outside rung when there are any. Returns how many there are."""
    found = overdue_notices(now=now).count()
    if found:
        ask_for_bell("overdue", count=found, now=now)
    waiting = waiting_too_long(now=now)
    if waiting:
        ask_for_bell("not_taken", count=waiting, now=now)
    return found + waiting


def put_back_callout(callout_id: int, *, now: datetime) -> None:
    """Let a callout that could not go on be tried again, for ever, behind those that can; and have somebody look."""
    due_at = now + timedelta(seconds=STUCK_S)
    if Callout.objects.filter(pk=callout_id, state=CalloutState.RUNNING).update(due_at=due_at):
        ask_for_bell("not_taken", count=1, now=now)


def ask_for_bell(cause: str, *, count: int, now: datetime) -> bool:
    """Write down that the bell must be rung, unless it was for the same cause a short while ago."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"bell:{cause}"])
        since = now - timedelta(seconds=BELL_PAUSE_S)
        if BellRing.objects.filter(cause=cause, rang_at__gt=since).exists():
            return False
        BellRing.objects.create(cause=cause, count=count, rang_at=now)
        notify(DUE, "bell")
        return True


def bells_to_ring(*, now: datetime) -> Sequence[BellRing]:
    """Give the rings that the machine outside has not heard, of the last day."""
    return list(BellRing.objects.filter(heard_at=None, rang_at__gt=now - timedelta(days=1)).order_by("pk")[:20])


def bell_heard(ring_ids: Sequence[int], *, now: datetime) -> None:
    """Write down that the machine outside took them."""
    BellRing.objects.filter(pk__in=list(ring_ids)).update(heard_at=now)
