"""Pages about devices: what is issued to whom, and what calls that nobody was given."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tocsin.accounts.permits import needs
from tocsin.core import clock
from tocsin.core.access import DataClass, Right
from tocsin.core.answers import Refused
from tocsin.devices.actions import issue_device, issue_unknown, look_at_words, retire, take_back
from tocsin.devices.forms import DeviceForm, OwnerForm
from tocsin.devices.models import Device, DeviceWord
from tocsin.devices.queries import devices, devices_of, last_words, unknown_words
from tocsin.people.actions import look
from tocsin.people.models import Defender
from tocsin.people.queries_people import defenders
from tocsin.people.views import name_of, page_of, say
from tocsin.people.views_defenders import one, shown

OWNERS_MAX = 1_000


def owners(request: HttpRequest) -> list[tuple[int, str]]:
    """Give the defenders to choose from, with their names opened for this reader and logged."""
    rows = list(defenders().filter(is_active=True)[:OWNERS_MAX])
    names = look([row.party for row in rows], "name", reader=request.reader, purpose="choice of owner", now=clock.now())
    return [(row.pk, told["name"] or f"#{row.pk}") for row, told in zip(rows, names, strict=True)]


@needs(DataClass.CODED)
@require_GET
def device_list(request: HttpRequest) -> HttpResponse:
    """Every device with its owner, last word and battery."""
    page, now = page_of(request, devices()), clock.now()
    rows = list(page)
    words = last_words(rows)
    parties = [row.defender.party for row in rows if row.defender]
    opened = look(parties, "name", reader=request.reader, purpose="list", now=now)
    names = {party.pk: told["name"] for party, told in zip(parties, opened, strict=True)}
    told = [(row, row.defender and names[row.defender.party_id], words.get(row.pk)) for row in rows]
    return render(request, "devices/list.html", {"page": page, "rows": told, "now": now})


@needs(DataClass.ID, Right.WRITE)
@require_GET
def quarantine(request: HttpRequest) -> HttpResponse:
    """The devices that speak and that nobody was given. Looking is logged."""
    words, now = unknown_words(), clock.now()
    uids = look_at_words(words, reader=request.reader, now=now)
    form = OwnerForm(owners=owners(request)) if words else None
    return render(
        request, "devices/quarantine.html", {"rows": list(zip(words, uids, strict=True)), "form": form, "now": now}
    )


@needs(DataClass.ID, Right.WRITE)
@require_POST
def quarantine_issue(request: HttpRequest, word_id: int) -> HttpResponse:
    """Give an unknown device to a defender."""
    word = get_object_or_404(DeviceWord, pk=word_id)
    form = OwnerForm(request.POST, owners=owners(request))
    if not form.is_valid():
        messages.error(request, _("Choose whose device it is."))
        return redirect("devices:quarantine")
    told = form.cleaned_data
    answer = issue_unknown(word.pk, int(told["defender"]), label=told["label"], by=request.reader, now=clock.now())
    say(request, answer, _("Issued. From now on its calls are this person's."))
    return redirect("devices:list" if not isinstance(answer, Refused) else "devices:quarantine")


@needs(DataClass.ID, Right.WRITE)
def device_new(request: HttpRequest) -> HttpResponse:
    """Store a device. Whose it is can be chosen now or later."""
    form, owner = DeviceForm(request.POST or None), OwnerForm(request.POST or None, owners=owners(request))
    owner.fields["defender"].required = False
    del owner.fields["label"]
    if request.method == "POST" and form.is_valid() and owner.is_valid():
        chosen = owner.cleaned_data["defender"]
        answer = issue_device(
            **form.cleaned_data, defender_id=int(chosen) if chosen else None, by=request.reader, now=clock.now()
        )
        if not isinstance(answer, Refused):
            messages.success(request, _("The device is stored."))
            return redirect("devices:list")
        form.add_error("device_uid", _(answer.reason))
    told = {"title": _("New device"), "forms": [form, owner], "crumb": "devices:list"}
    return render(request, "people/form.html", told)


@needs(DataClass.ID, Right.WRITE)
def device(request: HttpRequest, device_id: int) -> HttpResponse:
    """One device: what it calls itself, whose it is, when it was last heard; give it on, take it back, retire it."""
    row = get_object_or_404(devices(), pk=device_id)
    told = look([row], "device_uid", "number", reader=request.reader, purpose="device page", now=clock.now())[0]
    form = OwnerForm(request.POST or None, owners=owners(request), initial={"label": row.label})
    if request.method == "POST" and form.is_valid():
        answer = issue_device(
            protocol=row.protocol,
            device_uid=told["device_uid"] or "",
            defender_id=int(form.cleaned_data["defender"]),
            label=form.cleaned_data["label"],
            by=request.reader,
            now=clock.now(),
        )
        if not isinstance(answer, Refused):
            messages.success(request, _("Issued."))
            return redirect("devices:device", row.pk)
        form.add_error(None, _(answer.reason))
    name = row.defender and name_of(request, row.defender.party, "device page")
    page = {"device": row, "told": told, "form": form, "name": name, "now": clock.now()}
    return render(request, "devices/device.html", page | {"word": last_words([row]).get(row.pk)})


@needs(DataClass.ID, Right.WRITE)
@require_POST
def device_change(request: HttpRequest, device_id: int) -> HttpResponse:
    """Take a device back, or note that it is lost or taken."""
    row = get_object_or_404(Device, pk=device_id)
    if request.POST.get("do") == "retire":
        retire(row.pk, by=request.reader, now=clock.now())
        messages.success(request, _("Retired. If it calls again, the call is still heard."))
    else:
        take_back(row.pk, by=request.reader, now=clock.now())
        messages.success(request, _("Taken back."))
    return redirect("devices:device", row.pk)


@needs(DataClass.ID, Right.WRITE)
def of_defender(request: HttpRequest, defender_id: int) -> HttpResponse:
    """The devices part of a defender's page, with a form for one more."""
    row: Defender = one(defender_id)
    form = DeviceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = issue_device(**form.cleaned_data, defender_id=row.pk, by=request.reader, now=clock.now())
        if not isinstance(answer, Refused):
            messages.success(request, _("Issued. Press it once as a drill to be sure."))
            return redirect("devices:of_defender", row.pk)
        form.add_error("device_uid", _(answer.reason))
    kept = list(devices_of(row.pk))
    uids = look(kept, "device_uid", "number", reader=request.reader, purpose="defender devices", now=clock.now())
    words = last_words(kept)
    rows = [(device, told, words.get(device.pk)) for device, told in zip(kept, uids, strict=True)]
    return shown(request, "devices", row, {"form": form, "rows": rows, "now": clock.now()})
