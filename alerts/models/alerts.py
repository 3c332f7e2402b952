"""Alerts: what somebody should look at."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from alerts.choices import AlertState
from alerts.models.policies import AlertPolicy
from cameras.models import Camera
from events.choices import Severity
from events.models import Event


class Alert(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    policy = models.ForeignKey(AlertPolicy, on_delete=models.PROTECT, related_name="alerts")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="alerts")
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="alerts")
    severity = models.CharField(max_length=16, choices=Severity)
    state = models.CharField(max_length=16, choices=AlertState, default=AlertState.OPEN)
    raised_at = models.DateTimeField(auto_now_add=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-raised_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "event"], name="alert_once_per_policy_and_event"),
            models.CheckConstraint(condition=Q(state__in=AlertState.values), name="alert_state_known"),
            models.CheckConstraint(
                condition=Q(state="open", acknowledged_at__isnull=True)
                | Q(state="acknowledged", acknowledged_at__isnull=False),
                name="alert_acknowledged_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-raised_at"], name="alert_inbox"),
            models.Index(fields=["camera", "-raised_at"], name="alert_inbox_by_camera"),
            # The number of open alerts beside the menu, and by severity, without reading the alerts.
            models.Index(fields=["camera", "severity"], name="alert_open_count", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.policy}: {self.event_id}"
