"""Django's settings, out of the node's own (`config.py`); safe unless told otherwise."""

import mimetypes
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.utils.translation import gettext_lazy as _

from mainstay.core import clock, keystore
from mainstay.core.errors import ConfigurationError
from mainstay.site import config as node_config

CONFIG = node_config.load()
keystore.use(node_config.open_keystore(CONFIG))
clock.use_zone(CONFIG.time_zone)


LINE_SECONDS = 300
"""How long a thread keeps its line to the database: opening one costs as much as a page."""


def database(url: str) -> dict[str, Any]:
    """Return Django's database settings: SQLite in the node's folder, or the PostgreSQL that a URL names."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": CONFIG.database_path,
            "CONN_MAX_AGE": LINE_SECONDS,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ConfigurationError("database_url is not postgresql://…", todo="Leave it empty for SQLite.")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": LINE_SECONDS,
        "CONN_HEALTH_CHECKS": True,
        # PostgreSQL plans a question once for each line and keeps the plan: planning took a sixth of its time
        "OPTIONS": {"server_side_binding": True, "prepare_threshold": 5, **options},
    }


SECRET_KEY = keystore.node().django_secret
DEBUG = CONFIG.debug
ALLOWED_HOSTS = CONFIG.hosts
DATABASES = {"default": database(CONFIG.database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "rules",
    "mainstay.core",
    "mainstay.ui",
    "mainstay.audit",
    "mainstay.accounts",
    "mainstay.network",
    "mainstay.money",
    "mainstay.identify",
    "mainstay.protect",
    "mainstay.cooperate",
    "mainstay.monitor",
    "mainstay.site",
]

MIDDLEWARE = [
    "mainstay.site.middleware.SafeHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "mainstay.accounts.sessions.StayingSignedIn",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "mainstay.site.middleware.ErrorsIntoAnswers",
    "mainstay.site.middleware.RefuseNul",
    "mainstay.site.middleware.DenyByDefault",
    "mainstay.site.middleware.SecondFactor",
    "mainstay.site.middleware.SeeAsAnotherRole",
]

ROOT_URLCONF = "mainstay.site.urls"
WSGI_APPLICATION = "mainstay.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["mainstay.site.templating.OursFirst", "django.template.loaders.app_directories.Loader"],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mainstay.site.templating.shell",
            ],
        },
    }
]

# Accounts
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["mainstay.accounts.backend.WithAgency"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["name", "email"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "mainstay.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "20/m/ip,5/15m/key"}
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ALLAUTH_TRUSTED_PROXY_COUNT = int(CONFIG.behind_proxy)
MFA_ADAPTER = "mainstay.accounts.second_factor.SealedSecrets"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = CONFIG.node_name
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not CONFIG.https
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "today"
REQUIRE_SECOND_FACTOR = CONFIG.require_second_factor
# In memory: a shared cache would hold pickles, which run as code for whoever writes to where it is kept.
_CACHE = (
    "mainstay.core.shared_cache.SharedCache" if CONFIG.serving_processes > 1 else None
)  # tries count in all of them
CACHES = {"default": {"BACKEND": _CACHE or "django.core.cache.backends.locmem.LocMemCache"}}

# Sessions and transport
SESSION_COOKIE_AGE = 30 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CONFIG.https
SESSION_COOKIE_NAME = "__Host-session" if CONFIG.https else f"session-{urlsplit(CONFIG.base_url).port or 80}"
CSRF_COOKIE_NAME = "__Host-csrf" if CONFIG.https else f"csrf-{urlsplit(CONFIG.base_url).port or 80}"
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [CONFIG.base_url]
CSRF_FAILURE_VIEW = "mainstay.site.views.csrf_failure"
SECURE_SSL_REDIRECT = CONFIG.https
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if CONFIG.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = CONFIG.https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CONFIG.behind_proxy else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Language and time
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("ar", _("Arabic")),
    ("en", _("English")),
    ("es", _("Spanish")),
    ("fr", _("French")),
    ("ru", _("Russian")),
    ("zh-hans", _("Chinese (simplified)")),
]
LOCALE_PATHS = [Path(__file__).parent / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = CONFIG.time_zone

# Files
mimetypes.add_type("text/javascript", ".js", strict=True)
STATIC_URL = "/static/"
STATIC_ROOT = CONFIG.home / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = CONFIG.debug

# Background work and mail
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if CONFIG.email_url
    else "django.core.mail.backends.dummy.EmailBackend"
)
_mail = urlsplit(CONFIG.email_url)
EMAIL_HOST, EMAIL_PORT = _mail.hostname or "localhost", _mail.port or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
EMAIL_USE_TLS = _mail.scheme == "smtps"
EMAIL_TIMEOUT = 20  # seconds; nothing waits longer for a mail server that does not answer
DEFAULT_FROM_EMAIL = CONFIG.email_from
FILE_UPLOAD_HANDLERS = ["mainstay.core.uploads.InMemoryOnly"]  # set here: a form's token is read before any view
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"addresses": {"()": "mainstay.site.logs.WithoutSecretAddresses"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["addresses"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
