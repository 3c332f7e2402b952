"""Who is told about which events, and what became of each message."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from alerts.choices import AlertState, Channel, DeliveryState
from cameras.models import Camera
from events.choices import Severity
from events.models import Event
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


class Delivery(models.Model):
    """One message of one alert to one person by one channel. Its id is the message's identity everywhere."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="deliveries")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=16, choices=Channel)
    state = models.CharField(max_length=16, choices=DeliveryState, default=DeliveryState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    detail = models.TextField(blank=True, help_text="The last answer, or why it was not sent.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["alert", "recipient", "channel"], name="delivery_once"),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_state_known"),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], name="delivery_due", condition=Q(state__in=["queued", "sending"])),
        ]

    def __str__(self) -> str:
        return f"{self.channel} to {self.recipient_id}"


class DeliveryAttempt(models.Model):
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="history")
    at = models.DateTimeField(auto_now_add=True)
    milliseconds = models.PositiveIntegerField()
    succeeded = models.BooleanField()
    answer = models.TextField(blank=True)

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {'sent' if self.succeeded else 'failed'}"
