"""Two people press the same button at the same moment, with real connections and real locks."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from tests.people_factory import BY, NOW, defender
from tocsin.core.access import DataClass
from tocsin.core.answers import Refused
from tocsin.devices.actions import issue_device
from tocsin.devices.models import Device, DeviceIdentity
from tocsin.people.actions import ensure_keys
from tocsin.people.actions_defenders import add_to_circle
from tocsin.people.actions_directives import DirectiveWish, draft_directive, sign_directive, turn_directives
from tocsin.people.actions_parties import PartyTerms, add_way, create_party
from tocsin.people.models import Directive, SubjectKey
from tocsin.people.rules import DirectiveState, Relation

pytestmark = pytest.mark.usefixtures("committed_db")
TWINS = 4


def at_once(act: Callable[[], object]) -> list:
    """Do the same in several threads, each with a connection of its own, at the same moment."""
    start = Barrier(TWINS)

    def one(_number: int) -> object:
        start.wait(30)
        try:
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(TWINS) as pool:
        return list(pool.map(one, range(TWINS)))


def refused(answers: list) -> int:
    return sum(isinstance(answer, Refused) for answer in answers)


def test_a_way_is_added_once():
    row = defender()
    answers = at_once(lambda: add_way(row.party_id, channel="email", address="n@example.org", by=BY, now=NOW))
    assert refused(answers) == TWINS - 1
    assert row.party.ways.count() == 2


def test_somebody_is_put_into_the_circle_once():
    row, friend = defender(), create_party(PartyTerms(name="Friend"), by=BY, now=NOW)
    answers = at_once(lambda: add_to_circle(row.pk, friend.pk, relation=Relation.FRIEND, by=BY, now=NOW))
    assert refused(answers) == TWINS - 1


def test_a_directive_is_signed_once_and_the_sweep_changes_nothing():
    row = defender()
    draft = draft_directive(row.pk, DirectiveWish(), by=BY, now=NOW)
    answers = at_once(lambda: sign_directive(draft.pk, signed_on=NOW.date(), by=BY, now=NOW))
    assert refused(answers) == TWINS - 1
    at_once(lambda: turn_directives(NOW))
    assert Directive.objects.get().state == DirectiveState.IN_FORCE


def test_all_end_with_the_same_key():
    row = defender()
    wanted = [(row.party.uid, DataClass.HEALTH)]
    keys = at_once(lambda: ensure_keys(wanted, now=NOW)[wanted[0]])
    assert len(set(keys)) == 1
    assert SubjectKey.objects.filter(subject=row.party.uid, data_class="health").count() == 1


def test_a_device_is_stored_once():
    row = defender()
    named = {"protocol": "gt06", "device_uid": "990000000000501", "defender_id": row.pk, "by": BY, "now": NOW}
    answers = at_once(lambda: issue_device(**named))
    assert refused(answers) < TWINS
    assert (Device.objects.count(), DeviceIdentity.objects.count()) == (1, 1)
