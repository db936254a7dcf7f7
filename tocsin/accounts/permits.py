"""What a view asks before it answers: `@needs(DataClass.OPS, Right.WRITE)`."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tocsin.core.access import DataClass, Right

View = Callable[..., HttpResponse]


def needs(data_class: DataClass, right: Right = Right.READ) -> Callable[[View], View]:
    """Let a view be used by those who have this right to this class. Others sign in first, or are told no."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *arguments, **named) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if right not in request.reader.rights.get(data_class, frozenset()):
                raise PermissionDenied(
                    _("Your roles do not allow this now. Ask a coordinator, or go on shift if you are on duty.")
                )
            return view(request, *arguments, **named)

        checked.needs = (data_class, right)
        return checked

    return decorate


def needs_sign_in(view: View) -> View:
    """Let every signed-in account use a view, whatever its roles: its own pages, the rota."""

    @wraps(view)
    def checked(request: HttpRequest, *arguments, **named) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, *arguments, **named)

    return checked


def needs_role(role: str) -> Callable[[View], View]:
    """Let a view be used by accounts with one role: only an administrator makes accounts."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *arguments, **named) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if role not in request.user.roles:
                raise PermissionDenied(_("Only an administrator may do this."))
            return view(request, *arguments, **named)

        return checked

    return decorate
