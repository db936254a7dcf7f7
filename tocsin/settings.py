"""Every setting, once. Each is an environment variable `TOCSIN_<NAME>`; `docs/settings.md` lists them from here."""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from tocsin.core.postgres_place import LIVELY, database_url
from tocsin.core.sealing import load_keyring


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `parse` turns the environment's text into the type; a wrong text is refused at the start."""

    name: str
    parse: Callable[[str], object]
    default: str
    unit: str
    sentence: str


def flag(text: str) -> bool:
    """Read `1/0`, `yes/no`, `true/false`, `on/off`."""
    words = {"1": True, "yes": True, "true": True, "on": True, "0": False, "no": False, "false": False, "off": False}
    if text.lower() not in words:
        raise ValueError("write yes or no")
    return words[text.lower()]


def words(text: str) -> list[str]:
    """Read a list whose items are separated by spaces."""
    return text.split()


def folder(text: str) -> Path:
    """Read a path; `~` is the home folder."""
    return Path(text).expanduser().absolute()


SETTINGS = [
    Setting("DATA_DIR", folder, "tocsin-data", "path", "Folder of the embedded database, the spool and the keys."),
    Setting(
        "DATABASE_URL", str, "", "URL", "PostgreSQL to use instead of the embedded one: postgresql://user@host/name."
    ),
    Setting("KEY_FILE", str, "", "path", "The master key. Empty: keys/master.key in DATA_DIR. Keep a copy elsewhere."),
    Setting("SECRET_KEY", str, "", "text", "Signs sessions. Empty: derived from the master key."),
    Setting("DEBUG", flag, "no", "yes/no", "Shows tracebacks in the browser. Never on a real installation."),
    Setting(
        "PUBLIC_URL", str, "http://127.0.0.1:8000", "URL", "Address under which people reach the pages; used in links."
    ),
    Setting(
        "ALLOWED_HOSTS", words, "127.0.0.1 localhost [::1]", "names", "Host names that the web process answers to."
    ),
    Setting("WEB_HOST", str, "127.0.0.1", "address", "Address on which the web process listens."),
    Setting("WEB_PORT", int, "8000", "port", "Port of the web process."),
    Setting("PROXIES", int, "0", "proxies", "How many proxies of your own stand before the web process."),
    Setting("WEB_THREADS", int, "8", "threads", "Pages that one web process makes at a time."),
    Setting("GATEWAY_HOST", str, "0.0.0.0", "address", "Address on which devices are heard."),  # noqa: S104
    Setting("GATEWAY_PORT_OFFSET", int, "0", "ports", "Added to each protocol's usual port."),
    Setting("GATEWAY_IDLE_S", int, "1800", "seconds", "A connection that says nothing for so long is closed."),
    Setting("GATEWAY_CONNECTIONS", int, "20000", "connections", "How many devices may be connected at once."),
    Setting("GATEWAY_CONNECTIONS_PER_PEER", int, "2000", "connections", "How many of them from one address."),
    Setting("GATEWAY_FRAMES_PER_S", int, "2000", "frames/s", "A peer that sends more is read more slowly."),
    Setting("SPOOL_MB", int, "512", "MiB", "How much the gateway keeps on its own disk while the database is away."),
    Setting("SMS_ROUTE", str, "", "DSN", "SMS carrier: smpp://user:password@host:port?sender=…  Empty: no SMS."),
    Setting("EMAIL_ROUTE", str, "", "DSN", "Mail relay: smtp://user:password@host:port?sender=…  Empty: no mail."),
    Setting("CHAT_ROUTE", str, "apprise://", "DSN", "Chat and social networks through Apprise."),
    Setting("WEBHOOK_ROUTE", str, "", "DSN", "Signed posts: webhook://?secret=…  Empty: no webhooks."),
    Setting("SOCIAL_POSTS", words, "", "URLs", "Apprise addresses that get each published appeal."),
    Setting("SUBSCRIBE_SMS_PER_HOUR", int, "200", "messages", "How many confirmations are sent by SMS: each costs."),
    Setting("SUBSCRIBE_MAIL_PER_HOUR", int, "2000", "messages", "How many confirmations are sent by mail."),
    Setting("OUTSIDE_BELL", str, "", "URL", "Signed webhook rung when a promise is overdue or the database is gone."),
    Setting("ACK_TIMEOUT_S", int, "60", "seconds", "Unacknowledged for so long, an alarm goes to the next step."),
    Setting("REPEAT_WINDOW_S", int, "120", "seconds", "Presses of one person within it count as one on the timeline."),
    Setting("RESPONDERS_ASKED", int, "5", "people", "How many of the nearest willing responders are asked at a time."),
    Setting(
        "RESPONDER_RADIUS_KM",
        int,
        "50",
        "km",
        "How far away a responder is still asked, without a radius of their own.",
    ),
    Setting("AREA_KM", int, "5", "km", "Size of the area that a responder sees before accepting."),
    Setting("SIGNAL_DAYS", int, "7", "days", "How long signals without an alarm are kept."),
    Setting(
        "DEMO", flag, "no", "yes/no", "Shows the demo's pretend phones and mailboxes. Never on a real installation."
    ),
    Setting("DEMO_CONTROL", str, "", "URL", "Where the demo's pretend carriers are controlled; set by `tocsin demo`."),
]


