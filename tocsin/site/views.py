"""The public pages and feeds. They set no cookie, load nothing from elsewhere, and show approved texts only."""

from datetime import datetime
from urllib.parse import quote
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tocsin.console.map import Mark, Scene, draw_map
from tocsin.core import clock
from tocsin.publicity.queries import base_url
from tocsin.publicity.queries_public import FEW, PublicAppeal, live_appeals, public_appeal, public_appeals, week_counts
from tocsin.publicity.rules import TextKind, pick_language
from tocsin.publicity.rules_check import Draft
from tocsin.publicity.rules_links import long_uid, short_uid
from tocsin.publicity.wording import direction
from tocsin.publicity.wording import words_in as public_words
from tocsin.site import atom, cap
from tocsin.site.rush import in_a_rush
from tocsin.site.visitors import issuer, kept, page, reader_language
from tocsin.site.wording import NAMES, words_in

FEED_CACHED_S = 60
SUMMARY_CHARS = 280
MAP_PX = (720, 420)


@require_safe
@in_a_rush
def home(request: HttpRequest) -> HttpResponse:
    """Who we are, who needs readers now, last week in numbers, how to help."""
    now = clock.now()
    language = reader_language(request, NAMES)
    cards = [card(appeal, language) for appeal in live_appeals(now=now)]
    words, week = words_in(language), week_counts(now=now)
    told = {
        "cards": cards,
        "week": week,
        "week_words": words.week.format(day=f"{week.monday:%Y-%m-%d}"),
        "fewer": words.fewer.format(number=FEW),
        "names": NAMES,
    }
    return page(request, "site/home.html", told, language=language)


def card(appeal: PublicAppeal, language: str) -> dict[str, object]:
    """Give what a list shows of an appeal, in the reader's language or the nearest it has."""
    chosen = pick_language(language, appeal.languages)
    newest = appeal.shown[-1]
    assert newest.draft is not None, "what is shown may be read"
    text, said = newest.draft.texts[chosen], public_words(chosen)
    return {
        "address": f"/appeals/{appeal.uid}/{chosen}/",
        "language": chosen,
        "dir": direction(chosen),
        "title": text.title,
        "summary": text.body.partition("\n\n")[0][:SUMMARY_CHARS],
        "at": appeal.changed_at,
        "kind": newest.kind.value,
        "badge": {TextKind.UPDATE: said.update, TextKind.GOOD_END: said.good_end}.get(newest.kind, ""),
        "area": newest.draft.area,
    }


@require_safe
@in_a_rush
def short_appeal(request: HttpRequest, short: str) -> HttpResponse:
    """Show an appeal by its short address, as it stands in an SMS."""
    uid = long_uid(short)
    if uid is None:
        raise Http404
    return appeal(request, uid)


@require_safe
@in_a_rush
def appeal(request: HttpRequest, uid: UUID, language: str = "") -> HttpResponse:
    """Show one appeal with its updates, the newest first; or say that it was withdrawn."""
    now = clock.now()
    found = public_appeal(uid, now=now)
    if found is None:
        raise Http404
    if found.is_withdrawn:
        chosen = reader_language(request, NAMES)
        return page(request, "site/withdrawn.html", {}, language=chosen, status=410)
    if language and language not in found.languages:
        raise Http404
    chosen = language or reader_language(request, found.languages)
    told = appeal_told(found, chosen, wanted=reader_language(request, NAMES)) | {"now": now}
    return page(request, "site/appeal.html", told, language=chosen)


def appeal_told(found: PublicAppeal, language: str, *, wanted: str) -> dict[str, object]:
    """Give what the page of an appeal shows. The console shows the same before it is published."""
    rows = [_row(public.draft, public.kind, public.published_at, language) for public in found.shown if public.draft]
    newest = rows[-1]
    draft = newest["draft"]
    assert isinstance(draft, Draft)
    drafts = [public.draft for public in found.shown if public.draft]
    letter = next((one for one in reversed(drafts) if mailto(one, language)), None)
    return {
        "uid": found.uid,
        "map": f"/appeals/{found.uid}/map.svg",
        "rows": rows[::-1],
        "newest": newest,
        "first_at": found.texts[0].published_at,
        "changed_at": found.changed_at,
        "is_drill": found.is_drill,
        "is_ended": not found.is_live or found.shown[-1].kind is TextKind.GOOD_END,
        "others": [(code, NAMES.get(code, code), direction(code)) for code in found.languages if code != language],
        "is_other_language": wanted not in found.languages,
        "wanted": wanted,
        "wanted_words": words_in(wanted),
        "p": public_words(language),
        "this_language": NAMES.get(language, language),
        "action": _newest_part(rows, "action"),
        "letter": letter.texts[pick_language(language, tuple(sorted(letter.texts)))].letter if letter else "",
        "mailto": mailto(letter, language) if letter else "",
        "letter_copy": words_in(language).letter_copy.format(address=letter.letter_to) if letter else "",
        "area": area_words(draft, language),
        "link": f"{base_url()}/a/{short_uid(found.uid)}",
    }


