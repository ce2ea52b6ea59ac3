"""TaskHub's settings; what differs between installations comes from the environment (env.py)."""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from taskhub import __version__, env

BASE_DIR = Path(__file__).resolve().parent.parent

# What this process is: `web`, `embedded` (web and background in one), `worker`, `beat` or `command`.
PROCESS = env.text("TASKHUB_PROCESS", "command")
DEBUG = env.flag("DEBUG")
DATA_DIR = env.data_dir(BASE_DIR / "var")
SECRET_KEY = env.secret_key(DATA_DIR, debug=DEBUG)
# Under what API keys and lease tokens are hashed; changing it ends them all.
API_KEY_PEPPER = env.text("API_KEY_PEPPER", SECRET_KEY)
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
# Under what secrets are sealed at rest: the first seals, all open; without any, keys derived from SECRET_KEY.
SECRETS_KEYS = env.keys("SECRETS_KEYS")

# Where people reach TaskHub; links in mail start with it, and https turns on all that TLS allows.
BASE_URL = env.origin("BASE_URL")
TLS = BASE_URL.startswith("https://")
# Whether a proxy in front sets X-Forwarded-Proto (and removes what clients send under that name).
TRUST_PROXY = env.flag("TRUST_PROXY")
# The proxies whose X-Forwarded-For is believed: how many stand in front, or their networks.
TRUSTED_PROXIES = env.proxies("TRUSTED_PROXIES", 1 if TRUST_PROXY else 0)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or [
    *env.LOOPBACK_HOSTS,
    *([urlsplit(BASE_URL).hostname or ""] if BASE_URL else []),
]

# With which monitors may read the details of /readyz from elsewhere; empty: only this machine may.
METRICS_TOKEN = env.text("METRICS_TOKEN")

# --- Applications and order of work -------------------------------------------------------------

INSTALLED_APPS = [
    "taskhub",
    "apps.core",
    "apps.events",
    "apps.actors",
    "apps.containers",
    "apps.tasks",
    "apps.automation",
    "apps.operations",
    "apps.notifications",
    "apps.api",
    "apps.web",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_htmx",
]

MIDDLEWARE = [
    "taskhub.middleware.RequestIdMiddleware",
    "apps.api.errors.ProblemMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "taskhub.middleware.ContentPolicyMiddleware",
    "taskhub.middleware.PrivateAnswersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "taskhub.middleware.LoginRequiredMiddleware",
    "apps.web.middleware.PagesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

# Upward calls, in order, as dotted paths; single ones are in wiring.py (docs: architecture).
IN_TRANSACTION = [
    "apps.automation.transitions.follow",
    "apps.automation.queue.deactivation.follow",
    "apps.tasks.services.handovers.departures.follow",
]
EVENT_CONSUMERS = ["apps.automation.rules.run_rules", "apps.notifications.consumer.notify"]
OPERATION_KINDS = {
    "retry": "apps.operations.kinds.tasks.Retry",
    "skip": "apps.operations.kinds.tasks.Skip",
    "cancel": "apps.operations.kinds.tasks.Cancel",
    "fail_over": "apps.operations.kinds.tasks.FailOver",
    "reassign": "apps.operations.kinds.tasks.Reassign",
    "set_fields": "apps.operations.kinds.tasks.SetFields",
}
ACTIONS = {
    "set": "apps.automation.actions.Set",
    "unset": "apps.automation.actions.Unset",
    "add_items": "apps.automation.actions.AddItems",
    "remove_items": "apps.automation.actions.RemoveItems",
    "assign": "apps.automation.actions.Assign",
    "grant": "apps.automation.actions.Grant",
    "set_privacy": "apps.automation.actions.SetPrivacy",
    "add_note": "apps.automation.actions.AddNote",
    "notify": "apps.automation.actions.Notify",
    "hand_over": "apps.automation.actions.HandOver",
    "create_task": "apps.automation.actions.CreateTask",
    "schedule_task": "apps.automation.actions.ScheduleTask",
    "schedule_update": "apps.automation.actions.ScheduleUpdate",
    "emit": "apps.automation.actions.Emit",
}
# The parts of a manifest, in the order in which they are applied; those after a slash lie inside a container.
MANIFEST = {
    "containers": "apps.automation.manifest.Containers",
    "containers/members": "apps.automation.manifest.Members",
    "containers/types": "apps.automation.manifest.Types",
    "functions": "apps.automation.manifest.Functions",  # the tasks of a schedule are of a type
    "containers/rules": "apps.automation.manifest.Rules",
}

ROOT_URLCONF = "taskhub.urls"
WSGI_APPLICATION = "taskhub.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["apps.web.templatetags.form_owner"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.web.context.shell",
            ],
        },
    },
]

