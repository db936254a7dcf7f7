"""Forms of accounts and shifts."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.utils.translation import gettext_lazy as _

from tocsin.accounts.models import Staff
from tocsin.accounts.scopes import Role
from tocsin.people.forms import PartyForm
from tocsin.people.queries import normalised_address

ROLE_LABELS = {
    Role.DUTY_OFFICER: _("Duty officer: answers alarms; sees people while on shift"),
    Role.COORDINATOR: _("Coordinator: keeps people, plans and directives; leads incidents at any time"),
    Role.PUBLISHER: _("Publisher: writes and approves what the world is told"),
    Role.ADMINISTRATOR: _("Administrator: makes accounts and settings; sees nothing that is sealed"),
}


class RolesForm(forms.Form):
    """What somebody at headquarters does."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        widget=forms.CheckboxSelectMultiple,
        choices=[(role.value, label) for role, label in ROLE_LABELS.items()],
    )
    is_active = forms.BooleanField(
        label=_("May sign in"), required=False, initial=True, help_text=_("Switched off, an account is rung no more.")
    )

    def chosen(self) -> list[Role]:
        """Give the roles."""
        return [Role(word) for word in self.cleaned_data["roles"]]


class StaffForm(PartyForm):
    """A new account."""

    username = forms.CharField(
        label=_("Sign-in name"),
        max_length=64,
        widget=forms.TextInput({"dir": "ltr", "autocomplete": "off"}),
        help_text=_("Shown on timelines, so no real name: duty-1, or a word that this person likes."),
    )
    roles = RolesForm.base_fields["roles"]
    sms = forms.CharField(
        label=_("Number for SMS"),
        required=False,
        max_length=32,
        widget=forms.TextInput({"dir": "ltr", "autocomplete": "off", "inputmode": "tel"}),
        help_text=_("With the country code. Alarms ring this number."),
    )
    email = forms.CharField(
        label=_("E-mail"), required=False, max_length=254, widget=forms.TextInput({"dir": "ltr", "autocomplete": "off"})
    )
    chosen = RolesForm.chosen
    field_order = ("username", "name", "sms", "email", "roles", "language", "time_zone")

    def _address(self, name: str) -> str:
        if not self.cleaned_data[name].strip():
            return ""
        try:
            return normalised_address(name, self.cleaned_data[name])
        except ValueError as error:
            raise forms.ValidationError(_(str(error))) from error

    def clean_sms(self) -> str:
        """Refuse a number that cannot be one."""
        return self._address("sms")

    def clean_email(self) -> str:
        """Refuse an address that cannot be one."""
        return self._address("email")

    def ways(self) -> list[tuple[str, str]]:
        """Give the channels and addresses that were written."""
        return [(channel, self.cleaned_data[channel]) for channel in ("sms", "email") if self.cleaned_data[channel]]


class PasswordForm(forms.Form):
    """A password that somebody chooses for themselves."""

    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password", "dir": "ltr"}),
        help_text=password_validators_help_text_html,
    )
    again = forms.CharField(
        label=_("The same again"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password", "dir": "ltr"}),
    )

    def __init__(self, *arguments, staff: Staff, **named) -> None:
        self.staff = staff
        super().__init__(*arguments, **named)

    def clean_password(self) -> str:
        """Refuse what is short, common, or like the sign-in name."""
        validate_password(self.cleaned_data["password"], self.staff)
        return self.cleaned_data["password"]

    def clean(self) -> dict:
        """Refuse a slip of the finger."""
        told = super().clean() or {}
        if told.get("password") and told.get("password") != told.get("again"):
            self.add_error("again", _("The two passwords differ. Write the same one twice."))
        return told


def local_time() -> forms.DateTimeInput:
    """A date and a time to choose."""
    return forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class ShiftForm(forms.Form):
    """Who is on duty, from when until when. The times are of the zone that is named."""

    staff = forms.ChoiceField(label=_("Duty officer"))
    starts_at = forms.DateTimeField(label=_("From"), widget=local_time())
    ends_at = forms.DateTimeField(
        label=_("until"), required=False, widget=local_time(), help_text=_("Empty: until somebody ends it.")
    )

    def __init__(self, *arguments, officers: list[tuple[int, str]], time_zone: str, **named) -> None:
        super().__init__(*arguments, **named)
        self.zone = ZoneInfo(time_zone)
        self.fields["staff"].choices = officers
        self.fields["starts_at"].help_text = _("Times are in %(zone)s.") % {"zone": time_zone}

    def _local(self, name: str) -> datetime | None:
        told = self.cleaned_data[name]
        return told and told.replace(tzinfo=self.zone)

    def clean_starts_at(self) -> datetime | None:
        """Read it in the zone of whoever writes the rota."""
        return self._local("starts_at")

    def clean_ends_at(self) -> datetime | None:
        """Read it in the zone of whoever writes the rota."""
        return self._local("ends_at")
