"""Forms about devices."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tocsin.devices.actions import UID_MAX
from tocsin.people.forms import auto
from tocsin.people.queries import normalised_address
from tocsin.protocols.registry import CODECS


class DeviceForm(forms.Form):
    """A device and, perhaps, whose it is."""

    protocol = forms.ChoiceField(label=_("Protocol"), choices=lambda: [(name, name) for name in sorted(CODECS)])
    device_uid = forms.CharField(
        label=_("What the device calls itself"),
        max_length=UID_MAX,
        widget=forms.TextInput({"dir": "ltr", "autocomplete": "off"}),
        help_text=_("Mostly the 15 digits of its IMEI, printed on it. Sealed."),
    )
    number = forms.CharField(
        label=_("Number of its SIM card"),
        required=False,
        max_length=32,
        widget=forms.TextInput({"dir": "ltr", "autocomplete": "off", "inputmode": "tel"}),
        help_text=_("With the country code. A message from it counts as the defender's. Sealed."),
    )
    label = forms.CharField(
        label=_("Label"),
        required=False,
        max_length=64,
        widget=forms.TextInput(auto()),
        help_text=_("Such as: grey wristband 7. Never a name."),
    )

    def clean_number(self) -> str:
        """Refuse a number that cannot be one."""
        number = self.cleaned_data["number"].strip()
        if not number:
            return ""
        try:
            return normalised_address("sms", number)
        except ValueError as error:
            raise forms.ValidationError(_(str(error))) from error


class OwnerForm(forms.Form):
    """Which defender gets a device. The names are opened by the view, which logs it."""

    defender = forms.ChoiceField(label=_("Defender"))
    label = DeviceForm.base_fields["label"]

    def __init__(self, *arguments, owners: list[tuple[int, str]], **named) -> None:
        super().__init__(*arguments, **named)
        self.fields["defender"].choices = [("", "–"), *owners]
