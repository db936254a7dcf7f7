"""Defenders: who they are, their circle, and the plan of what happens when they call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from tocsin.core.access import Reader
from tocsin.core.answers import Refused
from tocsin.people.actions import record_change, seal_row
from tocsin.people.actions_parties import PartyTerms, change_party, create_party
from tocsin.people.models import CircleMember, Defender, Party, Plan, PlanStep
from tocsin.people.rules import DEFAULT_STEPS, WAIT_S_MAX, WAIT_S_MIN, Disclosure, Relation, StepTerms

STEPS_MAX = 10
PLAN_WORDS = ("cover", "challenge", "check_word", "duress_word", "questions")


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """What a plan says besides its steps. Code words are sealed."""

    circle_hears: Disclosure = Disclosure.AREA
    responders_hear: Disclosure = Disclosure.AREA
    cover: str = ""
    challenge: str = ""
    check_word: str = ""
    duress_word: str = ""
    questions: str = ""  # A line each.


@transaction.atomic
def create_defender(
    terms: PartyTerms, *, by: Reader, now: datetime, country: str = "", background: str = ""
) -> Defender:
    """Store a new defender, with a plan that already works: headquarters, circle and responders at once."""
    return make_defender(create_party(terms, by=by, now=now), by=by, now=now, country=country, background=background)


@transaction.atomic
def make_defender(party: Party, *, by: Reader, now: datetime, country: str = "", background: str = "") -> Defender:
    """Protect somebody who is known already, perhaps as a responder or a contact."""
    defender = Defender(party=party, country=country.strip(), created_at=now)
    seal_row(defender, now=now, background=background.strip())
    defender.save()
    record_change([defender], "background", by=by, purpose="defender made", now=now)
    save_plan(defender.pk, PlanTerms(), DEFAULT_STEPS, by=by, now=now)
    return defender


@transaction.atomic
def change_defender(
    defender_id: int,
    terms: PartyTerms,
    *,
    country: str,
    background: str,
    is_active: bool,
    by: Reader,
    now: datetime,
) -> Defender | Refused:
    """Change what is known of a defender. An inactive one still has devices that are heard: a call is a call."""
    defender = Defender.objects.select_for_update(of=["self"]).select_related("party").get(pk=defender_id)
    party = change_party(defender.party_id, terms, by=by, now=now)
    if isinstance(party, Refused):
        return party
    defender.country, defender.is_active = country.strip(), is_active
    seal_row(defender, now=now, background=background.strip())
    defender.save()
    record_change([defender], "background", by=by, purpose="defender changed", now=now)
    return defender


@transaction.atomic
def save_plan(
    defender_id: int, terms: PlanTerms, steps: Sequence[StepTerms], *, by: Reader, now: datetime
) -> Plan | Refused:
    """Write the whole plan anew, its words and its steps. A running callout keeps the plan that it began with."""
    refused = why_not(terms, steps)
    if refused is not None:
        return refused
    defender = Defender.objects.select_for_update(of=["self"]).select_related("party").get(pk=defender_id)
    plan = Plan.objects.filter(defender=defender).first() or Plan(defender=defender)
    plan.circle_hears, plan.responders_hear, plan.updated_at = terms.circle_hears, terms.responders_hear, now
    seal_row(plan, now=now, **{word: getattr(terms, word).strip() for word in PLAN_WORDS})
    plan.save()
    plan.steps.all().delete()
    PlanStep.objects.bulk_create(
        PlanStep(
            plan=plan,
            position=position,
            audiences=[audience.value for audience in step.audiences],
            channels=list(step.channels),
            wait_s=step.wait_s,
            repeat=step.repeat,
        )
        for position, step in enumerate(steps)
    )
    record_change([plan], "cover", by=by, purpose="plan written", now=now)
    return plan


def why_not(terms: PlanTerms, steps: Sequence[StepTerms]) -> Refused | None:
    """Say what is wrong with a plan. A plan that asks nobody would be a silence."""
    if not 1 <= len(steps) <= STEPS_MAX:
        return Refused(f"A plan has between 1 and {STEPS_MAX} steps.")
    if any(not step.audiences for step in steps):
        return Refused("Each step must ask somebody. Tick at least one audience, or remove the step.")
    if any(not WAIT_S_MIN <= step.wait_s <= WAIT_S_MAX for step in steps):
        return Refused(f"A step waits between {WAIT_S_MIN} seconds and {WAIT_S_MAX // 3600} hours.")
    if any(not 1 <= step.repeat <= 10 for step in steps):
        return Refused("A step is asked between 1 and 10 times.")
    if terms.check_word.strip() and same_word(terms.check_word, terms.duress_word):
        return Refused("The word for danger must differ from the word for all is well.")
    if bool(terms.challenge.strip()) != bool(terms.check_word.strip()):
        return Refused("Question and answer belong together. Write both, or neither.")
    return None


def same_word(one: str, other: str) -> bool:
    """Say whether two code words would be taken for the same when typed in fear: case and spaces do not count."""
    return "".join(one.split()).casefold() == "".join(other.split()).casefold()


@transaction.atomic
def add_to_circle(
    defender_id: int, party_id: int, *, relation: Relation, by: Reader, now: datetime, task: str = ""
) -> CircleMember | Refused:
    """Add a trusted contact whom the defender has chosen."""
    defender = Defender.objects.select_for_update(of=["self"]).select_related("party").get(pk=defender_id)
    if defender.party_id == party_id:
        return Refused("Nobody is a trusted contact of themselves. Choose another person.")
    if defender.circle.filter(party_id=party_id).exists():
        return Refused("This person is already in the circle.")
    last = defender.circle.aggregate(last=Max("position"))["last"]
    member = CircleMember(
        defender=defender, party_id=party_id, relation=relation, position=0 if last is None else last + 1
    )
    seal_row(member, now=now, task=task.strip())
    member.save()
    record_change([member], "task", by=by, purpose="circle widened", now=now)
    return member


@transaction.atomic
def change_in_circle(member_id: int, *, relation: Relation, task: str, by: Reader, now: datetime) -> CircleMember:
    """Change what a trusted contact is to the defender, or what they agreed to do."""
    member = CircleMember.objects.select_for_update(of=["self"]).select_related("defender__party").get(pk=member_id)
    member.relation = relation
    seal_row(member, now=now, task=task.strip())
    member.save()
    record_change([member], "task", by=by, purpose="circle changed", now=now)
    return member


@transaction.atomic
def remove_from_circle(member_id: int, *, by: Reader, now: datetime) -> None:
    """Take somebody out of the circle. The person stays known."""
    member = CircleMember.objects.select_for_update(of=["self"]).select_related("defender__party").get(pk=member_id)
    record_change([member], "task", by=by, purpose="circle narrowed", now=now)
    member.delete()
