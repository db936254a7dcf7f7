"""People, plans and directives: what is stored, what is refused, and with which words."""

from datetime import date, timedelta

import pytest

from tests.people_factory import BY, NOW, defender, staff
from tocsin.accounts.queries import reader_for
from tocsin.accounts.scopes import Role
from tocsin.core.access import DataClass, Right
from tocsin.core.answers import Refused
from tocsin.people.actions import look
from tocsin.people.actions_defenders import PlanTerms, add_to_circle, save_plan
from tocsin.people.actions_directives import (
    DirectiveWish,
    draft_directive,
    revoke_directive,
    sign_directive,
    turn_directives,
)
from tocsin.people.actions_parties import (
    PartyTerms,
    add_way,
    confirm_way,
    create_party,
    find_or_create,
    forget_party,
    mark_broken,
    put_way_first,
)
from tocsin.people.models import Directive, Look, SubjectKey
from tocsin.people.queries import opened
from tocsin.people.queries_people import (
    by_address,
    defenders,
    directive_in_force,
    find_parties,
    missing,
    terms_of,
    who_looked,
    working_ways,
)
from tocsin.people.rules import (
    DEFAULT_STEPS,
    Audience,
    DirectiveState,
    PublicAudience,
    Relation,
    StepTerms,
    is_in_force,
)

pytestmark = pytest.mark.usefixtures("db")
WISH = DirectiveWish(may_publish=True, audiences=(PublicAudience.PAGE,), languages=("en", "ar"))


def person(name: str = "نادية المخترعة"):
    return create_party(PartyTerms(name=name, language="ar"), by=BY, now=NOW)


def test_a_name_in_any_script_comes_back_as_it_was():
    assert opened([person()], "name") == [{"name": "نادية المخترعة"}]


@pytest.mark.parametrize("sender", ["+44 7700 900123", "00447700900123"[2:], "+44-7700-900-123"])
def test_a_number_is_found_however_it_is_written(sender):
    party = person()
    way = add_way(party.pk, channel="sms", address="+447700900123", by=BY, now=NOW)
    assert by_address("sms", sender) == [way]
    assert by_address("voice", sender) == [way], "SMS and voice share numbers"


@pytest.mark.parametrize("sender", ["", "BANK", "12", "+", "\x00", "١٢٣", "+44 7700 900124"])
def test_a_stranger_is_nobody(sender):
    add_way(person().pk, channel="sms", address="+447700900123", by=BY, now=NOW)
    assert by_address("sms", sender) == []


@pytest.mark.parametrize(
    ("channel", "address"),
    [("sms", "0770"), ("sms", "not a number"), ("email", "nobody"), ("email", "a b@example.org"), ("webhook", "x"),
     ("chat", "x"), ("pigeon", "roof")],
)  # fmt: skip
def test_a_wrong_address_is_refused_with_what_to_write(channel, address):
    answer = add_way(person().pk, channel=channel, address=address, by=BY, now=NOW)
    assert isinstance(answer, Refused)
    assert answer.reason.endswith(".")


def test_the_same_address_twice_is_refused_and_two_people_may_share_one():
    one, other = person(), person("Other Invented")
    add_way(one.pk, channel="sms", address="+447700900123", by=BY, now=NOW)
    again = add_way(one.pk, channel="sms", address="+44 7700 900 123", by=BY, now=NOW)
    assert again == Refused("This person already has this address. Change the one that is there.")
    add_way(other.pk, channel="sms", address="+447700900123", by=BY, now=NOW)
    assert {way.party for way in by_address("sms", "+447700900123")} == {one, other}


def test_broken_ways_are_left_out_until_somebody_answers_by_them():
    party = person()
    way = add_way(party.pk, channel="sms", address="+447700900123", by=BY, now=NOW)
    mail = add_way(party.pk, channel="email", address="n@example.org", by=BY, now=NOW)
    assert mark_broken(way.pk, reason="no such number", now=NOW) is True
    assert mark_broken(way.pk, reason="no such number", now=NOW) is False
    assert working_ways([party.pk]) == {party.pk: [mail]}
    confirm_way(way.pk, now=NOW)
    put_way_first(mail.pk)
    assert working_ways([party.pk]) == {party.pk: [mail, way]}


def test_a_new_defender_has_a_plan_that_works():
    row = defender()
    steps = [(tuple(step.audiences), step.wait_s, step.repeat) for step in row.plan.steps.all()]
    assert steps == [(step.audiences, step.wait_s, step.repeat) for step in DEFAULT_STEPS]
    assert missing(defenders().get(pk=row.pk)) == ["device", "circle", "challenge", "directive"]


@pytest.mark.parametrize(
    ("terms", "steps"),
    [
        (PlanTerms(), []),
        (PlanTerms(), [StepTerms(())]),
        (PlanTerms(), [StepTerms((Audience.CIRCLE,), wait_s=1)]),
        (PlanTerms(), [StepTerms((Audience.CIRCLE,), repeat=0)]),
        (PlanTerms(), [StepTerms((Audience.CIRCLE,))] * 11),
        (PlanTerms(challenge="How is the tea?"), DEFAULT_STEPS),
        (PlanTerms(challenge="How is the tea?", check_word="Green", duress_word=" GREEN"), DEFAULT_STEPS),
    ],
)
def test_a_plan_that_would_fail_is_refused_and_the_old_one_stays(terms, steps):
    row = defender()
    assert isinstance(save_plan(row.pk, terms, steps, by=BY, now=NOW), Refused)
    assert row.plan.steps.count() == len(DEFAULT_STEPS)


