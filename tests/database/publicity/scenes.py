"""An invented defender who called for help, with a directive, three staff and some supporters."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from tocsin.accounts.models import Staff
from tocsin.incidents.models import Incident
from tocsin.people.actions import seal_row
from tocsin.people.models import CircleMember, Defender, Directive, Organisation, Party, Way
from tocsin.people.queries import address_index
from tocsin.people.rules import PublicAudience
from tocsin.publicity.actions import approve, publish, write_draft
from tocsin.publicity.actions_waves import WavePlan
from tocsin.publicity.models import AppealVersion, Supporter
from tocsin.publicity.rules import Accepted, TextKind
from tocsin.publicity.rules_check import Draft, Text

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
EVERYBODY = frozenset(PublicAudience)
TEXT = Text(
    title="A defender was taken",
    body="People in uniform took her from her home.\n\nShe speaks for fishing families.",
    action="Ask the ministry where she is.",
    letter="Please say where she is held.",
    sms="A defender was taken. Ask where she is.",
)


def person(name: str, *, email: str = "", sms: str = "") -> Party:
    """Store an invented person."""
    party = Party(created_at=NOW)
    seal_row(party, now=NOW, name=name)
    party.save()
    for position, (channel, address) in enumerate([("email", email), ("sms", sms)]):
        if address:
            way = Way(party=party, channel=channel, position=position)
            way.address_index = address_index(channel, address)
            seal_row(way, now=NOW, address=address)
            way.save()
    return party


@dataclass
class Scene:
    """What the tests of this folder begin with."""

    incident: Incident
    directive: Directive
    staff: list[Staff]
    now: datetime = NOW + timedelta(minutes=30)

    def draft(self, kind: TextKind = TextKind.APPEAL, **changes) -> Draft:
        """A draft that the directive allows."""
        values = {"texts": {"en": TEXT}, "audiences": EVERYBODY, "area": "Country A"} | changes
        return Draft(kind=kind, **values)

    def written(self, draft: Draft | None = None) -> AppealVersion:
        """A stored text."""
        answer = write_draft(self.incident.pk, draft or self.draft(), staff_id=self.staff[0].pk, now=self.now)
        assert isinstance(answer, Accepted), answer
        return AppealVersion.objects.get(pk=answer.id)

    def approved(self, draft: Draft | None = None) -> AppealVersion:
        """A stored text that two people approved."""
        version = self.written(draft)
        for member in self.staff[:2]:
            answer = approve(version.pk, staff_id=member.pk, digest=bytes(version.digest), now=self.now)
            assert isinstance(answer, Accepted), answer
        return version

    def published(self, draft: Draft | None = None, waves: tuple[WavePlan, ...] = ()) -> AppealVersion:
        """A published text."""
        version = self.approved(draft)
        plans = waves or (WavePlan("email"), WavePlan("sms"))
        answer = publish(version.pk, waves=plans, staff_id=self.staff[0].pk, now=self.now)
        assert isinstance(answer, Accepted), answer
        version.refresh_from_db()
        return version


def supporters(count: int, channel: str = "email", *, language: str = "en", first: int = 0) -> list[Supporter]:
    """Store confirmed supporters with invented addresses."""
    rows = []
    for number in range(first, first + count):
        address = f"s{number}@example.org" if channel == "email" else f"+447700900{number:03}"
        row = Supporter(channel=channel, language=language, state="confirmed", created_at=NOW, confirmed_at=NOW)
        row.address_index = address_index(channel, address)
        seal_row(row, now=NOW, address=address)
        rows.append(row)
    return Supporter.objects.bulk_create(rows)


def build(**terms) -> Scene:
    """Store the scene. `terms` are columns of the directive."""
    Organisation.objects.create(pk=1, name="Lantern Watch", languages=["en"])
    party = person("Maryam Testova", email="maryam@example.net", sms="+447700900123")
    defender = Defender.objects.create(party=party, country="Country A", created_at=NOW)
    sister = person("Amina Sampleson", sms="+447700900124")
    CircleMember.objects.create(defender=defender, party=sister, position=0)
    values = {
        "state": "in_force",
        "valid_from": date(2026, 1, 1),
        "may_publish": True,
        "precision": "area",
        "audiences": [audience.value for audience in EVERYBODY],
        "languages": ["en", "ar"],
        "created_at": NOW,
    } | terms
    directive = Directive(defender=defender, **values)
    seal_row(directive, now=NOW, never_mention="Rosehaven\nthe blue boat")
    directive.save()
    incident = Incident.objects.create(
        defender=defender,
        opened_at=NOW,
        last_alarm_at=NOW,
        alarm_state="confirmed",
        country="Country A",
        lat_deg=-49.28123,
        lon_deg=71.10456,
        place_source="fix",
    )
    staff = [
        Staff.objects.create_user(name, roles=["publisher"], date_joined=NOW) for name in ("noor", "ines", "tomas")
    ]
    return Scene(incident, directive, staff)
