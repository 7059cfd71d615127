"""One settings file, read from the environment, safe by default.

Nothing here needs to be set for `make run`; what a district sets is listed in docs/operating.md.
Without TECHDESK_DEBUG, TECHDESK_DEMO and an http:// base address, `manage.py check --deploy` is clean.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent


def flag(name: str, default: bool = False) -> bool:
    """True for 1, true, yes, on in the environment variable `name`."""
    value = os.environ.get(name)
    return default if value is None else value.strip().lower() in {"1", "true", "yes", "on"}


# --- what kind of installation this is -----------------------------------------------------------------
DEBUG = flag("TECHDESK_DEBUG")
TESTING = "pytest" in sys.modules
# Demo data and the pages that only make sense with it (mail catcher, component catalogue).
DEMO = flag("TECHDESK_DEMO")
VAR = Path(os.environ.get("TECHDESK_VAR", BASE_DIR / "var")).resolve()

BASE_URL = os.environ.get("TECHDESK_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
_base = urlsplit(BASE_URL)
HTTPS = _base.scheme == "https"
HOST = _base.hostname or "127.0.0.1"
# Only a machine of one's own may be served without TLS, with demo data or with debugging.
LOCAL = HOST in {"127.0.0.1", "localhost", "::1", "testserver"}
if DEMO and not (LOCAL or TESTING):
    raise ImproperlyConfigured(
        "TECHDESK_DEMO=1 with a public TECHDESK_BASE_URL: demo accounts must never be reachable from outside."
    )

ALLOWED_HOSTS = [h for h in os.environ.get("TECHDESK_ALLOWED_HOSTS", "").split(",") if h] or (
    ["127.0.0.1", "localhost", "[::1]", "testserver"] if LOCAL else [HOST]
)


def kept_secret_key() -> str:
    """The key that `make run` keeps in the data folder, so that commands typed beside it make links that fit."""
    try:
        return "" if TESTING else (VAR / "secret_key").read_text().strip()
    except OSError:
        return ""


SECRET_KEY = os.environ.get("TECHDESK_SECRET_KEY", "") or kept_secret_key()
if not SECRET_KEY:
    if not (DEBUG or TESTING or LOCAL):
        raise ImproperlyConfigured("Set TECHDESK_SECRET_KEY to a long random text (50 characters or more).")
    SECRET_KEY = "insecure-only-for-this-machine-" + "0" * 40
SECRET_KEY_FALLBACKS = [k for k in os.environ.get("TECHDESK_SECRET_KEY_FALLBACKS", "").split(",") if k]

# --- applications --------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "django_htmx",
    "tablericons",
    "pgtrigger",
    "pghistory",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "techdesk.base",
    "techdesk.ui",
    "techdesk.api",
    "techdesk.audit",
    "techdesk.jobs",
    "techdesk.notifications",
    "techdesk.directory",
    "devices",
    "tickets",
    "training",
    "testing_events",
    "media_center",
    "techdesk.site",
]

MIDDLEWARE = [
    "techdesk.site.health.health",
    "techdesk.base.middleware.request_log",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "techdesk.directory.languages.own_language",
    "techdesk.directory.sessions.ending_sessions",
    "techdesk.directory.second_factor.second_factor_wall",
    "techdesk.directory.time_zone.local_time",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "techdesk.base.middleware.size_limit",
    "techdesk.base.middleware.private_pages",
    "techdesk.audit.middleware.history_context",
    "techdesk.base.middleware.domain_errors",
]

ROOT_URLCONF = "techdesk.urls"
WSGI_APPLICATION = "techdesk.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "techdesk.site.context.page",
                "techdesk.ui.context.look",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "tablericons.templatetags.tablericons",
                "techdesk.ui.templatetags.ui",
            ],
        },
    },
]
FORM_RENDERER = "techdesk.ui.forms.TechdeskFormRenderer"

# --- database ------------------------------------------------------------------------------------------
DATABASE_URL = os.environ.get("DATABASE_URL", "postgresql://techdesk@127.0.0.1/techdesk")
DATABASES: dict[str, Any] = {"default": dj_database_url.parse(DATABASE_URL)}
_db = DATABASES["default"]
_db["CONN_MAX_AGE"] = 60
_db["CONN_HEALTH_CHECKS"] = True
# A page waits ten seconds at most. A migration may rebuild a large table, and tests create whole databases by one
# statement, on machines that are busy.
_longest_statement = "60000" if TESTING else "0" if sys.argv[1:2] == ["migrate"] else "10000"
STATEMENT_TIMEOUT_MS = int(os.environ.get("TECHDESK_STATEMENT_TIMEOUT_MS", _longest_statement))
_db.setdefault("OPTIONS", {})
_db["OPTIONS"].update(
    connect_timeout=5,
    keepalives=1,
    keepalives_idle=30,
    keepalives_interval=10,
    keepalives_count=3,
    options=(
        f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout=3000 -c idle_in_transaction_session_timeout=60000"
    ),
)
_db["TEST"] = {"NAME": os.environ.get("TECHDESK_TEST_DB", "test_techdesk")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis: a doorbell and a cache; nothing that matters lives only there ------------------------------
REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379")


def redis_url(number: int, *, for_broker: bool = False) -> str:
    """The address of database `number` on the configured server, in the spelling of kombu or of redis-py."""
    parts = urlsplit(REDIS_URL)
    if parts.scheme in {"unix", "redis+socket"}:
        path = unquote(parts.path)
        return f"redis+socket://{path}?virtual_host={number}" if for_broker else f"unix://{path}?db={number}"
    return f"{parts.scheme}://{parts.netloc}/{number}"


CACHES = {
    "default": {
        "BACKEND": "techdesk.base.cache.PatientRedisCache",
        "LOCATION": redis_url(1),
        "KEY_PREFIX": "techdesk",
        "TIMEOUT": 300,
        # A page does not wait for the cache; a test on a busy machine does, because it counts on what is counted there.
        "OPTIONS": {"socket_timeout": 10 if TESTING else 0.5, "socket_connect_timeout": 10 if TESTING else 0.5},
    }
}

# --- Celery --------------------------------------------------------------------------------------------
CELERY_BROKER_URL = redis_url(0, for_broker=True)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 15,
    "socket_connect_timeout": 2,
    "socket_keepalive": not REDIS_URL.startswith("unix"),
    "health_check_interval": 25,
    "global_keyprefix": "techdesk:",
    "max_retries": 2,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.5,
}
CELERY_VISIBILITY_TIMEOUT = 3600
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_RETRY_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 900
CELERY_TASK_SOFT_TIME_LIMIT = 840
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 2000
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ETA_TASK_LIMIT = 100
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_BACKEND = None
CELERY_TASK_TRACK_STARTED = False
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.2,
}
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_ENABLE_UTC = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_CRON_STARTING_DEADLINE = 900
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "run" / "beat-schedule")
CELERY_BEAT_MAX_LOOP_INTERVAL = 1

# --- people and sessions -------------------------------------------------------------------------------
AUTH_USER_MODEL = "directory.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "given_name", "family_name", "username")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "techdesk.directory.login.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_CHANGE_EMAIL = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_RATE_LIMITS = {
    "login": "600/m/ip",
    # Per account and address: a class cannot lock out its teacher from another network.
    # A whole school may come from one address, hence the wide one (techdesk.directory.login makes the key).
    "login_failed": "30/m/ip,8/5m/key",
    "reset_password": "20/m/ip,5/m/key",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
    "invitation": "60/m/ip",
    "signed_link": "60/m/ip",
    # Addresses of calendars that do not exist; those that do are counted one by one (directory.views.calendar_feed).
    "calendar_feed": "30/m/ip",
}
ACCOUNT_SESSION_REMEMBER = False
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Techdesk"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/accounts/login/"
PASSWORD_RESET_TIMEOUT = 3600 * 2
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600  # a school day with its evening; nobody stays signed in overnight
SESSION_IDLE_SECONDS = 4 * 3600  # ... and nobody who walked away from the computer at noon
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-techdesk" if HTTPS else "techdesk"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-techdesk-csrf" if HTTPS else "techdesk-csrf"
CSRF_FAILURE_VIEW = "techdesk.site.views.csrf_failure"
CSRF_TRUSTED_ORIGINS = [BASE_URL] if HTTPS else []

# --- transport and content security --------------------------------------------------------------------
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if flag("TECHDESK_BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1  # throttles count the visitor's address, not the proxy's
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "blob:"],  # the thumbnail of a picture that is being attached
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}


def stored_files() -> dict[str, Any]:
    """The storage of uploaded files: the folder VAR/files, or with TECHDESK_FILES=s3://bucket/prefix an object store.

    Keys and region come from the variables every S3 client reads (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
    AWS_DEFAULT_REGION); TECHDESK_S3_ENDPOINT names a store that is not Amazon's.
    """
    place = urlsplit(os.environ.get("TECHDESK_FILES", ""))
    if place.scheme != "s3":
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(VAR / "files"), "file_permissions_mode": 0o640},
        }
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": place.netloc,
            "location": place.path.strip("/"),
            "endpoint_url": os.environ.get("TECHDESK_S3_ENDPOINT") or None,
            "default_acl": None,  # private, as the bucket says
            "file_overwrite": False,
            "querystring_auth": True,
        },
    }


# --- files ---------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR / "static"
# Plain storage where nothing was collected (tests, first page of a new clone); hashed names when served.
_hashed = not (DEBUG or TESTING)
STORAGES = {
    "default": stored_files(),
    "staticfiles": {
        "BACKEND": "techdesk.ui.storage.TechdeskStaticFilesStorage"
        if _hashed
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not _hashed
FILE_UPLOAD_TEMP_DIR = None
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # everything but files
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 40  # all CSV files of a OneRoster export, chosen together
UPLOAD_MAX_BYTES = 100 * 1024 * 1024
PICTURE_MAX_BYTES = 15 * 1024 * 1024
DOCUMENT_MAX_BYTES = 25 * 1024 * 1024

# --- language and time ---------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["techdesk.base.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
# The zone of pages that belong to no school; every School has its own.
DISTRICT_TIME_ZONE = os.environ.get("TECHDESK_TIME_ZONE", "America/Chicago")

# --- mail ----------------------------------------------------------------------------------------------
EMAIL_URL = os.environ.get("EMAIL_URL", "")
_mail = urlsplit(EMAIL_URL) if EMAIL_URL else None
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = (_mail.hostname if _mail else None) or "127.0.0.1"
EMAIL_PORT = (_mail.port if _mail else None) or 25
EMAIL_HOST_USER = unquote(_mail.username or "") if _mail else ""
EMAIL_HOST_PASSWORD = unquote(_mail.password or "") if _mail else ""
EMAIL_USE_TLS = bool(_mail and _mail.scheme == "smtp+tls")
EMAIL_USE_SSL = bool(_mail and _mail.scheme == "smtps")
EMAIL_TIMEOUT = 20
# How long a worker may hold mail it is sending; after that another takes over what a dead one left.
LEASE_SECONDS = int(os.environ.get("TECHDESK_LEASE_SECONDS", "120"))
# Whether mail that can wait is held in the evening, at night and at weekends, where neither the district nor the school
# has said so itself. The demo's mail is looked at whenever somebody tries it.
QUIET_HOURS = flag("TECHDESK_QUIET_HOURS", default=not (DEMO or TESTING))
# Replies in one conversation within so many seconds after a mail about it are collected into one.
GATHER_SECONDS = int(os.environ.get("TECHDESK_GATHER_SECONDS", "600"))
# Whether messages to chat rooms and SMS gateways may go to addresses in our own network, and without TLS.
WEBHOOK_ALLOW_PRIVATE = flag("TECHDESK_WEBHOOK_ALLOW_PRIVATE")
# How long notices that were read, and the record of what was mailed, are kept.
NOTICES_KEPT_DAYS = int(os.environ.get("TECHDESK_NOTICES_KEPT_DAYS", "180"))
DELIVERIES_KEPT_DAYS = int(os.environ.get("TECHDESK_DELIVERIES_KEPT_DAYS", "365"))
DEFAULT_FROM_EMAIL = os.environ.get("TECHDESK_MAIL_FROM", f"Techdesk <techdesk@{HOST}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- REST API ------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "techdesk.api.authentication.BearerToken",
        "techdesk.api.authentication.SignedInPerson",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["techdesk.api.permissions.ThroughTheDoor"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["techdesk.api.parsers.JSONBody"],
    "DEFAULT_SCHEMA_CLASS": "techdesk.api.schema.TechdeskSchema",
    "DEFAULT_THROTTLE_CLASSES": ["techdesk.api.throttles.PerCaller"],
    "DEFAULT_THROTTLE_RATES": {
        "token": os.environ.get("TECHDESK_API_RATE", "6000/min"),
        "person": os.environ.get("TECHDESK_API_PERSON_RATE", "12000/min"),
        # Requests without a token that counts, by network address.
        "stranger": os.environ.get("TECHDESK_API_STRANGER_RATE", "300/min"),
    },
    "EXCEPTION_HANDLER": "techdesk.api.problems.problem_answer",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "rest_framework.negotiation.DefaultContentNegotiation",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Techdesk REST API",
    "DESCRIPTION": "Devices, tickets and people of a school district. See docs/api.md.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "DeviceStatus": "devices.choices.DeviceStatus",
        "DeviceCondition": "devices.choices.Condition",
        "HolderType": "devices.choices.HolderType",
        "TicketStatus": "tickets.choices.TicketStatus",
        "TicketPriority": "tickets.choices.Priority",
        "PersonKind": "techdesk.directory.choices.PersonKind",
        "RoomKind": "techdesk.directory.choices.RoomKind",
    },
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
}

# --- history and logs ----------------------------------------------------------------------------------
LOGGING_CONFIG = None
SILENCED_SYSTEM_CHECKS: list[str] = []
LOG_LEVEL = os.environ.get("TECHDESK_LOG_LEVEL", "WARNING" if TESTING else "INFO")
