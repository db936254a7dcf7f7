"""Pages that all kinds of people share: the start, contacts, ways to reach somebody, the organisation."""

from collections.abc import Sequence

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tocsin.accounts.permits import needs, needs_role, needs_sign_in
from tocsin.core import clock
from tocsin.core.access import DataClass, Right
from tocsin.core.answers import Refused
from tocsin.people.actions import look
from tocsin.people.actions_parties import (
    add_way,
    change_party,
    create_party,
    forget_party,
    mend_way,
    put_way_first,
    remove_way,
)
from tocsin.people.forms import ContactForm, OrganisationForm, WayForm
from tocsin.people.models import Organisation, Party, Way
from tocsin.people.queries_people import contacts, counts, find_parties, who_looked

ROWS_A_PAGE = 50


def page_of(request: HttpRequest, rows: models.QuerySet):
    """Give the page of a list that the address asks for; nonsense gives the first or the last."""
    return Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))


def with_names(request: HttpRequest, rows: Sequence, parties: Sequence[Party], purpose: str) -> list[tuple]:
    """Put each row beside its name, opened for this reader and logged, in one look."""
    names = look(parties, "name", reader=request.reader, purpose=purpose, now=clock.now())
    return [(row, told["name"]) for row, told in zip(rows, names, strict=True)]


def name_of(request: HttpRequest, party: Party, purpose: str) -> str | None:
    """Give one name, opened for this reader and logged."""
    return look([party], "name", reader=request.reader, purpose=purpose, now=clock.now())[0]["name"]


def ways_of(request: HttpRequest, party: Party) -> list[tuple[Way, str | None]]:
    """Give the ways of a party with their addresses, opened for this reader and logged."""
    ways = list(party.ways.select_related("party"))
    told = look(ways, "address", reader=request.reader, purpose="ways", now=clock.now())
    return [(way, words["address"]) for way, words in zip(ways, told, strict=True)]


def back_to(request: HttpRequest, otherwise: str) -> HttpResponse:
    """Go where the form said, if that is a page of ours."""
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return HttpResponseRedirect(target)
    return redirect(otherwise)


def say(request: HttpRequest, answer: object, done: str) -> None:
    """Tell at the top of the next page what came of a click."""
    if isinstance(answer, Refused):
        messages.error(request, _(answer.reason))
    else:
        messages.success(request, done)


@needs(DataClass.CODED)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The start: how many of each, where to add one, and the search by number or name."""
    asked = request.GET.get("q", "").strip()[:200]
    found = find_parties(asked) if asked and request.reader.may_read(DataClass.ID) else []
    rows = with_names(request, found, found, "search")
    return render(request, "people/index.html", {"counts": counts(), "asked": asked, "found": rows})


@needs(DataClass.CODED)
@require_GET
def contact_list(request: HttpRequest) -> HttpResponse:
    """People and organisations who are neither defenders, responders nor staff."""
    page = page_of(request, contacts())
    return render(
        request, "people/contacts.html", {"page": page, "rows": with_names(request, list(page), list(page), "list")}
    )


@needs(DataClass.ID, Right.WRITE)
def contact_new(request: HttpRequest) -> HttpResponse:
    """Make a contact with a first way to reach them."""
    form, way = ContactForm(request.POST or None), WayForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and way.is_valid():
        now = clock.now()
        party = create_party(form.terms(), by=request.reader, now=now)
        add_way(party.pk, **way.cleaned_data, by=request.reader, now=now)
        messages.success(request, _("The contact is stored."))
        return redirect("people:contact", party.pk)
    return render(
        request, "people/form.html", {"title": _("New contact"), "forms": [form, way], "crumb": "people:contacts"}
    )


@needs(DataClass.ID, Right.WRITE)
def contact(request: HttpRequest, party_id: int) -> HttpResponse:
    """One contact: who it is, how to reach them, and who looked."""
    party = get_object_or_404(Party, pk=party_id, forgotten_at=None)
    name = name_of(request, party, "contact page")
    initial = {"name": name, "kind": party.kind, "language": party.language, "time_zone": party.time_zone}
    form = ContactForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        answer = change_party(party.pk, form.terms(), by=request.reader, now=clock.now())
        say(request, answer, _("Saved."))
        return redirect("people:contact", party.pk)
    circles = party.circles.select_related("defender__party")
    owners = with_names(request, list(circles), [member.defender.party for member in circles], "contact page")
    told = {"party": party, "name": name, "form": form, "ways": ways_of(request, party), "way_form": WayForm()}
    return render(request, "people/contact.html", told | {"circles": owners, "looks": who_looked(party, limit=20)})


@needs(DataClass.ID, Right.WRITE)
@require_POST
def way_add(request: HttpRequest, party_id: int) -> HttpResponse:
    """Add a way. A mistake comes back with the form, so that nothing is typed twice."""
    party = get_object_or_404(Party, pk=party_id)
    form = WayForm(request.POST)
    if form.is_valid():
        answer = add_way(party.pk, **form.cleaned_data, by=request.reader, now=clock.now())
        if not isinstance(answer, Refused):
            messages.success(request, _("The way is added."))
            return back_to(request, "people:index")
        form.add_error("address", _(answer.reason))
    told = {"title": _("New way"), "forms": [form], "next": request.POST.get("next", ""), "crumb": "people:index"}
    return render(request, "people/form.html", told, status=422)


@needs(DataClass.ID, Right.WRITE)
@require_POST
def way_change(request: HttpRequest, way_id: int) -> HttpResponse:
    """Do one thing to a way: put it first, try it again, or remove it."""
    way = get_object_or_404(Way, pk=way_id)
    match request.POST.get("do"):
        case "first":
            put_way_first(way.pk)
        case "mend":
            mend_way(way.pk)
        case "remove":
            remove_way(way.pk, by=request.reader, now=clock.now())
        case _other:
            messages.error(request, _("Nothing was changed. Use the buttons of the page."))
    return back_to(request, "people:index")


@needs(DataClass.ID, Right.WRITE)
def forget(request: HttpRequest, party_id: int) -> HttpResponse:
    """Ask once more, then destroy the keys of a person."""
    party = get_object_or_404(Party, pk=party_id, forgotten_at=None)
    if request.method == "POST":
        say(request, forget_party(party.pk, by=request.reader, now=clock.now()), _("This person is forgotten."))
        return redirect("people:index")
    return render(request, "people/forget.html", {"party": party, "name": name_of(request, party, "forgetting")})


@needs_sign_in
@needs_role("administrator")
def organisation(request: HttpRequest) -> HttpResponse:
    """The one row about who runs this."""
    row = Organisation.objects.first()
    initial = {} if row is None else {column: getattr(row, column) for column in OrganisationForm.base_fields}
    form = OrganisationForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        Organisation.objects.update_or_create(pk=1, defaults=form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("people:organisation")
    return render(request, "people/form.html", {"title": _("Organisation"), "forms": [form], "crumb": "people:index"})
