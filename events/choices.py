"""Severity and review of events."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Severity(models.TextChoices):
    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"
    CRITICAL = "critical", "Critical"


SEVERITY_RANK = {name: rank for rank, name in enumerate(Severity.values)}


class EventState(models.TextChoices):
    OPEN = "open", "Going on"
    ENDED = "ended", "Ended"


class ClipShortened(models.TextChoices):
    """Why a clip shows less than its rule asked for."""

    BEGINS_LATE = "begins_late", "It begins late: nothing earlier was kept."
    ENDS_EARLY = "ends_early", "It ends early: the camera stopped sending."
    GAP = "gap", "It has a gap: the camera sent nothing for a while."
    PICTURE_CHANGED = "picture_changed", "It stops where the camera's picture changed its size or format."


class Verdict(models.TextChoices):
    UNREVIEWED = "unreviewed", "Not reviewed"
    TRUE = "true", "True"
    FALSE = "false", "False alarm"


class ExportState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Being built")
    DONE = "done", _("Ready")
    FAILED = "failed", _("Failed")
