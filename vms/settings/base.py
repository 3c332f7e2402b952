"""Settings that hold everywhere. What a site may change comes from the environment (docs/configuration.md)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import django_stubs_ext
from django.conf import global_settings

from vms.env import Env
from vms.observability import logging as vms_logging

django_stubs_ext.monkeypatch()  # ModelAdmin[Camera] and its like work outside the type checker too

env = Env()

BASE_DIR = Path(__file__).resolve().parents[2]
DATA_DIR = env.path("VMS_DATA_DIR", BASE_DIR / "var")

SECRET_KEY = env.text("VMS_SECRET_KEY")
DEBUG = False
ALLOWED_HOSTS = env.words("VMS_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("VMS_TRUSTED_ORIGINS")
BASE_URL = env.text("VMS_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
INTERNAL_URL = env.text("VMS_INTERNAL_URL", BASE_URL).rstrip("/")
HTTPS = env.boolean("VMS_HTTPS", default=False)
BEHIND_PROXY = env.boolean("VMS_BEHIND_PROXY", default=False)

INSTALLED_APPS = [
    "vms.accounts",
    "vms.audit",
    "vms",
    "cameras",
    "events",
    "alerts",
    "rules",
    "reports",
    "workers",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "channels",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "guardian",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "csp",
    "django_htmx",
    "dramatiq_crontab",
    "django_prometheus",
]

MIDDLEWARE = [
    "vms.gateway.middleware.RequestIdMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "vms.gateway.static_files.StaticFilesMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "vms.accounts.middleware.PersonMiddleware",
    "vms.accounts.middleware.SignedOutMiddleware",
    "vms.accounts.middleware.SecondFactorMiddleware",
    "vms.gateway.caching.PagesNotStoredMiddleware",
    "axes.middleware.AxesMiddleware",
    "vms.errors.DomainErrorMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "vms.urls"
ASGI_APPLICATION = "vms.asgi.application"
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
                "vms.context.platform",
            ],
        },
    }
]

FORM_RENDERER = "vms.form_renderer.ChoicesRenderer"

# --- data -----------------------------------------------------------------------------------------------------------
KEPT_CONNECTIONS = 4
DATABASE_POOL = env.integer("VMS_DATABASE_POOL", 16, least=2, most=500)
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **env.database("DATABASE_URL"),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "pool": {
                # What a process needs at most moments stays. Each connection takes its turn and fills its server
                # process's caches, up to 10 MB: one that comes and goes does that again each time.
                "min_size": min(KEPT_CONNECTIONS, DATABASE_POOL),
                "max_size": DATABASE_POOL,
                "timeout": 10,
                # As often one more than those that nobody needed is closed.
                "max_idle": 60,
            }
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.text("REDIS_URL")
REDIS_GPU_URL = env.text("REDIS_GPU_URL", REDIS_URL)
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "vms-cache",
        "OPTIONS": {"pool_class": "vms.cache.SharedPool"},
    }
}

# --- files ----------------------------------------------------------------------------------------------------------
MEDIA_ROOT = env.path("VMS_MEDIA_DIR", DATA_DIR / "media")
MODELS_DIR = env.path("VMS_MODELS_DIR", DATA_DIR / "models")
UPLOAD_MAX_BYTES = env.integer("VMS_UPLOAD_MAX_BYTES", 8 * 2**30, least=1)
UPLOAD_MAX_SECONDS = env.integer("VMS_UPLOAD_MAX_SECONDS", 24 * 3600, least=1)
UPLOAD_CHECK_SECONDS = env.integer("VMS_UPLOAD_CHECK_SECONDS", 300, least=5, most=3000)
STORAGE_RESERVE_BYTES = env.integer("VMS_STORAGE_RESERVE_BYTES", 512 * 2**20)
TRACK_LOG = env.boolean("VMS_TRACK_LOG", default=True)
TRACK_LOG_DAYS = env.integer("VMS_TRACK_LOG_DAYS", 30, least=1, most=3650)
EXPORT_MAX_BYTES = env.integer("VMS_EXPORT_MAX_BYTES", 2 * 2**30, least=1)
EXPORT_DAYS = env.integer("VMS_EXPORT_DAYS", 7, least=1, most=3650)
CHUNK_SECONDS = env.integer("VMS_CHUNK_SECONDS", 20, least=1, most=3600)
FILE_UPLOAD_HANDLERS = [
    "cameras.uploads.RecordingUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 12_000  # each camera that is chosen in a form is one, and ten thousand may be

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [(name, BASE_DIR / "static" / name) for name in ("build", "js", "img")]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Not compressed: Brotli takes minutes of a first start on a busy machine; the proxy in front compresses.
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}

# --- people ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
GUARDIAN_MONKEY_PATCH_USER = False
ANONYMOUS_USER_NAME = None
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "locked_out.html"

PASSWORD_RESET_TIMEOUT = 72 * 3600
OTP_TOTP_ISSUER = "VMS"
OTP_ADMIN_HIDE_SENSITIVE_DATA = True
SESSION_ENGINE = "vms.accounts.sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "media-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}

# --- API ------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework_simplejwt.authentication.JWTAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["vms.parsers.BoundedJSONParser", "rest_framework.parsers.MultiPartParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.UserRateThrottle",
        "rest_framework.throttling.AnonRateThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "user": env.text("VMS_API_RATE_USER", "1200/min"),
        "anon": env.text("VMS_API_RATE_ANONYMOUS", "60/min"),
    },
    # X-Forwarded-For is anybody's to write: without a proxy it must not choose whose requests are counted.
    "NUM_PROXIES": 1 if BEHIND_PROXY else 0,
    "EXCEPTION_HANDLER": "vms.errors.api_exception_handler",
    "DEFAULT_PAGINATION_CLASS": "vms.pagination.KeysetPagination",
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "UPDATE_LAST_LOGIN": True,
    "CHECK_REVOKE_TOKEN": True,  # a new password ends the tokens that the old one got
}
SPECTACULAR_SETTINGS = {
    "TITLE": "VMS API",
    "DESCRIPTION": "Cameras, recordings, events, alerts and reports. Everything is filtered by what you may see.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    # It names every address and field there is: nothing for strangers.
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "SeverityEnum": "events.choices.Severity",
        "HitKindEnum": "rules.choices.HitKind",
        "BacktestStateEnum": "rules.choices.BacktestState",
        "SystemCategoryEnum": "alerts.choices.SystemCategory",
        "EndpointKindEnum": "alerts.choices.EndpointKind",
        "ChannelEnum": "alerts.choices.Channel",
        "KindEnum": "cameras.choices.ZoneKind",
        "RuleKindEnum": "rules.choices.Kind",
        "ChangeKindEnum": "alerts.choices.ChangeKind",
        "DeliveryStateEnum": "alerts.choices.DeliveryState",
        "RoleEnum": "vms.accounts.choices.Role",
        "ReportFormatEnum": "reports.choices.ReportFormat",
        "ExportStateEnum": "events.choices.ExportState",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- alerts ---------------------------------------------------------------------------------------------------------
ALERT_MESSAGES_PER_RECIPIENT = env.integer("VMS_ALERT_MESSAGES_PER_RECIPIENT", 30, least=1)
ALERT_MESSAGES_PER_MINUTE = env.integer("VMS_ALERT_MESSAGES_PER_MINUTE", 600, least=1)
ALERT_LINK_HOURS = env.integer("VMS_ALERT_LINK_HOURS", 24, least=1, most=24 * 30)

# --- mail -----------------------------------------------------------------------------------------------------------
EMAIL_BACKEND = env.text("VMS_EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = str(DATA_DIR / "outbox")
EMAIL_HOST = env.text("VMS_SMTP_HOST", "")
if EMAIL_HOST:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_PORT = env.integer("VMS_SMTP_PORT", 587, least=1, most=65535)
EMAIL_HOST_USER = env.text("VMS_SMTP_USER", "")
EMAIL_HOST_PASSWORD = env.text("VMS_SMTP_PASSWORD", "")
EMAIL_USE_TLS = env.boolean("VMS_SMTP_STARTTLS", default=bool(EMAIL_HOST))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("VMS_MAIL_FROM", "VMS <vms@localhost>")

# --- out to receivers of alerts: the public internet, and these networks -------------------------------------------
OUTBOUND_NETWORKS = env.networks("VMS_OUTBOUND_NETWORKS")

# --- background work ------------------------------------------------------------------------------------------------
DRAMATIQ_CRONTAB = {"REDIS_URL": REDIS_URL}
NODE_HEARTBEAT_SECONDS = env.integer("VMS_NODE_HEARTBEAT_SECONDS", 5, least=1, most=60)
STREAM_LEASE_SECONDS = env.integer("VMS_STREAM_LEASE_SECONDS", 8, least=3, most=120)
CHUNK_LEASE_SECONDS = env.integer("VMS_CHUNK_LEASE_SECONDS", 20, least=5, most=600)
CAMERA_OFFLINE_SECONDS = env.integer("VMS_CAMERA_OFFLINE_SECONDS", 5, least=1, most=600)
CAMERA_FROZEN_SECONDS = env.integer("VMS_CAMERA_FROZEN_SECONDS", 60, least=1, most=3600)
CAMERA_ONLINE_SECONDS = env.integer("VMS_CAMERA_ONLINE_SECONDS", 5, least=1, most=600)
CAMERA_NO_WORKER_SECONDS = env.integer("VMS_CAMERA_NO_WORKER_SECONDS", 30, least=15, most=600)
NODE_TOKEN = env.text("VMS_NODE_TOKEN", "")

# --- language and time ----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]  # of pages
MESSAGE_LANGUAGES = global_settings.LANGUAGES  # whatever an admin writes templates in
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

METRICS_TOKEN = env.text("VMS_METRICS_TOKEN", "")
METRICS_LOOPBACK = env.boolean("VMS_METRICS_LOOPBACK", default=False)
LOGGING = vms_logging.configure(
    level=env.text("VMS_LOG_LEVEL", "INFO"), as_json=env.boolean("VMS_LOG_JSON", default=True)
)
