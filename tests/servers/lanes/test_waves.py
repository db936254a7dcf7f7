"""A wave through a real worker and real carriers: everybody once, and nothing more after the stop."""

from tests.database.publicity.scenes import Scene, build, supporters
from tests.servers.lanes.conftest import StartWorker
from tests.servers.lanes.waiting import Arrivals, in_thread, until
from tocsin.core import clock
from tocsin.dispatch.models import Notice
from tocsin.publicity.actions import stop
from tocsin.publicity.actions_supporters import subscribe
from tocsin.publicity.actions_waves import WavePlan
from tocsin.publicity.models import Appeal, Supporter, Wave

MANY = 60


def prepare(count: int) -> Scene:
    """Store the scene and supporters with mail addresses."""
    scene = build()
    scene.now = clock.now()
    scene.incident.opened_at = scene.now
    scene.incident.save()
    supporters(count)
    supporters(5, "sms", first=200)
    return scene


def mails(arrivals: Arrivals) -> list[str]:
    """Give the addresses that got a mail, as often as they got one."""
    return [f"s{number}@example.org" for number in range(MANY) for _ in arrivals.to(f"s{number}@example.org")]


async def test_everybody_gets_it_once(committed_db, start_worker: StartWorker, arrivals: Arrivals) -> None:
    scene = await in_thread(lambda: prepare(MANY))
    await start_worker("public")
    await in_thread(lambda: scene.published(waves=(WavePlan("email"), WavePlan("sms"))))
    await until(lambda: Wave.objects.exclude(state="done").count() == 0)
    assert sorted(mails(arrivals)) == sorted(f"s{number}@example.org" for number in range(MANY))
    assert all(len(arrivals.to(f"+4477009002{number:02}")) == 1 for number in range(5))
    mail = arrivals.to("s0@example.org")[0]
    assert "She speaks for fishing families" in mail.text
    rows = Notice.objects.filter(lane="public", ended_at__isnull=True)
    assert await in_thread(rows.count) == 0


async def test_after_the_stop_no_carrier_gets_more(committed_db, start_worker: StartWorker, arrivals: Arrivals) -> None:
    scene = await in_thread(lambda: prepare(MANY))
    arrivals.carriers.misbehaviour.mail_answer_s = 0.3  # Slow, so that the stop comes in the middle.
    await start_worker("public")
    await in_thread(lambda: scene.published(waves=(WavePlan("email"),)))
    await arrivals.wait_for(lambda: len(mails(arrivals)) >= 4)
    held = await in_thread(Notice.objects.filter(state="claimed").count)
    before = len(mails(arrivals))
    await in_thread(lambda: stop(Appeal.objects.get().pk, staff_id=scene.staff[0].pk, now=clock.now()))
    await until(lambda: not Notice.objects.filter(state__in=["owed", "claimed"]).exists())
    await until(lambda: Notice.objects.filter(accepted_at__isnull=False).count() == len(mails(arrivals)))
    assert len(mails(arrivals)) <= before + held, "only what was in the hands of a carrier may still arrive"
    assert len(mails(arrivals)) < MANY
    assert await in_thread(lambda: Wave.objects.get().state) == "stopped"


async def test_a_confirmation_is_sent_and_stop_by_sms_ends_it(
    committed_db, start_worker: StartWorker, arrivals: Arrivals
) -> None:
    await in_thread(lambda: prepare(1))
    await start_worker()
    number = "+447700900777"
    values = {"channel": "sms", "address": number, "language": "fr", "country": "", "topics": []}
    await in_thread(lambda: subscribe(**values, now=clock.now()))
    await arrivals.wait_for(lambda: arrivals.to(number))
    assert "votre code est" in arrivals.to(number)[0].text
    mine = Supporter.objects.filter(channel="sms", language="fr")
    await in_thread(lambda: mine.update(state="confirmed"))
    await arrivals.carriers.smpp.reply(number, "Arrêt")
    await until(lambda: mine.filter(state="unsubscribed").exists())
