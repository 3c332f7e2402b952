"""How live cameras do, and for how long each was really watched."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from cameras.choices import CoverageState, HealthFault, HealthState
from cameras.models.cameras import Camera


class CameraHealth(models.Model):
    """How a live camera does now. ``state`` is debounced; ``condition`` is what its reader said last.

    A row is written when something changes that matters, and every ten seconds; ``reported_at`` is of then.
    """

    camera = models.OneToOneField(Camera, primary_key=True, on_delete=models.CASCADE, related_name="health")
    state = models.CharField(max_length=16, choices=HealthState, default=HealthState.UNKNOWN)
    since = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    fault = models.CharField(max_length=16, choices=HealthFault, blank=True, help_text="Whose fault the trouble is.")
    pending_state = models.CharField(max_length=16, choices=HealthState, blank=True)
    pending_since = models.DateTimeField(null=True)
    condition = models.CharField(max_length=32, blank=True)
    reported_at = models.DateTimeField(null=True)
    frame_at = models.DateTimeField(null=True, help_text="When the newest good frame was taken.")
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    memory = models.JSONField(default=dict, help_text="Counters and drop-outs of the last minutes (HealthMemory).")
    counted_until = models.DateTimeField(null=True, help_text="Until then every second stands in the ledger or tally.")
    tally = models.JSONField(default=dict, help_text="Seconds of the minute that is going on (MinuteTally).")
    event_due = models.BooleanField(default=False, help_text="Its event is still to be started or ended.")
    closed = models.JSONField(default=list, help_text="Whole minutes that the sweep has not yet put in the ledger.")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(state__in=HealthState.values), name="health_state_known")]

    def __str__(self) -> str:
        return f"{self.camera}: {self.state}"


class CoverageSpan(models.Model):
    """Minutes in a row in which a camera was analysed, degraded or blind, for one reason. Minutes of UTC.

    ``started_at`` <= minute < ``ended_at``; spans of a camera follow each other and never overlap.
    """

    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="coverage")
    state = models.CharField(max_length=16, choices=CoverageState)
    reason = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()

    class Meta:
        ordering = ["camera", "started_at"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=CoverageState.values), name="coverage_state_known"),
            models.CheckConstraint(condition=Q(ended_at__gt=F("started_at")), name="coverage_has_length"),
            models.UniqueConstraint(fields=["camera", "started_at"], name="coverage_starts_once"),
            models.UniqueConstraint(fields=["camera", "ended_at"], name="coverage_ends_once"),
        ]

    def __str__(self) -> str:
        return f"{self.camera_id} {self.state} {self.started_at:%Y-%m-%d %H:%M}"
