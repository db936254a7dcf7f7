"""Pages of headquarters that belong to no single subject: how they look."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST

YEAR_S = 365 * 86400
THEMES = {"dark", "light"}


def back(request: HttpRequest) -> HttpResponseRedirect:
    """Return to the page from which a choice was made; never to another site."""
    address = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()})
    return HttpResponseRedirect(address if is_ours else "/console/")


def keep(response: HttpResponse, name: str, value: str) -> None:
    """Keep a choice in this browser."""
    response.set_cookie(
        name,
        value,
        max_age=YEAR_S,
        samesite="Lax",
        httponly=True,
        secure=settings.TOCSIN_PUBLIC_URL.startswith("https:"),
    )


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Dark, light, or as the device has it."""
    response = back(request)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        keep(response, "theme", theme)
    else:
        response.delete_cookie("theme")
    return response


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """The language of the pages."""
    response = back(request)
    language = request.POST.get("language", "")
    if check_for_language(language) and language in dict(settings.LANGUAGES):
        keep(response, settings.LANGUAGE_COOKIE_NAME, language)
    return response
