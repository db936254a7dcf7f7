"""The demo's page: everybody's phone and mailbox, what to do next, and a button that presses again."""

import os
import socket
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from tocsin.accounts.actions import code_at
from tocsin.accounts.models import Staff
from tocsin.core import clock
from tocsin.demo.organisation import DEFENDERS, PASSWORD, RESPONDERS, STAFF, Person
from tocsin.demo.pocket_client import CarriersAwayError, PocketClient
from tocsin.demo.tour import steps_now
from tocsin.demo.wristband import DEMO_UIDS, Press, frames_of
from tocsin.protocols.base import Alarm
from tocsin.protocols.registry import CODECS

ANSWER_BYTES_MAX = 4096
PRESS_S = 10
REPLY_CHARS_MAX = 600
TROUBLES = {
    "well": {},
    "sms_dead": {"sms_answers": False},
    "sms_refuses": {"sms_status": 0x0B},  # ESME_RINVDSTADR, SMPP 3.4 section 5.1.3.
    "sms_lost": {"sms_delivers": False},
    "mail_refuses": {"mail_rcpt": "550 5.1.1 no such user"},
}


@dataclass(frozen=True, slots=True)
class Pocket:
    """A person with all that came to their phone and mailbox, newest first."""

    person: Person
    role: str
    notes: list[dict[str, Any]]


@require_GET
def pockets(request: HttpRequest) -> HttpResponse:
    """Show everything; the page asks for itself again every second."""
    now = clock.now()
    try:
        with _carriers() as carriers:
            overview = carriers.overview()
    except CarriersAwayError as error:
        overview = {"pockets": [], "away": str(error), "misbehaviour": {}}
    by_address = {pocket["address"]: pocket["notes"] for pocket in overview["pockets"]}
    known = [_pocket(person, role, by_address) for person, role in _people()]
    mine = {address for pocket in known for address in (pocket.person.sms, pocket.person.email)}
    others = [pocket for pocket in overview["pockets"] if pocket["address"] not in mine and pocket["kind"] != "social"]
    return render(
        request,
        "demo/pockets.html",
        {
            "now": now,
            "steps": steps_now(),
            "busy": [pocket for pocket in known if pocket.notes],
            "quiet": [pocket for pocket in known if not pocket.notes],
            "supporters": others,
            "social": list(reversed(by_address.get("social", []))),
            "staff": [(member, code_at(member.secret, now)) for member in STAFF],
            "password": PASSWORD,
            "away": overview.get("away"),
            "trouble": _trouble(overview["misbehaviour"]),
        },
    )


@require_POST
def press(request: HttpRequest) -> HttpResponse:
    """Press one of the demo's devices, over real TCP."""
    protocol = request.POST.get("protocol", "gt06")
    if protocol not in DEMO_UIDS:
        return redirect("demo")
    extra = {Alarm.FALL: "fall", Alarm.TORN_OFF: "torn_off"}
    alarms = frozenset({Alarm.SOS, *(alarm for alarm, field in extra.items() if request.POST.get(field))})
    call = Press(clock.now(), alarms=alarms)
    if request.POST.get("no_fix"):
        call = Press(call.at, None, None, alarms)
    port = CODECS[protocol].port + settings.TOCSIN_GATEWAY_PORT_OFFSET
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PRESS_S) as connection:
            for frame in frames_of(protocol, DEMO_UIDS[protocol], call):
                connection.sendall(frame)
                connection.recv(ANSWER_BYTES_MAX)
    except OSError:
        messages.error(request, "The gateway does not answer. Look at the terminal.")
    return redirect("demo")


@require_POST
def reply(request: HttpRequest) -> HttpResponse:
    """Answer by SMS as one of the invented people."""
    text = request.POST.get("text", "").strip()[:REPLY_CHARS_MAX]
    try:
        with _carriers() as carriers:
            if text and not carriers.reply(request.POST.get("address", ""), text):
                messages.error(request, "Tocsin did not take this SMS now; the carrier brings it again.")
    except CarriersAwayError as error:
        messages.error(request, str(error))
    return redirect("demo")


@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as one of the invented staff with one click, so that two people can act in one browser."""
    assert settings.TOCSIN_DEMO, "these pages exist in the demo only"
    staff = get_object_or_404(Staff, username=request.POST.get("username"), username__in=[m.username for m in STAFF])
    assert Authenticator.objects.filter(user=staff).exists(), "the seed gave everybody a second factor"
    login(request, staff, backend=settings.AUTHENTICATION_BACKENDS[0])
    return HttpResponseRedirect("/console/")


@require_POST
def misbehave(request: HttpRequest) -> HttpResponse:
    """Make the pretend carriers go wrong, or right again."""
    trouble = TROUBLES.get(request.POST.get("trouble", ""), {})
    try:
        with _carriers() as carriers:
            carriers.misbehave()
            if trouble:
                carriers.misbehave(**trouble)
    except CarriersAwayError as error:
        messages.error(request, str(error))
    return redirect("demo")


def _pocket(person: Person, role: str, by_address: dict[str, list[dict[str, Any]]]) -> Pocket:
    notes = [*by_address.get(person.sms, []), *by_address.get(person.email, [])]
    return Pocket(person, role, sorted(notes, key=lambda note: note["at"], reverse=True))


def _people() -> list[tuple[Person, str]]:
    return [
        *((member.person, "headquarters") for member in STAFF),
        *((person, f"circle of {defender.person.name}") for defender in DEFENDERS for person, _, _ in defender.circle),
        *((responder.person, "responder") for responder in RESPONDERS),
        *((defender.person, "defender") for defender in DEFENDERS),
    ]


def _trouble(misbehaviour: dict[str, object]) -> str:
    for name, changes in TROUBLES.items():
        if changes and all(misbehaviour.get(field) == value for field, value in changes.items()):
            return name
    return "well"


def _carriers() -> PocketClient:
    return PocketClient(settings.TOCSIN_DEMO_CONTROL, os.environ["TOCSIN_DEMO_TOKEN"])
