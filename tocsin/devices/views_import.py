"""The page on which a table is imported. It grows while the rows are stored, so that a long table shows progress."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import gettext as _

from tocsin.accounts.permits import needs
from tocsin.core import clock
from tocsin.core.access import DataClass, Reader, Right
from tocsin.devices.actions_import import Outcome, Tally, store_rows
from tocsin.devices.forms_import import COLUMNS, ImportForm, TableError, rows_of, stores

TOLD_EVERY = 100
MARK = "<!-- here the rows are told -->"


@needs(DataClass.ID, Right.WRITE)
@needs(DataClass.OPS, Right.WRITE)
@needs(DataClass.LOC, Right.WRITE)
def import_page(request: HttpRequest) -> HttpResponse:
    """Take a table, try it or store it, and tell what is wrong with each row that is not stored."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        kind, content = form.cleaned_data["kind"], form.cleaned_data["file"].read()
        try:
            total = sum(1 for _row in rows_of(kind, content))
        except TableError as error:
            form.add_error("file", str(error))
        else:
            is_dry_run = form.cleaned_data["is_dry_run"]
            page = render_to_string("devices/import_told.html", {"is_dry_run": is_dry_run}, request)
            # The reader is worked out now: the answer is made after the request has ended.
            reader = Reader(request.reader.name, request.reader.rights, request.reader.staff_id)
            return StreamingHttpResponse(told(page, kind, content, total, reader, is_dry_run=is_dry_run))
    return render(request, "devices/import.html", {"form": form, "columns": COLUMNS.items()})


def told(page: str, kind: str, content: bytes, total: int, reader: Reader, *, is_dry_run: bool) -> Iterator[str]:
    """Give the page piece by piece while the rows are stored."""
    head, tail = page.split(MARK)
    yield head
    tally = Tally()
    for tally in store_rows(stores(kind, content), by=reader, now=clock.now(), is_dry_run=is_dry_run):
        if tally.rows % TOLD_EVERY == 0 and tally.rows < total:
            yield format_html('<li class="numbers">{} / {}</li>\n', tally.rows, total)
    yield "</ul>" + summary(tally) + tail


def summary(tally: Tally) -> str:
    """Write what came of the table."""
    counted = {
        "new": tally.outcomes[Outcome.NEW],
        "changed": tally.outcomes[Outcome.CHANGED],
        "same": tally.outcomes[Outcome.SAME],
    }
    words = _("%(new)s new, %(changed)s changed, %(same)s as they were") % counted
    return render_to_string("devices/import_summary.html", {"tally": tally, "words": words})
