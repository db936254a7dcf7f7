"""The page behind an answer link. Opening it changes nothing; one press of a button answers, once.

Mail programs and scanners open links, so only POST answers. The secret in the address is the right to answer, so no
cross-site token is needed. The exact place is shown only to the browser that said yes: a link that is found or passed
on later shows nobody where somebody is.
"""

import hashlib

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tocsin.core import clock
from tocsin.dispatch.actions_answers import answer_by_link
from tocsin.dispatch.queries import LinkPage, link_page
from tocsin.phone.wording import Words, words_in
from tocsin.publicity.wording import direction

FIRST = ("yes", "no")
LATER = ("on_the_way", "there", "safe")
PROOF_S = 24 * 3600  # So long the browser that said yes sees the place, if the incident lasts so long.
COOKIE, SALT = "answered", "phone.answered"
STATUS = {"unknown": 404, "expired": 410}


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, secret: str) -> HttpResponse:
    """Ask, take the answer, and show what follows from it."""
    now = clock.now()
    word = request.POST.get("answer", "") if request.method == "POST" else ""
    is_theirs = _proved(request, secret)
    state = ""
    if word in FIRST or (word in LATER and is_theirs):
        state = answer_by_link(secret, word, now=now).state
        is_theirs = is_theirs or state == "taken"
    page = link_page(secret, now=now)
    if state == "over" or (page.is_over and page.state != "unknown"):
        return _message(request, page, "over")
    if page.state in STATUS:
        return _message(request, page, page.state, status=STATUS[page.state])
    if page.state == "open":
        return _shown(request, "phone/question.html", page, {})
    if not is_theirs:
        return _message(request, page, "used", status=200 if request.method != "POST" else 409)
    return _answered(request, page, secret, word if state == "taken" else "")


def _answered(request: HttpRequest, page: LinkPage, secret: str, word: str) -> HttpResponse:
    words = words_in(page.language)
    steps = [(step, getattr(words, step), step == page.engagement) for step in LATER]
    proof = signing.dumps(_mark(secret), salt=SALT)
    told = {
        "head": words.noted_no if page.answer == "no" else words.noted_yes,
        "noted": words.noted.format(answer=getattr(words, word)) if word in LATER else "",
        "steps": steps if page.answer == "yes" else [],
        "place": page.exact_place,
        "lat": page.lat_deg if page.exact_place else None,
        "lon": page.lon_deg,
        "proof": proof,
    }
    response = _shown(request, "phone/answered.html", page, told)
    response.set_cookie(
        COOKIE,
        proof,
        max_age=PROOF_S,
        path=f"/r/{secret}",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response


def _proved(request: HttpRequest, secret: str) -> bool:
    """Say whether this browser gave the answer: by its cookie, or by the form of the page that followed."""
    for proof in (request.COOKIES.get(COOKIE), request.POST.get("proof")):
        try:
            if proof and signing.loads(proof, salt=SALT, max_age=PROOF_S) == _mark(secret):
                return True
        except signing.BadSignature:
            continue  # Forged or old: as good as none.
    return False


def _mark(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _message(request: HttpRequest, page: LinkPage, name: str, *, status: int = 200) -> HttpResponse:
    words = words_in(page.language)
    told = {"head": getattr(words, name), "more": getattr(words, f"{name}_more")}
    return _shown(request, "phone/message.html", page, told, status=status)


def _shown(
    request: HttpRequest, template: str, page: LinkPage, told: dict[str, object], *, status: int = 200
) -> HttpResponse:
    words: Words = words_in(page.language)
    always = {"page": page, "w": words, "language": page.language, "dir": direction(page.language)}
    response = render(request, template, always | told, status=status)
    response["Cache-Control"] = "no-store"
    response["Content-Language"] = page.language
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
