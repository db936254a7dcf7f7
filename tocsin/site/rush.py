"""When very many open the same page at once, as they do after a wave, it is made once a second and not for each.

Otherwise the readers of an appeal would keep the duty officers out of their own pages. A page that few ask for is
always made anew, so that a stop is seen at once; in a rush it is seen after a second.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from time import monotonic

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response

RUSH_PER_S = 5  # So many of one page within a second are a rush.
KEPT_S = 1.0
PAGES_MAX = 500

View = Callable[..., HttpResponse]
Key = tuple[str, str, str, bool]


@dataclass
class Page:
    """One page in one language: how often it was asked for lately, and the answer that is given meanwhile."""

    since: float
    asked: int = 0
    made_at: float = field(default=-KEPT_S)
    status: int = 0  # 0: nothing was made yet.
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes = b""


PAGES: dict[Key, Page] = {}


def in_a_rush(view: View) -> View:
    """Let a public view give the same answer for a second when many ask. Whoever has signed in gets their own."""

    @wraps(view)
    def answered(request: HttpRequest, *arguments, **named) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            return view(request, *arguments, **named)
        now = monotonic()
        page = _page(request, now)
        if page.status and page.asked > RUSH_PER_S and now - page.made_at < KEPT_S:
            response = HttpResponse(page.content, status=page.status, headers=dict(page.headers))
        else:
            page.made_at = now  # Whoever comes while this is being made gets the one before.
            response = view(request, *arguments, **named)
            page.content, page.headers = response.content, tuple(response.items())
            page.status = response.status_code  # Last: from now on there is something to give.
        return _or_not_changed(request, response)

    return answered


def _page(request: HttpRequest, now: float) -> Page:
    languages = request.headers.get("Accept-Language", "")[:100]
    key = (request.path, request.GET.get("lang", "")[:20], languages, "dark" in request.GET)
    page = PAGES.get(key)
    if page is None:
        if len(PAGES) >= PAGES_MAX:
            PAGES.clear()
        page = PAGES[key] = Page(now)
    if now - page.since >= KEPT_S:
        page.since, page.asked = now, 0
    page.asked += 1
    return page


def _or_not_changed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    etag = response.headers.get("ETag")
    if etag is None or response.status_code != 200:
        return response
    return get_conditional_response(request, etag=etag, response=response) or response
