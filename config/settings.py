"""One settings file, read from the environment (README lists every variable).

Defaults give a working shop on one machine: SQLite, the ORM queue broker, and, with DEMO=1,
the sandbox on loopback. DATABASE_URL and REDIS_URL grow it up; nothing else changes.
"""

import sys
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(env.str("ENV_FILE", default=str(BASE_DIR / ".env")), overwrite=False)

TESTING = "pytest" in sys.modules
DEMO = env.bool("DEMO", default=False)
DEBUG = env.bool("DEBUG", default=False)
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

# --- Secrets -------------------------------------------------------------------------------

# `manage.py new_key` has to run before there is a key.
_MAY_LACK_KEYS = DEMO or TESTING or DEBUG or sys.argv[1:2] == ["new_key"]
_DEMO_KEY = "demo-only-not-a-secret-" + "0" * 40
SECRET_KEY = env.str("SECRET_KEY", default=_DEMO_KEY if _MAY_LACK_KEYS else "")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Put 50 or more random characters in the environment, "
        "or set DEMO=1 to try PO Sync on this machine."
    )
if SECRET_KEY == _DEMO_KEY and not _MAY_LACK_KEYS:
    raise ImproperlyConfigured("SECRET_KEY is the demo's. Set one of your own.")

# Fernet keys for what is kept encrypted (tokens), newest first. Not SECRET_KEY: that one may
# be rotated without losing every connection.
FIELD_KEYS: list[str] = env.list(
    "FIELD_KEYS",
    default=["ZGVtby1vbmx5LWtleS1ub3QtYS1zZWNyZXQtMDAwMDA="] if _MAY_LACK_KEYS else [],
)
if not FIELD_KEYS:
    raise ImproperlyConfigured(
        "FIELD_KEYS is not set. Make a key with `python manage.py new_key` "
        "and put it in the environment; keep old keys after it, comma-separated."
    )

# --- The web -------------------------------------------------------------------------------

ALLOWED_HOSTS: list[str] = env.list(
    "ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEMO or DEBUG or TESTING else []
)
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
BASE_URL = env.str("BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "config.staff.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "template_partials.apps.SimpleAppConfig",
    "django_cotton.apps.SimpleAppConfig",
    "django_htmx",
    "django_q",
    "django_structlog",
    "csp",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "retailers",
    "catalog",
    "purchasing",
    "integrations",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "retailers.middleware.WithoutNulMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "retailers.middleware.HtmxSignInMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "retailers.middleware.CurrentRetailerMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django_cotton.cotton_loader.Loader",
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": [
                "purchasing.templatetags.orders",
                "django_cotton.templatetags.cotton",
                "template_partials.templatetags.partials",
                "retailers.templatetags.ui",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "retailers.context.shop",
                "integrations.context.nav",
            ],
        },
    }
]

# --- Database, cache, queue ----------------------------------------------------------------

DATABASES: dict[str, Any] = {
    "default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'po-sync.sqlite3'}")
}
ON_SQLITE = "sqlite" in DATABASES["default"]["ENGINE"]
if ON_SQLITE:
    DATABASES["default"]["ENGINE"] = "config.sqlite"
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        # Taking the write lock at BEGIN is what makes many threads safe; see docs/architecture.md.
        "transaction_mode": "IMMEDIATE",
        # FULL: a lost "sent" mark would skip the settle wait of the write protocol.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
            " PRAGMA busy_timeout=20000; PRAGMA temp_store=MEMORY;"
        ),
    }
    if TESTING:
        DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
        DATABASES["default"]["OPTIONS"]["init_command"] = (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;"
            " PRAGMA busy_timeout=20000; PRAGMA temp_store=MEMORY;"
        )
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["OPTIONS"] = {
        "options": "-c lock_timeout=5s -c statement_timeout=30s"
        " -c idle_in_transaction_session_timeout=30s"
    }

REDIS_URL = env.str("REDIS_URL", default="")
CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "po-sync",
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# Longer waits (settle time, leases, back-off, rate windows) are multiplied by this. Tests and
# the demo only: it is how a protocol with two-minute waits is proven in seconds.
SYNC_TIME_SCALE = env.float("SYNC_TIME_SCALE", default=1.0)

Q_CLUSTER: dict[str, Any] = {
    "name": "po-sync",
    "label": "Queue",
    "workers": env.int("WORKERS", default=2 if ON_SQLITE else 4),
    "timeout": 120,
    "retry": 300,
    "queue_limit": env.int("WORKERS", default=2 if ON_SQLITE else 4),
    "bulk": 1,
    "poll": 0.05,
    "guard_cycle": 0.5,
    "ack_failures": True,
    "max_attempts": 1,
    "catch_up": False,
    "recycle": 1000,
    "max_rss": 400_000,
    "save_limit": -1,
}
if REDIS_URL:
    Q_CLUSTER["redis"] = REDIS_URL