# --- Data ---------------------------------------------------------------------------------------

DATABASES = {"default": env.database(DATA_DIR)}
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    options = DATABASES["default"]["OPTIONS"]
    options.setdefault("application_name", f"taskhub-{PROCESS}")
    options.setdefault("connect_timeout", 5)
    if PROCESS != "command":  # a migration may take its time, an answer may not; nor may who stands still keep a row
        limits = "-c statement_timeout=30s -c lock_timeout=3s -c idle_in_transaction_session_timeout=5s"
        # Compiling a statement costs a hundred times what running it does here: all of them are found by an index.
        # What core/sql/statements.py keeps is planned once, whatever the values: no plan of it hangs on them.
        options.setdefault("options", f"{limits} -c plan_cache_mode=force_generic_plan -c jit=off")
    if PROCESS == "web":
        # The pool tries again while somebody waits; left to itself it would stay away as long again as the database.
        patience = {"timeout": 5, "reconnect_timeout": 5}
        options["pool"] = {"min_size": 1, "max_size": env.number("DATABASE_POOL_SIZE", 20), **patience}
    else:  # Celery closes a pool after each job
        DATABASES["default"]["CONN_MAX_AGE"] = 60
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MEDIA_ROOT = DATA_DIR / "attachments"
ATTACHMENT_MAX_BYTES = env.number("ATTACHMENT_MAX_BYTES", 25 * 1024 * 1024, at_least=1)
# How much all files of a task (of each audience), a container, an application may hold; 0: as much as there is room.
ATTACHMENT_TASK_BYTES = env.number("ATTACHMENT_TASK_BYTES", 250 * 1024 * 1024)
ATTACHMENT_CONTAINER_BYTES = env.number("ATTACHMENT_CONTAINER_BYTES", 10 * 1024**3)
ATTACHMENT_APPLICATION_BYTES = env.number("ATTACHMENT_APPLICATION_BYTES", 50 * 1024**3)
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_HANDLERS = ["apps.core.files.PostedFiles"]

# --- People and sessions --------------------------------------------------------------------------

AUTH_USER_MODEL = "actors.User"
# The first alone judges passwords; sessions name the second, which the release before knows too.
AUTHENTICATION_BACKENDS = [
    "apps.actors.sign_in.backend.PasswordBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = [
    "apps.actors.sign_in.hashing.BoundedArgon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
# The routes (as urls.py spells them) that need no sign-in; all of `api/v1/` authenticates by itself.
PUBLIC_ROUTES = ["login/", "password/<str:id>/<str:token>/", "admin/login/", "healthz", "readyz"]
# Seconds that a link to set a password works.
PASSWORD_RESET_TIMEOUT = 24 * 3600
API_PREFIX = "api/v1/"

# Wrong passwords for one account from one address, after which it waits (apps/actors/sign_in/throttle.py).
SIGN_IN_TRIES = env.number("SIGN_IN_TRIES", 10, at_least=1)
# Writes a minute of one person, and with one key, in one web process; 0: no limit.
PERSON_WRITES_PER_MINUTE = env.number("PERSON_WRITES_PER_MINUTE", 300)
KEY_WRITES_PER_MINUTE = env.number("KEY_WRITES_PER_MINUTE", 60_000)
CSRF_FAILURE_VIEW = "apps.web.views.errors.csrf_failure"

SESSION_ENGINE = "apps.actors.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = TLS
DEVICE_COOKIE_NAME = "__Host-device" if TLS else "device"
SESSION_COOKIE_NAME = "__Host-sessionid" if TLS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if TLS else "csrftoken"  # read by the script that sends X-CSRFToken
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS") + ([BASE_URL] if BASE_URL else [])

# --- Headers --------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = TLS
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # no preload: that is the operator's choice
# Browsers ship lists of hosts that they reach over TLS alone; to be on one is hard to undo, so it must be asked for.
SECURE_HSTS_PRELOAD = env.flag("HSTS_PRELOAD")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUST_PROXY else None
SECURE_SSL_REDIRECT = TLS and TRUST_PROXY
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]

