"""Finding people: by address, by nearness, by what is known of them. Names stay sealed here."""

from collections.abc import Collection
from datetime import date, datetime

from django.db.models import Count, Exists, FloatField, Func, OuterRef, Q, QuerySet, Value, prefetch_related_objects
from django.db.models.functions import Coalesce

from tocsin.core.geometry import km_of_chord
from tocsin.people.models import Defender, Directive, Look, Party, Plan, Responder, Way
from tocsin.people.queries import address_index, opened
from tocsin.people.rules import (
    RADIUS_KM_MAX,
    DirectiveState,
    DirectiveTerms,
    Precision,
    is_willing_at,
)

ASKED_AT_ONCE = 64  # Rows read first by the nearest search; four times as many when too few of them are willing now.
NAMES_COMPARED_MAX = 5_000
FOUND_MAX = 50


class Sphere(Func):
    """A place as the database's point on the unit sphere (migration 0002)."""

    function = "tocsin_sphere"


class Chord(Func):
    """The straight distance of two such points; it orders by the index `responder_nearest`."""

    template = "(%(expressions)s)"
    arg_joiner = " <-> "
    output_field = FloatField()


def by_address(channel: str, address: str) -> list[Way]:
    """Give every way with this address, of parties that are not forgotten. Several people may share a number.

    An address that cannot be one, such as a carrier's own name, is nobody's.
    """
    if channel in {"sms", "voice"} and address.strip().isdigit():
        address = f"+{address.strip()}"  # Carriers leave the plus sign out.
    try:
        index = address_index(channel, address)
    except ValueError:
        return []
    return list(
        Way.objects.filter(address_index=index, party__forgotten_at=None).select_related("party").order_by("id")
    )


def candidates(lat_deg: float, lon_deg: float) -> QuerySet[Responder]:
    """Give the willing responders who are anywhere, the nearest first, with their distance as `chord`.

    The index gives them in this order one by one, so only as many are read as are asked for.
    """
    here = Sphere(Value(lat_deg), Value(lon_deg))
    theirs = Sphere(Coalesce("last_lat_deg", "home_lat_deg"), Coalesce("last_lon_deg", "home_lon_deg"))
    somewhere = Q(last_lat_deg__isnull=False) | Q(home_lat_deg__isnull=False)
    return (
        Responder.objects.filter(somewhere, is_willing=True)
        .annotate(chord=Chord(theirs, here))
        .select_related("party")
        .order_by("chord")
    )


def nearest_responders(
    lat_deg: float,
    lon_deg: float,
    *,
    now: datetime,
    radius_default_km: int,
    limit: int,
    not_party_ids: Collection[int] = (),
) -> list[tuple[Responder, float]]:
    """Give the nearest responders who want to be asked now, each with the distance in km, the nearest first.

    The last known place counts, else the home place; each responder's own radius, else the default.
    """
    query = candidates(lat_deg, lon_deg).filter(party__forgotten_at=None).exclude(party_id__in=list(not_party_ids))
    read, widest = max(ASKED_AT_ONCE, 4 * limit), max(RADIUS_KM_MAX, radius_default_km)
    while True:
        rows = list(query[:read])
        found = [
            (row, distance)
            for row in rows
            if (distance := km_of_chord(row.chord)) <= (row.radius_km or radius_default_km)
            and is_willing_at(row.hours_from, row.hours_until, time_zone=row.party.time_zone, now=now)
        ]
        if len(found) >= limit or len(rows) < read or km_of_chord(rows[-1].chord) > widest:
            return sorted(found, key=lambda pair: (pair[1], pair[0].pk))[:limit]
        read *= 4


def working_ways(party_ids: Collection[int]) -> dict[int, list[Way]]:
    """Give each party's ways that are not known to be broken, in their order."""
    ways: dict[int, list[Way]] = {party_id: [] for party_id in party_ids}
    for way in Way.objects.filter(party_id__in=list(party_ids), broken_at=None).select_related("party"):
        ways[way.party_id].append(way)
    return ways


def terms_of(directive: Directive) -> DirectiveTerms:
    """Give a directive as the values that the rules decide on."""
    return DirectiveTerms(
        state=DirectiveState(directive.state),
        may_publish=directive.may_publish,
        may_name=directive.may_name,
        precision=Precision(directive.precision),
        audiences=frozenset(directive.audiences),
        languages=frozenset(directive.languages),
        wait_minutes=directive.wait_minutes,
        valid_from=directive.valid_from,
        valid_until=directive.valid_until,
    )


