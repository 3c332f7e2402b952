"""Severity and review of events."""

from django.db import models


class Severity(models.TextChoices):
    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"
    CRITICAL = "critical", "Critical"


SEVERITY_RANK = {name: rank for rank, name in enumerate(Severity.values)}


class EventState(models.TextChoices):
    OPEN = "open", "Going on"
    ENDED = "ended", "Ended"


class Verdict(models.TextChoices):
    UNREVIEWED = "unreviewed", "Not reviewed"
    TRUE = "true", "True"
    FALSE = "false", "False alarm"
