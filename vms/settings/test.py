"""The settings tests run with: the same parts, cheaper passwords, no static manifest."""

import os
from urllib.parse import parse_qs, urlsplit, urlunsplit

from vms.settings.base import *  # noqa: F403
from vms.settings.base import CACHES, DATABASES, REST_FRAMEWORK, STORAGES


def _with_database(url: str, number: int) -> str:
    """The same Valkey, another of its sixteen databases; 0 and 1 hold the queues."""
    parts = urlsplit(url)
    if parts.scheme == "unix" or "db" in parse_qs(parts.query):
        return urlunsplit(parts._replace(query=f"db={number}"))
    return urlunsplit(parts._replace(path=f"/{number}"))


PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
# A hundred threads on a busy machine take their time, and two hundred connections are all that there are.
DATABASES["default"]["OPTIONS"]["pool"] |= {"min_size": 1, "timeout": 60}
REST_FRAMEWORK = {**REST_FRAMEWORK, "DEFAULT_THROTTLE_CLASSES": []}
if "VMS_EMAIL_BACKEND" not in os.environ:  # a web process that a test lets send to its own server
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True

# Emptying the cache empties its whole database, so each of several test processes has one of its own.
if _worker := os.environ.get("PYTEST_XDIST_WORKER"):
    _location = _with_database(CACHES["default"]["LOCATION"], 2 + int(_worker.removeprefix("gw")) % 14)
    CACHES = {"default": {**CACHES["default"], "LOCATION": _location}}
