"""Appeals as an Atom 1.0 feed (RFC 4287), and the list of CAP messages as another. Pure.

An appeal is one entry that changes with it. A withdrawn one stays in the feed and says so, since readers keep copies.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from xml.etree import ElementTree as Xml

from tocsin.publicity.queries_public import PublicAppeal
from tocsin.publicity.rules import pick_language
from tocsin.publicity.wording import direction
from tocsin.publicity.wording import words_in as public_words
from tocsin.site.cap import NOT_XML, CapMessage, Issuer, document
from tocsin.site.wording import words_in

NAMESPACE = "http://www.w3.org/2005/Atom"
START = datetime(2013, 4, 5, tzinfo=UTC)  # When a feed without entries was last changed: any fixed instant will do.


@dataclass(frozen=True, slots=True)
class Feed:
    """What stands at the head of a feed."""

    path: str  # Its own address, below the issuer's.
    title: str
    language: str


def appeals_atom(appeals: Iterable[PublicAppeal], *, feed: Feed, issuer: Issuer) -> bytes:
    """Write the feed of the appeals, each in the feed's language or the nearest it has. Drills are left out."""
    rows = [appeal for appeal in appeals if not appeal.is_drill]
    changed = max((appeal.changed_at for appeal in rows), default=START)
    root = _head(feed, issuer, changed, alternate=f"{issuer.base}/")
    for appeal in rows:
        _add_appeal(root, appeal, feed.language, issuer)
    return document(root)


def cap_atom(messages: Iterable[tuple[PublicAppeal, CapMessage]], *, feed: Feed, issuer: Issuer) -> bytes:
    """Write the list of CAP messages, the newest first."""
    rows = sorted(messages, key=lambda row: row[1].sent, reverse=True)
    root = _head(feed, issuer, rows[0][1].sent if rows else START, alternate="")
    for appeal, message in rows:
        entry = Xml.SubElement(root, "entry")
        address = f"{issuer.base}/feeds/cap/{message.identifier}.xml"
        _add(entry, "id", address)
        _add(entry, "title", _title(message, feed.language))
        _add(entry, "updated", _instant(message.sent))
        _add(entry, "summary", f"{'Exercise' if appeal.is_drill else 'Actual'} {message.kind}")
        Xml.SubElement(entry, "link", rel="alternate", type="application/cap+xml", href=address)
    return document(root)


def _title(message: CapMessage, language: str) -> str:
    if message.text is None or message.text.draft is None:
        return words_in(language).withdrawn
    texts = message.text.draft.texts
    return texts[pick_language(language, tuple(sorted(texts)))].title


def _head(feed: Feed, issuer: Issuer, changed: datetime, *, alternate: str) -> Xml.Element:
    root = Xml.Element("feed", {"xmlns": NAMESPACE, "xml:lang": feed.language})
    address = f"{issuer.base}{feed.path}"
    _add(root, "id", address)
    _add(root, "title", feed.title)
    _add(root, "updated", _instant(changed))
    _add(Xml.SubElement(root, "author"), "name", issuer.name)
    Xml.SubElement(root, "link", rel="self", type="application/atom+xml", href=address)
    if alternate:
        Xml.SubElement(root, "link", rel="alternate", type="text/html", href=alternate)
    return root


def _add_appeal(root: Xml.Element, appeal: PublicAppeal, language: str, issuer: Issuer) -> None:
    entry = Xml.SubElement(root, "entry")
    _add(entry, "id", appeal.uid.urn)
    first = appeal.texts[0].published_at
    if appeal.is_withdrawn:
        words = words_in(language)
        _add(entry, "title", words.withdrawn)
        chosen, content = language, f"<p>{escape(words.withdrawn_text)}</p>"
    else:
        chosen = pick_language(language, appeal.languages)
        entry.set("xml:lang", chosen)
        newest = appeal.shown[-1].draft
        assert newest is not None, "what is shown may be read"
        _add(entry, "title", newest.texts[chosen].title)
        content = "".join(_html(appeal, chosen))
    _add(entry, "published", _instant(first))
    _add(entry, "updated", _instant(appeal.changed_at))
    Xml.SubElement(
        entry, "link", rel="alternate", type="text/html", href=f"{issuer.base}/appeals/{appeal.uid}/{chosen}/"
    )
    body = Xml.SubElement(entry, "content", type="html")
    body.text = NOT_XML.sub("", f'<div dir="{direction(chosen)}">{content}</div>')


def _html(appeal: PublicAppeal, language: str) -> Iterable[str]:
    """Write the texts of an appeal, the newest first."""
    for public in reversed(appeal.shown):
        texts = public.draft.texts if public.draft is not None else {}
        if not texts:
            continue
        text = texts[pick_language(language, tuple(sorted(texts)))]
        yield f"<h2>{escape(text.title)}</h2>"
        yield from (f"<p>{escape(part)}</p>" for part in text.body.split("\n\n") if part.strip())
        if text.action.strip():
            yield f"<h3>{escape(public_words(language).act)}</h3><p>{escape(text.action)}</p>"


def _add(parent: Xml.Element, name: str, value: str) -> None:
    Xml.SubElement(parent, name).text = NOT_XML.sub("", value)


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
