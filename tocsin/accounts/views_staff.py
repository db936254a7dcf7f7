"""Pages about the people at headquarters: their accounts, and the rota."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tocsin.accounts.actions import change_staff, create_staff, end_shift, invitation_path, plan_shift, reset_sign_in
from tocsin.accounts.forms import ROLE_LABELS, RolesForm, ShiftForm, StaffForm
from tocsin.accounts.models import Shift, Staff
from tocsin.accounts.permits import needs, needs_role, needs_sign_in
from tocsin.accounts.queries import duty_officers, everyone_with, on_shift_at, shifts_from, staff_list
from tocsin.accounts.scopes import Role
from tocsin.core import clock
from tocsin.core.access import DataClass, Right
from tocsin.core.answers import Refused
from tocsin.people.actions_parties import add_way
from tocsin.people.forms import WayForm
from tocsin.people.queries_people import who_looked
from tocsin.people.views import name_of, say, ways_of, with_names


def link_of(path: str) -> str:
    """Give the whole address of a path, as it is sent to somebody."""
    return settings.TOCSIN_PUBLIC_URL.rstrip("/") + path


@needs_sign_in
@needs(DataClass.CODED)
def staff_all(request: HttpRequest) -> HttpResponse:
    """Everybody at headquarters, and who is on duty now."""
    rows, now = staff_list(), clock.now()
    names = dict(with_names(request, [row.pk for row in rows if row.party], [r.party for r in rows if r.party], "list"))
    on_shift = set(Shift.objects.filter(on_shift_at(now)).values_list("staff_id", flat=True))
    rung = {officer.pk for officer in duty_officers(now)}
    told = [
        (row, names.get(row.pk), [ROLE_LABELS[role] for role in Role if role in row.roles], row.pk in rung)
        for row in rows
    ]
    return render(request, "accounts/staff_list.html", {"rows": told, "nobody_on_shift": not on_shift})


@needs_role(Role.ADMINISTRATOR)
def staff_new(request: HttpRequest) -> HttpResponse:
    """Make an account and show the link with which its owner sets it up. The link is shown once."""
    form = StaffForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told, terms = form.cleaned_data, form.terms()
        answer = create_staff(
            told["username"],
            roles=form.chosen(),
            name=terms.name,
            language=terms.language,
            time_zone=terms.time_zone,
            by=request.reader,
            now=clock.now(),
        )
        if not isinstance(answer, Refused):
            for channel, address in form.ways():
                add_way(answer.party_id, channel=channel, address=address, by=request.reader, now=clock.now())
            return render(
                request, "accounts/invitation.html", {"staff": answer, "link": link_of(invitation_path(answer))}
            )
        form.add_error("username", _(answer.reason))
    told = {"title": _("New account"), "forms": [form], "crumb": "accounts:staff"}
    return render(request, "people/form.html", told)


@needs_role(Role.ADMINISTRATOR)
def staff_one(request: HttpRequest, staff_id: int) -> HttpResponse:
    """Change roles, switch an account off, see whether its second factor is set up."""
    staff = get_object_or_404(Staff.objects.select_related("party"), pk=staff_id)
    form = RolesForm(request.POST or None, initial={"roles": staff.roles, "is_active": staff.is_active})
    if request.method == "POST" and form.is_valid():
        answer = change_staff(
            staff.pk,
            roles=form.chosen(),
            is_active=form.cleaned_data["is_active"],
            by=request.reader,
            now=clock.now(),
        )
        say(request, answer, _("Saved."))
        return redirect("accounts:staff_one", staff.pk)
    told = {"staff": staff, "form": form, "party": staff.party}
    told["can_change_ways"] = request.reader.may_write(DataClass.ID)
    if staff.party is not None:
        told |= {
            "name": name_of(request, staff.party, "staff page"),
            "ways": ways_of(request, staff.party),
            "way_form": WayForm(),
            "looks": who_looked(staff.party, limit=20),
        }
    return render(request, "accounts/staff_one.html", told)


@needs_role(Role.ADMINISTRATOR)
@require_POST
def staff_reset(request: HttpRequest, staff_id: int) -> HttpResponse:
    """Take away password and second factor, and show a link to set up anew."""
    staff = get_object_or_404(Staff, pk=staff_id)
    link = link_of(reset_sign_in(staff.pk, by=request.reader, now=clock.now()))
    return render(request, "accounts/invitation.html", {"staff": staff, "link": link, "is_reset": True})


@needs_sign_in
@needs(DataClass.CODED)
def shifts(request: HttpRequest) -> HttpResponse:
    """The rota: who is on duty now and later. A gap is filled by everybody with the role."""
    now = clock.now()
    zone = request.user.party.time_zone if request.user.party else "UTC"
    officers = [(row.pk, row.username) for row in everyone_with(Role.DUTY_OFFICER)]
    form = ShiftForm(request.POST or None, officers=officers, time_zone=zone)
    if request.method == "POST" and not request.reader.may_write(DataClass.CODED):
        raise PermissionDenied(_("Your roles let you read the rota only."))
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        answer = plan_shift(int(told["staff"]), starts_at=told["starts_at"], ends_at=told["ends_at"])
        if not isinstance(answer, Refused):
            messages.success(request, _("The shift is on the rota."))
            return redirect("accounts:shifts")
        form.add_error(None, _(answer.reason))
    told = {"form": form, "now": now, "zone": zone, "shifts": shifts_from(now), "rung": duty_officers(now)}
    told["is_covered"] = any(shift.starts_at <= now for shift in told["shifts"])
    return render(request, "accounts/shifts.html", told)


@needs_sign_in
@needs(DataClass.CODED, Right.WRITE)
@require_POST
def shift_end(request: HttpRequest, shift_id: int) -> HttpResponse:
    """End a shift now, or take it off the rota."""
    shift = get_object_or_404(Shift, pk=shift_id)
    end_shift(shift.pk, now=clock.now())
    messages.success(request, _("The shift has ended."))
    return redirect("accounts:shifts")
