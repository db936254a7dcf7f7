"""The nearest responders: by the index, and right where maps end."""

import random

import pytest
from django.db import connection

from tests.people_factory import BY, NOW
from tocsin.core.geometry import destination, distance_km
from tocsin.people.actions_parties import PartyTerms, forget_party
from tocsin.people.actions_responders import (
    ResponderTerms,
    create_responder,
    forget_old_places,
    note_place,
)
from tocsin.people.models import Party, Responder
from tocsin.people.queries_people import candidates, nearest_responders

pytestmark = pytest.mark.usefixtures("db")


def nearest(lat: float, lon: float, *, limit: int = 5, radius: int = 50, now=NOW, without=()):
    return nearest_responders(lat, lon, now=now, radius_default_km=radius, limit=limit, not_party_ids=without)


def responder(lat: float, lon: float, **terms) -> Responder:
    return create_responder(PartyTerms(name="Invented"), ResponderTerms(home=(lat, lon), **terms), by=BY, now=NOW)


def many(places: list[tuple[float, float]]) -> None:
    """Store bare rows quickly."""
    parties = Party.objects.bulk_create(Party(created_at=NOW) for _place in places)
    Responder.objects.bulk_create(
        Responder(party=party, home_lat_deg=lat, home_lon_deg=lon)
        for party, (lat, lon) in zip(parties, places, strict=True)
    )


def everywhere(chance: random.Random, count: int) -> list[tuple[float, float]]:
    """Places around the world, and many around its hard spots."""
    spots = [(90.0, 0.0), (-90.0, 0.0), (0.0, 180.0), (51.0, 179.9), (-17.0, -179.95), (0.0, 0.0)]
    near = [
        destination(*chance.choice(spots), bearing=chance.uniform(0, 360), km=chance.expovariate(1 / 60))
        for _number in range(count // 2)
    ]
    far = [(chance.uniform(-90, 90), chance.uniform(-180, 180)) for _number in range(count // 2)]
    return near + far


def test_it_finds_the_same_as_comparing_with_everybody():
    chance = random.Random(20260301)
    many(everywhere(chance, 1_500))
    rows = list(Responder.objects.all())
    found_any = 0
    for lat, lon in [*everywhere(chance, 120), (90, 0), (-90, 12), (0, 180), (0, -180), (90, -180)]:
        distances = sorted(distance_km(lat, lon, row.home_lat_deg, row.home_lon_deg) for row in rows)
        expected = [distance for distance in distances if distance <= 50][:5]
        found = nearest(lat, lon)
        assert [distance for _row, distance in found] == pytest.approx(expected, abs=1e-3)
        found_any += len(found)
    assert found_any > 100, "the test must compare something"


def test_the_index_is_used():
    many(everywhere(random.Random(7), 5_000))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tocsin_responder; ANALYZE tocsin_party")
    plan = candidates(51.0, 179.9)[:64].explain()
    assert "Index Scan using responder_nearest on tocsin_responder" in plan
    assert "Order By" in plan
    assert "Sort" not in plan


def test_neighbours_across_the_date_line_are_near():
    east = responder(10.0, -179.99)
    assert nearest(10.0, 179.99) == [(east, pytest.approx(2.19, abs=0.01))]


def test_who_does_not_want_to_be_asked_is_not():
    responder(10, 10, is_willing=False)
    from_nine = responder(10, 10, hours_from="09:00", hours_until="17:00")
    from_nine.refresh_from_db()
    assert nearest(10, 10) == []
    assert [row for row, _km in nearest(10, 10, now=NOW.replace(hour=10))] == [from_nine]


def test_own_radius_counts_before_the_usual_one():
    homebody, traveller = responder(10, 10, radius_km=5), responder(10, 10, radius_km=200)
    assert {row.pk for row, _km in nearest(10.3, 10, radius=50)} == {traveller.pk}
    assert {row.pk for row, _km in nearest(10.01, 10, radius=1)} == {homebody.pk, traveller.pk}


def test_sleepers_in_front_do_not_hide_who_is_awake_behind_them():
    parties = Party.objects.bulk_create(Party(created_at=NOW) for _number in range(300))
    Responder.objects.bulk_create(
        Responder(party=party, home_lat_deg=10, home_lon_deg=10, hours_from="09:00", hours_until="17:00")
        for party in parties
    )
    awake = responder(10.2, 10)
    assert [row for row, _km in nearest(10, 10)] == [awake]


def test_the_last_place_counts_for_a_day():
    walker = responder(10, 10)
    note_place(walker.party_id, 40, 40, now=NOW)
    assert nearest(10, 10) == []
    assert [row for row, _km in nearest(40, 40)] == [walker]
    assert forget_old_places(NOW.replace(hour=23)) == 0
    assert forget_old_places(NOW.replace(day=3)) == 1
    assert [row for row, _km in nearest(10, 10)] == [walker]


def test_those_already_asked_those_without_a_place_and_the_forgotten_are_left_out():
    asked, forgotten = responder(10, 10), responder(10, 10)
    create_responder(PartyTerms(name="Nowhere"), ResponderTerms(), by=BY, now=NOW)
    forget_party(forgotten.party_id, by=BY, now=NOW)
    assert nearest(10, 10, without=[asked.party_id]) == []
    assert [row for row, _km in nearest(10, 10)] == [asked]
