"""Forms about people: text in, terms for the actions out. Every mistake is told beside its field."""

import re
from datetime import date

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tocsin.people.actions_directives import DirectiveWish
from tocsin.people.actions_parties import PartyTerms
from tocsin.people.actions_responders import ResponderTerms
from tocsin.people.queries import normalised_address
from tocsin.people.rules import (
    RADIUS_KM_MAX,
    WAYS,
    PartyKind,
    Precision,
    PublicAudience,
    Relation,
    is_on_earth,
    is_time_zone,
)

NAME_MAX = 200
TEXT_MAX = 10_000
WAY_LABELS = {"sms": _("SMS"), "email": _("E-mail"), "chat": _("Chat (Apprise)"), "webhook": _("Webhook")}
RELATION_LABELS = {
    Relation.FAMILY: _("Family"),
    Relation.FRIEND: _("Friend"),
    Relation.COLLEAGUE: _("Colleague"),
    Relation.LAWYER: _("Lawyer"),
    Relation.NEIGHBOUR: _("Neighbour"),
    Relation.DOCTOR: _("Doctor"),
    Relation.JOURNALIST: _("Journalist"),
    Relation.EMBASSY: _("Embassy"),
    Relation.ORGANISATION: _("Organisation"),
    Relation.OTHER: _("Other"),
}
PRECISION_LABELS = {
    Precision.NONE: _("No place"),
    Precision.COUNTRY: _("The country"),
    Precision.AREA: _("The area"),
    Precision.EXACT: _("The exact place"),
}
AUDIENCE_LABELS = {
    PublicAudience.PAGE: _("The public page and the feeds"),
    PublicAudience.SUPPORTERS: _("Supporters, by e-mail and SMS"),
    PublicAudience.SOCIAL: _("Social networks"),
}
PLACE = re.compile(r"^\s*([+-]?\d{1,3}(?:\.\d+)?)\s*[,;\s]\s*([+-]?\d{1,3}(?:\.\d+)?)\s*$")


def auto() -> dict[str, str]:
    """Let the browser find the direction of a text that may be Arabic."""
    return {"dir": "auto", "autocomplete": "off"}


def read_place(text: str) -> tuple[float, float]:
    """Read "12.5, -45.25": degrees, latitude first. Raises `ValueError` with what to write."""
    match = PLACE.match(text)
    if match is None:
        raise ValueError("Write latitude and longitude in degrees, such as 12.5, -45.25.")
    lat_deg, lon_deg = float(match[1]), float(match[2])
    if not is_on_earth(lat_deg, lon_deg):
        raise ValueError("A latitude lies between -90 and 90, a longitude between -180 and 180.")
    return lat_deg, lon_deg


class PartyForm(forms.Form):
    """What is known of anybody."""

    name = forms.CharField(label=_("Name"), max_length=NAME_MAX, widget=forms.TextInput(auto()))
    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, help_text=_("In which this person gets messages.")
    )
    time_zone = forms.CharField(
        label=_("Time zone"),
        initial="UTC",
        max_length=64,
        widget=forms.TextInput({"list": "time-zones", "autocomplete": "off", "dir": "ltr"}),
        help_text=_("Such as Africa/Nairobi. Hours are counted in it."),
    )

    def clean_time_zone(self) -> str:
        """Refuse a zone that nobody knows."""
        name = self.cleaned_data["time_zone"].strip()
        if not is_time_zone(name):
            raise forms.ValidationError(_("There is no such time zone. Write one such as Africa/Nairobi or UTC."))
        return name

    def terms(self) -> PartyTerms:
        """Give what was written as the action takes it."""
        told = self.cleaned_data
        return PartyTerms(
            name=told["name"],
            kind=PartyKind(told.get("kind", PartyKind.PERSON)),
            language=told["language"],
            time_zone=told["time_zone"],
        )


