"""Publishes an appeal about the newest incident: `python -m tests.journeys.publish`, with a stage's settings.

A journey through the pages stands in `test_story.py`; those that kill processes need only the wave.
"""

import django

django.setup()

# isort: split
from tocsin.accounts.models import Staff  # noqa: E402
from tocsin.core import clock  # noqa: E402
from tocsin.incidents import actions  # noqa: E402
from tocsin.incidents.models import Incident  # noqa: E402
from tocsin.people.actions import seal_row  # noqa: E402
from tocsin.people.queries import address_index  # noqa: E402
from tocsin.people.rules import PublicAudience  # noqa: E402
from tocsin.publicity.actions import approve, publish, write_draft  # noqa: E402
from tocsin.publicity.actions_waves import WavePlan  # noqa: E402
from tocsin.publicity.models import AppealVersion, Supporter  # noqa: E402
from tocsin.publicity.rules import Accepted, SupporterState, TextKind  # noqa: E402
from tocsin.publicity.rules_check import Draft, Text  # noqa: E402

SUPPORTERS = 300
TEXT = Text(
    title="A defender needs you",
    body="Mira Solvane called for help tonight.",
    action="Ask where she is.",
    sms="Mira Solvane called for help. Ask Country A where she is.",
)


def main() -> None:
    now = clock.now()
    for number in range(SUPPORTERS):
        address = f"reader{number}@supporters.example.org"
        row = Supporter(
            channel="email", address_index=address_index("email", address), topics=["defenders"],
            state=SupporterState.CONFIRMED, created_at=now, confirmed_at=now,
        )  # fmt: skip
        seal_row(row, now=now, address=address)
        row.save()
    incident = Incident.objects.latest("opened_at")
    ines, tomas = Staff.objects.get(username="ines"), Staff.objects.get(username="tomas")
    done(actions.acknowledge(incident.pk, staff_id=ines.pk, now=now))
    done(actions.conclude(incident.pk, finding="confirmed", note="Seen by two neighbours.", staff_id=ines.pk, now=now))
    draft = Draft(TextKind.APPEAL, {"en": TEXT}, frozenset(PublicAudience), "Country A")
    version = AppealVersion.objects.get(pk=done(write_draft(incident.pk, draft, staff_id=ines.pk, now=now)).id)
    for member in (ines, tomas):
        done(approve(version.pk, staff_id=member.pk, digest=bytes(version.digest), now=now))
    done(publish(version.pk, waves=[WavePlan("email"), WavePlan("sms")], staff_id=ines.pk, now=clock.now()))


def done(answer):
    """Insist that an action did what it was asked."""
    assert isinstance(answer, Accepted) or type(answer).__name__ == "Accepted", answer
    return answer


main()
