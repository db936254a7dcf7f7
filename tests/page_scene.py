"""What stands for each part of an address in the tests of every page: the console's night, and a text not yet told."""

from datetime import datetime
from uuid import UUID

from django.test import Client

from tests.console_scene import browser_of, make_night, new_account
from tests.heart_scene import BY, done
from tocsin.accounts.actions import create_staff
from tocsin.accounts.models import Shift
from tocsin.channels.base import Incoming
from tocsin.devices.models import Device, DeviceWord
from tocsin.dispatch.actions_inbound import sealed_inbound
from tocsin.dispatch.models import Inbound, Notice
from tocsin.incidents.models import Task
from tocsin.people.actions_directives import DirectiveWish, draft_directive, sign_directive
from tocsin.people.models import CircleMember, Responder, Way
from tocsin.people.rules import Precision, PublicAudience
from tocsin.publicity.actions import write_draft
from tocsin.publicity.models import Appeal, AppealVersion, Wave
from tocsin.publicity.rules import TextKind
from tocsin.publicity.rules_check import Draft, Text


def build(now: datetime) -> dict[str, object]:
    """Store everything, and give the values by the names of the addresses' parts."""
    night = make_night(now)
    defender = night.responding.defender
    assert defender is not None
    wish = DirectiveWish(may_publish=True, precision=Precision.AREA, audiences=tuple(PublicAudience), languages=("en",))
    directive = done(draft_directive(defender.pk, wish, by=BY, now=now))
    done(sign_directive(directive.pk, signed_on=now.date(), by=BY, now=now))
    text = Text(title="Draft leak", body="Draft leak.", action="Draft leak.", letter="Draft leak.", sms="Draft leak.")
    draft = Draft(TextKind.APPEAL, {"en": text}, frozenset(PublicAudience), area="Country A")
    answer = done(write_draft(night.responding.pk, draft, staff_id=night.scene.duty.pk, now=now))
    version = AppealVersion.objects.get(pk=answer.id)
    incoming = Incoming("sms", "+447700900199", "written by a stranger", "c-1", now)
    index, sealed = sealed_inbound(incoming)
    Inbound.objects.create(
        channel="sms", sender_index=index, sealed=sealed, received_at=now, due_at=now, state="stranger"
    )
    wave = Wave.objects.create(version=version, position=0, channel="email", starts_at=now)
    word = DeviceWord.objects.create(uid_index=b"w" * 16, sealed_uid=b"", protocol="gt06", received_at=now)
    shift = Shift.objects.get(staff=night.scene.duty)
    return {
        "night": night,
        "incident_id": night.responding.pk,
        "row_id": Task.objects.filter(incident=night.responding).first().pk,
        "notice_id": Notice.objects.filter(incident=night.ringing).exclude(channel="screen").first().pk,
        "staff_id": night.scene.second.pk,
        "token": "forged-token",
        "shift_id": shift.pk,
        "secret": "forged",
        "uid": Appeal.objects.get(pk=version.appeal_id).uid,
        "language": "en",
        "short": "forged",
        "identifier": f"{UUID(int=0)}.1",
        "appeal_id": version.appeal_id,
        "version_id": version.pk,
        "wave_id": wave.pk,
        "party_id": night.scene.circle[0].pk,
        "way_id": Way.objects.filter(party=night.scene.circle[0]).first().pk,
        "defender_id": defender.pk,
        "member_id": CircleMember.objects.first().pk,
        "directive_id": directive.pk,
        "responder_id": Responder.objects.first().pk,
        "word_id": word.pk,
        "device_id": Device.objects.first().pk,
    }


def browsers(there: dict[str, object]) -> dict[str, Client]:
    """Give a browser for each letter of the table."""
    night = there["night"]
    bare = done(create_staff("bare-1", roles=[], by=BY, now=night.ringing.opened_at, name="Nobody Yet"))
    return {
        "a": new_account("admin-1", "administrator"),
        "p": new_account("public-1", "publisher"),
        "o": new_account("duty-3", "duty_officer"),
        "d": browser_of(night.scene.duty),
        "c": browser_of(night.scene.second),
        "b": browser_of(bare),
    }