def test_the_circle_takes_nobody_twice_and_not_the_defender():
    row, friend = defender(), person("Friend Invented")
    assert not isinstance(add_to_circle(row.pk, friend.pk, relation=Relation.FRIEND, by=BY, now=NOW), Refused)
    assert isinstance(add_to_circle(row.pk, friend.pk, relation=Relation.FRIEND, by=BY, now=NOW), Refused)
    assert isinstance(add_to_circle(row.pk, row.party_id, relation=Relation.OTHER, by=BY, now=NOW), Refused)


def test_who_is_known_by_name_and_number_is_not_stored_twice():
    terms = PartyTerms(name="Friend  Invented")
    named = {"channel": "sms", "address": "+447700900123", "by": BY, "now": NOW}
    first = find_or_create(terms, **named)
    assert find_or_create(PartyTerms(name="friend invented"), **named) == first
    assert isinstance(find_or_create(PartyTerms(name="Somebody Else"), **named), Refused)
    assert find_parties("+44 7700 900123") == [first]
    assert find_parties("INVENTED") == [first]
    assert find_parties("%") == []


def test_a_directive_goes_from_draft_to_force_and_a_newer_one_supersedes_it():
    row = defender()
    first = draft_directive(row.pk, WISH, by=BY, now=NOW)
    assert not is_in_force(terms_of(first), NOW.date())
    first = sign_directive(first.pk, signed_on=NOW.date(), by=BY, now=NOW)
    assert directive_in_force(row.pk, NOW.date()) == first
    second = draft_directive(row.pk, WISH, by=BY, now=NOW)
    assert (second.version, directive_in_force(row.pk, NOW.date())) == (2, first)
    sign_directive(second.pk, signed_on=NOW.date(), by=BY, now=NOW)
    states = dict(row.directives.values_list("version", "state"))
    assert states == {1: DirectiveState.SUPERSEDED, 2: DirectiveState.IN_FORCE}
    revoke_directive(second.pk, by=BY, now=NOW)
    assert directive_in_force(row.pk, NOW.date()) is None
    assert isinstance(sign_directive(second.pk, signed_on=NOW.date(), by=BY, now=NOW), Refused)


def test_a_draft_is_replaced_until_it_is_signed():
    row = defender()
    first = draft_directive(row.pk, WISH, by=BY, now=NOW)
    assert draft_directive(row.pk, DirectiveWish(), by=BY, now=NOW).pk == first.pk
    assert Directive.objects.get().may_publish is False


def test_a_directive_enters_on_its_day_and_lapses_after_its_last():
    row = defender()
    wish = DirectiveWish(valid_from=date(2026, 3, 10), valid_until=date(2026, 3, 20))
    directive = draft_directive(row.pk, wish, by=BY, now=NOW)
    sign_directive(directive.pk, signed_on=NOW.date(), by=BY, now=NOW)
    states = []
    for day in (9, 10, 10, 20, 21, 22):
        turn_directives(NOW.replace(day=day))
        directive.refresh_from_db()
        states.append(directive.state)
    assert states == ["signed", "in_force", "in_force", "in_force", "lapsed", "lapsed"]


def test_a_signature_of_tomorrow_and_empty_permissions_are_refused():
    row = defender()
    directive = draft_directive(row.pk, WISH, by=BY, now=NOW)
    tomorrow = NOW.date() + timedelta(days=1)
    assert isinstance(sign_directive(directive.pk, signed_on=tomorrow, by=BY, now=NOW), Refused)
    assert isinstance(draft_directive(row.pk, DirectiveWish(may_publish=True), by=BY, now=NOW), Refused)


def test_looking_and_changing_are_logged_and_shown_to_the_defender():
    row = defender()
    officer = staff("duty-1", Role.COORDINATOR)
    Look.objects.all().delete()
    reader = reader_for(officer, NOW)
    assert look([row.party], "name", reader=reader, purpose="incident page", now=NOW) == [{"name": "Nadia Invented"}]
    (told,) = who_looked(row.party)
    assert (told.staff, told.data_class, told.right, told.purpose) == (officer, "id", "read", "incident page")
    save_plan(row.pk, PlanTerms(), DEFAULT_STEPS, by=reader, now=NOW)
    assert [(one.right, one.data_class) for one in who_looked(row.party)] == [("write", "ops"), ("read", "id")]


def test_the_administrator_sees_ciphertext_and_no_look_is_logged():
    row = defender()
    reader = reader_for(staff("admin-1", Role.ADMINISTRATOR), NOW)
    Look.objects.all().delete()
    assert look([row.party], "name", reader=reader, purpose="list", now=NOW) == [{"name": None}]
    assert not Look.objects.exists()
    assert Right.READ not in reader.rights.get(DataClass.STORY, frozenset())


def test_forgetting_destroys_the_keys_and_what_finds_or_names_the_person():
    row = defender(sms="+44 7700 900999")
    way = row.party.ways.get()
    assert isinstance(forget_party(row.party_id, by=BY, now=NOW), Refused), "an active defender is not forgotten"
    row.is_active = False
    row.save()
    forget_party(row.party_id, by=BY, now=NOW)
    assert not SubjectKey.objects.filter(subject=row.party.uid).exists()
    assert by_address("sms", "+44 7700 900999") == []
    row.refresh_from_db()
    assert opened([row], "background") == [{"background": ""}]
    assert opened([way], "address") == [{"address": ""}]
    assert opened([row.plan], "cover", "duress_word") == [{"cover": "", "duress_word": ""}]
    assert list(defenders()) == []
    assert isinstance(forget_party(row.party_id, by=BY, now=NOW), Refused) is False, "safe to run twice"
