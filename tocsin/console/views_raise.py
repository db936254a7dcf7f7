"""Alarms that somebody at headquarters raises, and calls of unknown devices that are given to a person."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tocsin.accounts.permits import needs
from tocsin.console import forms
from tocsin.core import clock
from tocsin.core.access import DataClass, Right
from tocsin.core.answers import Refused
from tocsin.devices.views import owners
from tocsin.incidents.actions_alarms import give_to_defender
from tocsin.incidents.actions_alarms import raise_by_hand as raise_it
from tocsin.incidents.models import Incident


@require_http_methods(["GET", "HEAD", "POST"])
@needs(DataClass.STORY, Right.WRITE)
def raise_by_hand(request: HttpRequest) -> HttpResponse:
    """Raise an alarm that reached headquarters some other way."""
    people = owners(request)
    form = forms.ByHand(request.POST or None, people=people)
    if form.is_valid():
        answer = raise_it(
            defender_id=form.cleaned_data["defender"], kinds=form.cleaned_data["kinds"], text=form.cleaned_data["text"],
            lat_deg=form.cleaned_data["lat_deg"], lon_deg=form.cleaned_data["lon_deg"],
            is_drill=form.cleaned_data["is_drill"], staff_id=request.user.pk, now=clock.now(),
        )  # fmt: skip
        if not isinstance(answer, Refused):
            return HttpResponseRedirect(f"/console/incidents/{answer.id}/")
        form.add_error(None, answer.reason)
    status = 422 if form.is_bound else 200
    return render(request, "console/raise.html", {"form": form, "people": people}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(DataClass.STORY, Right.WRITE)
def whose(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Say whose the call of an unknown device is."""
    incident = Incident.objects.filter(pk=incident_id, is_quarantined=True).first()
    if incident is None:
        raise Http404
    form = forms.Whose(request.POST or None, people=owners(request))
    if form.is_valid():
        defender_id = form.cleaned_data["defender"]
        answer = give_to_defender(incident_id, defender_id=defender_id, staff_id=request.user.pk, now=clock.now())
        if not isinstance(answer, Refused):
            messages.success(request, _("The plan of this person is set going. Now issue the device to them, too."))
            return HttpResponseRedirect(f"/console/incidents/{incident_id}/")
        form.add_error(None, answer.reason)
    status = 422 if form.is_bound else 200
    return render(request, "console/whose.html", {"form": form, "incident": incident}, status=status)
