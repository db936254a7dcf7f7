"""What every answer of the web process carries."""

from collections.abc import Callable
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

# Nothing is ever loaded from a third party, so the browser is told to refuse it.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; "
    "worker-src 'self'"
)


def content_security_policy(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Add the policy, and keep pages of people out of shared caches and out of referrers."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault("Content-Security-Policy", POLICY)
        # Not "no-referrer": a browser would then hide the origin of our own forms from us, and the check against forged
        # requests would refuse them. Nothing is told to others.
        response.setdefault("Referrer-Policy", "same-origin")
        response.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        # Asking `request.user` here would ask the database, which may be what just failed.
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            response.setdefault("Cache-Control", "private, no-store")
        return response

    return answer


def local_time(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Show times in the zone that the reader's browser told (`static/js/console.js`); without it, in UTC."""

    def answer(request: HttpRequest) -> HttpResponse:
        with timezone.override(zone_of(request.COOKIES.get("time_zone", ""))):
            return get_response(request)

    return answer


@lru_cache(maxsize=100)
def zone_of(name: str) -> ZoneInfo | None:
    """Read the name of a time zone, whatever a browser sends; `None`: it is none."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
