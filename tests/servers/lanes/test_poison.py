"""A row that cannot be handled: it waits its turn, it is shown, and everybody else's calls go on."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest_asyncio

from tests.heart_scene import BY, Scene, cry, done
from tests.servers.lanes.waiting import in_thread
from tocsin.core import clock
from tocsin.dispatch.models import BellRing, Callout
from tocsin.incidents.actions_alarms import raise_alarm
from tocsin.lanes.database import Bells, Database
from tocsin.lanes.loops import AT_ONCE, Loops
from tocsin.people.actions_defenders import create_defender
from tocsin.people.actions_parties import PartyTerms


@pytest_asyncio.fixture
async def loops(committed_db: str) -> AsyncIterator[Loops]:
    database = Database(committed_db)
    await database.open()
    yield Loops(database, Bells())
    await database.close()


async def test_callouts_that_cannot_go_on_hold_up_no_other(scene: Scene, loops: Loops) -> None:
    now = clock.now()
    long_ago = now - timedelta(seconds=100)

    def several() -> int:
        for number in range(AT_ONCE):
            other = done(create_defender(PartyTerms(name=f"Other {number}"), by=BY, now=now, country="Country A"))
            raise_alarm(replace(cry(scene, now=now), defender=other), now=now)
        Callout.objects.update(steps=[{"audiences": ["no such word"]}], due_at=long_ago)
        sound = raise_alarm(cry(scene, now=now), now=now)
        Callout.objects.filter(incident=sound).update(due_at=now)
        return sound.pk

    sound = await in_thread(several)
    await loops._callouts()
    await loops._callouts()
    assert await in_thread(lambda: Callout.objects.get(incident_id=sound).due_at > now), "its people were asked again"
    assert not await in_thread(lambda: Callout.objects.filter(due_at=long_ago).exists())
    assert await in_thread(lambda: BellRing.objects.filter(cause="not_taken").exists()), "somebody hears of it"
