"""Subscribing and leaving. GET never changes anything, so that programs which follow links do no harm.

These forms carry no cross-site token: it would need a cookie, and nobody is signed in here whose rights another site
could abuse.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tocsin.core import clock
from tocsin.core.answers import Refused
from tocsin.people.queries import normalised_address
from tocsin.publicity.actions_supporters import (
    confirm_by_code,
    confirm_by_link,
    leave_by_link,
    pending_of,
    subscribe,
    supporter_leaving,
)
from tocsin.site.visitors import is_too_eager, page, reader_language
from tocsin.site.wording import NAMES
from tocsin.site.wording_subscribe import Words, words_in

COUNTRY_CHARS = 64
ADDRESS_CHARS = 200
form_methods = require_http_methods(["GET", "HEAD", "POST"])


def _page(
    request: HttpRequest, template: str, told: dict[str, object], *, language: str = "", status: int = 200
) -> HttpResponse:
    chosen = language if language in NAMES else reader_language(request, NAMES)
    told = {"s": words_in(chosen), "names": NAMES} | told
    return page(request, template, told, language=chosen, status=status, cached_s=0)


@csrf_exempt
@form_methods
def subscribe_page(request: HttpRequest) -> HttpResponse:
    """Ask how somebody wants to be told."""
    language = request.POST.get("language") or reader_language(request, NAMES)
    language = language if language in NAMES else "en"
    if request.method != "POST":
        return _page(request, "site/subscribe.html", {"values": {"channel": "email", "language": language}})
    values = {name: request.POST.get(name, "").strip() for name in ("channel", "mail", "number", "country")}
    values |= {"language": language, "channel": "sms" if values["channel"] == "sms" else "email"}
    address = (values["number"] if values["channel"] == "sms" else values["mail"])[:ADDRESS_CHARS]
    mistake = _mistake(request, values["channel"], address, words_in(language))
    if not mistake:
        country = values["country"][:COUNTRY_CHARS]
        answer = subscribe(
            channel=values["channel"], address=address, language=language, country=country, topics=[], now=clock.now()
        )
        mistake = words_in(language).busy if isinstance(answer, Refused) else ""
    if mistake:
        told = {"values": values, "mistake": mistake}
        return _page(request, "site/subscribe.html", told, language=language, status=400)
    told = {"values": values, "number": address if values["channel"] == "sms" else ""}
    return _page(request, "site/subscribe_asked.html", told, language=language)


def _mistake(request: HttpRequest, channel: str, address: str, words: Words) -> str:
    try:
        normalised_address(channel, address)
    except ValueError:
        return words.bad_number if channel == "sms" else words.bad_mail
    return words.busy if is_too_eager(request, "subscribe") else ""


@csrf_exempt
@form_methods
def code_page(request: HttpRequest) -> HttpResponse:
    """Take the digits that came by SMS."""
    language = request.POST.get("language") or reader_language(request, NAMES)
    if request.method != "POST":
        return redirect("/subscribe/")
    number, code = request.POST.get("number", "")[:ADDRESS_CHARS], request.POST.get("code", "")[:ADDRESS_CHARS]
    words = words_in(language)
    if is_too_eager(request, "code"):
        told: dict[str, object] = {"number": number, "mistake": words.busy}
        return _page(request, "site/subscribe_asked.html", told, language=language, status=429)
    if isinstance(confirm_by_code(number, code, now=clock.now()), Refused):
        told = {"number": number, "mistake": words.bad_code}
        return _page(request, "site/subscribe_asked.html", told, language=language, status=400)
    return _page(request, "site/message.html", {"head": words.confirmed, "is_good": True}, language=language)


@csrf_exempt
@form_methods
def confirm_page(request: HttpRequest, secret: str) -> HttpResponse:
    """Show the button that confirms; take its press."""
    now = clock.now()
    supporter = pending_of(secret, now=now)
    if supporter is None:
        words = words_in(reader_language(request, NAMES))
        return _page(request, "site/message.html", {"head": words.bad_link, "is_good": False}, status=410)
    if request.method == "POST" and not isinstance(confirm_by_link(secret, now=now), Refused):
        words = words_in(supporter.language)
        return _page(
            request, "site/message.html", {"head": words.confirmed, "is_good": True}, language=supporter.language
        )
    return _page(request, "site/confirm.html", {}, language=supporter.language)


@csrf_exempt
@form_methods
def leave_page(request: HttpRequest, secret: str) -> HttpResponse:
    """Let somebody leave: a mail program by one POST (RFC 8058), a person by one button."""
    supporter = supporter_leaving(secret)
    language = supporter.language if supporter is not None else reader_language(request, NAMES)
    words = words_in(language)
    if request.method != "POST":
        # A forged link shows the same page: nobody learns from it which links are real.
        return _page(request, "site/leave.html", {}, language=language)
    leave_by_link(secret, now=clock.now())
    return _page(request, "site/message.html", {"head": words.left, "is_good": True}, language=language)