# --- Words, times, files --------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
HASHED_STATIC = "whitenoise.storage.CompressedManifestStaticFilesStorage"
PLAIN_STATIC = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "apps.core.files.DurableFiles"},
    "staticfiles": {"BACKEND": PLAIN_STATIC if DEBUG else HASHED_STATIC},
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG

# --- Surfaces -------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.api.authentication.KeyAuthentication",
        "apps.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["apps.api.permissions.DenyAll"],
    "DEFAULT_RENDERER_CLASSES": ["apps.api.responses.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.api.parsers.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "apps.api.responses.AlwaysJSON",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.api.errors.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "TaskHub",
    "DESCRIPTION": "Applications and people work on the same tasks.",
    "VERSION": __version__,
    "OAS_VERSION": "3.1.1",
    "SERVERS": [{"url": "/", "description": "This TaskHub."}],
    "COMPONENT_SPLIT_PATCH": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": ["apps.api.document.complete"],
}

# --- Background and web server ----------------------------------------------------------------------

CELERY_BROKER_URL = env.text("CELERY_BROKER_URL")
# Whether hints are sent at all: without a broker only the embedded process has somebody to hear them.
BACKGROUND_HINTS = bool(CELERY_BROKER_URL) or PROCESS == "embedded"
WEB_PROCESSES = env.number("WEB_PROCESSES", 1, at_least=1)
WEB_THREADS = env.number("WEB_THREADS", 32, at_least=2)
# Connections of one web process at once; further ones wait.
WEB_CONNECTIONS = env.number("WEB_CONNECTIONS", 1024, at_least=16)
# Seconds that the body of a request may take; more only while it arrives at 16 KB a second or faster.
WEB_BODY_SECONDS = env.number("WEB_BODY_SECONDS", 10, at_least=1)
# Bodies of more than 1 MB that one web process receives at once, a quarter of them from one address.
WEB_UPLOADS = env.number("WEB_UPLOADS", 16, at_least=1)
WORKER_THREADS = env.number("WORKER_THREADS", 8, at_least=1)
# How many push functions one worker calls at once; 0: half of its threads or processes.
PUSH_CALLS = env.number("PUSH_CALLS", 0)

# Ready tasks that no worker asks for in this time give an event; zero turns that off.
UNATTENDED_AFTER = timedelta(minutes=env.number("UNATTENDED_MINUTES", 5))

# How `serve --chaos` disturbs workers; empty, nothing does. Where it leaves its report.
CHAOS = env.text("TASKHUB_CHAOS") if DEBUG else ""
CHAOS_REPORT = DATA_DIR / "chaos-report.json"

# Networks that outgoing calls may reach besides public ones: CIDR[:PORT], comma-separated.
EGRESS_ALLOW = env.words("EGRESS_ALLOW")

_email = env.email()
vars().update(_email)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("DEFAULT_FROM_EMAIL", "taskhub@localhost")

# `line`, or `json`: one object a line.
LOG_FORMAT = env.choice("LOG_FORMAT", "line", "json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_id": {"()": "taskhub.logs.RequestIdFilter"},
        "refused": {"()": "taskhub.logs.RefusedRequestFilter"},
    },
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"},
        "json": {"()": "taskhub.logs.JSONFormatter"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "filters": ["request_id", "refused"], "formatter": LOG_FORMAT},
    },
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "INFO").upper()},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "celery": {"level": "WARNING"},
        "kombu": {"level": "ERROR"},
    },
}
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskhub.settings")
