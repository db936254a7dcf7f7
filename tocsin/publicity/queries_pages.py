"""What headquarters' pages about an appeal show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings

from tocsin.accounts.models import Staff
from tocsin.channels.smpp_text import UCS2, TextTooLongError, encode_text
from tocsin.core.answers import Refused
from tocsin.people.rules import PublicAudience
from tocsin.publicity import wording
from tocsin.publicity.models import Appeal, AppealVersion, Approval
from tocsin.publicity.queries import VersionPage, base_url, organisation, version_page
from tocsin.publicity.queries_waves import Audience, WaveProgress, audiences, can_answer_sms, progress
from tocsin.publicity.rules import LIVE, AppealEvent, AppealState, TextKind, decide
from tocsin.publicity.rules_check import Checked, Draft, Text, links_of
from tocsin.publicity.rules_links import short_uid
from tocsin.publicity.wording import direction

SAMPLE = "12a4b-0000000000000000"  # As long as the secret that is different in each message.


@dataclass(frozen=True)
class Preview:
    """One language exactly as people will see it."""

    language: str
    direction: str
    text: Text
    mail: wording.Message
    sms: wording.Message
    sms_parts: int
    is_unicode: bool  # Its letters need the wide alphabet: 70 characters to a part instead of 160.
    post: wording.Message


@dataclass(frozen=True)
class AppealPage:
    """One appeal with everything on its page."""

    appeal: Appeal
    newest: VersionPage
    former: Sequence[AppealVersion]  # The newest first.
    previews: Sequence[Preview]
    links: Sequence[str]
    approvals: Sequence[Approval]
    audiences: Sequence[Audience]
    waves: Sequence[tuple[AppealVersion, Sequence[WaveProgress]]]  # Of published texts, the newest first.
    social_posts: Sequence[str]  # Where posts go: the service and host only; the rest is a secret.
    may_approve: bool
    can_publish: bool
    can_stop: bool
    can_close: bool
    can_write: bool
    is_told: bool
    early_until: datetime | None  # The directive's waiting time is not over.


def appeal_page(appeal: Appeal, reader: Staff, *, now: datetime) -> AppealPage | None:
    """Give the page of an appeal for one person. `None`: nothing is written yet."""
    versions = sorted(appeal.versions.all(), key=lambda version: version.number, reverse=True)
    if not versions:
        return None
    for version in versions:
        version.appeal = appeal
    newest = version_page(versions[0], now=now)
    state = AppealState(appeal.state)
    is_open = versions[0].published_at is None and versions[0].stopped_at is None
    not_before = newest.answer.not_before if isinstance(newest.answer, Checked) else None
    return AppealPage(
        appeal=appeal,
        newest=newest,
        former=versions[1:],
        previews=previews(appeal, newest.draft),
        links=links_of(part for text in newest.draft.texts.values() for part in (text.title, text.body, text.action)),
        approvals=list(versions[0].approvals.all()),
        audiences=audiences(versions[0]) if PublicAudience.SUPPORTERS in newest.draft.audiences else [],
        waves=[(version, progress(version.pk, now=now)) for version in versions if version.published_at],
        social_posts=social_posts() if PublicAudience.SOCIAL in newest.draft.audiences else [],
        may_approve=is_open
        and isinstance(newest.answer, Checked)
        and reader.pk not in {vote.staff_id for vote in newest.votes if vote.digest == bytes(versions[0].digest)},
        can_publish=is_open and newest.is_approved,
        can_stop=not isinstance(decide(state, AppealEvent.STOP), Refused),
        can_close=not isinstance(decide(state, AppealEvent.CLOSE), Refused),
        can_write=not isinstance(decide(state, AppealEvent.WRITE), Refused),
        is_told=state in LIVE,
        early_until=not_before if not_before is not None and not_before > now else None,
    )


def previews(appeal: Appeal, draft: Draft) -> list[Preview]:
    """Give each language exactly as people will see it, with the link to leave shortened."""
    page = f"{base_url()}/a/{short_uid(appeal.uid)}" if PublicAudience.PAGE in draft.audiences else ""
    return [_preview(text, language, page) for language, text in sorted(draft.texts.items())]


def _preview(text: Text, language: str, page: str) -> Preview:
    leave = f"{base_url()}/unsubscribe/{SAMPLE}/"
    sms = wording.sms(text, language=language, page=page, leave="" if can_answer_sms() else leave)
    try:
        coded = encode_text(sms.body)
        parts, is_unicode = len(coded.parts), coded.data_coding == UCS2
    except TextTooLongError:
        parts, is_unicode = 256, True
    return Preview(
        language=language,
        direction=direction(language),
        text=text,
        mail=wording.mail(text, language=language, page=page, leave=leave, organisation=organisation().name),
        sms=sms,
        sms_parts=parts,
        is_unicode=is_unicode,
        post=wording.post(text, page=page),
    )


def social_posts() -> list[str]:
    """Give the service and host of each address that gets a post."""
    return [f"{urlsplit(url).scheme}://{urlsplit(url).hostname or '…'}" for url in settings.TOCSIN_SOCIAL_POSTS]


def kind_to_write(appeal: Appeal | None) -> TextKind:
    """Say which kind of text comes next."""
    return TextKind.UPDATE if appeal is not None and AppealState(appeal.state) in LIVE else TextKind.APPEAL
