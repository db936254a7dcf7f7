"""Reads about appeals: what is written, whether the directive allows it now, who approved it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from tocsin.devices.models import Device
from tocsin.people.models import Defender, Directive, Organisation, Way
from tocsin.people.queries import opened
from tocsin.people.queries_people import directive_in_force, terms_of
from tocsin.people.rules import Precision, PublicAudience
from tocsin.publicity.models import Appeal, AppealVersion
from tocsin.publicity.rules import APPROVALS_NEEDED, TextKind, Vote, is_approved
from tocsin.publicity.rules_check import Checked, Draft, Forbidden, Protected, Text, check, digest_of, public_area

WORDS = ("texts", "area", "lat_deg", "lon_deg", "radius_km", "letter_to")  # What a text says, and may tell too much.


@dataclass(frozen=True)
class VersionPage:
    """One text with everything that those who approve it must see."""

    version: AppealVersion
    draft: Draft
    answer: Checked | Forbidden  # What the directive in force says of it now.
    votes: tuple[Vote, ...]
    is_approved: bool
    is_latest: bool

    @property
    def missing_votes(self) -> int:
        """How many people must still approve."""
        return max(0, APPROVALS_NEEDED - len({vote.staff_id for vote in self.votes}))


def words_of(version: AppealVersion) -> dict[str, Any]:
    """Give what a text says, by `WORDS`. Before it is published it is opened for the program: a view logs the look.

    A draft whose key was destroyed says nothing.
    """
    if not version.draft_sealed:
        return {name: getattr(version, name) for name in WORDS}
    return json.loads(opened([version], "draft")[0]["draft"] or "{}")


def draft_of(version: AppealVersion) -> Draft:
    """Give a stored text as the value that the rules decide on."""
    words = words_of(version)
    return Draft(
        kind=TextKind(version.kind),
        texts={language: Text(**parts) for language, parts in words.pop("texts", {}).items()},
        audiences=frozenset(PublicAudience(word) for word in version.audiences),
        **words,
    )


def is_unchanged(version: AppealVersion) -> bool:
    """Say whether the stored text is still the one whose digest is stored beside it, and stands in one place only."""
    if version.draft_sealed and version.texts:
        return False
    digest = digest_of(draft_of(version), appeal_uid=str(version.appeal.uid), number=version.number)
    return digest == bytes(version.digest)


def protected_of(defender: Defender, directive: Directive | None, *, country: str) -> Protected:
    """Open what no public text may hold: for the check only. Two names and two addresses are found in few queries."""
    circle = [member.party for member in defender.circle.select_related("party")]
    parties = [defender.party, *circle]
    names = [row["name"] for row in opened(parties, "name")]
    ways = list(Way.objects.filter(party__in=parties).select_related("party"))
    numbers = list(Device.objects.filter(defender=defender))
    contacts = [row["address"] for row in opened(ways, "address")] + [
        row["number"] for row in opened(numbers, "number")
    ]
    lines = opened([directive], "never_mention")[0]["never_mention"].splitlines() if directive else []
    return Protected(
        name=names[0],
        other_names=tuple(name for name in names[1:] if name),
        contacts=tuple(dict.fromkeys(contact for contact in contacts if contact)),
        never_mention=tuple(line.strip() for line in lines if line.strip()),
        country=country or defender.country,
    )


def check_now(appeal: Appeal, draft: Draft, *, now: datetime) -> tuple[Checked | Forbidden, Directive | None]:
    """Compare a draft with the directive that is in force now; also give that directive."""
    incident = appeal.incident
    assert incident.defender is not None, "an appeal is for a known defender"
    directive = directive_in_force(incident.defender_id, now.date())
    answer = check(
        draft,
        terms_of(directive) if directive else None,
        protected_of(incident.defender, directive, country=incident.country),
        now=now,
        pressed_at=incident.opened_at,
    )
    return answer, directive


def proposal(appeal: Appeal, *, now: datetime) -> Draft:
    """Give an empty draft with what the directive allows: its languages, its audiences, a place as exact as it says."""
    incident = appeal.incident
    directive = directive_in_force(incident.defender_id, now.date())
    if directive is None:
        return Draft(TextKind.APPEAL, {"en": Text()}, frozenset())
    precision = Precision(directive.precision)
    lat, lon, radius = incident.lat_deg, incident.lon_deg, None
    if lat is None or lon is None or precision not in {Precision.AREA, Precision.EXACT}:
        lat = lon = None
    else:
        area = public_area(lat, lon)  # Also when the exact place is allowed: somebody should choose that, not us.
        lat, lon, radius = area.lat_deg, area.lon_deg, area.radius_km
    return Draft(
        kind=TextKind.APPEAL,
        texts={language: Text() for language in directive.languages},
        audiences=frozenset(PublicAudience(word) for word in directive.audiences),
        area="" if precision is Precision.NONE else incident.country or incident.defender.country,
        lat_deg=lat,
        lon_deg=lon,
        radius_km=radius,
    )


def votes_for(version: AppealVersion) -> tuple[Vote, ...]:
    """Give the approvals of a text."""
    return tuple(Vote(row.staff_id, bytes(row.digest)) for row in version.approvals.all())


def version_page(version: AppealVersion, *, now: datetime) -> VersionPage:
    """Give one text with the directive's answer and its approvals."""
    draft = draft_of(version)
    votes = votes_for(version)
    return VersionPage(
        version=version,
        draft=draft,
        answer=check_now(version.appeal, draft, now=now)[0],
        votes=votes,
        is_approved=is_approved(votes, bytes(version.digest)),
        is_latest=version.number == version.appeal.versions.order_by("-number").values_list("number", flat=True)[0],
    )


def appeals_for_list(*, limit: int = 200) -> Iterable[Appeal]:
    """Give the appeals, the newest first, with what the list shows, in three queries."""
    return (
        Appeal.objects.select_related("incident__defender__party", "stopped_by")
        .prefetch_related("versions__approvals")
        .order_by("-created_at")[:limit]
    )


def appeal_for_page(appeal_id: int) -> Appeal | None:
    """Give one appeal with its incident, defender, texts and approvals."""
    return (
        Appeal.objects.select_related("incident__defender__party", "directive", "stopped_by")
        .prefetch_related("versions__approvals__staff", "versions__created_by")
        .filter(pk=appeal_id)
        .first()
    )


def organisation() -> Organisation:
    """Give the organisation. An installation that has not named itself yet still has pages."""
    return Organisation.objects.first() or Organisation(name="Tocsin", languages=["en"])


def base_url() -> str:
    """Give the address under which people reach the pages, without a slash at its end."""
    return str(settings.TOCSIN_PUBLIC_URL).rstrip("/")
