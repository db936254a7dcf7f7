"""Reading a table: CSV as spreadsheets write it. Each row goes through the form of its page: the rules are the same."""

import csv
import io
from collections.abc import Iterator, Mapping
from functools import partial

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tocsin.devices.actions_import import Problem, Store, import_device
from tocsin.devices.forms import DeviceForm
from tocsin.people.actions_import import import_contact, import_defender, import_responder
from tocsin.people.forms import CircleForm, ContactForm, DefenderForm, ResponderForm, WayForm
from tocsin.people.rules import PartyKind, Relation

FILE_BYTES_MAX = 16 * 1024 * 1024
ROWS_MAX = 50_000
PERSON = ("name", "phone", "email", "language", "time_zone")
# Every column of every table, in the order of docs/import.md; the first ones must be there.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "defenders": (*PERSON, "country", "background"),
    "responders": (*PERSON, "home", "radius_km", "hours_from", "hours_until", "skills", "is_willing"),
    "contacts": (*PERSON, "kind", "circle_of", "relation", "task"),
    "devices": ("protocol", "device_uid", "number", "label", "defender"),
}
NEEDED = {"defenders": ("name",), "responders": ("name",), "contacts": ("name",), "devices": ("protocol", "device_uid")}
DEFAULTS = {
    "language": "en",
    "time_zone": "UTC",
    "kind": PartyKind.PERSON.value,
    "relation": Relation.OTHER.value,
    "is_willing": "yes",
}
NO = frozenset({"", "0", "no", "false", "off"})
Row = dict[str, str]


class TableError(ValueError):
    """The file as a whole cannot be read; the words say what to do."""


class ImportForm(forms.Form):
    """Which table, and whether it is stored or only tried."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What the rows are"),
        choices=[
            ("defenders", gettext_lazy("Defenders")),
            ("responders", gettext_lazy("Responders")),
            ("contacts", gettext_lazy("Contacts")),
            ("devices", gettext_lazy("Devices")),
        ],
    )
    file = forms.FileField(
        label=gettext_lazy("File (CSV)"),
        help_text=gettext_lazy("Up to 16 MB and 50,000 rows, in UTF-8."),
        error_messages={"required": gettext_lazy("No file arrived. Choose one of up to 16 MB, or cut it in two.")},
    )
    is_dry_run = forms.BooleanField(
        label=gettext_lazy("Only try: say what is wrong, store nothing"), required=False, initial=True
    )

    def clean_file(self):
        """Refuse what is too large before it is read."""
        if self.cleaned_data["file"].size > FILE_BYTES_MAX:
            raise forms.ValidationError(_("The file is larger than 16 MB. Cut it in two."))
        return self.cleaned_data["file"]


def text_of(content: bytes) -> str:
    """Read the file's text. Spreadsheets write UTF-8 with a mark at the start, or UTF-16."""
    if len(content) > FILE_BYTES_MAX:
        raise TableError(_("The file is larger than 16 MB. Cut it in two."))
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise TableError(
            _("Line %(line)s holds letters that are not UTF-8. Save the table as “CSV UTF-8”.") % {"line": line}
        ) from error


def rows_of(kind: str, content: bytes) -> Iterator[tuple[int, Row]]:
    """Give each row with its line number. Commas, semicolons and tabs may separate; empty rows are passed over."""
    text = text_of(content)
    head = text.split("\n", 1)[0]
    separator = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        names = [" ".join(cell.split()).lower().replace(" ", "_").replace("-", "_") for cell in next(reader, [])]
        check_head(kind, names)
        for number, cells in enumerate(reader):
            if number >= ROWS_MAX:
                raise TableError(_("The table has more than 50,000 rows. Cut it in two."))
            if any(cell.strip() for cell in cells):
                row = dict(zip(names, cells, strict=False))
                if any(cell.strip() for cell in cells[len(names) :]):
                    row[""] = "too many"
                yield reader.line_num, row
    except csv.Error as error:
        raise TableError(
            _("Line %(line)s cannot be read as a table row: %(why)s.") % {"line": reader.line_num, "why": error}
        ) from error


