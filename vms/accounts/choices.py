"""Roles, and what each may do; how pages look."""

from functools import cache
from zoneinfo import available_timezones

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    ADMIN = "admin", _("Admin")
    SUPERVISOR = "supervisor", _("Supervisor")
    VIEWER = "viewer", _("Viewer")


class Theme(models.TextChoices):
    SYSTEM = "system", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


@cache
def time_zone_names() -> tuple[str, ...]:
    """Those of places, in order; reading them opens hundreds of files."""
    return tuple(sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/")))
