"""Severity and review of events."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Severity(models.TextChoices):
    LOW = "low", _("Low")
    MEDIUM = "medium", _("Medium")
    HIGH = "high", _("High")
    CRITICAL = "critical", _("Critical")


SEVERITY_RANK = {name: rank for rank, name in enumerate(Severity.values)}


class EventState(models.TextChoices):
    OPEN = "open", _("Going on")
    ENDED = "ended", _("Ended")


class ClipShortened(models.TextChoices):
    """Why a clip shows less than its rule asked for."""

    BEGINS_LATE = "begins_late", _("It begins late: nothing earlier was kept.")
    ENDS_EARLY = "ends_early", _("It ends early: the camera stopped sending.")
    GAP = "gap", _("It has a gap: the camera sent nothing for a while.")
    PICTURE_CHANGED = "picture_changed", _("It stops where the camera's picture changed its size or format.")


class Verdict(models.TextChoices):
    UNREVIEWED = "unreviewed", _("Not reviewed")
    TRUE = "true", _("True")
    FALSE = "false", _("False alarm")


class ExportState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Being built")
    DONE = "done", _("Ready")
    FAILED = "failed", _("Failed")
