"""Headquarters' pages about appeals: write, check, approve, publish, follow, stop."""

from binascii import Error as HexError
from collections.abc import Callable, Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tocsin.accounts.permits import needs
from tocsin.core import clock
from tocsin.core.access import DataClass, Right
from tocsin.core.answers import Refused
from tocsin.incidents.models import Incident
from tocsin.people.actions import look
from tocsin.people.queries_people import directive_in_force
from tocsin.publicity.actions import Answer, approve, close, publish, stop, write_draft
from tocsin.publicity.actions_waves import pause, resume
from tocsin.publicity.forms import DraftForm, WavesForm
from tocsin.publicity.models import Appeal, AppealVersion, Wave
from tocsin.publicity.queries import appeal_for_page, appeals_for_list, check_now, draft_of, proposal, words_of
from tocsin.publicity.queries_pages import appeal_page, kind_to_write
from tocsin.publicity.queries_waves import audiences
from tocsin.publicity.rules import TextKind, pick_language
from tocsin.publicity.rules_check import Checked, Draft, Forbidden

ANSWERED = {"stop": stop, "close": close}
WAVE_WORDS: dict[str, Callable[..., Answer]] = {"pause": pause, "resume": resume}


@needs(DataClass.PUB)
@require_GET
def appeal_list(request: HttpRequest) -> HttpResponse:
    """Every appeal, the newest first, with its newest text."""
    found = [(appeal, max(appeal.versions.all(), key=number_of, default=None)) for appeal in appeals_for_list()]
    may_read = _look(request, [version for _, version in found if version is not None])
    rows = [
        (appeal, None if version is not None and version.draft_sealed and not may_read else _title(version))
        for appeal, version in found
    ]
    return render(request, "publicity/list.html", {"rows": rows, "now": clock.now()})


def _look(request: HttpRequest, versions: Sequence[AppealVersion]) -> bool:
    """Log that drafts are read, and say whether this person may. What was published is the world's."""
    drafts = [version for version in versions if version.draft_sealed]
    look(drafts, "draft", reader=request.reader, purpose="draft of an appeal", now=clock.now())
    return request.reader.may_read(DataClass.STORY)


def number_of(version: AppealVersion) -> int:
    """Give the place of a text among those of its appeal."""
    return version.number


def _title(version: AppealVersion | None) -> str:
    """Give the title of a text in the reader's language, or the nearest it has."""
    texts = words_of(version).get("texts") if version is not None else None
    return texts[pick_language(get_language() or "en", tuple(sorted(texts)))]["title"] if texts else ""


@needs(DataClass.PUB, Right.WRITE)
@needs(DataClass.STORY)
def new(request: HttpRequest) -> HttpResponse:
    """Begin the appeal of an incident, or go to the one it has."""
    number = request.GET.get("incident", "")
    incident = get_object_or_404(
        Incident.objects.select_related("defender__party"), pk=int(number) if number.isdecimal() else 0
    )
    if (found := Appeal.objects.filter(incident=incident).first()) is not None:
        return redirect("publicity:appeal", found.pk)
    if incident.defender is None:
        messages.error(request, _("Nobody knows yet whose alarm this is. Give the incident to a defender first."))
        return redirect("incident", incident.pk)
    return _write(request, Appeal(incident=incident), TextKind.APPEAL)


@needs(DataClass.PUB, Right.WRITE)
@needs(DataClass.STORY)
def write(request: HttpRequest, appeal_id: int) -> HttpResponse:
    """Write the next text: the appeal again, an update, or the good end."""
    appeal = _found(appeal_id)
    kind = kind_to_write(appeal)
    if kind is TextKind.UPDATE and request.GET.get("kind") == TextKind.GOOD_END:
        kind = TextKind.GOOD_END
    return _write(request, appeal, kind)


def _write(request: HttpRequest, appeal: Appeal, kind: TextKind) -> HttpResponse:
    now = clock.now()
    _look(request, appeal.versions.select_related("appeal__incident").order_by("-number")[:1] if appeal.pk else [])
    start, languages = _start(appeal, kind, now)
    form = DraftForm(request.POST or None, start=start, languages=languages)
    answer = None
    if request.method == "POST" and form.is_valid():
        draft = form.draft(kind)
        if request.POST.get("do") != "check":
            done = write_draft(appeal.incident_id, draft, staff_id=request.user.pk, now=now)
            if not isinstance(done, Refused):
                messages.success(request, _(done.note))
                return redirect("publicity:appeal", AppealVersion.objects.get(pk=done.id).appeal_id)
            form.add_error(None, _(done.reason))
        answer = check_now(appeal, draft, now=now)[0]
    directive = directive_in_force(appeal.incident.defender_id, now.date())
    told = {"form": form, "appeal": appeal, "incident": appeal.incident, "kind": kind.value, "directive": directive}
    told |= {"answer": answer, "is_allowed": isinstance(answer, Checked)}
    return render(request, "publicity/write.html", told)


