"""Django settings, from the environment only (docs/configuration.md lists every variable)."""

import shlex

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE

from budgetsite.environment import (
    BASE_DIR,
    POSTGRESQL,
    SQLITE,
    cookie_suffix,
    env_bool,
    env_database,
    env_file,
    env_int,
    env_list,
    env_secret,
)
from budgetsite.unfold import UNFOLD as UNFOLD

SECRET_KEY = env_secret("DJANGO_SECRET_KEY")
DEBUG = env_bool("DJANGO_DEBUG", default=False)
HTTPS = env_bool("DJANGO_HTTPS", default=False)
LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
PUBLIC_HOSTS = env_list("DJANGO_ALLOWED_HOSTS", [])
# Health checks come from inside, whatever the public name is.
ALLOWED_HOSTS = [*PUBLIC_HOSTS, *LOCAL_HOSTS]
CSRF_TRUSTED_ORIGINS = [
    f"https://*{host}" if host.startswith(".") else f"https://{host}" for host in PUBLIC_HOSTS if HTTPS and host != "*"
]

HOME_DIR = BASE_DIR
VAR_DIR = HOME_DIR / "var"

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_crontab",
    "budgets",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "budgets.api.middleware.HostedApiMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "budgetsite.time_zone.TimeZoneMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    # Last, so that a lock-out answers before any view (django-axes' own advice).
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "budgetsite.urls"
WSGI_APPLICATION = "budgetsite.wsgi.application"

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
            ],
        },
    },
]

# --- Database ---------------------------------------------------------------------------------------------------

