"""Live cameras as work for GPU hosts: who watches which, since when, and what they need to go on."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from cameras.models import Camera
from workers.choices import StreamWorkState
from workers.models.nodes import WorkerNode


class Stream(models.Model):
    """The watch over one live camera. Its id is part of every event's key, so it outlives leases and hosts.

    ``started_at`` is the zero of its stream time. The current lease is (node, boot_id, epoch); each claim begins one.
    A stream that waits still names the node that had it last, and that node's boot too if it only fell silent.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    camera = models.OneToOneField(Camera, on_delete=models.CASCADE, related_name="stream")
    started_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=StreamWorkState, default=StreamWorkState.WAITING)
    node = models.ForeignKey(WorkerNode, null=True, blank=True, on_delete=models.SET_NULL, related_name="streams")
    boot_id = models.UUIDField(null=True, editable=False)
    epoch = models.PositiveIntegerField(default=0)
    assigned_at = models.DateTimeField(null=True, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    freed_at = models.DateTimeField(null=True, help_text="Until when the latest lease is known to have watched.")
    config_hash = models.CharField(max_length=64, blank=True, help_text="Of what the lease's node was told.")
    wanted_hash = models.CharField(max_length=64, blank=True, help_text="Of what a node would be told now.")
    moving_to = models.ForeignKey(WorkerNode, null=True, on_delete=models.SET_NULL, related_name="+")
    stops = models.PositiveSmallIntegerField(default=0, help_text="How often in a row it stopped its worker or broke.")
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["camera__site__name", "camera__name"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=StreamWorkState.values), name="stream_state_known"),
            models.CheckConstraint(
                condition=~Q(state__in=["assigned", "running"]) | Q(node__isnull=False, assigned_at__isnull=False),
                name="stream_lease_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state="running") | Q(boot_id__isnull=False, taken_at__isnull=False),
                name="stream_taken_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"Stream of {self.camera}"

    @property
    def watched_by(self) -> WorkerNode | None:
        """None while nobody watches: ``node`` then is whoever did last, or is to."""
        return self.node if self.state == StreamWorkState.RUNNING else None


class ToldConfig(models.Model):
    """What nodes were told of a live camera while it was so: zones, rules, and what those are measured by."""

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    config = models.JSONField(help_text="CameraConfig")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "digest"], name="told_config_once"),
        ]

    def __str__(self) -> str:
        return f"{self.stream_id} {self.digest[:8]}"


class StreamLease(models.Model):
    """Who held a stream under which epoch: events that were found in its time are taken in even when they come late."""

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="leases")
    epoch = models.PositiveIntegerField()
    node = models.ForeignKey(WorkerNode, null=True, on_delete=models.SET_NULL, related_name="+")
    boot_id = models.UUIDField()
    claimed_at = models.DateTimeField(default=timezone.now)
    rules: models.JSONField[list[list[int]]] = models.JSONField(
        default=list, help_text="What the node was told to look for: [rule, version] each."
    )
    told = models.ForeignKey(ToldConfig, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    from_ms = models.BigIntegerField(help_text="In stream time.")
    until_ms = models.BigIntegerField(null=True, help_text="Where the next lease begins; empty: it is the current one.")
    end_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["stream", "-epoch"]
        constraints = [
            models.UniqueConstraint(fields=["stream", "epoch"], name="stream_lease_unique"),
            models.UniqueConstraint(
                fields=["stream"], name="stream_lease_one_current", condition=Q(until_ms__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(until_ms__isnull=True) | Q(until_ms__gte=F("from_ms")), name="stream_lease_forward"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stream_id} {self.epoch}"


class StreamSnapshot(models.Model):
    """Tracker and rules of a stream as they stood, compressed JSON; apart from the stream, as it changes often."""

    stream = models.OneToOneField(Stream, primary_key=True, on_delete=models.CASCADE, related_name="snapshot")
    epoch = models.PositiveIntegerField()
    saved_at = models.DateTimeField()
    data = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.stream_id} at {self.saved_at}"