def _start(appeal: Appeal, kind: TextKind, now) -> tuple[Draft, list[str]]:
    """Give what the form begins with: the newest text of this kind, and what the directive allows."""
    offered = proposal(appeal, now=now)
    last = appeal.versions.order_by("-number").first() if appeal.pk else None
    stored = draft_of(last) if last is not None else Draft(kind, {}, frozenset())
    languages = list(dict.fromkeys([*offered.texts, *stored.texts]))
    if last is None or (kind is not TextKind.APPEAL and last.kind != kind):
        return offered, languages
    circle = stored if stored.radius_km is not None else offered
    values = {"lat_deg": circle.lat_deg, "lon_deg": circle.lon_deg, "radius_km": circle.radius_km}
    return Draft(kind, stored.texts, stored.audiences, stored.area, letter_to=stored.letter_to, **values), languages


@needs(DataClass.PUB)
@require_GET
def appeal(request: HttpRequest, appeal_id: int) -> HttpResponse:
    """One appeal: what stands, who approved it, who is told, how far the waves are."""
    found, now = _found(appeal_id), clock.now()
    page = appeal_page(found, request.user, now=now)
    if page is None:
        return redirect("publicity:write", appeal_id)
    may_read = _look(request, [page.newest.version])
    digest = bytes(page.newest.version.digest).hex()
    told = {"page": page, "appeal": found, "incident": found.incident, "now": now, "digest": digest}
    told |= {"forbidden": page.newest.answer if isinstance(page.newest.answer, Forbidden) else None}
    told |= {"is_sealed": bool(page.newest.version.draft_sealed) and not may_read}
    told |= {"waves_form": WavesForm(None, audiences=page.audiences) if page.can_publish else None}
    return render(request, "publicity/appeal.html", told)


def _found(appeal_id: int) -> Appeal:
    found = appeal_for_page(appeal_id)
    if found is None:
        raise Http404
    return found


@needs(DataClass.PUB, Right.WRITE)
@needs(DataClass.STORY)
@require_POST
def approve_version(request: HttpRequest, version_id: int) -> HttpResponse:
    """Approve the text that the person read; the form carries its digest."""
    version = get_object_or_404(AppealVersion, pk=version_id)
    try:
        digest = bytes.fromhex(request.POST.get("digest", ""))
    except (ValueError, HexError):
        digest = b""
    answer = approve(version_id, staff_id=request.user.pk, digest=digest, now=clock.now())
    return _told(request, answer, version.appeal_id)


@needs(DataClass.PUB, Right.WRITE)
@needs(DataClass.STORY)
@require_POST
def publish_version(request: HttpRequest, version_id: int) -> HttpResponse:
    """Publish an approved text in the waves that were chosen."""
    version = get_object_or_404(AppealVersion, pk=version_id)
    form = WavesForm(request.POST, audiences=audiences(version))
    if not form.is_valid():
        # Somebody subscribed in a language that was not on the form: it is shown again with them.
        messages.error(request, _("The audience has changed meanwhile. Look at it again."))
        return redirect("publicity:appeal", version.appeal_id)
    answer = publish(version_id, waves=form.plans(), staff_id=request.user.pk, now=clock.now())
    return _told(request, answer, version.appeal_id)


@needs(DataClass.PUB, Right.WRITE)
@require_POST
def end(request: HttpRequest, appeal_id: int, word: str) -> HttpResponse:
    """Stop or close an appeal."""
    answer = ANSWERED[word](_found(appeal_id).pk, staff_id=request.user.pk, now=clock.now())
    return _told(request, answer, appeal_id)


@needs(DataClass.PUB, Right.WRITE)
@require_POST
def turn_wave(request: HttpRequest, wave_id: int, word: str) -> HttpResponse:
    """Pause a wave, or let it go on."""
    wave = get_object_or_404(Wave.objects.select_related("version"), pk=wave_id)
    return _told(request, WAVE_WORDS[word](wave_id, now=clock.now()), wave.version.appeal_id)


def _told(request: HttpRequest, answer: Answer, appeal_id: int) -> HttpResponse:
    if isinstance(answer, Refused):
        messages.error(request, _(answer.reason))
    elif answer.note:
        messages.success(request, _(answer.note))
    return redirect("publicity:appeal", appeal_id)
