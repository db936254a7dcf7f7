"""What the console must not give away, and what nobody may do unseen."""

from tocsin.channels.base import Incoming
from tocsin.core import clock
from tocsin.dispatch.actions_inbound import STRANGERS, sealed_inbound
from tocsin.dispatch.models import Inbound
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
