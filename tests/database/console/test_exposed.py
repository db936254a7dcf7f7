"""What the console must not give away, and what nobody may do unseen."""

from datetime import timedelta

from tocsin.channels.base import Incoming
from tocsin.core import clock
from tocsin.dispatch.actions_inbound import STRANGERS, sealed_inbound
from tocsin.dispatch.models import Inbound
from tocsin.incidents.actions_alarms import Cry, raise_alarm
from tocsin.people.models import Look


def write_as_stranger() -> None:
    now = clock.now()
    index, sealed = sealed_inbound(Incoming("sms", "+447700900199", "written by a stranger", "c-1", now))
    Inbound.objects.create(
        channel="sms", sender_index=index, sealed=sealed, received_at=now, due_at=now, state="stranger"
    )


def test_reading_the_messages_of_strangers_is_logged(duty, administrator, night):
    write_as_stranger()
    looks = Look.objects.filter(subject=STRANGERS)
    assert "written by a stranger" not in administrator.get("/console/signals/").content.decode()
    assert not looks.exists()
    assert "written by a stranger" in duty.get("/console/signals/").content.decode()
    assert {(look.staff_id, look.data_class) for look in looks} == {
        (night.scene.duty.pk, "id"),
        (night.scene.duty.pk, "story"),
    }


def test_a_flood_of_made_up_devices_hides_no_person(duty, night):
    for number in range(30):
        at = clock.now() - timedelta(hours=2)
        raise_alarm(
            Cry(kinds=frozenset({"sos"}), received_at=at, actor="device:unknown", source="signal",
                uid_index=number.to_bytes(16, "big")), now=at,
        )  # fmt: skip
    page = duty.get("/console/").content.decode()
    assert page.index("Nadia Invented") < page.index("Unknown device")
    assert "11 more calls of unknown devices" in page


def test_a_question_to_nobody_is_refused_on_the_page(duty, night):
    for party in ("²", "9" * 40, "999999"):
        sent = {"question": "Where is she?", "party": party, "source": "", "channel": "phone"}
        assert duty.post(f"/console/incidents/{night.ringing.pk}/ask/", sent).status_code == 422
    assert not night.ringing.verifications.exists()
