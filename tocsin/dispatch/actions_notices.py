"""Writing and withdrawing notices: the promise ledger. Always inside the transaction of whoever decides."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from tocsin.core.access import DataClass
from tocsin.core.sealing import seal
from tocsin.dispatch.models import AnswerLink, Callout, Notice
from tocsin.dispatch.queries_routes import SCREEN
from tocsin.dispatch.rules import HAND_OVER_S, LINK_S, WITHDRAWABLE, Lane, NoticeState, Purpose
from tocsin.dispatch.wording import Message
from tocsin.incidents.actions_timeline import notify
from tocsin.incidents.models import Incident
from tocsin.people.actions import ensure_keys, first_keys
from tocsin.people.models import Party, Way
from tocsin.people.queries import context_of

DUE = "tocsin_due"
SECRET_BYTES = 16
OPEN_STATES = (NoticeState.OWED, NoticeState.CLAIMED, NoticeState.ACCEPTED, NoticeState.DELIVERED)


@dataclass(frozen=True)
class Letter:
    """One message to one way of one person, before it is a notice."""

    party: Party
    way: Way
    message: Message
    purpose: Purpose
    lane: Lane
    secret: str = ""  # Of the answer link inside the text.
    due_at: datetime | None = None  # None: at once.


def new_link() -> tuple[str, str]:
    """Give a fresh secret, and the address that holds it."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    return secret, f"{settings.TOCSIN_PUBLIC_URL.rstrip('/')}/r/{secret}"


def digest_of(secret: str) -> bytes:
    """Give what is kept of a link's secret."""
    return hashlib.sha256(secret.encode()).digest()


def write_notices(
    letters: Sequence[Letter],
    *,
    now: datetime,
    incident: Incident | None = None,
    callout: Callout | None = None,
    also: Sequence[Notice] = (),
    is_new_incident: bool = False,
) -> list[Notice]:
    """Owe these messages. Their texts are sealed with the incident's key, or with the person's when there is none.

    `also`: notices without a text that are stored with them. `is_new_incident`: it will hardly have a key yet.
    """
    notices = [_notice(letter, incident, callout, now) for letter in letters]
    _seal(notices, letters, now, is_new=is_new_incident)
    Notice.objects.bulk_create([*notices, *also])
    AnswerLink.objects.bulk_create(
        AnswerLink(notice=notice, digest=digest_of(letter.secret), expires_at=now + timedelta(seconds=LINK_S))
        for notice, letter in zip(notices, letters, strict=True)
        if letter.secret
    )
    for lane in {notice.lane for notice in notices}:
        notify(DUE, lane)
    return notices


def _notice(letter: Letter, incident: Incident | None, callout: Callout | None, now: datetime) -> Notice:
    due_at = letter.due_at or now
    return Notice(
        lane=letter.lane,
        purpose=letter.purpose,
        incident=incident,
        callout=callout,
        step=callout.step if callout is not None else None,
        party=letter.party,
        way=letter.way,
        channel=letter.way.channel,
        language=letter.party.language,
        state=NoticeState.OWED,
        created_at=now,
        due_at=due_at,
        deadline_at=due_at + timedelta(seconds=HAND_OVER_S[letter.lane]),
    )


def _seal(notices: Sequence[Notice], letters: Sequence[Letter], now: datetime, *, is_new: bool) -> None:
    """Seal every text with two queries at most, however many there are."""
    pairs = [(notice.seal_subject, DataClass.STORY) for notice in notices]
    keys = first_keys(pairs, now=now) if is_new else ensure_keys(pairs, now=now)
    for notice, letter, pair in zip(notices, letters, pairs, strict=True):
        for name, text in (("subject", letter.message.subject), ("body", letter.message.body)):
            sealed = seal(text.encode(), key=keys[pair], context=context_of(notice, name)) if text else b""
            setattr(notice, f"{name}_sealed", sealed)


def on_screen(incident: Incident, callout: Callout, now: datetime) -> Notice:
    """Write down that the board shows the alarm: a notice like every other, answered when somebody acknowledges."""
    return Notice(
        lane=Lane.CRY,
        purpose=Purpose.RING,
        incident=incident,
        callout=callout,
        step=callout.step,
        channel=SCREEN,
        state=NoticeState.ACCEPTED,
        created_at=now,
        due_at=now,
        deadline_at=now + timedelta(days=365),  # It stands on the board until somebody acknowledges it.
        accepted_at=now,
    )


def end_notices(notices: QuerySet[Notice], state: NoticeState, *, reason: str, now: datetime) -> int:
    """Give notices that have no final outcome theirs. Rows are locked in order, so that two never wait crosswise."""
    ids = list(
        notices.filter(ended_at=None).order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True)
    )
    return Notice.objects.filter(pk__in=ids).update(state=state, reason=reason, ended_at=now) if ids else 0


def withdraw_unsent(notices: QuerySet[Notice], *, reason: str, now: datetime) -> int:
    """Take back what no carrier has yet."""
    return end_notices(notices.filter(state__in=WITHDRAWABLE), NoticeState.WITHDRAWN, reason=reason, now=now)


def open_rings(incident: Incident, party_ids: Collection[int] | None = None) -> QuerySet[Notice]:
    """Give the questions of an incident that nobody has answered."""
    rings = Notice.objects.filter(incident=incident, purpose=Purpose.RING, ended_at=None)
    return rings if party_ids is None else rings.filter(party_id__in=party_ids)