class ContactForm(PartyForm):
    """A person, group or organisation that is none of ours."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[
            (PartyKind.PERSON.value, _("Person")),
            (PartyKind.GROUP.value, _("Group")),
            (PartyKind.ORGANISATION.value, _("Organisation")),
        ],
    )


class DefenderForm(PartyForm):
    """A person whom we protect."""

    country = forms.CharField(label=_("Country"), max_length=64, required=False, widget=forms.TextInput(auto()))
    background = forms.CharField(
        label=_("What the duty officer must know at 3 a.m."),
        required=False,
        max_length=TEXT_MAX,
        widget=forms.Textarea(auto() | {"rows": 6}),
        help_text=_("Who may be after this person, whom to trust, what never to do. Sealed."),
    )
    is_active = forms.BooleanField(
        label=_("Under protection"),
        required=False,
        initial=True,
        help_text=_("A call from somebody who is not is still heard."),
    )


class WayForm(forms.Form):
    """One way to reach somebody."""

    channel = forms.ChoiceField(label=_("Way"), choices=[(way, WAY_LABELS[way]) for way in WAYS])
    address = forms.CharField(
        label=_("Number or address"),
        max_length=500,
        widget=forms.TextInput({"dir": "ltr", "autocomplete": "off", "inputmode": "text"}),
        help_text=_("A number with its country code, such as +44 7700 900123."),
    )

    def clean(self) -> dict:
        """Refuse an address that cannot be one, before anything is stored."""
        told = super().clean() or {}
        if told.get("channel") and told.get("address"):
            try:
                told["address"] = normalised_address(told["channel"], told["address"])
            except ValueError as error:
                self.add_error("address", _(str(error)))
        return told


class CircleForm(WayForm):
    """A trusted contact. Who is known by this number already is taken, so that nobody is stored twice."""

    name = forms.CharField(label=_("Name"), max_length=NAME_MAX, widget=forms.TextInput(auto()))
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    relation = forms.ChoiceField(
        label=_("Relation"), choices=[(word.value, label) for word, label in RELATION_LABELS.items()]
    )
    task = forms.CharField(
        label=_("What this person has agreed to do"),
        required=False,
        max_length=TEXT_MAX,
        widget=forms.Textarea(auto() | {"rows": 2}),
    )
    field_order = ("name", "language", "channel", "address")


class CircleTaskForm(forms.Form):
    """What is agreed with a trusted contact who is there already."""

    relation = CircleForm.base_fields["relation"]
    task = CircleForm.base_fields["task"]


class ResponderForm(PartyForm):
    """Someone who has agreed to go to people near them."""

    home = forms.CharField(
        label=_("Home place"),
        required=False,
        max_length=60,
        widget=forms.TextInput({"dir": "ltr", "autocomplete": "off"}),
        help_text=_("Latitude and longitude in degrees, such as 12.5, -45.25. Without it this person is never near."),
    )
    radius_km = forms.IntegerField(label=_("Goes as far as (km)"), required=False, min_value=1, max_value=RADIUS_KM_MAX)
    hours_from = forms.TimeField(
        label=_("Asked from"), required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )
    hours_until = forms.TimeField(
        label=_("until"),
        required=False,
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        help_text=_("In this person's own time. May go over midnight. Both empty: at any time."),
    )
    skills = forms.CharField(
        label=_("Skills"),
        required=False,
        max_length=200,
        widget=forms.TextInput(auto()),
        help_text=_("Single words such as: car first-aid lawyer"),
    )
    is_willing = forms.BooleanField(label=_("Wants to be asked"), required=False, initial=True)

    def clean_home(self) -> tuple[float, float] | None:
        """Read the place."""
        if not self.cleaned_data["home"].strip():
            return None
        try:
            return read_place(self.cleaned_data["home"])
        except ValueError as error:
            raise forms.ValidationError(_(str(error))) from error

    def clean_skills(self) -> tuple[str, ...]:
        """Read the words."""
        skills = tuple(self.cleaned_data["skills"].replace(",", " ").split())
        if any(len(skill) > 32 for skill in skills):
            raise forms.ValidationError(_("A skill has at most 32 letters. Write single words."))
        return skills

    def responder_terms(self) -> ResponderTerms:
        """Give what was agreed as the action takes it."""
        told = self.cleaned_data
        return ResponderTerms(
            home=told["home"],
            radius_km=told["radius_km"],
            hours_from=told["hours_from"],
            hours_until=told["hours_until"],
            is_willing=told["is_willing"],
            skills=told["skills"],
        )


class DirectiveForm(forms.Form):
    """What the defender wants to be published, and what not. Everything that is not ticked is forbidden."""

    may_publish = forms.BooleanField(label=_("An appeal may be published"), required=False)
    may_name = forms.BooleanField(label=_("With the name"), required=False)
    precision = forms.ChoiceField(
        label=_("How exactly the place may be told"),
        choices=[(word.value, label) for word, label in PRECISION_LABELS.items()],
    )
    audiences = forms.MultipleChoiceField(
        label=_("To whom"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(word.value, label) for word, label in AUDIENCE_LABELS.items()],
    )
    languages = forms.MultipleChoiceField(
        label=_("In which languages"), required=False, widget=forms.CheckboxSelectMultiple, choices=settings.LANGUAGES
    )
    wait_minutes = forms.IntegerField(
        label=_("Not before (minutes after the call)"), min_value=0, max_value=60 * 24 * 30, initial=0
    )
    never_mention = forms.CharField(
        label=_("Words that no public text may hold"),
        required=False,
        max_length=TEXT_MAX,
        widget=forms.Textarea(auto() | {"rows": 4}),
        help_text=_("One a line: names of relatives, of a village, of an organisation. Sealed."),
    )
    valid_from = forms.DateField(
        label=_("First day"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    valid_until = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        help_text=_("Empty: until it is taken back."),
    )

    def wish(self) -> DirectiveWish:
        """Give what the defender wants as the action takes it."""
        told = self.cleaned_data
        return DirectiveWish(
            may_publish=told["may_publish"],
            may_name=told["may_name"],
            precision=Precision(told["precision"]),
            audiences=tuple(PublicAudience(word) for word in told["audiences"]),
            languages=tuple(told["languages"]),
            wait_minutes=told["wait_minutes"],
            never_mention=told["never_mention"],
            valid_from=told["valid_from"],
            valid_until=told["valid_until"],
        )


class SignatureForm(forms.Form):
    """The day on which the defender signed."""

    signed_on = forms.DateField(label=_("Signed on"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))

    @classmethod
    def for_day(cls, day: date) -> "SignatureForm":
        """Give an empty form for today."""
        return cls(initial={"signed_on": day})


class OrganisationForm(forms.Form):
    """The organisation that runs this installation. All of it is public."""

    name = forms.CharField(label=_("Name"), max_length=200, widget=forms.TextInput(auto()))
    about = forms.CharField(
        label=_("What you do, for visitors"), required=False, max_length=TEXT_MAX, widget=forms.Textarea(auto())
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages of your pages"), widget=forms.CheckboxSelectMultiple, choices=settings.LANGUAGES
    )
    contact = forms.CharField(label=_("Public contact"), required=False, max_length=200)