def directive_in_force(defender_id: int, day: date) -> Directive | None:
    """Give the directive that holds on a day. `permits` decides what it allows."""
    row = Directive.objects.filter(defender_id=defender_id, state=DirectiveState.IN_FORCE).first()
    if row is None or (row.valid_until is not None and row.valid_until < day):
        return None
    return row


def plan_of(defender_id: int) -> Plan | None:
    """Give the plan with its steps, in two queries."""
    return Plan.objects.filter(defender_id=defender_id).prefetch_related("steps").select_related("defender").first()


def who_looked(party: Party, *, since: datetime | None = None, limit: int = 200) -> list[Look]:
    """Answer "who looked at me": every look and change, the latest first. Everybody may be told this.

    What a defender's devices and incidents hold is about the defender too.
    """
    subjects = [party.uid]
    defender = Defender.objects.filter(party=party).first()
    if defender is not None:
        subjects += [*defender.devices.values_list("uid", flat=True), *defender.incidents.values_list("uid", flat=True)]
    looks = Look.objects.filter(subject__in=subjects).select_related("staff").order_by("-at", "-id")
    return list((looks.filter(at__gte=since) if since else looks)[:limit])


def with_one(relation: str, **conditions: object) -> Exists:
    """Say whether a defender has at least one of something."""
    named = {f"{relation}__{column}": value for column, value in conditions.items()}
    return Exists(Defender.objects.filter(pk=OuterRef("pk"), **{f"{relation}__isnull": False}, **named))


def defenders() -> QuerySet[Defender]:
    """Give the defenders for a list, with what the list shows; `missing` reads the marks."""
    return (
        Defender.objects.filter(party__forgotten_at=None)
        .select_related("party")
        .annotate(
            has_way=with_one("party__ways", broken_at=None),
            has_circle=with_one("circle"),
            has_device=with_one("devices", state="issued"),
            has_directive=with_one("directives", state=DirectiveState.IN_FORCE.value),
            has_challenge=~Exists(Defender.objects.filter(pk=OuterRef("pk"), plan__challenge_sealed=b"")),
        )
        .order_by("-is_active", "id")
    )


def missing(defender: Defender) -> list[str]:
    """Name what a defender from `defenders` lacks before an alarm can go well: coded words, the gravest first."""
    marks = ("way", "device", "circle", "challenge", "directive")
    return [mark for mark in marks if not getattr(defender, f"has_{mark}")]


def responders() -> QuerySet[Responder]:
    """Give the responders for a list."""
    return Responder.objects.filter(party__forgotten_at=None).select_related("party").order_by("-is_willing", "id")


def contacts() -> QuerySet[Party]:
    """Give the parties that are neither defenders, responders nor staff."""
    others = Party.objects.filter(defender=None, responder=None, staff=None, forgotten_at=None)
    return others.annotate(in_circles=Count("circles")).order_by("id")


def counts() -> dict[str, int]:
    """Count each kind of people, for the start page."""
    return {
        "defenders": Defender.objects.filter(is_active=True, party__forgotten_at=None).count(),
        "responders": Responder.objects.filter(is_willing=True, party__forgotten_at=None).count(),
        "contacts": contacts().count(),
    }


def find_parties(asked: str) -> list[Party]:
    """Find people by a number, an address, or a part of a name. Names are sealed, so they are compared one by one."""
    ways = [way for channel in ("sms", "email") for way in by_address(channel, asked)]
    if ways:
        return with_kin(list({way.party_id: way.party for way in ways}.values()))
    wanted = asked.casefold()
    parties = list(Party.objects.filter(forgotten_at=None).order_by("-id")[:NAMES_COMPARED_MAX])
    found = [
        party for party, told in zip(parties, opened(parties, "name"), strict=True) if wanted in told["name"].casefold()
    ]
    return with_kin(found[:FOUND_MAX])


def with_kin(parties: list[Party]) -> list[Party]:
    """Read along what each party is, so that a page can link to the right place without a query a row."""
    prefetch_related_objects(parties, "defender", "responder", "staff")
    return parties
