"""Reads of the ledger: what is owed, what is late, what an answer link asks."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet

from tocsin.dispatch.models import AnswerLink, BellRing, Inbound, Notice, WorkerStatus
from tocsin.dispatch.rules import HELPING, WITHDRAWABLE, NoticeState, Purpose
from tocsin.dispatch.wording import Asked
from tocsin.gateway.models import Signal
from tocsin.incidents.models import Engagement
from tocsin.incidents.rules import ENDED
from tocsin.people.queries import opened


@dataclass(frozen=True)
class Ledger:
    """What headquarters sees of the ledger. `overdue` must be empty."""

    overdue: Sequence[Notice]
    owed: Sequence[Notice]  # Not handed to a carrier yet, the earliest due first; waves only as numbers.
    refused: Sequence[Notice]  # Of the last days, newest first.
    counts: dict[str, dict[str, int]]  # By lane, by state; of the last days.
    workers: Sequence[WorkerStatus]
    bells: Sequence[BellRing]


@dataclass(frozen=True)
class LinkPage:
    """What the page behind an answer link shows. Texts are already open: the link itself is the reader's right.

    `state`: "open" (not answered yet), "answered", "expired" or "unknown" (forged; the rest is empty then).
    """

    state: str
    language: str = "en"
    body: str = ""  # The message that the link came with, cover wording included.
    answer: str = ""  # "yes" or "no", when answered.
    engagement: str = ""  # "accepted", "on_the_way", "there", …
    exact_place: str = ""  # The text with the exact place; only after a yes, and only when the plan allows it.
    lat_deg: float | None = None  # With `exact_place`.
    lon_deg: float | None = None
    is_over: bool = False  # The incident is closed; nobody needs to go.


TAKEN_S = 30
OVERDUE_GRACE_S = 15  # So long the sweep may need before a lack of an outcome is a broken promise.
LEDGER_DAYS = 7
SHOWN_MAX = 200


def overdue_notices(*, now: datetime) -> QuerySet[Notice]:
    """Give the notices whose promise is broken. One indexed query (`notice_audit`), run for ever; it must be empty."""
    late = now - timedelta(seconds=OVERDUE_GRACE_S)
    return Notice.objects.filter(ended_at=None, deadline_at__lt=late).order_by("deadline_at")


def waiting_too_long(*, now: datetime) -> int:
    """Count calls and messages that intake should have taken long ago: something keeps it from them."""
    late = now - timedelta(seconds=TAKEN_S)
    signals = Signal.objects.filter(state="waiting", received_at__lt=late).exclude(alarms=[])
    return signals.count() + Inbound.objects.filter(state="waiting", received_at__lt=late).count()


def overdue(*, now: datetime, limit: int = SHOWN_MAX) -> Sequence[Notice]:
    """Give the first of them with their people, for a page."""
    return list(overdue_notices(now=now).select_related("party", "incident")[:limit])


def ledger(*, now: datetime) -> Ledger:
    """Give the ledger page."""
    since = now - timedelta(days=LEDGER_DAYS)
    people = Notice.objects.filter(wave=None).select_related("party", "incident")
    owed = people.filter(state__in=WITHDRAWABLE, ended_at=None).order_by("due_at")
    refused = people.filter(state=NoticeState.REFUSED, ended_at__gte=since).order_by("-ended_at")
    counts: dict[str, dict[str, int]] = {}
    rows = Notice.objects.filter(created_at__gte=since).order_by().values_list("lane", "state")
    for lane, state, number in rows.annotate(n=Count("pk")):
        counts.setdefault(lane, {})[state] = number
    return Ledger(
        overdue=overdue(now=now),
        owed=list(owed[:SHOWN_MAX]),
        refused=list(refused[:SHOWN_MAX]),
        counts=counts,
        workers=list(WorkerStatus.objects.filter(seen_at__gte=since).order_by("name")),
        bells=list(BellRing.objects.filter(rang_at__gte=since).order_by("-rang_at")[:SHOWN_MAX]),
    )


def strangers(*, limit: int = 100) -> Sequence[Inbound]:
    """Give messages from numbers that nobody knows, newest first."""
    return list(Inbound.objects.filter(state="stranger").order_by("-received_at")[:limit])


def link_page(secret: str, *, now: datetime) -> LinkPage:
    """Give what the page behind `/r/<secret>` shows. It changes nothing: link scanners are harmless."""
    digest = hashlib.sha256(secret.encode()).digest()
    rows = AnswerLink.objects.select_related("notice__party", "notice__incident__defender__party")
    link = rows.filter(digest=digest).first()
    if link is None or link.notice.incident is None:
        return LinkPage("unknown")
    notice, incident = link.notice, link.notice.incident
    assert incident is not None
    page = LinkPage("open", notice.language, _without_link(opened([notice], "body")[0]["body"]))
    engagement = Engagement.objects.filter(incident=incident, party=notice.party).first()
    page = replace(page, engagement=engagement.state if engagement else "", is_over=incident.state in ENDED)
    if link.used_at is None:
        return page if link.expires_at > now else replace(page, state="expired", body="")
    page = replace(page, state="answered", answer=link.answer)
    if page.is_over or engagement is None or engagement.state not in HELPING or notice.party is None:
        return page
    return _with_place(page, notice, engagement)


def _with_place(page: LinkPage, notice: Notice, engagement: Engagement) -> LinkPage:
    """Add the exact place as it was told to this person; nothing that the plan kept from them."""
    told = Notice.objects.filter(incident=notice.incident, party=notice.party, purpose=Purpose.EXACT_PLACE)
    last = told.select_related("incident", "party").order_by("-pk").first()
    incident = notice.incident
    assert incident is not None
    if last is None or engagement.role == Asked.HEADQUARTERS:
        return page
    text = opened([last], "body")[0]["body"]
    return replace(page, exact_place=text, lat_deg=incident.lat_deg, lon_deg=incident.lon_deg)


def _without_link(body: str) -> str:
    """The page itself is what the link at the end leads to."""
    words = body.split(" ")
    return " ".join(word for word in words if "/r/" not in word)
