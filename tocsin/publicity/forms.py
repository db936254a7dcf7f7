"""The form of a public text: the languages beside each other, a place as exact as the directive allows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django import forms
from django.conf import settings
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

from tocsin.people.rules import PublicAudience
from tocsin.publicity.actions_waves import WavePlan
from tocsin.publicity.queries_waves import Audience
from tocsin.publicity.rules import TextKind
from tocsin.publicity.rules_check import BODY_CHARS_MAX, SMS_CHARS_MAX, TITLE_CHARS_MAX, Draft, Text
from tocsin.publicity.wording import direction

AUDIENCE_LABELS = {
    PublicAudience.PAGE: _("The public page and the feeds"),
    PublicAudience.SUPPORTERS: _("Supporters, by e-mail and SMS"),
    PublicAudience.SOCIAL: _("Social networks"),
}
LANGUAGE_NAMES = dict(settings.LANGUAGES)
PARTS = {
    "title": (_("Title"), 0, TITLE_CHARS_MAX),
    "body": (_("Text"), 8, BODY_CHARS_MAX),
    "action": (_("What readers can do"), 3, BODY_CHARS_MAX),
    "letter": (_("Letter that readers may send"), 5, BODY_CHARS_MAX),
    "sms": (_("Short text for SMS and social networks"), 3, SMS_CHARS_MAX),
}
NOT_NOW = "no"
STARTS = [
    ("0", _("At once")),
    *((str(minutes), _("After %(minutes)d minutes") % {"minutes": minutes}) for minutes in (5, 15, 60)),
    ("180", _("After 3 hours")),
    (NOT_NOW, _("Not to these")),
]


class PartField(forms.CharField):
    """A part of a text. The directive's check asks for it where it must stand; a whole language may stay empty."""

    def validate(self, value: str) -> None:
        """Take an empty text."""


@dataclass(frozen=True)
class LanguageRow:
    """The fields of one language."""

    code: str
    name: str
    direction: str
    fields: Sequence[forms.BoundField]


class DraftForm(forms.Form):
    """One public text in all its languages. What is empty in every field is left out."""

    use_required_attribute = False
    area = forms.CharField(label=_("Place in words"), max_length=200, required=False)
    circle = forms.BooleanField(label=_("Show a circle on the map"), required=False)
    letter_to = forms.CharField(
        label=_("Mail address of the authority"),
        max_length=200,
        required=False,
        validators=[EmailValidator()],
        help_text=_("Readers open the letter below in their own mail program. We send nothing to it."),
    )
    audiences = forms.MultipleChoiceField(
        label=_("Who is told"),
        choices=list(AUDIENCE_LABELS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, data: Mapping | None, *, start: Draft, languages: Sequence[str]) -> None:
        self.start, self.languages = start, tuple(languages)
        super().__init__(data, initial=self._initial())
        self.fields["area"].widget.attrs["dir"] = "auto"
        if start.radius_km is None:
            del self.fields["circle"]
        else:
            self.fields["circle"].help_text = _("Its radius is %(km)g km, and its centre is rounded.") % {
                "km": start.radius_km
            }
        for language in self.languages:
            for part, (label, rows, most) in PARTS.items():
                attributes = {"dir": direction(language), "lang": language, "class": "wide"}
                widget = forms.Textarea(attributes | {"rows": rows}) if rows else forms.TextInput(attributes)
                self.fields[f"{part}_{language}"] = PartField(label=label, max_length=most, widget=widget, strip=True)

    def _initial(self) -> dict[str, object]:
        texts = {
            f"{part}_{language}": getattr(text, part) for language, text in self.start.texts.items() for part in PARTS
        }
        return texts | {
            "area": self.start.area,
            "circle": self.start.radius_km is not None,
            "letter_to": self.start.letter_to,
            "audiences": sorted(self.start.audiences),
        }

    @property
    def rows(self) -> Iterator[LanguageRow]:
        """The languages, each with its fields."""
        for code in self.languages:
            fields = [self[f"{part}_{code}"] for part in PARTS]
            yield LanguageRow(code, LANGUAGE_NAMES.get(code, code), direction(code), fields)

    @property
    def common(self) -> list[forms.BoundField]:
        """The fields that stand beside the languages."""
        return [self[name] for name in ("audiences", "area", "circle", "letter_to") if name in self.fields]

    def draft(self, kind: TextKind) -> Draft:
        """Give what was written. The circle is the one that was offered: nobody types coordinates here."""
        told = self.cleaned_data
        texts = {
            language: Text(**{part: told[f"{part}_{language}"].replace("\r\n", "\n") for part in PARTS})
            for language in self.languages
        }
        has_circle = bool(told.get("circle"))
        return Draft(
            kind=kind,
            texts={language: text for language, text in texts.items() if text != Text()},
            audiences=frozenset(PublicAudience(word) for word in told["audiences"]),
            area=told["area"],
            lat_deg=self.start.lat_deg if has_circle else None,
            lon_deg=self.start.lon_deg if has_circle else None,
            radius_km=self.start.radius_km if has_circle else None,
            letter_to=told["letter_to"],
        )


class WavesForm(forms.Form):
    """When each part of the audience is told."""

    def __init__(self, data: Mapping | None, *, audiences: Sequence[Audience]) -> None:
        super().__init__(data)
        self.audiences = list(audiences)
        for audience in self.audiences:
            self.fields[f"{audience.channel}-{audience.language}"] = forms.ChoiceField(choices=STARTS, initial="0")

    @property
    def rows(self) -> Iterator[tuple[Audience, str, forms.BoundField]]:
        """Each part of the audience with the name of its language and its field."""
        for audience in self.audiences:
            name = LANGUAGE_NAMES.get(audience.language, audience.language)
            yield audience, name, self[f"{audience.channel}-{audience.language}"]

    def plans(self) -> list[WavePlan]:
        """Give the waves as they were chosen, those that start first in front."""
        chosen = [
            (int(start), audience)
            for audience in self.audiences
            if (start := self.cleaned_data[f"{audience.channel}-{audience.language}"]) != NOT_NOW
        ]
        return [
            WavePlan(audience.channel, audience.language, after=timedelta(minutes=minutes))
            for minutes, audience in sorted(chosen, key=lambda row: row[0])
        ]
