"""Appeals as messages of the Common Alerting Protocol 1.2 (OASIS Standard, 1 July 2010). Pure.

An appeal is an Alert, a later text an Update that names the messages before it, a stop a Cancel. Names and places are
as exact as the approved text: this adds nothing to it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as Xml

from tocsin.publicity.queries_public import PublicAppeal, PublicText
from tocsin.publicity.rules import TextKind
from tocsin.publicity.rules_check import Draft, Text

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
EXPIRES = timedelta(days=7)
HEADLINE_CHARS = 160  # Section 3.2.2: what displays are sure to show.
EVENTS = {
    "en": "Human rights defender in danger",
    "ar": "مدافع عن حقوق الإنسان في خطر",
    "es": "Persona defensora de derechos humanos en peligro",
    "fa": "مدافع حقوق بشر در خطر",
    "fr": "Défenseur des droits humains en danger",
    "pt": "Defensor de direitos humanos em perigo",
    "ru": "Правозащитник в опасности",
    "sw": "Mtetezi wa haki za binadamu yuko hatarini",
}
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who speaks. `sender` is a host name; `pages` gives the address of an appeal's page in a language."""

    sender: str
    name: str
    contact: str
    base: str  # Such as "https://example.org".


@dataclass(frozen=True, slots=True)
class CapMessage:
    """One message of an appeal. `text` is `None` for a Cancel."""

    identifier: str
    sent: datetime
    kind: str  # "Alert", "Update" or "Cancel".
    text: PublicText | None
    references: tuple[tuple[str, datetime], ...]


def messages_of(appeal: PublicAppeal) -> list[CapMessage]:
    """Give the messages of an appeal in the order in which they were sent.

    A text that may no longer be read has no message of its own any more; the Cancel still names it.
    """
    said: list[CapMessage] = []
    open_ones: list[CapMessage] = []
    for at, text, stopped in _events(appeal):
        references = tuple((message.identifier, message.sent) for message in open_ones)
        if text is not None:
            kind = "Update" if open_ones else "Alert"
            message = CapMessage(f"{appeal.uid}.{text.number}", at, kind, text, references)
            open_ones.append(message)
        else:
            message = CapMessage(f"{appeal.uid}.{stopped}.cancel", at, "Cancel", None, references)
            open_ones = []
        said.append(message)
    return [message for message in said if message.text is None or message.text.draft is not None]


def _events(appeal: PublicAppeal) -> Iterator[tuple[datetime, PublicText | None, int]]:
    """Give what was published and what was stopped, in order of time. A stop comes with the newest text it stopped."""
    stops = {text.stopped_at: text.number for text in appeal.texts if text.stopped_at is not None}
    published = [(text.published_at, text, text.number) for text in appeal.texts]
    stopped = [(at, None, number) for at, number in stops.items()]
    yield from sorted([*published, *stopped], key=lambda event: (event[0], event[1] is None))


def cap_xml(message: CapMessage, *, appeal: PublicAppeal, issuer: Issuer) -> bytes:
    """Write one message."""
    root = Xml.Element("alert", xmlns=NAMESPACE)
    _add(root, "identifier", message.identifier)
    _add(root, "sender", issuer.sender)
    _add(root, "sent", _instant(message.sent))
    _add(root, "status", "Exercise" if appeal.is_drill else "Actual")
    _add(root, "msgType", message.kind)
    _add(root, "scope", "Public")
    if message.kind == "Cancel":
        _add(root, "note", "This appeal was withdrawn. Please do not share it any more.")
    elif appeal.is_drill:
        _add(root, "note", "This is a drill. Nobody is in danger.")
    if message.references:
        named = [f"{issuer.sender},{identifier},{_instant(sent)}" for identifier, sent in message.references]
        _add(root, "references", " ".join(named))
    if message.text is not None and message.text.draft is not None:
        for language, text in sorted(message.text.draft.texts.items()):
            _add_info(root, message.text, message.text.draft, text, language, appeal=appeal, issuer=issuer)
    return document(root)


def _add_info(
    root: Xml.Element,
    public: PublicText,
    draft: Draft,
    text: Text,
    language: str,
    *,
    appeal: PublicAppeal,
    issuer: Issuer,
) -> None:
    is_good = public.kind is TextKind.GOOD_END
    info = Xml.SubElement(root, "info")
    values: Mapping[str, str] = {
        "language": language,
        "category": "Security",
        "event": EVENTS.get(language, EVENTS["en"]),
        **({"responseType": "AllClear"} if is_good else {}),
        "urgency": "Past" if is_good else "Immediate",
        "severity": "Minor" if is_good else "Severe",
        "certainty": "Observed",
        "effective": _instant(public.published_at),
        "expires": _instant(public.published_at + EXPIRES),
        "senderName": issuer.name,
        "headline": text.title[:HEADLINE_CHARS],
        "description": text.body,
        "instruction": text.action,
        "web": f"{issuer.base}/appeals/{appeal.uid}/{language}/",
        "contact": issuer.contact,
    }
    for name, value in values.items():
        if value:
            _add(info, name, value)
    if draft.area or draft.radius_km is not None:
        area = Xml.SubElement(info, "area")
        _add(area, "areaDesc", draft.area or "An area around the place")
        if draft.radius_km is not None:
            _add(area, "circle", f"{draft.lat_deg:g},{draft.lon_deg:g} {draft.radius_km:g}")


def _add(parent: Xml.Element, name: str, value: str) -> None:
    Xml.SubElement(parent, name).text = NOT_XML.sub("", value)


def document(root: Xml.Element) -> bytes:
    """Write a document in UTF-8 with its declaration."""
    Xml.indent(root)
    written: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _instant(at: datetime) -> str:
    """Write an instant as CAP wants it: whole seconds, and "-00:00" for UTC (section 3.3.2)."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}-00:00"
