"""Pages about one defender: person, circle, plan, directive, and who looked. Each part is a page of its own."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tocsin.accounts.permits import needs
from tocsin.core import clock
from tocsin.core.access import DataClass, Right
from tocsin.core.answers import Refused
from tocsin.people.actions import look
from tocsin.people.actions_defenders import (
    PLAN_WORDS,
    add_to_circle,
    change_defender,
    change_in_circle,
    create_defender,
    remove_from_circle,
    save_plan,
)
from tocsin.people.actions_directives import draft_directive, revoke_directive, sign_directive
from tocsin.people.actions_parties import PartyTerms, find_or_create
from tocsin.people.forms import (
    AUDIENCE_LABELS,
    PRECISION_LABELS,
    CircleForm,
    CircleTaskForm,
    DefenderForm,
    DirectiveForm,
    SignatureForm,
    WayForm,
)
from tocsin.people.forms_plans import PlanForm, Steps, plan_initial, steps_initial, steps_of
from tocsin.people.models import CircleMember, Defender, Directive, Plan
from tocsin.people.queries_people import defenders, missing, who_looked
from tocsin.people.rules import DirectiveState, Precision, PublicAudience, Relation
from tocsin.people.views import name_of, page_of, say, ways_of, with_names


def one(defender_id: int) -> Defender:
    """Give the defender of a page, or "not found"."""
    return get_object_or_404(defenders(), pk=defender_id)


def shown(request: HttpRequest, part: str, defender: Defender, told: dict, *, status: int = 200) -> HttpResponse:
    """Render one part of the defender's page below the head that all parts share."""
    if "name" not in told:
        told["name"] = name_of(request, defender.party, f"defender {part}")
    head = {"defender": defender, "part": part, "missing": missing(defender)}
    return render(request, f"people/defender_{part}.html", head | told, status=status)


@needs(DataClass.CODED)
@require_GET
def defender_list(request: HttpRequest) -> HttpResponse:
    """Everybody under protection, with what is missing of each."""
    page = page_of(request, defenders())
    rows = with_names(request, list(page), [row.party for row in page], "list")
    return render(request, "people/defenders.html", {"page": page, "rows": rows})


@needs(DataClass.ID, Right.WRITE)
@needs(DataClass.STORY, Right.WRITE)
def defender_new(request: HttpRequest) -> HttpResponse:
    """Make a defender; the default plan works from the first second."""
    form = DefenderForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        row = create_defender(
            form.terms(), country=told["country"], background=told["background"], by=request.reader, now=clock.now()
        )
        messages.success(request, _("Stored. Now add a way to reach this person, a circle and a device."))
        return redirect("people:defender", row.pk)
    told = {"title": _("New defender"), "forms": [form], "crumb": "people:defenders"}
    return render(request, "people/form.html", told)


@needs(DataClass.ID, Right.WRITE)
@needs(DataClass.STORY, Right.WRITE)
def defender(request: HttpRequest, defender_id: int) -> HttpResponse:
    """The person, and the ways to reach them."""
    row = one(defender_id)
    words = look([row], "background", reader=request.reader, purpose="defender page", now=clock.now())[0]
    name = name_of(request, row.party, "defender person")
    initial = words | {
        "name": name,
        "language": row.party.language,
        "time_zone": row.party.time_zone,
        "country": row.country,
        "is_active": row.is_active,
    }
    form = DefenderForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        told = {key: form.cleaned_data[key] for key in ("country", "background", "is_active")}
        say(request, change_defender(row.pk, form.terms(), **told, by=request.reader, now=clock.now()), _("Saved."))
        return redirect("people:defender", row.pk)
    told = {"name": name, "form": form, "ways": ways_of(request, row.party), "way_form": WayForm(), "party": row.party}
    return shown(request, "person", row, told)


@needs(DataClass.OPS, Right.WRITE)
@needs(DataClass.ID, Right.WRITE)
def circle(request: HttpRequest, defender_id: int) -> HttpResponse:
    """The trusted contacts, and a form for one more."""
    row = one(defender_id)
    form = CircleForm(request.POST or None, initial={"language": row.party.language})
    if request.method == "POST" and form.is_valid():
        answer = add_from_form(request, row, form)
        if not isinstance(answer, Refused):
            messages.success(request, _("Added to the circle."))
            return redirect("people:circle", row.pk)
        form.add_error(None, _(answer.reason))
    members = list(row.circle.select_related("party", "defender__party"))
    tasks = look(members, "task", reader=request.reader, purpose="defender circle", now=clock.now())
    names = with_names(request, members, [member.party for member in members], "defender circle")
    rows = [(member, name, told["task"]) for (member, name), told in zip(names, tasks, strict=True)]
    return shown(request, "circle", row, {"form": form, "rows": rows})


def add_from_form(request: HttpRequest, defender: Defender, form: CircleForm) -> CircleMember | Refused:
    """Find the person by the number or make them, and put them into the circle."""
    told, now = form.cleaned_data, clock.now()
    terms = PartyTerms(name=told["name"], language=told["language"], time_zone=defender.party.time_zone)
    party = find_or_create(terms, channel=told["channel"], address=told["address"], by=request.reader, now=now)
    if isinstance(party, Refused):
        return party
    return add_to_circle(
        defender.pk, party.pk, relation=Relation(told["relation"]), task=told["task"], by=request.reader, now=now
    )