def _newest_part(rows: list[dict[str, object]], part: str) -> str:
    """Give what the newest text says that says it at all: an update often leaves out what readers can do."""
    return next((words for row in reversed(rows) if (words := getattr(row["text"], part))), "")


def _row(draft: Draft | None, kind: TextKind, at: datetime, language: str) -> dict[str, object]:
    assert draft is not None, "what is shown may be read"
    chosen = pick_language(language, tuple(sorted(draft.texts)))
    return {
        "draft": draft,
        "text": draft.texts[chosen],
        "kind": kind.value,
        "at": at,
        "language": chosen,
        "dir": direction(chosen),
    }


def mailto(draft: Draft, language: str) -> str:
    """Give the address that opens the prepared letter in the reader's own mail program (RFC 6068)."""
    text = draft.texts[pick_language(language, tuple(sorted(draft.texts)))]
    if not draft.letter_to or not text.letter:
        return ""
    body = text.letter.replace("\r\n", "\n").replace("\n", "\r\n")
    return f"mailto:{quote(draft.letter_to, safe='@')}?subject={quote(text.title)}&body={quote(body)}"


def area_words(draft: Draft, language: str) -> str:
    """Say the place in words, as exactly as the approved text does."""
    if draft.radius_km is None:
        return draft.area
    return words_in(language).area.format(place=draft.area or "–", km=f"{draft.radius_km:g}")


@require_safe
@in_a_rush
def appeal_map(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Draw the circle that the approved text names. The picture knows no more than the text."""
    found = public_appeal(uid, now=clock.now())
    draft = found.shown[-1].draft if found and found.shown else None
    if draft is None or draft.radius_km is None or draft.lat_deg is None or draft.lon_deg is None:
        raise Http404
    return kept(request, HttpResponse(area_map(draft, is_dark="dark" in request.GET), "image/svg+xml"), FEED_CACHED_S)


def area_map(draft: Draft, *, is_dark: bool = False) -> str:
    """Draw the circle of a draft."""
    assert draft.lat_deg is not None, "the draft has a circle"
    assert draft.lon_deg is not None, "the draft has a circle"
    here = Mark("area", draft.lat_deg, draft.lon_deg, (draft.radius_km or 0) * 1000)
    width, height = MAP_PX
    scene = Scene(
        draft.lat_deg, draft.lon_deg, (here,), is_dark=is_dark, title=draft.area, width_px=width, height_px=height
    )
    return draw_map(scene)


@require_safe
@in_a_rush
def appeals_feed(request: HttpRequest, language: str = "") -> HttpResponse:
    """The appeals as an Atom feed."""
    chosen = language or reader_language(request, NAMES)
    if chosen not in NAMES:
        raise Http404
    path = f"/feeds/appeals.{language}.atom" if language else "/feeds/appeals.atom"
    told_by = issuer()
    head = atom.Feed(path, f"{told_by.name}: {words_in(chosen).appeals}", chosen)
    body = atom.appeals_atom(public_appeals(now=clock.now()), feed=head, issuer=told_by)
    return kept(request, HttpResponse(body, "application/atom+xml; charset=utf-8"), FEED_CACHED_S)


@require_safe
@in_a_rush
def cap_index(request: HttpRequest) -> HttpResponse:
    """The list of CAP messages, as an Atom feed."""
    rows = [(found, message) for found in _with_drills() for message in cap.messages_of(found)]
    told_by = issuer()
    head = atom.Feed("/feeds/cap/", f"{told_by.name}: CAP 1.2", reader_language(request, NAMES))
    body = atom.cap_atom(rows, feed=head, issuer=told_by)
    return kept(request, HttpResponse(body, "application/atom+xml; charset=utf-8"), FEED_CACHED_S)


def _with_drills() -> list[PublicAppeal]:
    return public_appeals(now=clock.now(), with_drills=True)


@require_safe
@in_a_rush
def cap_message(request: HttpRequest, identifier: str) -> HttpResponse:
    """One CAP message. What was stopped is gone; its Cancel says so."""
    try:
        found = public_appeal(UUID(identifier.partition(".")[0]), now=clock.now())
    except ValueError:
        found = None
    message = next((row for row in cap.messages_of(found) if row.identifier == identifier), None) if found else None
    if found is None or message is None:
        raise Http404
    body = cap.cap_xml(message, appeal=found, issuer=issuer())
    return kept(request, HttpResponse(body, "application/cap+xml; charset=utf-8"), FEED_CACHED_S)
