"""Every table, for Django to find. The models live in their domains' folders."""

from tocsin.accounts.models import Shift, Staff
from tocsin.devices.models import Device, DeviceIdentity
from tocsin.dispatch.models import AnswerLink, BellRing, Callout, Inbound, Notice, WorkerStatus
from tocsin.gateway.models import DeviceWord, GatewayStatus, Signal
from tocsin.incidents.models import (
    Challenge,
    Closing,
    Engagement,
    Incident,
    RaisedAlarm,
    Task,
    TimelineEntry,
    Verification,
)
from tocsin.people.models import (
    CircleMember,
    Defender,
    Directive,
    Look,
    Organisation,
    Party,
    Plan,
    PlanStep,
    Responder,
    SubjectKey,
    Way,
)
from tocsin.publicity.models import Appeal, AppealVersion, Approval, Supporter, Wave

__all__ = [
    "AnswerLink",
    "Appeal",
    "AppealVersion",
    "Approval",
    "BellRing",
    "Callout",
    "Challenge",
    "CircleMember",
    "Closing",
    "Defender",
    "Device",
    "DeviceIdentity",
    "DeviceWord",
    "Directive",
    "Engagement",
    "GatewayStatus",
    "Inbound",
    "Incident",
    "Look",
    "Notice",
    "Organisation",
    "Party",
    "Plan",
    "PlanStep",
    "RaisedAlarm",
    "Responder",
    "Shift",
    "Signal",
    "Staff",
    "SubjectKey",
    "Supporter",
    "Task",
    "TimelineEntry",
    "Verification",
    "Wave",
    "Way",
    "WorkerStatus",
]