DATABASE = env_database("DATABASE_URL", "sqlite:///var/budgets.sqlite3")
# For a lock, or for a connection of the pool. Whoever has waited that long is told 503, and the thread is free again.
DATABASE_WAIT_SECONDS = env_int("DATABASE_WAIT_SECONDS", 10, minimum=1)
# How many posts one worker process has in hand at once; the others wait in their order of arrival. SQLite has one
# writer, and who waits for it sleeps and tries again: among many, some wait long.
POSTS_AT_ONCE = 1
if DATABASE["ENGINE"] == SQLITE:
    DATABASE["CONN_MAX_AGE"] = 60
    DATABASE["OPTIONS"] = {
        # Writers queue instead of failing: without IMMEDIATE most concurrent writes end in "database is locked".
        "transaction_mode": "IMMEDIATE",
        "timeout": DATABASE_WAIT_SECONDS,
        # FULL: a ledger of money must not lose its last commits with the power.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
elif DATABASE["ENGINE"] == POSTGRESQL:
    # The pool keeps connections, so Django itself must not. It tries each before lending it: the server may restart.
    POOL_SIZE = env_int("DATABASE_POOL", 4, minimum=1)
    DATABASE["CONN_MAX_AGE"] = 0
    DATABASE["CONN_HEALTH_CHECKS"] = True
    # One connection is for the pages.
    POSTS_AT_ONCE = max(1, POOL_SIZE - 1)
    OPTIONS = DATABASE.setdefault("OPTIONS", {})
    # None: never. Otherwise psycopg keeps the statements of models/driver.py prepared; Django's own never are.
    prepares = env_bool("DATABASE_PREPARE", default=True)
    OPTIONS["prepare_threshold"] = 5 if prepares else None
    # Nor does a cursor on the server outlast its transaction, where the next has another connection.
    DATABASE["DISABLE_SERVER_SIDE_CURSORS"] = not prepares
    # Not with SQLite: psycopg takes its time, and its memory, to be imported.
    from budgetsite.pooled import PooledConnection

    OPTIONS["pool"] = {
        "min_size": min(2, POOL_SIZE),
        "max_size": POOL_SIZE,
        "timeout": DATABASE_WAIT_SECONDS,
        # By itself the pool waits twice as long after each failure to connect, and so stays away for minutes after the
        # server is back. It gives up together with whoever waits for it, and tries anew for the next request.
        "reconnect_timeout": DATABASE_WAIT_SECONDS,
        "connection_class": PooledConnection,
    }
    # What the URL says comes last, and so wins.
    OPTIONS["options"] = f"-c lock_timeout={DATABASE_WAIT_SECONDS}s {OPTIONS.get('options', '')}".rstrip()
DATABASES = {"default": DATABASE}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- The hosted API ---------------------------------------------------------------------------------------------

# The largest body that is read, in bytes, and what a worker process holds of bodies at once. Django's own limit guards
# only forms, in the admin.
BUDGETS_MAX_BODY_BYTES = env_int("BUDGETS_MAX_BODY_MB", 32, minimum=1) * 1024 * 1024
# Set for gunicorn, which reads it by itself; here to be told.
WORKER_PROCESSES = env_int("WEB_CONCURRENCY", 2, minimum=1)
LOCAL_URL = f"http://127.0.0.1:{env_int('PORT', 8000, minimum=1)}"
# How many proxies stand in front and add to X-Forwarded-For. Without any, the header is what a stranger says.
BUDGETS_TRUSTED_PROXIES = env_int("BUDGETS_TRUSTED_PROXIES", 0, minimum=0)
# How long a request may take to arrive, beside what its size takes; and how long, whole, it may wait for a thread.
REQUEST_SECONDS = env_int("BUDGETS_REQUEST_SECONDS", 10, minimum=1)

# --- Signing in, cookies, headers ---------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "budgets.api.addresses.address_of"
# Its tables are shown by pages of our own, to look at only.
AXES_ENABLE_ADMIN = False

LOGIN_URL = "admin:login"
# A working day, and not the two weeks of Django's default.
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
# A browser keeps cookies by host, whatever the port: beside `make run`, `make demo` must not take its place.
if DATABASE["ENGINE"] == SQLITE and (OTHER := cookie_suffix(DATABASE["NAME"])):
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"sessionid_{OTHER}", f"csrftoken_{OTHER}"
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    # Health checks come from inside, without TLS.
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        # unfold's Alpine evaluates its attributes and sets styles; no inline script is allowed.
        "script-src": [SELF, UNSAFE_EVAL],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

# --- Time, language, files --------------------------------------------------------------------------------------

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LANGUAGE_CODE = "en-us"

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# An error page, with DEBUG or mailed, tells no secret.
DEFAULT_EXCEPTION_REPORTER = "budgetsite.redaction.RedactingReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "budgetsite.redaction.RedactingFilter"

# --- Logs: to stderr, for whoever runs the process to keep ------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "budgetsite.redaction.RedactingFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "filters": {
        "without_traceback": {"()": "budgetsite.logs.WithoutTraceback"},
        "refusals_without_traceback": {"()": "budgetsite.logs.WithoutTracebackOfRefusals"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "budgets": {"level": "INFO"},
        # Django's own handlers would say everything twice, and are silent without DEBUG.
        "django": {"handlers": [], "level": "INFO"},
        # Whatever level others are turned to: these tell the values of every statement and page, mark keys and all.
        "django.db.backends": {"level": "INFO"},
        "django.template": {"level": "INFO"},
        # Anyone can send a foreign Host, as often as they like.
        "django.security.DisallowedHost": {"filters": ["without_traceback"]},
        # Nor is a login that tries what it may not, or a list's address with a lookup that is not offered.
        "django.security.DisallowedModelAdminLookup": {"filters": ["without_traceback"]},
        "django.request": {"filters": ["refusals_without_traceback"]},
        "django.server": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "axes": {"level": "WARNING"},
    },
}

# --- Cron: `manage.py crontab add` on every deploy, for a changed job changes its name -----------------------------

CRONJOBS = [
    ("7 * * * *", "django.core.management.call_command", ["reset_budgets"]),
    ("37 3 * * *", "django.core.management.call_command", ["verify_ledger"]),
]
CRONTAB_DJANGO_MANAGE_PATH = str(BASE_DIR / "manage.py")
# `crontab add` replaces the lines with this comment: two installs under one user must not remove each other's.
CRONTAB_COMMENT = f"budgets in {BASE_DIR}"
CRONTAB_LOCK_JOBS = True
# Cron passes no environment, so the job reads the file itself. The lock is made in TMPDIR: in the shared /tmp, one that
# root once made would block everyone else.
CRON_DIR = VAR_DIR / "cron"
CRONTAB_COMMAND_PREFIX = (
    f"mkdir -p -m 700 {shlex.quote(str(CRON_DIR))} &&"
    f" TMPDIR={shlex.quote(str(CRON_DIR))} BUDGETS_ENV_FILE={shlex.quote(str(env_file()))}"
)
# Cron mails whatever a job says: that it failed, on stderr, and not that all is well.
CRONTAB_COMMAND_SUFFIX = "> /dev/null"