@needs(DataClass.OPS, Right.WRITE)
def circle_member(request: HttpRequest, member_id: int) -> HttpResponse:
    """Change what is agreed with a trusted contact, or take them out."""
    member = get_object_or_404(CircleMember.objects.select_related("party", "defender__party"), pk=member_id)
    if request.method == "POST" and request.POST.get("do") == "remove":
        remove_from_circle(member.pk, by=request.reader, now=clock.now())
        messages.success(request, _("Taken out of the circle."))
        return redirect("people:circle", member.defender_id)
    words = look([member], "task", reader=request.reader, purpose="defender circle", now=clock.now())[0]
    form = CircleTaskForm(request.POST or None, initial=words | {"relation": member.relation})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        change_in_circle(
            member.pk, relation=Relation(told["relation"]), task=told["task"], by=request.reader, now=clock.now()
        )
        messages.success(request, _("Saved."))
        return redirect("people:circle", member.defender_id)
    told = {"title": _("In the circle"), "forms": [form], "member": member}
    told["name"] = name_of(request, member.party, "defender circle")
    return render(request, "people/circle_member.html", told)


@needs(DataClass.OPS, Right.WRITE)
def plan(request: HttpRequest, defender_id: int) -> HttpResponse:
    """Who is asked first, by which ways, how long to wait, and the code words."""
    row = one(defender_id)
    kept = Plan.objects.prefetch_related("steps").select_related("defender__party").get(defender=row)
    words = look([kept], *PLAN_WORDS, reader=request.reader, purpose="defender plan", now=clock.now())[0]
    form = PlanForm(request.POST or None, initial=plan_initial(kept, words))
    steps = Steps(request.POST or None, initial=steps_initial(kept), prefix="steps")
    if request.method == "POST" and form.is_valid() and steps.is_valid():
        answer = save_plan(row.pk, form.terms(), steps_of(steps), by=request.reader, now=clock.now())
        if not isinstance(answer, Refused):
            messages.success(request, _("The plan is saved. The next call follows it."))
            return redirect("people:plan", row.pk)
        form.add_error(None, _(answer.reason))
    return shown(request, "plan", row, {"form": form, "steps": steps, "plan": kept})


@needs(DataClass.OPS, Right.WRITE)
def directive(request: HttpRequest, defender_id: int) -> HttpResponse:
    """What the defender has signed, and the draft of the next version."""
    row = one(defender_id)
    versions = list(row.directives.order_by("-version").select_related("defender__party"))
    latest = versions[0] if versions else None
    form = DirectiveForm(request.POST or None, initial=directive_initial(request, latest))
    if request.method == "POST" and form.is_valid():
        answer = draft_directive(row.pk, form.wish(), by=request.reader, now=clock.now())
        if not isinstance(answer, Refused):
            messages.success(request, _("The draft is stored. It permits nothing until the defender has signed it."))
            return redirect("people:directive", row.pk)
        form.add_error(None, _(answer.reason))
    told = {"form": form, "versions": versions, "draft": latest if latest and latest.state == "draft" else None}
    told["in_force"] = next((one for one in versions if one.state == DirectiveState.IN_FORCE), None)
    told["told"] = told["in_force"] and words_of(told["in_force"])
    return shown(request, "directive", row, told | {"signature": SignatureForm.for_day(clock.now().date())})


def words_of(row: Directive) -> dict[str, object]:
    """Say the coded words of a directive in the reader's language."""
    languages = dict(settings.LANGUAGES)
    return {
        "precision": PRECISION_LABELS[Precision(row.precision)],
        "audiences": [AUDIENCE_LABELS[PublicAudience(word)] for word in row.audiences],
        "languages": [languages.get(code, code) for code in row.languages],
    }


def directive_initial(request: HttpRequest, latest: Directive | None) -> dict[str, object]:
    """Start the next version from the last one."""
    if latest is None:
        return {}
    words = look([latest], "never_mention", reader=request.reader, purpose="defender directive", now=clock.now())[0]
    plain = ("may_publish", "may_name", "precision", "audiences", "languages", "wait_minutes", "valid_until")
    return words | {column: getattr(latest, column) for column in plain}


@needs(DataClass.OPS, Right.WRITE)
@require_POST
def directive_change(request: HttpRequest, directive_id: int) -> HttpResponse:
    """Sign a draft, or take a directive back."""
    row = get_object_or_404(Directive, pk=directive_id)
    if request.POST.get("do") == "revoke":
        say(request, revoke_directive(row.pk, by=request.reader, now=clock.now()), _("Taken back. It permits nothing."))
        return redirect("people:directive", row.defender_id)
    form = SignatureForm(request.POST)
    if form.is_valid():
        answer = sign_directive(row.pk, signed_on=form.cleaned_data["signed_on"], by=request.reader, now=clock.now())
        say(request, answer, _("The signature is recorded."))
    else:
        messages.error(request, _("Write the day on which the defender signed."))
    return redirect("people:directive", row.defender_id)


@needs(DataClass.CODED)
@require_GET
def looks(request: HttpRequest, defender_id: int) -> HttpResponse:
    """Who looked at this person, and who changed what. To be shown to the defender on request."""
    row = one(defender_id)
    return shown(request, "looks", row, {"looks": who_looked(row.party)})
