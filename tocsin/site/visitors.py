"""What every public answer shares: the reader's language, caching, and no cookie."""

from collections.abc import Collection, Mapping
from hashlib import sha256
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from tocsin.core.networks import network_of
from tocsin.people.queries import keyring
from tocsin.publicity.queries import base_url, organisation
from tocsin.publicity.rules import pick_language
from tocsin.publicity.wording import direction
from tocsin.site.cap import Issuer
from tocsin.site.wording import NAMES, words_in

CACHED_S = 30  # A stopped appeal may stay that long in the copies of others.
TRIES_PER_HOUR = 20
HOUR_S = 3600


def reader_language(request: HttpRequest, available: Collection[str]) -> str:
    """Choose among the languages there are: asked for in the address, else by the browser, else the organisation's."""
    wanted = [request.GET.get("lang", "")]
    wanted += [code for code, _ in parse_accept_lang_header(request.headers.get("Accept-Language", ""))]
    for language in wanted:
        for form in (language.lower(), language.lower().partition("-")[0]):
            if form in available:
                return form
    return pick_language(next(iter(organisation().languages), "en"), tuple(sorted(available)))


def page(
    request: HttpRequest,
    template: str,
    told: Mapping[str, object],
    *,
    language: str,
    status: int = 200,
    cached_s: int = CACHED_S,
) -> HttpResponse:
    """Render a public page in a language. `cached_s` 0: nobody keeps a copy."""
    interface = language if language in NAMES else "en"
    always = {"organisation": organisation(), "language": language, "dir": direction(language), "w": words_in(language)}
    with translation.override(interface):
        response = render(request, template, always | dict(told), status=status)
    response["Content-Language"] = language
    return kept(request, response, cached_s)


def kept(request: HttpRequest, response: HttpResponse, cached_s: int) -> HttpResponse:
    """Say how long a copy may be kept, and by which mark it is known (`rush.py` compares it)."""
    patch_vary_headers(response, ["Accept-Language"])
    if settings.SESSION_COOKIE_NAME in request.COOKIES or not cached_s:
        response["Cache-Control"] = "no-store"
        return response
    response["Cache-Control"] = f"public, max-age={cached_s}"
    response["ETag"] = f'"{sha256(response.content).hexdigest()[:32]}"'
    return response


def issuer() -> Issuer:
    """Give who speaks in the feeds."""
    ours = organisation()
    return Issuer(urlsplit(base_url()).hostname or "localhost", ours.name, ours.contact, base_url())


def is_too_eager(request: HttpRequest, purpose: str) -> bool:
    """Say whether one peer tries too often. Its address is kept as a keyed digest only, for an hour."""
    mark = keyring().blind_index(network_of(_peer(request)), kind=f"peer:{purpose}").hex()
    key = f"{purpose}-{mark}"
    cache.add(key, 0, HOUR_S)
    try:
        return cache.incr(key) > TRIES_PER_HOUR
    except ValueError:  # It ran out between the two calls.
        return False


def _peer(request: HttpRequest) -> str:
    """Give the address that the outermost proxy of our own saw; without proxies, that of the connection."""
    count = settings.TOCSIN_PROXIES
    seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    return seen[-count] if count and len(seen) >= count else request.META.get("REMOTE_ADDR", "")
