"""Pages for when something is wrong. They hold no data, and need neither database nor session."""

import sys
from http.cookies import CookieError, SimpleCookie

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language_from_request, override

from tocsin.middleware import POLICY

HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
AWAY = (OperationalError, InterfaceError)


def page(number: int, *, theme: str = "", reason: str = "", is_post: bool = False) -> str:
    """Make the page for one status."""
    shown = {"number": number, "theme": theme if theme in {"dark", "light"} else "", "reason": reason}
    return render_to_string(f"errors/{number}.html", {**shown, "is_post": is_post})


def answer(request: HttpRequest, number: int, *, reason: str = "") -> HttpResponse:
    """Make the whole answer. Not every error has passed the middlewares, so the headers come from here."""
    with override(get_language_from_request(request)):
        text = page(number, theme=request.COOKIES.get("theme", ""), reason=reason, is_post=request.method == "POST")
    response = HttpResponse(text, status=number, headers=HEADERS)
    if number == 503:
        response["Retry-After"] = "5"
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the browser sent what cannot be read."""
    return answer(request, 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: signed in, but not allowed. The reason is a sentence that our own code wrote."""
    return answer(request, 403, reason=str(exception or ""))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form is too old, or came from elsewhere."""
    return answer(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return answer(request, 404)


def failed(request: HttpRequest) -> HttpResponse:
    """500; and 503 when the reason is that the database is away. Django calls this while the exception is handled."""
    return answer(request, 503 if isinstance(sys.exc_info()[1], AWAY) else 500)


def database_away_page(cookie: str, *, is_post: bool) -> tuple[str, dict[str, str]]:
    """Make the answer for the time without database, outside Django's request: text and headers."""
    try:
        cookies = SimpleCookie(cookie)
    except CookieError:
        cookies = SimpleCookie()
    chosen = {name: cookies[name].value if name in cookies else "" for name in ("theme", "django_language")}
    with override(chosen["django_language"] if chosen["django_language"].isalpha() else "en"):
        text = page(503, theme=chosen["theme"], is_post=is_post)
    return text, {**HEADERS, "Retry-After": "5"}
