"""Who asks: every request carries a reader, and nobody works without a second factor."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from tocsin.accounts.queries import has_second_factor, reader_for
from tocsin.accounts.scopes import VISITOR
from tocsin.core import clock
from tocsin.core.access import Reader

# What an account without a second factor may reach: the way to set one up, and out. Not its own page: whoever has only
# the password must neither read nor change where alarms ring.
WAYS_IN = ("2fa", "login", "logout", "inactive", "reauthenticate", "password", "welcome")
OPEN = ("/static/", *(f"/account/{part}/" for part in WAYS_IN))


def reader(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Set `request.reader` (a `core.access.Reader`), worked out when somebody first asks for it."""

    def answer(request: HttpRequest) -> HttpResponse:
        request.reader = SimpleLazyObject(lambda: reader_of(request))
        return get_response(request)

    return answer


def second_factor(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Send an account without a second factor to the page where it is set up, and nowhere else."""

    def answer(request: HttpRequest) -> HttpResponse:
        if (
            request.session.session_key
            and not request.path.startswith(OPEN)
            and request.user.is_authenticated
            and not has_factor(request)
        ):
            return HttpResponseRedirect(reverse("mfa_activate_totp"))
        return get_response(request)

    return answer


def reader_of(request: HttpRequest) -> Reader:
    """Say who looks. Somebody who has not finished signing in is a visitor."""
    if not request.user.is_authenticated or not has_factor(request):
        return VISITOR
    return reader_for(request.user, clock.now())


def has_factor(request: HttpRequest) -> bool:
    """Ask once a request whether the account has a second factor."""
    if not hasattr(request, "has_second_factor"):
        request.has_second_factor = has_second_factor(request.user)
    return request.has_second_factor
