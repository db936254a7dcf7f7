"""The form of a plan: its words, and its steps one below the other. Two empty rows wait for more steps."""

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from tocsin.people.actions_defenders import STEPS_MAX, PlanTerms
from tocsin.people.forms import TEXT_MAX, WAY_LABELS, auto
from tocsin.people.models import Plan
from tocsin.people.rules import WAIT_S_MAX, WAIT_S_MIN, WAYS, Audience, Disclosure, StepTerms

HEARS = [
    (Disclosure.COVER.value, _("Only the cover wording")),
    (Disclosure.ALARM.value, _("That this person called")),
    (Disclosure.AREA.value, _("And roughly where")),
    (Disclosure.PLACE.value, _("And exactly where")),
]
ASKED = [
    (Audience.HEADQUARTERS.value, _("Headquarters: who is on shift")),
    (Audience.CIRCLE.value, _("The circle")),
    (Audience.RESPONDERS.value, _("The nearest responders")),
    (Audience.EVERYONE_AT_HEADQUARTERS.value, _("Everyone at headquarters")),
]


def secret_word() -> forms.TextInput:
    """A code word is shown while it is written, and never filled in by the browser."""
    return forms.TextInput(auto() | {"spellcheck": "false"})


class PlanForm(forms.Form):
    """What may be said to whom, and the words that only the defender knows."""

    circle_hears = forms.ChoiceField(label=_("The circle hears"), choices=HEARS)
    responders_hear = forms.ChoiceField(label=_("Responders hear, before they accept"), choices=HEARS)
    cover = forms.CharField(
        label=_("Cover wording"),
        required=False,
        max_length=300,
        widget=forms.TextInput(auto()),
        help_text=_("What a message says when it may say nothing, such as: Your parcel is waiting, please call."),
    )
    challenge = forms.CharField(
        label=_("Rehearsed question"),
        required=False,
        max_length=300,
        widget=forms.TextInput(auto()),
        help_text=_("Asked by a second way before an alarm is closed. It must look harmless."),
    )
    check_word = forms.CharField(
        label=_("Its answer when all is well"), required=False, max_length=100, widget=secret_word()
    )
    duress_word = forms.CharField(
        label=_("Its answer in danger"),
        required=False,
        max_length=100,
        widget=secret_word(),
        help_text=_("The phone shows the same for both. Headquarters sees the difference."),
    )
    questions = forms.CharField(
        label=_("What to ask people on the ground"),
        required=False,
        max_length=TEXT_MAX,
        widget=forms.Textarea(auto() | {"rows": 4}),
        help_text=_("One question a line."),
    )

    def terms(self) -> PlanTerms:
        """Give what was written as the action takes it."""
        told = dict(self.cleaned_data)
        told["circle_hears"] = Disclosure(told["circle_hears"])
        told["responders_hear"] = Disclosure(told["responders_hear"])
        return PlanTerms(**told)


class StepForm(forms.Form):
    """One step: who is asked at the same time, and how long to wait for an answer."""

    audiences = forms.MultipleChoiceField(
        label=_("Asked at the same time"), widget=forms.CheckboxSelectMultiple, choices=ASKED
    )
    channels = forms.MultipleChoiceField(
        label=_("Only by"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(way, WAY_LABELS[way]) for way in WAYS],
        help_text=_("Nothing ticked: by every way of each person."),
    )
    wait_s = forms.IntegerField(label=_("Wait (seconds)"), min_value=WAIT_S_MIN, max_value=WAIT_S_MAX, initial=60)
    repeat = forms.IntegerField(label=_("How often"), min_value=1, max_value=10, initial=1)

    def terms(self) -> StepTerms:
        """Give the step as the action takes it."""
        told = self.cleaned_data
        return StepTerms(
            audiences=tuple(Audience(word) for word in told["audiences"]),
            channels=tuple(told["channels"]),
            wait_s=told["wait_s"],
            repeat=told["repeat"],
        )


Steps = forms.formset_factory(StepForm, extra=2, max_num=STEPS_MAX, can_delete=True, absolute_max=STEPS_MAX)


def steps_of(steps: forms.BaseFormSet) -> list[StepTerms]:
    """Give the steps in their order, without empty rows that nobody touched and those to be removed."""
    there = steps.initial_form_count()
    return [
        form.terms()
        for number, form in enumerate(steps.forms)
        if (number < there or form.has_changed()) and not form.cleaned_data.get("DELETE")
    ]


def plan_initial(plan: Plan, words: Mapping[str, str | None]) -> dict[str, object]:
    """Give what the form shows at first."""
    return {"circle_hears": plan.circle_hears, "responders_hear": plan.responders_hear, **words}


def steps_initial(plan: Plan) -> list[dict[str, object]]:
    """Give the steps that are there."""
    return [
        {"audiences": step.audiences, "channels": step.channels, "wait_s": step.wait_s, "repeat": step.repeat}
        for step in plan.steps.all()
    ]
