"""What is done on an incident's page. Each is one form, one action, and back to the page: it works without script."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django import forms as django_forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tocsin.accounts.permits import needs
from tocsin.console import forms
from tocsin.console.views_incident import incident_answer
from tocsin.core import clock
from tocsin.core.access import DataClass, Right
from tocsin.core.answers import Refused
from tocsin.incidents import actions, actions_closing
from tocsin.incidents.models import Challenge, Incident, Task, Verification
from tocsin.incidents.rules import Answer
from tocsin.people.models import Party

Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that can be done: its form, the class of what it writes, where to go back to, and how it is done."""

    form: type[django_forms.Form]
    writes: DataClass
    section: str
    run: Callable[[int, Values, int, datetime], Answer]  # The incident (or row), the values, the staff, the time.


def _ask(incident_id: int, said: Values, staff_id: int, now: datetime) -> Answer:
    return actions.ask_question(
        incident_id, question=said["question"], party_id=said["party"], source=said["source"],
        channel=said["channel"], staff_id=staff_id, now=now,
    )  # fmt: skip


def _add_task(incident_id: int, said: Values, staff_id: int, now: datetime) -> Answer:
    assignee = said["assignee"]
    return actions.add_task(
        incident_id, title=said["title"], assignee_id=assignee.pk if assignee else None, staff_id=staff_id, now=now
    )


# By the last part of the address. Whoever is woken may acknowledge, on shift or not; a story needs the right to it.
DEEDS: dict[str, Deed] = {
    "acknowledge": Deed(
        forms.Nothing, DataClass.CODED, "next", lambda i, v, s, t: actions.acknowledge(i, staff_id=s, now=t)
    ),
    "conclude": Deed(
        forms.Finding, DataClass.STORY, "next", lambda i, v, s, t: actions.conclude(i, **v, staff_id=s, now=t)
    ),
    "ask": Deed(forms.Question, DataClass.STORY, "verification", _ask),
    "note": Deed(
        forms.Note, DataClass.STORY, "timeline", lambda i, v, s, t: actions.write_note(i, **v, staff_id=s, now=t)
    ),
    "task": Deed(forms.Task, DataClass.STORY, "tasks", _add_task),
    "stabilise": Deed(
        forms.Nothing, DataClass.STORY, "next", lambda i, v, s, t: actions.stabilise(i, staff_id=s, now=t)
    ),
    "close": Deed(
        forms.Close, DataClass.STORY, "closing",
        lambda i, v, s, t: actions_closing.ask_to_close(i, **v, staff_id=s, now=t),
    ),
    "confirm": Deed(
        forms.Nothing, DataClass.STORY, "closing",
        lambda i, v, s, t: actions_closing.confirm_closing(i, staff_id=s, now=t),
    ),
    "withdraw": Deed(
        forms.Nothing, DataClass.CODED, "closing",
        lambda i, v, s, t: actions_closing.withdraw_closing(i, staff_id=s, now=t),
    ),
    "challenge": Deed(
        forms.Challenge, DataClass.OPS, "closing",
        lambda i, v, s, t: actions_closing.send_challenge(i, **v, staff_id=s, now=t),
    ),
    "reopen": Deed(
        forms.Reason, DataClass.STORY, "next", lambda i, v, s, t: actions_closing.reopen(i, **v, staff_id=s, now=t)
    ),
    "review": Deed(
        forms.Nothing, DataClass.STORY, "closing",
        lambda i, v, s, t: actions_closing.mark_reviewed(i, staff_id=s, now=t),
    ),
}  # fmt: skip

# About a row of the incident: the model tells to which incident it belongs.
ROW_DEEDS: dict[str, tuple[type, Deed]] = {
    "answer": (
        Verification,
        Deed(
            forms.Answer, DataClass.STORY, "verification",
            lambda i, v, s, t: actions.answer_question(i, **v, staff_id=s, now=t),
        ),
    ),
    "done": (
        Task,
        Deed(forms.Nothing, DataClass.STORY, "tasks", lambda i, v, s, t: actions.finish_task(i, staff_id=s, now=t)),
    ),
    "words": (
        Challenge,
        Deed(
            forms.ChallengeWords, DataClass.OPS, "closing",
            lambda i, v, s, t: actions_closing.record_challenge_answer(i, **v, staff_id=s, now=t),
        ),
    ),
}  # fmt: skip


@require_POST
@needs(DataClass.CODED, Right.WRITE)
def act(request: HttpRequest, incident_id: int, word: str) -> HttpResponse:
    """Do one thing to an incident."""
    if word not in DEEDS or not Incident.objects.filter(pk=incident_id).exists():
        raise Http404
    return _do(request, incident_id, incident_id, word, DEEDS[word])


@require_POST
@needs(DataClass.CODED, Right.WRITE)
def act_on_row(request: HttpRequest, incident_id: int, word: str, row_id: int) -> HttpResponse:
    """Do one thing to a question, a task or a challenge of an incident."""
    if word not in ROW_DEEDS:
        raise Http404
    model, deed = ROW_DEEDS[word]
    if not model.objects.filter(pk=row_id, incident_id=incident_id).exists():
        raise Http404
    return _do(request, incident_id, row_id, word, deed)


def _do(request: HttpRequest, incident_id: int, row_id: int, word: str, deed: Deed) -> HttpResponse:
    """Check the words, do it, say what came of it, and go back to where the reader was."""
    if not request.reader.may_write(deed.writes):
        raise PermissionDenied(_("Your roles do not allow this now. Ask a coordinator, or go on shift."))
    form = deed.form(request.POST, auto_id=f"{word}-%s", **_people(deed, request))
    if not form.is_valid():
        return incident_answer(request, incident_id, {word: form}, status=422)
    answer = deed.run(row_id, form.cleaned_data, request.user.pk, clock.now())
    if isinstance(answer, Refused):
        messages.error(request, _(answer.reason))
    return HttpResponseRedirect(f"/console/incidents/{incident_id}/#{deed.section}")


def _people(deed: Deed, request: HttpRequest) -> dict[str, object]:
    """A question may be asked of anybody who is stored here; of others the form says that they cannot be chosen."""
    asked = request.POST.get("party", "")
    is_number = deed.form is forms.Question and asked.isascii() and asked.isdigit()
    is_known = is_number and Party.objects.filter(pk=int(asked), forgotten_at=None).exists()
    return {"people": [(int(asked), asked)]} if is_known else {}
