"""Fill an empty installation with the invented organisation, through the same actions that the pages use."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from allauth.mfa.totp.internal.auth import TOTP
from django.db import transaction

from tocsin.accounts.actions import choose_password, create_staff, plan_shift
from tocsin.accounts.scopes import Role
from tocsin.core.access import program
from tocsin.core.answers import Refused
from tocsin.core.geometry import destination
from tocsin.demo.organisation import (
    COUNTRY,
    DEFENDERS,
    ORGANISATION_ABOUT,
    ORGANISATION_NAME,
    PASSWORD,
    RESPONDERS,
    STAFF,
    SUPPORTERS,
    DemoDefender,
    DemoResponder,
    DemoSupporter,
    Person,
    StaffMember,
)
from tocsin.demo.wristband import DEMO_LAT_DEG, DEMO_LON_DEG, DEMO_UIDS
from tocsin.devices.actions import issue_device
from tocsin.people.actions import seal_row
from tocsin.people.actions_defenders import PlanTerms, add_to_circle, create_defender, save_plan
from tocsin.people.actions_directives import DirectiveWish, draft_directive, sign_directive
from tocsin.people.actions_parties import PartyTerms, add_way, create_party
from tocsin.people.actions_responders import ResponderTerms, create_responder
from tocsin.people.models import Organisation, Party
from tocsin.people.queries import address_index
from tocsin.people.rules import DEFAULT_STEPS, Precision, PublicAudience, Relation
from tocsin.publicity.models import Supporter
from tocsin.publicity.rules import SupporterState

DEMO = program("demo")
Row = TypeVar("Row")


@transaction.atomic
def seed(now: datetime) -> None:
    """Store the whole organisation. Does nothing when it is there already."""
    if Organisation.objects.exists():
        return
    Organisation.objects.create(
        pk=1,
        name=ORGANISATION_NAME,
        about=ORGANISATION_ABOUT,
        languages=["en", "fr", "ar"],
        contact="office@lantern.example.org",
    )
    for member in STAFF:
        _staff(member, now)
    for defender in DEFENDERS:
        _defender(defender, now)
    for responder in RESPONDERS:
        _responder(responder, now)
    _supporters(SUPPORTERS, now)


def _must(answer: Row | Refused) -> Row:
    assert not isinstance(answer, Refused), answer
    return answer


def _terms(person: Person) -> PartyTerms:
    return PartyTerms(name=person.name, language=person.language, time_zone=person.time_zone)


def _ways(party: Party, person: Person, now: datetime) -> Party:
    for channel, address in (("sms", person.sms), ("email", person.email)):
        if address:
            _must(add_way(party.pk, channel=channel, address=address, by=DEMO, now=now, is_confirmed=True))
    return party


def _staff(member: StaffMember, now: datetime) -> None:
    roles = [Role(word) for word in member.roles]
    staff = _must(
        create_staff(
            member.username, roles=roles, by=DEMO, now=now, name=member.person.name, language=member.person.language
        )
    )
    choose_password(staff.pk, PASSWORD)
    TOTP.activate(staff, member.secret)
    _ways(staff.party, member.person, now)
    if member.is_on_shift:
        _must(plan_shift(staff.pk, starts_at=now, ends_at=None))


def _defender(words: DemoDefender, now: datetime) -> None:
    defender = create_defender(_terms(words.person), by=DEMO, now=now, country=COUNTRY, background=words.background)
    _ways(defender.party, words.person, now)
    for person, relation, task in words.circle:
        party = _ways(create_party(_terms(person), by=DEMO, now=now), person, now)
        _must(add_to_circle(defender.pk, party.pk, relation=Relation(relation), task=task, by=DEMO, now=now))
    plan = PlanTerms(
        cover="The harbour meeting is moved. Please call the office.",
        challenge=words.challenge,
        check_word=words.check_word,
        duress_word=words.duress_word,
        questions="\n".join(words.questions),
    )
    _must(save_plan(defender.pk, plan, DEFAULT_STEPS, by=DEMO, now=now))
    wish = DirectiveWish(
        may_publish=bool(words.languages),
        may_name=bool(words.languages),
        precision=Precision.AREA if words.languages else Precision.NONE,
        audiences=tuple(PublicAudience) if words.languages else (),
        languages=words.languages,
        never_mention="\n".join(words.never_mention),
    )
    directive = _must(draft_directive(defender.pk, wish, by=DEMO, now=now))
    _must(sign_directive(directive.pk, signed_on=now.date(), by=DEMO, now=now))
    for protocol in words.devices:
        _must(
            issue_device(
                protocol=protocol,
                device_uid=DEMO_UIDS[protocol],
                defender_id=defender.pk,
                label=f"demo {protocol}",
                by=DEMO,
                now=now,
            )
        )


def _responder(words: DemoResponder, now: datetime) -> None:
    home = destination(DEMO_LAT_DEG, DEMO_LON_DEG, bearing=words.bearing_deg, km=words.km)
    terms = ResponderTerms(home=home, radius_km=words.radius_km, skills=words.skills)
    responder = _must(create_responder(_terms(words.person), terms, by=DEMO, now=now))
    _ways(responder.party, words.person, now)


def _supporters(many: Sequence[DemoSupporter], now: datetime) -> None:
    for words in many:
        row = Supporter(
            channel=words.channel,
            address_index=address_index(words.channel, words.address),
            language=words.language,
            topics=list(words.topics),
            state=SupporterState.CONFIRMED,
            created_at=now,
            confirmed_at=now,
        )
        seal_row(row, now=now, address=words.address)
        row.save()