else:
    Q_CLUSTER["orm"] = "default"

# --- People --------------------------------------------------------------------------------

AUTH_USER_MODEL = "retailers.User"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if TESTING:
    # Hundreds of people are made in tests; a slow hash would be half of their time.
    PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "retailers.accounts.InvitedOnlyAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "PO Sync: "
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
# Staff see every shop, so a password alone does not open /staff/.
STAFF_MFA_REQUIRED = env.bool("STAFF_MFA_REQUIRED", default=not DEMO)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "retailers.accounts.axes_username"
AXES_LOCKOUT_TEMPLATE = "account/lockout.html"
AXES_ENABLED = not TESTING
PASSWORD_RESET_TIMEOUT = 3600
SESSION_COOKIE_AGE = 60 * 60 * 24 * 7

# --- E-mail: queued like every other call (integrations/mail) --------------------------------

EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://")
EMAIL_BACKEND = "integrations.mail.QueuedEmailBackend"
MAIL_DELIVERY_BACKEND: str = EMAIL_CONFIG["EMAIL_BACKEND"]
EMAIL_HOST = EMAIL_CONFIG.get("EMAIL_HOST", "localhost")
EMAIL_PORT = EMAIL_CONFIG.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = EMAIL_CONFIG.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = EMAIL_CONFIG.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = EMAIL_CONFIG.get("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("FROM_EMAIL", default="PO Sync <po-sync@localhost>")

# --- Language, place, time -----------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("en-gb", _("British English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
# Off: with it, the row 1142 is written as `name="kept-1,142"` and nobody finds it again. Figures
# for people get their group marks from retailers/formatting.
USE_THOUSAND_SEPARATOR = False

# --- Static files and media ----------------------------------------------------------------

# A delivery of 1,000 lines posts three fields a line.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = VAR_DIR / "media"
MEDIA_URL = "media/"
STORAGES: dict[str, Any] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEMO or DEBUG or TESTING
        else "retailers.staticfiles.JoinedManifestStorage"
    },
}
WHITENOISE_USE_FINDERS = DEMO or DEBUG or TESTING
WHITENOISE_AUTOREFRESH = DEBUG

# --- Browser side security -----------------------------------------------------------------

_RELAXED = DEMO or DEBUG or TESTING
SECURE_SSL_REDIRECT = not _RELAXED
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
)
SECURE_HSTS_SECONDS = 0 if _RELAXED else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = not _RELAXED
SECURE_HSTS_PRELOAD = not _RELAXED
SESSION_COOKIE_SECURE = not _RELAXED
CSRF_COOKIE_SECURE = not _RELAXED
SESSION_COOKIE_NAME = "sessionid" if _RELAXED else "__Host-session"
CSRF_COOKIE_NAME = "csrftoken" if _RELAXED else "__Host-csrf"
CSRF_FAILURE_VIEW = "retailers.errors_views.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: []
    for name in ("camera", "geolocation", "microphone", "payment", "usb", "interest-cohort")
}

# --- The two outside systems ---------------------------------------------------------------

APP_NAME = "PO Sync"
USER_AGENT = "PO-Sync/1.0 (purchase order sync; +https://po-sync.example)"
# Origins that may be plain http or a private address: the sandbox. Empty in production.
TRUSTED_ORIGINS: list[str] = env.list("TRUSTED_ORIGINS", default=[])

NUORDER_HOSTS: list[str] = env.list(
    "NUORDER_HOSTS", default=["https://buyer.nuorder.com", "https://wholesale.nuorder.com"]
)
NUORDER_HOST = env.str("NUORDER_HOST", default=NUORDER_HOSTS[0])
NUORDER_WEB_URL = env.str("NUORDER_WEB_URL", default="https://app.nuorder.com")

# {prefix} is the shop's domain prefix.
XSERIES_URL = env.str("XSERIES_URL", default="https://{prefix}.retail.lightspeed.app")
XSERIES_CONNECT_URL = env.str(
    "XSERIES_CONNECT_URL", default="https://secure.retail.lightspeed.app/connect"
)
XSERIES_CLIENT_ID = env.str("XSERIES_CLIENT_ID", default="")
XSERIES_CLIENT_SECRET = env.str("XSERIES_CLIENT_SECRET", default="")
# Entries per bulk line call: the vendor advises 500 at most.
XSERIES_BULK_LINES = min(env.int("XSERIES_BULK_LINES", default=250), 500)
# Unknown in public documents whether consignment bodies are wrapped in {"data": …}; see docs.
XSERIES_WRAP_CONSIGNMENTS = env.bool("XSERIES_WRAP_CONSIGNMENTS", default=False)

# --- Logs ----------------------------------------------------------------------------------

LOGGING = logging_config(level=env.str("LOG_LEVEL", default="INFO"), json=not (_RELAXED))
