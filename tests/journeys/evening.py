"""What headquarters does on the evening that the pictures show: `python -m tests.journeys.evening`."""

import django

django.setup()

# isort: split
from tocsin.accounts.models import Staff  # noqa: E402
from tocsin.core import clock  # noqa: E402
from tocsin.core.answers import Refused  # noqa: E402
from tocsin.incidents import actions, actions_closing  # noqa: E402
from tocsin.people.models import Party  # noqa: E402
from tocsin.people.rules import PublicAudience  # noqa: E402
from tocsin.publicity.actions import approve, publish, write_draft  # noqa: E402
from tocsin.publicity.actions_waves import WavePlan  # noqa: E402
from tocsin.publicity.models import AppealVersion  # noqa: E402
from tocsin.publicity.rules import TextKind  # noqa: E402
from tocsin.publicity.rules_check import Draft, Text  # noqa: E402

TEXTS = {
    "en": Text(
        title="Mira Solvane was taken from her home",
        body=(
            "Mira Solvane speaks for fishing families in Country A who are driven from their harbour. Tonight she was "
            "taken from her home by men who did not say who they were.\n\nShe must be let go at once."
        ),
        action="Ask the Minister of Justice of Country A where she is. Write today; be polite.",
        letter="I ask you to say where Mira Solvane is held, and to let her go.",
        sms="Mira Solvane was taken from her home tonight. Ask Country A where she is.",
    ),
    "fr": Text(
        title="Mira Solvane a été enlevée chez elle",
        body="Mira Solvane défend des familles de pêcheurs dans le pays A. Ce soir, des hommes l'ont emmenée.",
        action="Demandez au ministre de la Justice du pays A où elle se trouve.",
        letter="Je vous demande de dire où Mira Solvane est détenue et de la libérer.",
        sms="Mira Solvane a été enlevée ce soir. Demandez au pays A où elle est.",
    ),
    "ar": Text(
        title="اقتيدت ميرا سولفان من بيتها (Mira Solvane)",
        body="تدافع Mira Solvane عن عائلات الصيادين في البلد أ. اقتادها الليلة رجال لم يقولوا من هم.",
        action="اسألوا وزير العدل في البلد أ عن مكانها.",
        letter="أطلب منكم الإعلان عن مكان احتجاز Mira Solvane والإفراج عنها.",
        sms="اقتيدت Mira Solvane الليلة. اسألوا البلد أ أين هي.",
    ),
}


def main() -> None:
    noor, ines, tomas = (Staff.objects.get(username=name) for name in ("noor", "ines", "tomas"))
    _verify(1, noor)
    _close(2, noor, ines)
    draft = Draft(
        TextKind.APPEAL, TEXTS, frozenset(PublicAudience), "Country A", letter_to="minister@justice.example.org"
    )
    version = AppealVersion.objects.get(pk=_done(write_draft(1, draft, staff_id=ines.pk, now=clock.now())).id)
    for member in (ines, tomas):
        _done(approve(version.pk, staff_id=member.pk, digest=bytes(version.digest), now=clock.now()))
    waves = [WavePlan("email", language) for language in TEXTS] + [WavePlan("sms", language) for language in TEXTS]
    _done(publish(version.pk, waves=waves, staff_id=ines.pk, now=clock.now()))


def _verify(incident: int, staff: Staff) -> None:
    _done(actions.acknowledge(incident, staff_id=staff.pk, now=clock.now()))
    teo = Party.objects.filter(circles__defender__incidents=incident).order_by("circles__position").first()
    told = {"party_id": teo.pk if teo else None, "source": "", "channel": "phone"}
    question = "When did you last hear from her, and how?"
    asked = _done(actions.ask_question(incident, question=question, **told, staff_id=staff.pk, now=clock.now()))
    answer = "At two, by telephone. Then the line broke off; a neighbour saw a grey pick-up leave."
    _done(actions.answer_question(asked.id, answer=answer, reliability="probable", staff_id=staff.pk, now=clock.now()))
    _done(actions.conclude(incident, finding="confirmed", note="Two voices.", staff_id=staff.pk, now=clock.now()))
    title = "Call the lawyer again at six"
    _done(actions.add_task(incident, title=title, assignee_id=staff.pk, staff_id=staff.pk, now=clock.now()))


def _close(incident: int, first: Staff, second: Staff) -> None:
    _done(actions.acknowledge(incident, staff_id=first.pk, now=clock.now()))
    _done(actions.conclude(incident, finding="test", note="A test of the watch.", staff_id=first.pk, now=clock.now()))
    reason = "He tried his new watch; we spoke by telephone."
    _done(actions_closing.ask_to_close(incident, outcome="test", reason=reason, staff_id=first.pk, now=clock.now()))
    _done(actions_closing.confirm_closing(incident, staff_id=second.pk, now=clock.now()))


def _done(answer):
    assert not isinstance(answer, Refused), answer
    return answer


main()