def value_of(setting: Setting) -> object:
    """Read one setting from the environment. Exits with what to write when it cannot be read."""
    text = os.environ.get(f"TOCSIN_{setting.name}", setting.default)
    try:
        return setting.parse(text)
    except ValueError as error:
        raise SystemExit(f"TOCSIN_{setting.name}: {error} ({setting.unit}). {setting.sentence}") from error


VALUES = {f"TOCSIN_{setting.name}": value_of(setting) for setting in SETTINGS}
globals().update(VALUES)  # Read as `django.conf.settings.TOCSIN_ACK_TIMEOUT_S`.

BASE_DIR = Path(__file__).resolve().parent
DATA_DIR = folder(str(VALUES["TOCSIN_DATA_DIR"]))
KEY_FILE = Path(str(VALUES["TOCSIN_KEY_FILE"])) if VALUES["TOCSIN_KEY_FILE"] else DATA_DIR / "keys" / "master.key"
DEBUG = VALUES["TOCSIN_DEBUG"]
ALLOWED_HOSTS = VALUES["TOCSIN_ALLOWED_HOSTS"]


def session_key() -> str:
    """Give the key that signs sessions. Before the first start there is no master key, and nothing to sign."""
    if VALUES["TOCSIN_SECRET_KEY"]:
        return str(VALUES["TOCSIN_SECRET_KEY"])
    return load_keyring(KEY_FILE).derive("sessions").hex() if KEY_FILE.exists() else secrets.token_hex()


POOL = {"min_size": 1, "max_size": 20, "timeout": 10}
# What a program held when it froze, or vanished with its machine, is given back: others wait for that incident.
ABANDONED = {"options": "-c idle_in_transaction_session_timeout=60s"}


def database(url: str) -> dict[str, object]:
    """Turn a PostgreSQL address into Django's form, with the pool that makes pages quick (parts.md, Web)."""
    parts = conninfo_to_dict(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "tocsin"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**LIVELY, **ABANDONED, **parts, "connect_timeout": 5, "pool": POOL},
        "TEST": {"NAME": None},
    }


DATABASE_URL = str(VALUES["TOCSIN_DATABASE_URL"]) or database_url(DATA_DIR)
DATABASES = {"default": database(DATABASE_URL)}
SECRET_KEY = session_key()

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "tocsin",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # Pads each answer, so that its length tells nothing (BREACH).
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "tocsin.middleware.local_time",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "tocsin.middleware.content_security_policy",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tocsin.accounts.middleware.reader",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tocsin.accounts.middleware.second_factor",
]
ROOT_URLCONF = "tocsin.urls"
CSRF_FAILURE_VIEW = "tocsin.console.errors.csrf_failure"
WSGI_APPLICATION = "tocsin.wsgi.application"
AUTH_USER_MODEL = "tocsin.Staff"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
            "builtins": ["tocsin.console.tags"],
        },
    }
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # templates/django/forms/ has the look of fields.
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("ar", "العربية"),
    ("es", "Español"),
    ("fa", "فارسی"),
    ("fr", "Français"),
    ("pt", "Português"),
    ("ru", "Русский"),
    ("sw", "Kiswahili"),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True  # No collectstatic step on a small installation.
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_MAX_AGE = 600  # Scripts import each other by plain names, so they may be old for so long after an upgrade.

# Sign-in (docs/people.md, docs/decisions/0010-sign-in.md).
IS_HTTPS = str(VALUES["TOCSIN_PUBLIC_URL"]).startswith("https://")
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/console/"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["username"]},
    },
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]  # Costs a thief memory, not only time.
PASSWORD_RESET_TIMEOUT = 2 * 24 * 3600  # Seconds for which a link to choose a password works.
SESSION_ENGINE = "tocsin.accounts.sessions"
SESSION_COOKIE_AGE = 12 * 3600  # A shift.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_HTTPONLY = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # Sealed; a cookie keeps words in browsers.
# Tables of people are read in memory: Django's other way puts what is large, unsealed, into the folder of temporary
# files, however much somebody sends who has not even signed in. What is larger is let go.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 17 * 1024 * 1024
CSRF_TRUSTED_ORIGINS = [str(VALUES["TOCSIN_PUBLIC_URL"]).rstrip("/")]
# Counts failed tries for all processes of this machine.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": DATA_DIR / "cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}
ALLAUTH_TRUSTED_PROXY_COUNT = VALUES["TOCSIN_PROXIES"]
ACCOUNT_ADAPTER = "tocsin.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None  # Staff sign in by handle; the address stands, sealed, on the party.
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True  # A browser that crashes at 3 a.m. comes back signed in.
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "30/m/ip,5/5m/key"}
MFA_ADAPTER = "tocsin.accounts.adapter.SecondFactorAdapter"
# Passkeys: add "webauthn" here and `MFA_PASSKEY_LOGIN_ENABLED = True`; they need https and their own templates.
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Tocsin"
MFA_TOTP_TOLERANCE = 1  # A phone's clock may be half a minute wrong.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RECOVERY_CODES_SHOW_ONCE = True

# Logs carry ids; never names, numbers, places or message text. Libraries that write down addresses are kept quiet.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"no_secrets": {"()": "tocsin.core.quiet.NoSecrets"}},
    "formatters": {"plain": {"()": "tocsin.core.quiet.Places", "format": "%(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "filters": ["no_secrets"], "formatter": "plain"}},
    "loggers": {
        "tocsin": {"level": "INFO"},
        "django.server": {"handlers": [], "propagate": False},
        **{name: {"level": "WARNING"} for name in ("httpx", "httpcore", "apprise", "asyncio", "mail.log")},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