def check_head(kind: str, names: list[str]) -> None:
    """Refuse a table whose first line does not name its columns."""
    known = ", ".join(COLUMNS[kind])
    for name in NEEDED[kind]:
        if name not in names:
            raise TableError(
                _("The first line must name the columns; “%(name)s” is missing. The columns are: %(known)s.")
                % {"name": name, "known": known}
            )
    for name in names:
        if name and name not in COLUMNS[kind]:
            raise TableError(
                _("There is no column “%(name)s”. Remove it or correct its name. The columns are: %(known)s.")
                % {"name": name[:40], "known": known}
            )
    if len(set(names)) != len(names):
        raise TableError(_("A column stands twice in the first line. Remove one of them."))


def stores(kind: str, content: bytes) -> Iterator[tuple[int, Store | list[Problem]]]:
    """Give, for each row, what stores it, or what is wrong with it."""
    read = {"defenders": defender, "responders": responder, "contacts": contact, "devices": device}[kind]
    for line, row in rows_of(kind, content):
        if "" in row:
            reason = _("This row has more cells than the first line. Put texts that hold the separator into quotes.")
            yield line, [Problem(line, "", reason)]
            continue
        filled = {column: row.get(column, "").strip() or DEFAULTS.get(column, "") for column in COLUMNS[kind]}
        found = read(filled)
        yield line, ([Problem(line, column, why) for column, why in found] if isinstance(found, list) else found)


Read = Store | list[tuple[str, str]]


def problems_of(form: forms.Form, names: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """Give what a form refuses, under the names that the table has."""
    named = names or {}
    return [(named.get(name, name), str(reason)) for name, reasons in form.errors.items() for reason in reasons]


def addresses_of(row: Row) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Give the addresses of a row, and what is wrong with them."""
    addresses, wrong = [], []
    for column, channel in (("phone", "sms"), ("email", "email")):
        if row[column]:
            form = WayForm({"channel": channel, "address": row[column]})
            if form.is_valid():
                addresses.append((channel, form.cleaned_data["address"]))
            else:
                wrong += problems_of(form, {"address": column})
    return addresses, wrong


def defender(row: Row) -> Read:
    """Read a row about a defender."""
    addresses, wrong = addresses_of(row)
    form = DefenderForm(row)
    wrong += problems_of(form)
    if wrong:
        return wrong
    told = form.cleaned_data
    return partial(import_defender, form.terms(), addresses, country=told["country"], background=told["background"])


def responder(row: Row) -> Read:
    """Read a row about a responder."""
    addresses, wrong = addresses_of(row)
    form = ResponderForm(row | {"is_willing": "" if row["is_willing"].lower() in NO else "on"})
    wrong += problems_of(form)
    if wrong:
        return wrong
    return partial(import_responder, form.terms(), addresses, form.responder_terms())


def contact(row: Row) -> Read:
    """Read a row about a contact, perhaps of somebody's circle."""
    addresses, wrong = addresses_of(row)
    form = ContactForm(row)
    wrong += problems_of(form)
    if row["relation"] not in dict(CircleForm.base_fields["relation"].choices):
        wrong.append(("relation", _("Write one of: %(words)s.") % {"words": ", ".join(Relation)}))
    if wrong:
        return wrong
    return partial(
        import_contact,
        form.terms(),
        addresses,
        circle_of=row["circle_of"],
        relation=Relation(row["relation"]),
        task=row["task"],
    )


def device(row: Row) -> Read:
    """Read a row about a device."""
    form = DeviceForm(row | {"protocol": row["protocol"].lower()})
    wrong = problems_of(form)
    if wrong:
        return wrong
    return partial(import_device, **form.cleaned_data, defender=row["defender"])
