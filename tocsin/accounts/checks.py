"""What `tocsin check` looks at besides Django's checks: the key, the database, and whether anybody would be rung."""

import stat
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.db import DatabaseError, connection

from tocsin.accounts.models import Staff
from tocsin.accounts.queries import duty_officers, is_covered
from tocsin.core.sealing import Keyring, SealError, load_keyring
from tocsin.people.models import Organisation, SubjectKey
from tocsin.people.queries import key_context
from tocsin.people.queries_people import working_ways

LOCAL = {"127.0.0.1", "localhost", "::1"}


def findings(now: datetime) -> Iterator[CheckMessage]:
    """Give everything that is wrong, each with what to do."""
    yield from settings_findings()
    ring = None
    try:
        ring = load_keyring(settings.KEY_FILE)
        yield from key_file_findings()
    except SealError as error:
        yield Error(str(error), id="tocsin.E001")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM tocsin_subjectkey LIMIT 1")
    except DatabaseError as error:
        yield Error(
            f"The database does not answer as it should ({type(error).__name__}).",
            hint="Start it with `tocsin serve`, or make its tables with `tocsin migrate`.",
            id="tocsin.E002",
        )
        return
    if ring is not None:
        yield from key_findings(ring)
    yield from duty_findings(now)


def settings_findings() -> Iterator[CheckMessage]:
    """Look at the settings that an installation for real people needs."""
    public = urlsplit(settings.TOCSIN_PUBLIC_URL)
    if public.scheme != "https" and public.hostname not in LOCAL:
        yield Warning(
            "The pages are reached without https: passwords and names cross the network in the clear.",
            hint="Put a proxy with a certificate in front and write its address into TOCSIN_PUBLIC_URL.",
            id="tocsin.W001",
        )
    if not settings.TOCSIN_SMS_ROUTE and not settings.TOCSIN_EMAIL_ROUTE:
        yield Warning(
            "Nobody can be reached: there is no carrier for SMS and none for e-mail.",
            hint="Set TOCSIN_SMS_ROUTE or TOCSIN_EMAIL_ROUTE (docs/channels/).",
            id="tocsin.W002",
        )
    if settings.DEBUG:
        yield Warning("TOCSIN_DEBUG is on: errors show names to whoever causes them.", id="tocsin.W003")
    if settings.TOCSIN_DEMO:
        yield Error(
            "TOCSIN_DEMO is on: its page signs in whoever opens it, without a password.",
            hint="Take it out of the settings; `tocsin demo` sets it for itself.",
            id="tocsin.E006",
        )


def key_file_findings() -> Iterator[CheckMessage]:
    """Look at who else on this machine may read the master key."""
    mode = settings.KEY_FILE.stat().st_mode
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Error(
            f"Others on this machine may read the master key {settings.KEY_FILE}.",
            hint=f"chmod 600 {settings.KEY_FILE}",
            id="tocsin.E003",
        )


def key_findings(ring: Keyring) -> Iterator[CheckMessage]:
    """Try the master key on the newest of the keys that it must open."""
    row = SubjectKey.objects.order_by("-id").first()
    if row is None:
        return
    try:
        ring.unwrap(bytes(row.wrapped), context=key_context(row.subject, row.data_class))
    except SealError:
        yield Error(
            f"The master key {settings.KEY_FILE} is not the one with which this database was written.",
            hint="Put the key file of this installation back. Without it nothing sealed can be read.",
            id="tocsin.E004",
        )


def duty_findings(now: datetime) -> Iterator[CheckMessage]:
    """Look whether an alarm at this moment would ring somebody."""
    if not Organisation.objects.exists():
        yield Warning("The organisation has no name yet.", hint="People, The organisation.", id="tocsin.W004")
    officers = duty_officers(now)
    if not officers:
        yield Error(
            "An alarm would ring nobody: no active account is duty officer or coordinator.",
            hint="tocsin staff add NAME --role duty_officer --sms +44…",
            id="tocsin.E005",
        )
        return
    if not is_covered(now):
        yield Warning("Nobody is on shift: an alarm rings every duty officer.", id="tocsin.W005")
    for officer in officers:
        yield from way_findings(officer)


def way_findings(officer: Staff) -> Iterator[CheckMessage]:
    """Look whether one duty officer can be reached away from the screen."""
    if officer.party_id is None or not working_ways([officer.party_id])[officer.party_id]:
        yield Warning(
            f"Account {officer.username} would be rung on the screen only: it has no number or address that works.",
            hint="Add a way on its page, below Headquarters.",
            id="tocsin.W006",
        )
