"""Words of the plan and the directive, and what they allow."""

from enum import StrEnum


class PartyKind(StrEnum):
    """What a party is."""

    PERSON = "person"
    GROUP = "group"
    ORGANISATION = "organisation"


class Audience(StrEnum):
    """Whom a step of a plan asks."""

    HEADQUARTERS = "headquarters"  # The duty officers on shift.
    EVERYONE_AT_HEADQUARTERS = "everyone_at_headquarters"
    CIRCLE = "circle"
    RESPONDERS = "responders"  # The nearest willing ones.


class Disclosure(StrEnum):
    """How much a message may say about the defender. Each word includes the ones before it."""

    COVER = "cover"  # Only the cover wording of the plan.
    ALARM = "alarm"  # That this person called for help.
    AREA = "area"  # And roughly where.
    PLACE = "place"  # And exactly where.


class DirectiveState(StrEnum):
    """Where a directive stands (architecture, section 5)."""

    DRAFT = "draft"
    SIGNED = "signed"
    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    LAPSED = "lapsed"


class Precision(StrEnum):
    """How exactly a place may be published."""

    NONE = "none"
    COUNTRY = "country"
    AREA = "area"
    EXACT = "exact"


class PublicAudience(StrEnum):
    """To whom an appeal may go."""

    PAGE = "page"  # The public page and the feeds.
    SUPPORTERS = "supporters"
    SOCIAL = "social"
