"""The demo's voice in the terminal: each step with its time since the press, then where to look and how to sign in."""

import os
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import close_old_connections

from tocsin.core import clock
from tocsin.demo.organisation import DEFENDERS, PASSWORD, RESPONDERS, STAFF, SUPPORTERS, Person
from tocsin.demo.pocket_client import CarriersAwayError, PocketClient
from tocsin.demo.wristband import DEMO_UIDS, Press, frames_of
from tocsin.incidents.models import TimelineEntry
from tocsin.protocols.base import Alarm
from tocsin.protocols.registry import CODECS

PROTOCOL = "gt06"
READY_S = 120
FIRST_RING_S = 6.0
POLL_S = 0.02
SLOW_POLL_S = 0.5
SETTLE_S = 0.4
ANSWER_BYTES_MAX = 4096
TEXT_CHARS_SHOWN = 88

WORDS = {
    "alarm_raised": "the incident is open, and everybody of the plan's first step is owed a message",
    "acknowledged": "headquarters has acknowledged: a human being answers",
    "callout_step": "the next step of the plan is asked",
    "confirmed": "headquarters has confirmed the alarm",
    "closed": "two people have closed the incident",
}


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """One thing that happened."""

    at: datetime
    words: str


def tell() -> None:
    """Wait until everything listens, press once, and tell what happens until the demo ends."""
    if not _wait_until_ready():
        _say("The demo did not come up within two minutes; the lines above say why.")
        return
    pressed_at, steps = press()
    _say("\n  A defender presses her wristband once.\n")
    seen: set[str] = set()
    for step in steps:
        _print(step, pressed_at)
    _follow(pressed_at, seen, seconds=FIRST_RING_S, poll_s=POLL_S)
    _say(where_to_look())
    _follow(pressed_at, seen, seconds=None, poll_s=SLOW_POLL_S)


def press() -> tuple[datetime, list[Step]]:
    """Send a login and an SOS over TCP as the wristband does. Returns when the last byte was sent, and the steps."""
    port = CODECS[PROTOCOL].port + settings.TOCSIN_GATEWAY_PORT_OFFSET
    *before, call = frames_of(PROTOCOL, DEMO_UIDS[PROTOCOL], Press(clock.now(), alarms=frozenset({Alarm.SOS})))
    with socket.create_connection(("127.0.0.1", port), timeout=15) as connection:
        for frame in before:
            connection.sendall(frame)
            connection.recv(ANSWER_BYTES_MAX)
        connection.sendall(call)
        pressed_at = clock.now()
        connection.recv(ANSWER_BYTES_MAX)
        answered_at = clock.now()
    return pressed_at, [
        Step(pressed_at, f"wristband: {len(call)} bytes of {PROTOCOL} over TCP, an SOS with a place"),
        Step(answered_at, "gateway: the bytes are on disk, and only then the wristband is answered"),
    ]


def where_to_look() -> str:
    """Give the addresses, the log-ins and how to press again."""
    base = settings.TOCSIN_PUBLIC_URL
    offset = settings.TOCSIN_GATEWAY_PORT_OFFSET
    port = f" --port {CODECS[PROTOCOL].port + offset}" if offset else ""
    program = os.path.relpath(os.path.join(os.path.dirname(sys.executable), "tocsin"))
    people = "\n".join(f"      {member.username:8} {', '.join(member.roles)}" for member in STAFF)
    return f"""
  Start here       {base}/demo/       everybody's phone and mailbox, and what to do next
  Headquarters     {base}/console/    sign in as

{people}

                   password "{PASSWORD}"; the six digits of each are on the demo page
  The world        {base}/

  Press again      {program} device press{port}
                   {program} device press --protocol gt06 --fall --torn-off --no-fix{port}
  End the demo     Ctrl-C; nothing of it is kept
"""


def _wait_until_ready() -> bool:
    deadline = time.monotonic() + READY_S
    ports = [CODECS[PROTOCOL].port + settings.TOCSIN_GATEWAY_PORT_OFFSET, settings.TOCSIN_WEB_PORT]
    while time.monotonic() < deadline:
        if all(_listens(port) for port in ports) and _is_bound():
            return True
        time.sleep(0.1)
    return False


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _is_bound() -> bool:
    """Say whether a worker holds a connection to the pretend SMS carrier."""
    try:
        with _pockets() as pockets:
            return bool(pockets.overview()["clients"])
    except CarriersAwayError:
        return False


def _follow(pressed_at: datetime, seen: set[str], *, seconds: float | None, poll_s: float) -> None:
    """Print what is new, for so long; `None`: for ever."""
    until = None if seconds is None else time.monotonic() + seconds
    while until is None or time.monotonic() < until:
        close_old_connections()
        news = list(_news(pressed_at, seen))
        if news:
            time.sleep(SETTLE_S)  # What happened at almost the same time is told in its order.
            news += _news(pressed_at, seen)
        for step in sorted(news):
            _print(step, pressed_at)
        time.sleep(poll_s)


def _news(since: datetime, seen: set[str]) -> Iterator[Step]:
    for entry in TimelineEntry.objects.filter(at__gte=since).order_by("id"):
        key = f"entry {entry.pk}"
        if key not in seen:
            seen.add(key)
            if words := WORDS.get(entry.event):
                yield Step(entry.at, f"incident {entry.incident_id}: {words}")
    yield from _messages(since, seen)


def _messages(since: datetime, seen: set[str]) -> Iterator[Step]:
    try:
        with _pockets() as pockets:
            overview = pockets.overview()
    except CarriersAwayError:
        return
    for pocket in overview["pockets"]:
        for note in pocket["notes"]:
            key = f"{pocket['address']} {note['at']} {note['direction']}"
            at = datetime.fromisoformat(note["at"])
            if at >= since and key not in seen:
                seen.add(key)
                arrow = "→" if note["direction"] == "in" else "←"
                text = " ".join((note.get("subject") or note["text"]).split())[:TEXT_CHARS_SHOWN]
                yield Step(at, f"{pocket['kind']:6} {arrow} {name_of(pocket['address']):18} {text}")


def name_of(address: str) -> str:
    """Give the name of somebody in the demo; the address itself for anybody else."""
    return NAMES.get(address, address)


def _everybody() -> Iterator[Person]:
    yield from (member.person for member in STAFF)
    for defender in DEFENDERS:
        yield defender.person
        yield from (person for person, _, _ in defender.circle)
    yield from (responder.person for responder in RESPONDERS)


NAMES = {
    **{address: person.name for person in _everybody() for address in (person.sms, person.email)},
    **{supporter.address: f"supporter {number}" for number, supporter in enumerate(SUPPORTERS, 1)},
}


def _pockets() -> PocketClient:
    return PocketClient(settings.TOCSIN_DEMO_CONTROL, os.environ["TOCSIN_DEMO_TOKEN"])


def _print(step: Step, pressed_at: datetime) -> None:
    _say(f"  {(step.at - pressed_at).total_seconds():8.3f} s  {step.words}")


def _say(words: str) -> None:
    print(words, flush=True)  # noqa: T201
