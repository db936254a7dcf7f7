"""Which channels this installation has a route for."""

from django.conf import settings

SCREEN = "screen"  # The console itself: no carrier, no address.
_SETTINGS = {
    "sms": "TOCSIN_SMS_ROUTE",
    "email": "TOCSIN_EMAIL_ROUTE",
    "chat": "TOCSIN_CHAT_ROUTE",
    "webhook": "TOCSIN_WEBHOOK_ROUTE",
}


def routes() -> dict[str, str]:
    """Give the line of the settings for each channel that has one. Lines hold passwords: never show or log them."""
    lines = {kind: str(getattr(settings, name, "")) for kind, name in _SETTINGS.items()}
    return {kind: line for kind, line in lines.items() if line}
