"""The analysis of uploaded recordings: jobs cut into chunks."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q

from cameras.models import Recording
from workers.choices import ChunkState, JobState
from workers.models.nodes import WorkerNode


class Job(models.Model):
    """The analysis of one recording. Its id is part of every event's key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recording = models.OneToOneField(Recording, on_delete=models.PROTECT, related_name="job")
    state = models.CharField(max_length=16, choices=JobState, default=JobState.VALIDATING)
    config = models.JSONField(null=True, help_text="The camera's zones and rules, frozen at the start (CameraConfig).")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    position_ms = models.BigIntegerField(default=0)
    frames_analysed = models.PositiveIntegerField(default=0)
    frames_lost = models.PositiveIntegerField(default=0)
    validation_attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True, help_text="When the sweeper sends it again.")
    error = models.TextField(blank=True)
    notes = models.JSONField(default=list, help_text="What was lost or left out, in plain sentences.")

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_state_known")]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], name="job_due", condition=Q(state__in=["validating", "queued", "running"])
            ),
        ]

    def __str__(self) -> str:
        return f"Job {self.id}"


class Chunk(models.Model):
    """A stretch of a recording between keyframes. One node at a time leases it; a later epoch beats an earlier one."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="chunks")
    index = models.PositiveIntegerField()
    start_ms = models.BigIntegerField()
    end_ms = models.BigIntegerField()
    state = models.CharField(max_length=16, choices=ChunkState, default=ChunkState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    epoch = models.PositiveIntegerField(default=0)
    node = models.ForeignKey(WorkerNode, null=True, blank=True, on_delete=models.SET_NULL, related_name="chunks")
    boot_id = models.UUIDField(null=True, editable=False)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    frames_analysed = models.PositiveIntegerField(default=0)
    frames_lost = models.PositiveIntegerField(default=0)
    end_state: models.JSONField[dict[str, Any] | None] = models.JSONField(
        null=True, editable=False, help_text="Tracker and rules as they stood at the chunk's end."
    )
    reached_ms = models.BigIntegerField(null=True, help_text="How far the current attempt is known to have got.")
    stopped_ms = models.BigIntegerField(null=True, help_text="Where the attempt before it ended without success.")
    stops_there = models.PositiveSmallIntegerField(default=0, help_text="How often in a row it ended there.")
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["job", "index"]
        constraints = [
            models.UniqueConstraint(fields=["job", "index"], name="chunk_unique_in_job"),
            models.CheckConstraint(condition=Q(state__in=ChunkState.values), name="chunk_state_known"),
            models.CheckConstraint(condition=Q(end_ms__gt=F("start_ms")), name="chunk_has_length"),
            models.CheckConstraint(
                condition=~Q(state="leased")
                | Q(node__isnull=False, lease_expires_at__isnull=False, boot_id__isnull=False),
                name="chunk_lease_whole",
            ),
        ]
        indexes = [models.Index(fields=["lease_expires_at"], name="chunk_lease_end", condition=Q(state="leased"))]

    def __str__(self) -> str:
        return f"{self.job_id} {self.index}"
