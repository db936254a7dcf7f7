"""One's own account: the first password, the second factor, and going on and off shift."""

from django.contrib import messages
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from tocsin.accounts.actions import choose_password, end_shift, plan_shift
from tocsin.accounts.forms import ROLE_LABELS, PasswordForm
from tocsin.accounts.models import Shift, Staff
from tocsin.accounts.permits import needs_sign_in
from tocsin.accounts.queries import is_on_shift, on_shift_at, own_reader, recovery_codes_left
from tocsin.accounts.scopes import Role
from tocsin.core import clock
from tocsin.core.access import DataClass
from tocsin.core.answers import Refused
from tocsin.people.actions import look
from tocsin.people.actions_parties import add_way, put_way_first, remove_way
from tocsin.people.forms import WayForm
from tocsin.people.models import Way
from tocsin.people.views import back_to, say


@sensitive_post_parameters("password", "again")
@never_cache
def welcome(request: HttpRequest, staff_id: int, token: str) -> HttpResponse:
    """Let whoever holds the link choose a password. Looking uses nothing up, so that scanners do no harm."""
    staff = Staff.objects.filter(pk=staff_id, is_active=True).first()
    if staff is None or not default_token_generator.check_token(staff, token):
        return render(request, "account/welcome_gone.html", status=410)
    form = PasswordForm(request.POST or None, staff=staff)
    if request.method == "POST" and form.is_valid():
        choose_password(staff.pk, form.cleaned_data["password"])
        messages.success(request, _("The password is set. Sign in with it; then the second step is set up."))
        return redirect("account_login")
    return render(request, "account/welcome.html", {"form": form, "staff": staff})


@needs_sign_in
@require_GET
def my_account(request: HttpRequest) -> HttpResponse:
    """What I may do, whether I am on shift, and how I sign in."""
    now = clock.now()
    shift = Shift.objects.filter(on_shift_at(now), staff=request.user).order_by("starts_at").first()
    ways = list(request.user.party.ways.select_related("party")) if request.user.party else []
    addresses = look(ways, "address", reader=own_reader(request.user), purpose="own account", now=now)
    told = {
        "ways": [(way, told["address"]) for way, told in zip(ways, addresses, strict=True)],
        "way_form": WayForm(),
        "roles": [ROLE_LABELS[role] for role in Role if role in request.user.roles],
        "is_duty_officer": Role.DUTY_OFFICER in request.user.roles,
        "counts_as_on_shift": is_on_shift(request.user, now),
        "shift": shift,
        "now": now,
        "sees_names": request.reader.may_read(DataClass.ID),
        "codes_left": recovery_codes_left(request.user),
    }
    return render(request, "account/mine.html", told)


@needs_sign_in
@require_POST
def my_ways(request: HttpRequest) -> HttpResponse:
    """Add, order or remove the ways by which alarms ring me. Only my own: a number of somebody else's is not found."""
    now, reader = clock.now(), own_reader(request.user)
    if request.POST.get("do") == "add":
        form = WayForm(request.POST)
        if not form.is_valid():
            told = {"title": _("New way"), "forms": [form], "crumb": "account_mine"}
            return render(request, "people/form.html", told, status=422)
        say(request, add_way(request.user.party_id, **form.cleaned_data, by=reader, now=now), _("The way is added."))
        return redirect("account_mine")
    asked = request.POST.get("way", "")
    way = get_object_or_404(Way, pk=int(asked) if asked.isdecimal() else 0, party_id=request.user.party_id)
    if request.POST.get("do") == "first":
        put_way_first(way.pk)
    elif request.POST.get("do") == "remove":
        remove_way(way.pk, by=reader, now=now)
    return redirect("account_mine")


@needs_sign_in
@require_POST
def my_shift(request: HttpRequest) -> HttpResponse:
    """Go on shift or off it, with one click and at once."""
    now = clock.now()
    if request.POST.get("do") == "begin":
        answer = plan_shift(request.user.pk, starts_at=now, ends_at=None)
        if isinstance(answer, Refused):
            messages.error(request, _(answer.reason))
        else:
            messages.success(request, _("You are on shift. Alarms ring you first."))
    else:
        for shift in Shift.objects.filter(on_shift_at(now), staff=request.user):
            end_shift(shift.pk, now=now)
        messages.success(request, _("Your shift has ended."))
    return back_to(request, "account_mine")
