"""What every template may use: icons, assets, clocks, moments, sealed values. Built in, so that no page loads it."""

import hashlib
from datetime import UTC, datetime
from functools import lru_cache

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from tocsin.console import words

register = template.Library()
ASSET_DIGITS = 10


@lru_cache(maxsize=64)
def asset_address(path: str) -> str:
    """Give the address of a static file with a mark of its content, so that a browser may keep it for long."""
    found = finders.find(path)
    assert isinstance(found, str), f"There is no static file {path}"
    with open(found, "rb") as file:
        mark = hashlib.sha256(file.read()).hexdigest()[:ASSET_DIGITS]
    return f"{static(path)}?v={mark}"


@register.simple_tag
def asset(path: str) -> str:
    """Write the address of a static file."""
    return asset_address(path)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw an icon of `img/icons.svg`. Without a label it is decoration, and the words beside it say the same."""
    address = f"{asset_address('img/icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, address)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', address)


@register.simple_tag
def badge(word: str) -> SafeString:
    """Show a coded word as a badge: its words, its tone, its icon."""
    look = words.badge_of(word)
    drawn = icon(look.icon) if look.icon else SafeString("")
    return format_html('<span class="badge {}">{}{}</span>', look.tone, drawn, look.label)


@register.simple_tag
def clock(since: datetime, now: datetime, size: str = "") -> SafeString:
    """Show how long ago something was, to the second. The script lets it run on."""
    return format_html(
        '<time class="clock {}" datetime="{}" data-since="{}">{}</time>',
        size, since.isoformat(), int(since.timestamp()), words.duration_digits((now - since).total_seconds()),
    )  # fmt: skip


@register.simple_tag
def moment(at: datetime | None, now: datetime | None = None) -> SafeString:
    """Show an instant in the reader's time zone; the day too, unless it is today. Hovering tells it in UTC."""
    if at is None:
        return SafeString("–")
    local = timezone.localtime(at)
    is_today = now is not None and timezone.localtime(now).date() == local.date()
    text = local.strftime("%H:%M:%S" if is_today else "%Y-%m-%d %H:%M")
    return format_html(
        '<time datetime="{}" title="{} UTC" dir="ltr">{}</time>',
        at.isoformat(), at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"), text,
    )  # fmt: skip


@register.simple_tag
def ago(at: datetime | None, now: datetime) -> str:
    """Say in words how long ago something was."""
    return _("never") if at is None else words.ago((now - at).total_seconds())


@register.filter
def sealed(value: str | None) -> str | SafeString:
    """Show an opened value; say so where it is sealed for this reader, or forgotten."""
    if value is None:
        return format_html('<span class="sealed">{}</span>', _("sealed for you"))
    if value == "":
        return format_html('<span class="sealed">{}</span>', _("not known"))
    return format_html('<bdi dir="auto">{}</bdi>', value)


@register.simple_tag(takes_context=True)
def current(context: template.Context, address: str) -> SafeString:
    """Mark a link of the navigation as the one where the reader is. An address that ends in `$` must match whole."""
    request: HttpRequest | None = context.get("request")
    path = request.path if request is not None else ""
    is_here = path == address[:-1] if address.endswith("$") else path.startswith(address)
    return mark_safe(' aria-current="page"') if is_here else SafeString("")


@register.simple_tag
def page_languages() -> list[tuple[str, str]]:
    """Give the languages into which the pages are translated; no other is offered."""
    return [(code, name) for code, name in settings.LANGUAGES if code == "en" or has_catalogue(code)]


@lru_cache(maxsize=32)
def has_catalogue(code: str) -> bool:
    """Say whether there is a translation of our own."""
    return (settings.LOCALE_PATHS[0] / code / "LC_MESSAGES" / "django.mo").exists()


@register.simple_tag
def state(word: str) -> str:
    """Say a coded word in words, without a badge."""
    return str(words.badge_of(word).label)


@register.simple_tag
def outcome(word: str) -> str:
    """Say how an incident ended."""
    return str(words.of(words.OUTCOMES, word or "unknown"))


@register.simple_tag
def reliability(word: str) -> str:
    """Say how far an answer is believed."""
    return str(words.of(words.RELIABILITY, word))


@register.simple_tag
def channel_words(word: str) -> SafeString:
    """Show a channel with its icon."""
    label, image = words.channel(word)
    return format_html("{} {}", icon(image), label)


@register.simple_tag
def lane_words(word: str) -> str:
    """Say what a queue is for."""
    return str(words.of(words.LANES, word))
