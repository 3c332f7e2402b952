"""Which events raise an alert, and who is told how."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from alerts.choices import Channel
from cameras.models import Camera
from events.choices import Severity
from rules.models import Rule


class AlertPolicy(models.Model):
    """Which events raise an alert, how grave it is, and who is told how.

    No cameras or no rules means all of them. With no recipients nobody is told: the alert stands in the inbox.
    """

    name = models.CharField(max_length=100, unique=True)
    enabled = models.BooleanField(default=True)
    cameras = models.ManyToManyField(Camera, blank=True, related_name="+")
    rules = models.ManyToManyField(Rule, blank=True, related_name="+")
    least_severity = models.CharField(max_length=16, choices=Severity, default=Severity.LOW)
    severity = models.CharField(
        max_length=16, choices=Severity, blank=True, help_text="The alert's severity. Empty: the event's own."
    )
    recipients = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+")
    channels = ArrayField(models.CharField(max_length=16, choices=Channel), default=list)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "alert policies"

    def __str__(self) -> str:
        return self.name
