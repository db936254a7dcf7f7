"""The public page of a text that is not published yet, for those who approve it."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tocsin.accounts.permits import needs
from tocsin.core import clock
from tocsin.core.access import DataClass
from tocsin.people.actions import look
from tocsin.publicity.models import AppealVersion
from tocsin.publicity.queries import draft_of
from tocsin.publicity.queries_public import PublicAppeal, PublicText
from tocsin.publicity.rules import TextKind
from tocsin.site.views import appeal_told, area_map
from tocsin.site.visitors import page


def _readable(request: HttpRequest, version_id: int) -> AppealVersion:
    """Give a text that this person may read, and log it. What was published is the world's."""
    version = get_object_or_404(AppealVersion.objects.select_related("appeal__incident"), pk=version_id)
    if version.draft_sealed:
        if not request.reader.may_read(DataClass.STORY):
            raise PermissionDenied(_("This text is sealed for you until it is published."))
        look([version], "draft", reader=request.reader, purpose="draft of an appeal", now=clock.now())
    return version


@needs(DataClass.PUB)
@require_GET
def preview(request: HttpRequest, version_id: int, language: str) -> HttpResponse:
    """Show the page as it will be, with a line that says that it is not public."""
    version = _readable(request, version_id)
    draft = draft_of(version)
    if language not in draft.texts:
        raise Http404
    text = PublicText(version.number, TextKind(version.kind), version.published_at or clock.now(), None, draft)
    shown = PublicAppeal(version.appeal.uid, version.appeal.incident.is_drill, is_live=True, texts=(text,))
    told = appeal_told(shown, language, wanted=language) | {"preview": version, "others": []}
    told |= {"map": f"/console/appeals/pages/{version_id}/map.svg"}
    return page(request, "site/preview.html", told, language=language, cached_s=0)


@needs(DataClass.PUB)
@require_GET
def preview_map(request: HttpRequest, version_id: int) -> HttpResponse:
    """Show the circle as it will be."""
    draft = draft_of(_readable(request, version_id))
    if draft.radius_km is None:
        raise Http404
    return HttpResponse(area_map(draft, is_dark="dark" in request.GET), "image/svg+xml")
