"""The invented organisation of the demo. Nobody here exists; the places lie in the open sea.

Numbers come from the ranges that regulators reserve for fiction (Ofcom: 07700 900xxx; ARCEP: 06 39 98 xx xx), mail goes
to domains of RFC 2606.
"""

from dataclasses import dataclass, field

PASSWORD = "lantern watch demo"  # noqa: S105 - printed on the demo's page; the demo listens on loopback only.
COUNTRY = "Country A"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody invented, with the ways to reach them."""

    key: str
    name: str
    sms: str = ""
    email: str = ""
    language: str = "en"
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class StaffMember:
    """An account at headquarters. `secret` is the TOTP secret, in base 32 (RFC 4648)."""

    username: str
    roles: tuple[str, ...]
    person: Person
    secret: str
    is_on_shift: bool = False


@dataclass(frozen=True, slots=True)
class DemoResponder:
    """Somebody who would go: so far from where the demo's wristband is pressed, in that direction."""

    person: Person
    bearing_deg: float
    km: float
    skills: tuple[str, ...] = ()
    radius_km: int = 60


@dataclass(frozen=True, slots=True)
class DemoDefender:
    """A defender with circle, plan words and directive."""

    person: Person
    circle: tuple[tuple[Person, str, str], ...]  # Person, relation, task.
    background: str
    challenge: str
    check_word: str
    duress_word: str
    questions: tuple[str, ...]
    never_mention: tuple[str, ...]
    languages: tuple[str, ...] = ("en", "fr", "ar")
    devices: tuple[str, ...] = ()  # Protocols; the wristbands' identities stand in `demo/wristband.py`.


ORGANISATION_NAME = "Lantern Watch"
ORGANISATION_ABOUT = "Lantern Watch keeps a light burning for people who defend the rights of others in Country A."

STAFF = (
    StaffMember(
        "noor",
        ("duty_officer",),
        Person("noor", "Noor Hallevik", "+447700900101", "noor@lantern.example.org"),
        "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        is_on_shift=True,
    ),
    StaffMember(
        "ines",
        ("duty_officer", "coordinator", "publisher"),
        Person("ines", "Inês Tamarel", "+447700900102", "ines@lantern.example.org", "pt"),
        "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU",
        is_on_shift=True,
    ),
    StaffMember(
        "tomas",
        ("publisher",),
        Person("tomas", "Tomas Brackwater", "+447700900103", "tomas@lantern.example.org"),
        "MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK",
    ),
    StaffMember(
        "keeper",
        ("administrator",),
        Person("keeper", "Kit Ambervale", "+447700900104", "keeper@lantern.example.org"),
        "ONSWG4TFOQQGC3TEONSWG4TFOQQGC3TE",
    ),
)

MIRA = DemoDefender(
    Person("mira", "Mira Solvane", "+447700900110", "mira@harbour.example.net", "en"),
    circle=(
        (
            Person("teo", "Teo Solvane", "+447700900111", "teo@harbour.example.net"),
            "family",
            "Knows her routes; call him first.",
        ),
        (
            Person("ilse", "Ilse Marrowby", "+447700900112", "ilse@counsel.example.com"),
            "lawyer",
            "Goes to the police station.",
        ),
        (
            Person("lucien", "Lucien Aubrevoir", "+33639980113", "lucien@presse.example.org", "fr"),
            "colleague",
            "Keeps her files.",
        ),
    ),
    background=(
        "Mira documents the eviction of fishing families in Country A. Followed twice this year by a grey pick-up. "
        "Asthma: carries an inhaler. Her brother can reach her neighbours without a phone."
    ),
    challenge="What did we eat at the last training?",
    check_word="plum soup",
    duress_word="fish pie",
    questions=(
        "When did you last hear from her, and how?",
        "Is there anybody at her home now?",
        "Has the grey pick-up been seen today?",
    ),
    never_mention=("Solvane harbour", "inhaler"),
    devices=("gt06", "osmand"),
)

DAWIT = DemoDefender(
    Person("dawit", "Dawit Emberley", "+447700900120", "dawit@union.example.net"),
    circle=(
        (Person("senna", "Senna Emberley", "+447700900121", "senna@union.example.net"), "family", "Lives next door."),
    ),
    background="Dawit organises dock workers. His directive allows no publication at all.",
    challenge="Which colour was the first banner?",
    check_word="green",
    duress_word="blue",
    questions=("Is the union office open?",),
    never_mention=("dock nine",),
    languages=(),
    devices=("watch",),
)

DEFENDERS = (MIRA, DAWIT)

RESPONDERS = (
    DemoResponder(
        Person("juno", "Juno Harrowell", "+447700900131", "juno@boats.example.net"), 55, 3.8, ("first aid", "boat")
    ),
    DemoResponder(
        Person("samir", "سمير الموجي", "+447700900132", "samir@boats.example.net", "ar"), 322, 7.3, ("boat",)
    ),
    DemoResponder(
        Person("pilar", "Pilar Ondarra", "+447700900133", "pilar@boats.example.net", "es"), 129, 12.1, ("lawyer",)
    ),
    DemoResponder(Person("anouk", "Anouk Delaube", "+33639980134", "anouk@boats.example.net", "fr"), 231, 18.2),
    DemoResponder(
        Person("vasily", "Василий Туманов", "+447700900135", "vasily@boats.example.net", "ru"), 52, 27.8, ("camera",)
    ),
    DemoResponder(Person("far", "Farah Outermost", "+447700900136", "farah@boats.example.net"), 69, 256),
)


@dataclass(frozen=True, slots=True)
class DemoSupporter:
    """Somebody who asked to be told."""

    channel: str
    address: str
    language: str = "en"
    topics: tuple[str, ...] = field(default=("defenders",))


SUPPORTERS = (
    *(DemoSupporter("email", f"friend{n}@supporters.example.org") for n in range(1, 7)),
    *(DemoSupporter("email", f"ami{n}@soutien.example.org", "fr") for n in range(1, 4)),
    *(DemoSupporter("email", f"sadiq{n}@daam.example.org", "ar") for n in range(1, 4)),
    *(DemoSupporter("sms", f"+44770090020{n}") for n in range(1, 5)),
    *(DemoSupporter("sms", f"+3363998020{n}", "fr") for n in range(1, 3)),
)
