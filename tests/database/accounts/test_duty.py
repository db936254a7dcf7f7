"""Who is rung, who may see what, and what `tocsin check` finds."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from tests.people_factory import BY, NOW, defender, staff
from tocsin.accounts.actions import change_staff, end_shift, plan_shift
from tocsin.accounts.checks import findings
from tocsin.accounts.models import Shift, Staff
from tocsin.accounts.queries import duty_officers, everyone_at_headquarters, is_on_shift, reader_for
from tocsin.accounts.scopes import VISITOR, Role
from tocsin.core import clock
from tocsin.core.access import DataClass
from tocsin.core.answers import Refused
from tocsin.core.sealing import new_key
from tocsin.devices.models import Device
from tocsin.people.actions_parties import add_way
from tocsin.people.models import Organisation

pytestmark = pytest.mark.usefixtures("db")
HOUR = timedelta(hours=1)


def officer(name: str) -> Staff:
    return staff(name, Role.DUTY_OFFICER)


def test_who_is_on_shift_is_rung():
    one, _other = officer("duty-1"), officer("duty-2")
    plan_shift(one.pk, starts_at=NOW, ends_at=NOW + HOUR)
    assert duty_officers(NOW) == [one]
    assert duty_officers(NOW + HOUR - timedelta(seconds=1)) == [one]


def test_a_gap_in_the_rota_rings_everybody_with_the_role():
    one, other = officer("duty-1"), officer("duty-2")
    staff("writer-1", Role.PUBLISHER)
    plan_shift(one.pk, starts_at=NOW, ends_at=NOW + HOUR)
    assert duty_officers(NOW - HOUR) == [one, other]
    assert duty_officers(NOW + HOUR) == [one, other]


def test_an_officer_who_left_is_no_cover():
    one, other = officer("duty-1"), officer("duty-2")
    plan_shift(one.pk, starts_at=NOW, ends_at=NOW + HOUR)
    change_staff(one.pk, roles=[Role.DUTY_OFFICER], is_active=False, by=BY, now=NOW)
    assert duty_officers(NOW) == [other]
    assert is_on_shift(other, NOW)


def test_a_shift_of_somebody_without_the_role_is_no_cover():
    one, other = officer("duty-1"), officer("duty-2")
    plan_shift(one.pk, starts_at=NOW, ends_at=None)
    change_staff(one.pk, roles=[Role.PUBLISHER], is_active=True, by=BY, now=NOW)
    assert duty_officers(NOW) == [other]
    assert DataClass.ID in reader_for(other, NOW).rights


def test_without_any_officer_the_coordinators_are_rung():
    lead = staff("lead-1", Role.COORDINATOR)
    staff("writer-1", Role.PUBLISHER)
    assert duty_officers(NOW) == [lead]
    assert everyone_at_headquarters() == [lead]


def test_shifts_that_make_no_sense_are_refused():
    one, writer = officer("duty-1"), staff("writer-1", Role.PUBLISHER)
    assert isinstance(plan_shift(one.pk, starts_at=NOW, ends_at=NOW), Refused)
    assert isinstance(plan_shift(writer.pk, starts_at=NOW, ends_at=None), Refused)
    shift = plan_shift(one.pk, starts_at=NOW, ends_at=None)
    assert isinstance(plan_shift(one.pk, starts_at=NOW, ends_at=None), Refused)
    end_shift(shift.pk, now=NOW + HOUR)
    assert Shift.objects.get().ends_at == NOW + HOUR
    later = plan_shift(one.pk, starts_at=NOW + 2 * HOUR, ends_at=None)
    end_shift(later.pk, now=NOW + HOUR)
    assert Shift.objects.count() == 1


def test_off_shift_is_off_names_and_an_account_switched_off_is_a_visitor():
    one, other = officer("duty-1"), officer("duty-2")
    plan_shift(one.pk, starts_at=NOW, ends_at=None)
    assert DataClass.ID in reader_for(one, NOW).rights
    assert DataClass.ID not in reader_for(other, NOW).rights
    assert DataClass.CODED in reader_for(other, NOW).rights
    change_staff(one.pk, roles=[Role.DUTY_OFFICER], is_active=False, by=BY, now=NOW)
    one.refresh_from_db()
    assert reader_for(one, NOW) == VISITOR


def found() -> list[str]:
    return sorted(finding.id for finding in findings(clock.now()))


def test_check_says_that_an_alarm_would_ring_nobody():
    with override_settings(TOCSIN_SMS_ROUTE="smpp://x"):
        assert found() == ["tocsin.E005", "tocsin.W004"]
        one = officer("duty-1")
        assert found() == ["tocsin.W004", "tocsin.W005", "tocsin.W006"]
        Organisation.objects.create(pk=1, name="Lantern")
        plan_shift(one.pk, starts_at=NOW - HOUR, ends_at=None)
        add_way(one.party_id, channel="sms", address="+447700900123", by=BY, now=NOW)
        assert found() == []


def test_check_notices_a_wrong_or_open_or_missing_key(tmp_path):
    officer("duty-1")
    key = tmp_path / "master.key"
    with override_settings(KEY_FILE=key):
        assert "tocsin.E001" in found()
        key.write_text(new_key().hex(), encoding="ascii")
        key.chmod(0o640)
        assert {"tocsin.E003", "tocsin.E004"} <= set(found())
        key.chmod(0o600)
        assert "tocsin.E003" not in found()


def test_check_does_not_pass_over_the_page_that_signs_anybody_in():
    assert "tocsin.E006" not in found()
    with override_settings(TOCSIN_DEMO=True):
        assert "tocsin.E006" in found()


def test_the_command_ends_badly_when_something_must_be_mended():
    told = StringIO()
    with pytest.raises(CommandError, match="Mend"):
        call_command("check", stdout=told)
    assert "would ring nobody" in told.getvalue()
    officer("duty-1")
    call_command("check", stdout=told)


def test_accounts_from_the_command_line(capsys):
    call_command("staff", "add", "Duty-1", "--role", "duty_officer", "--name", "New Person", "--sms", "+447700900123")
    printed = capsys.readouterr().out
    assert "http://127.0.0.1:8000/account/welcome/" in printed
    row = Staff.objects.get()
    assert (row.username, row.roles, row.party.ways.count()) == ("duty-1", ["duty_officer"], 1)
    call_command("staff", "shift", "duty-1")
    call_command("staff", "list")
    assert "rung now" in capsys.readouterr().out
    call_command("staff", "reset", "duty-1")
    assert "/account/welcome/" in capsys.readouterr().out
    for words in (
        ["add", "duty-1", "--role", "publisher"],
        ["reset", "nobody"],
        ["add", "two words", "--role", "publisher"],
    ):
        with pytest.raises(CommandError):
            call_command("staff", *words)


def test_a_device_is_issued_from_the_command_line(capsys):
    row = defender(sms="+447700900123")
    words = ["--protocol", "gt06", "--uid", "990000000000017", "--to", "+44 7700 900123", "--label", "grey 7"]
    call_command("device", "issue", *words)
    assert Device.objects.get().defender == row
    assert "port 5023" in capsys.readouterr().out
    with pytest.raises(CommandError, match="No defender has"):
        call_command("device", "issue", "--protocol", "gt06", "--uid", "1", "--to", "+447700900124")
