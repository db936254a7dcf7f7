"""How allauth behaves here: nobody signs up, secrets are sealed, and a lock-out cannot be turned against its owner."""

import base64
import json
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.app_settings import REAUTHENTICATION_TIMEOUT
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.internal.ratelimit import get_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac
from django.utils.translation import gettext_lazy as _

from tocsin.core import clock
from tocsin.core.sealing import open_sealed, seal
from tocsin.people.queries import keyring

BROWSER_COOKIE = "tocsin_browser"
BROWSER_SALT = "tocsin.accounts.browser"
BROWSER_AGE_S = 180 * 24 * 3600
SEAL_CONTEXT = "second factor"


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in by handle and password."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("This name and password do not belong together. Check both and try again."),
        "too_many_login_attempts": _("Too many tries. Wait five minutes, or ask an administrator for a new link."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by an administrator."""
        return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count failed tries apart for each network, and for each browser that has signed in before.

        Somebody who fails on purpose under the duty officer's name locks out only the network he sits in, never the
        browser that the duty officer uses (OWASP, "Slow Down Online Guessing Attacks with Device Cookies").
        """
        username = str(credentials.get("username", "")).lower()
        return f"{username}@{known_browser(request, username) or get_ip(request)}"

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **named: Any) -> HttpResponse:
        """Mark the browser as one in which this person has signed in."""
        response = super().post_login(request, user, **named)
        response.set_cookie(
            BROWSER_COOKIE,
            browser_mark(user.get_username()),
            max_age=BROWSER_AGE_S,
            path="/account/",
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        return response

    def is_reauthentication_required(self, *, app: str, **named: Any) -> bool:
        """Ask again for the password before a sensitive change, unless it was given within the last five minutes."""
        records = get_authentication_records(self.request, self.request.user)
        last_s = max((record["at"] for record in records), default=0)
        return clock.now().timestamp() - last_s > REAUTHENTICATION_TIMEOUT


class SecondFactorAdapter(DefaultMFAAdapter):
    """The second factor: its secrets are sealed with a key that comes from the master key."""

    def encrypt(self, text: str) -> str:
        """Seal a secret for the database."""
        return base64.b64encode(seal(text.encode(), key=_secret_key(), context=SEAL_CONTEXT)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a secret. Raises `SealError` when the key file is another one."""
        return open_sealed(base64.b64decode(encrypted_text), key=_secret_key(), context=SEAL_CONTEXT).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Nobody goes on without a second factor. A lost phone: an administrator gives a new link."""
        return authenticator.type == Authenticator.Type.WEBAUTHN


def browser_mark(username: str) -> str:
    """Make the signed mark of a browser. It names nobody: the handle is in it as a keyed digest."""
    told = {"who": _digest(username), "browser": get_random_string(16)}
    return signing.dumps(told, salt=BROWSER_SALT)


def known_browser(request: HttpRequest, username: str) -> str | None:
    """Say which browser this is, if this person has signed in with it before."""
    try:
        told = signing.loads(request.COOKIES.get(BROWSER_COOKIE, ""), salt=BROWSER_SALT, max_age=BROWSER_AGE_S)
    except (signing.BadSignature, json.JSONDecodeError):
        return None
    return told["browser"] if constant_time_compare(told["who"], _digest(username)) else None


def _digest(username: str) -> str:
    return salted_hmac(BROWSER_SALT, username.lower(), algorithm="sha256").hexdigest()


def _secret_key() -> bytes:
    return keyring().derive("second factor")
