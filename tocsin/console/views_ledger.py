"""What is owed, late or failed; and what arrived that nobody could read or place."""

from datetime import datetime

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tocsin.accounts.permits import needs
from tocsin.console import queries
from tocsin.core import clock
from tocsin.core.access import DataClass, Reader, Right
from tocsin.dispatch.actions_answers import resend as send_again
from tocsin.dispatch.actions_inbound import look_at_strangers
from tocsin.dispatch.queries import ledger as whole_ledger
from tocsin.dispatch.queries import strangers
from tocsin.dispatch.rules import NoticeState
from tocsin.incidents.models import Incident
from tocsin.incidents.queries import unhandled_signals, unreadable_signals
from tocsin.incidents.rules import ENDED
from tocsin.people.actions import look

UNKNOWN_MAX = 200
STATES = [state.value for state in NoticeState]


@require_safe
@needs(DataClass.CODED)
def ledger(request: HttpRequest) -> HttpResponse:
    """Show every promise that is not kept yet, the broken ones first."""
    now = clock.now()
    found = whole_ledger(now=now)
    rows = [*found.overdue, *found.owed, *found.refused]
    names = party_names(rows, reader=request.reader, now=now)
    shown = {
        "now": now,
        "overdue": [(row, names.get(row.party_id, "")) for row in found.overdue],
        "owed": [(row, names.get(row.party_id, "")) for row in found.owed],
        "refused": [(row, names.get(row.party_id, "")) for row in found.refused],
        "states": STATES,
        "counts": [(lane, [counts.get(state, 0) for state in STATES]) for lane, counts in found.counts.items()],
        "bells": found.bells,
        "parts": queries.parts(now),
    }
    return render(request, "console/ledger.html", shown)


def party_names(rows: list, *, reader: Reader, now: datetime) -> dict[int | None, str | None]:
    """Open the names of the people of some notices, at once."""
    parties = {row.party_id: row.party for row in rows if row.party is not None}
    opened = look(list(parties.values()), "name", reader=reader, purpose="ledger", now=now)
    return dict(zip(parties, (values["name"] for values in opened), strict=True))


@require_POST
@needs(DataClass.CODED, Right.WRITE)
def resend(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Owe a failed message once more."""
    if send_again(notice_id, staff_id=request.user.pk, now=clock.now()):
        messages.success(request, _("It will be sent again."))
    else:
        messages.error(request, _("This message cannot be sent again: it is about to be sent, or the call is closed."))
    return HttpResponseRedirect("/console/ledger/")


@require_safe
@needs(DataClass.CODED)
def signals(request: HttpRequest) -> HttpResponse:
    """Show calls of unknown devices, frames that nobody could read, signals that wait, and messages of strangers."""
    now = clock.now()
    written = look_at_strangers(strangers(), reader=request.reader, now=now)
    unknown = Incident.objects.filter(Q(is_quarantined=True) & ~Q(state__in=ENDED))
    shown = {
        "now": now,
        "unknown": unknown.order_by("opened_at")[:UNKNOWN_MAX],
        "unreadable": unreadable_signals(),
        "waiting": unhandled_signals(now=now),
        "strangers": written,
        "may_read": request.reader.may_read(DataClass.ID) and request.reader.may_read(DataClass.STORY),
    }
    return render(request, "console/signals.html", shown)
