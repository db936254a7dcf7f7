"""Forms of the incident's page. They check what was written; whether it may be done, the actions decide."""

from collections.abc import Callable

from django import forms
from django.utils.translation import gettext_lazy as _

from tocsin.accounts.models import Staff
from tocsin.console import words
from tocsin.incidents.rules import GRAVITY, Outcome, Reliability

TEXT_MAX = 10_000
LINE_MAX = 300


def text(label: object, *, rows: int = 3, required: bool = True, help_text: object = "") -> forms.CharField:
    """Give a field for several lines."""
    box = forms.Textarea(attrs={"rows": rows, "dir": "auto"})
    return forms.CharField(label=label, max_length=TEXT_MAX, required=required, widget=box, help_text=help_text)


def line(label: object, *, required: bool = True, help_text: object = "") -> forms.CharField:
    """Give a field for one line."""
    box = forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"})
    return forms.CharField(label=label, max_length=LINE_MAX, required=required, widget=box, help_text=help_text)


def choice(label: object, options: Callable[[], list[tuple[str, object]]], **more: object) -> forms.ChoiceField:
    """Give a choice whose words are translated when it is shown."""
    return forms.ChoiceField(label=label, choices=options, **more)


class Nothing(forms.Form):
    """A button without words."""


class Note(forms.Form):
    """Something to remember."""

    text = text(_("Note"))


class Task(forms.Form):
    """Something that somebody must do."""

    title = line(_("What must be done"))
    assignee = forms.ModelChoiceField(
        Staff.objects.filter(is_active=True).order_by("username"), label=_("Who does it"), required=False,
        empty_label=_("whoever is free"), to_field_name="pk",
    )  # fmt: skip


class Question(forms.Form):
    """A question to somebody on the ground."""

    question = text(_("Question"), rows=2)
    party = forms.TypedChoiceField(label=_("Asked of"), required=False, coerce=int, empty_value=None)
    source = line(_("or of a source, in words"), required=False, help_text=_("Sealed more strictly than the rest."))
    channel = choice(
        _("How"), lambda: [("phone", words.CHANNELS["voice"][0]), ("sms", "SMS"), ("person", _("in person")),
                           ("chat", words.CHANNELS["chat"][0]), ("email", words.CHANNELS["email"][0])],
    )  # fmt: skip

    def __init__(self, *arguments, people: list[tuple[int, str]] | None = None, **options) -> None:
        super().__init__(*arguments, **options)
        self.fields["party"].choices = [("", "–"), *(people or [])]


class Answer(forms.Form):
    """What they answered, and how far it is believed."""

    answer = text(_("Answer"), rows=2)
    reliability = choice(
        _("Believed as"), lambda: [(word.value, words.of(words.RELIABILITY, word)) for word in Reliability]
    )


class Finding(forms.Form):
    """What the alarm was."""

    finding = choice(
        _("The alarm was"),
        lambda: [("confirmed", _("confirmed: help is needed")), ("false", _("a false alarm")), ("test", _("a test"))],
        widget=forms.RadioSelect,
    )
    note = text(_("Why you think so"), rows=2, required=False)


class Close(forms.Form):
    """A wish to close."""

    outcome = choice(_("How it ended"), lambda: [(word.value, words.of(words.OUTCOMES, word)) for word in Outcome])
    reason = text(_("Why it can be closed"), rows=2)


class Challenge(forms.Form):
    """By which channel the rehearsed question is put."""

    channel = choice(
        _("By"), lambda: [(kind, words.channel(kind)[0]) for kind in ("sms", "email", "chat", "voice")],
        help_text=_("Choose another way than the one by which the defender spoke last."),
    )  # fmt: skip


class ChallengeWords(forms.Form):
    """What the defender answered on the telephone."""

    words = line(_("Their exact words"), help_text=_("They are compared, and not kept."))


class Reason(forms.Form):
    """Why something is done."""

    reason = text(_("Why"), rows=2)


class Whose(forms.Form):
    """To whom an unknown device belongs."""

    defender = forms.TypedChoiceField(label=_("Defender"), coerce=int)

    def __init__(self, *arguments, people: list[tuple[int, str]] | None = None, **options) -> None:
        super().__init__(*arguments, **options)
        self.fields["defender"].choices = [("", "–"), *(people or [])]


class ByHand(Whose):
    """An alarm that reached headquarters some other way."""

    kinds = forms.MultipleChoiceField(
        label=_("What for"), choices=lambda: [(kind, words.kind(kind)[0]) for kind in GRAVITY],
        widget=forms.CheckboxSelectMultiple, initial=["sos"],
    )  # fmt: skip
    text = text(_("What you were told, by whom"))
    lat_deg = forms.FloatField(label=_("Latitude"), min_value=-90, max_value=90, required=False, localize=False)
    lon_deg = forms.FloatField(label=_("Longitude"), min_value=-180, max_value=180, required=False, localize=False)
    is_drill = forms.BooleanField(label=_("This is a drill"), required=False)

    def clean(self) -> dict[str, object]:
        """A place needs both numbers."""
        cleaned = super().clean()
        if (cleaned.get("lat_deg") is None) != (cleaned.get("lon_deg") is None):
            self.add_error("lon_deg", _("Write both numbers of the place, or none."))
        return cleaned
