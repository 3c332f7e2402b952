"""The rules that the platform itself brings, what becomes of a version, and how a back-test stands."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class SystemRule(models.TextChoices):
    CAMERA_OFFLINE = "camera_offline", _("Camera offline")
    CAMERA_FROZEN = "camera_frozen", _("Camera frozen")


LINE_RULE = "line"
"""The system code of the rule by whose events VMS proves that alerts arrive: nobody sees it."""


class VersionState(models.TextChoices):
    """A draft does not run. One version at most is published: the one in force. Retired ones were in force once."""

    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("In force")
    RETIRED = "retired", _("Retired")


class BacktestState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Being tried")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class Kind(models.TextChoices):
    """How much a ready rule asks of a camera and of whoever sets it up."""

    EASY = "easy", pgettext_lazy("rule", "Easy")
    MEDIUM = "medium", pgettext_lazy("rule", "Medium")
    HARD = "hard", pgettext_lazy("rule", "Hard")


class HitKind(models.TextChoices):
    """A hit beside the events that the live rule made."""

    KEPT = "kept", _("Found live too")
    NEW = "new", _("New")
    GONE = "gone", _("No longer found")
