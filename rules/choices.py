"""The rules that the platform itself brings, what becomes of a version, and how a back-test stands."""

from django.db import models


class SystemRule(models.TextChoices):
    CAMERA_OFFLINE = "camera_offline", "Camera offline"
    CAMERA_FROZEN = "camera_frozen", "Camera frozen"


LINE_RULE = "line"
"""The system code of the rule by whose events VMS proves that alerts arrive: nobody sees it."""


class VersionState(models.TextChoices):
    """A draft does not run. One version at most is published: the one in force. Retired ones were in force once."""

    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "In force"
    RETIRED = "retired", "Retired"


class BacktestState(models.TextChoices):
    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Being tried"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class HitKind(models.TextChoices):
    """A hit beside the events that the live rule made."""

    KEPT = "kept", "Found live too"
    NEW = "new", "New"
    GONE = "gone", "No longer found"
