"""What to do next in the demo, and what is done: read from the newest incident, so that nothing is acted out."""

from dataclasses import dataclass

from tocsin.incidents.models import Engagement, Incident
from tocsin.incidents.rules import ENDED, AlarmState
from tocsin.publicity.models import Appeal
from tocsin.publicity.rules import APPROVALS_NEEDED, AppealState

COMING = ("accepted", "on_the_way", "there")
TOLD = {AppealState.PUBLISHED, AppealState.UPDATED, AppealState.CLOSED}


@dataclass(frozen=True, slots=True)
class TourStep:
    """One step of the story. `how` says what a newcomer does; `link` leads there."""

    title: str
    how: str
    is_done: bool
    link: str = ""
    username: str = ""  # Whom to sign in as.


def steps_now() -> list[TourStep]:
    """Give the steps for the newest incident, oldest first."""
    incident = Incident.objects.order_by("-opened_at").first()
    if incident is None:
        return [TourStep("Somebody calls for help", "Press a device below.", is_done=False)]
    page = f"/console/incidents/{incident.pk}/"
    appeal = Appeal.objects.filter(incident=incident).first()
    version = appeal.versions.order_by("-number").first() if appeal is not None else None
    approvals = version.approvals.count() if version is not None else 0
    appeals = f"/console/appeals/{appeal.pk}/" if appeal is not None else page
    is_confirmed = incident.alarm_state == AlarmState.CONFIRMED
    wishes = incident.closings.filter(withdrawn_at=None)
    return [
        TourStep("Somebody calls for help", "The wristband was pressed; its bytes are on disk.", is_done=True),
        TourStep(
            "People nearby are asked, and one comes",
            "Answer 1 on the phone of a responder below, or open the link in the message. "
            "The exact place comes only after the yes.",
            is_done=Engagement.objects.filter(incident=incident, role="responder", state__in=COMING).exists(),
        ),
        TourStep(
            "Headquarters answers",
            "Sign in and acknowledge: the ringing stops.",
            is_done=incident.acknowledged_at is not None,
            link=page,
            username="noor",
        ),
        TourStep(
            "Headquarters verifies",
            "Write down who was asked what, then confirm the alarm.",
            is_done=is_confirmed,
            link=page,
            username="noor",
        ),
        TourStep(
            "Two people approve the exact public text",
            f"Draft it, approve as ines, then as tomas: {approvals} of {APPROVALS_NEEDED} so far.",
            is_done=approvals >= APPROVALS_NEEDED,
            link=appeals,
            username="ines" if approvals == 0 else "tomas",
        ),
        TourStep(
            "The world is told",
            "Publish, and watch mailboxes, phones, the social network and the public page.",
            is_done=appeal is not None and appeal.state in TOLD,
            link=appeals,
            username="tomas",
        ),
        TourStep(
            "Two people close it",
            "One asks to close, another confirms. Nobody can be forced to do it alone.",
            is_done=incident.state in ENDED,
            link=page,
            username="ines" if wishes.exists() else "noor",
        ),
    ]
