"""Events, their clips and tracks, and what people made of them."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cameras.models import Camera
from events.choices import ClipShortened, EventState, ExportState, Severity, Verdict
from rules.models import Rule
from vms.validation import validate_name
from workers.models import Job, Stream


class Event(models.Model):
    """A rule came true on a camera. The id is the deterministic key its worker computed: sent twice, kept once."""

    id = models.UUIDField(primary_key=True, editable=False)
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="events")
    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="events")
    rule_version = models.PositiveIntegerField()
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.PROTECT, related_name="events")
    stream = models.ForeignKey(Stream, null=True, blank=True, on_delete=models.PROTECT, related_name="events")
    lease_epoch = models.PositiveIntegerField(default=0, help_text=_("The stream's lease under which it was found."))
    held_epoch = models.PositiveIntegerField(
        default=0, help_text=_("The latest lease whose node knows that it is open.")
    )
    track_id = models.BigIntegerField()
    class_name = models.CharField(max_length=64)
    confidence = models.FloatField()
    severity = models.CharField(max_length=16, choices=Severity)
    severity_rank = models.PositiveSmallIntegerField(editable=False)
    message = models.CharField(max_length=500)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=16, choices=EventState, default=EventState.OPEN)
    box_xyxy = models.JSONField(help_text=_("Where the track stood at the start: left, top, right, bottom, 0 to 1."))
    evidence = models.JSONField(default=dict)
    received_at = models.DateTimeField(auto_now_add=True)
    verdict = models.CharField(max_length=16, choices=Verdict, default=Verdict.UNREVIEWED)
    verdict_note = models.TextField(blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="event_severity_known"),
            models.CheckConstraint(condition=Q(state__in=EventState.values), name="event_state_known"),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="event_verdict_known"),
            models.CheckConstraint(
                condition=Q(state="open", ended_at__isnull=True) | Q(state="ended", ended_at__isnull=False),
                name="event_end_matches_state",
            ),
            models.CheckConstraint(
                condition=Q(job__isnull=True) | Q(stream__isnull=True), name="event_from_one_source"
            ),
        ]
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="event_list"),
            models.Index(fields=["camera", "-started_at", "-id"], name="event_list_by_camera"),
            models.Index(fields=["rule", "-started_at"], name="event_list_by_rule"),
            models.Index(fields=["received_at"], name="event_catch_up"),
            # The open events of a live camera: what a node that takes it over has to go on with.
            models.Index(
                fields=["stream"], name="event_open_of_stream", condition=Q(state="open", stream__isnull=False)
            ),
            # Which classes there are, and whether a camera saw one.
            models.Index(fields=["class_name", "camera"], name="event_classes"),
        ]

    def __str__(self) -> str:
        return self.message

    def save(self, *args: object, **kwargs: object) -> None:
        self.severity_rank = Severity.values.index(self.severity)
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def get_severity_display(self) -> str:  # type: ignore[no-redef]  # the plugin has it already
        """Django's own translates every choice there is to find one, and lists ask for each row."""
        return str(Severity(self.severity).label)


class Clip(models.Model):
    """The pictures of an event. File names are the storage's; a missing one is an empty string."""

    event = models.OneToOneField(Event, primary_key=True, on_delete=models.CASCADE, related_name="clip")
    video_name = models.CharField(max_length=200, blank=True)
    video_bytes = models.BigIntegerField(default=0)
    video_sha256 = models.CharField(max_length=64, blank=True)
    codec = models.CharField(max_length=32, blank=True)
    duration_ms = models.PositiveIntegerField(default=0)
    moment_ms = models.PositiveIntegerField(default=0, help_text=_("From the clip's first frame to the event's start."))
    shortened = models.CharField(max_length=32, choices=ClipShortened, blank=True)
    boxes_name = models.CharField(max_length=200, blank=True)
    snapshot_name = models.CharField(max_length=200, blank=True)
    stored_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Clip of {self.event_id}"


class EventAlias(models.Model):
    """The id under which a second node found an event too, while a camera changed hands: one happening, one row."""

    id = models.UUIDField(primary_key=True, editable=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="aliases")
    lease_epoch = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.id} is {self.event_id}"


class TrackLog(models.Model):
    """A stretch of what was tracked on a camera, as one file: a few minutes of a live stream, or of a recording.

    ``start_ms`` and ``end_ms`` are of its first and last frame, in the time of its stream or job. A recording's chunk
    that was analysed again replaces what it gave before; of a live stream each lease has its own.
    """

    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="track_logs")
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.CASCADE, related_name="track_logs")
    stream = models.ForeignKey(Stream, null=True, blank=True, on_delete=models.CASCADE, related_name="track_logs")
    epoch = models.PositiveIntegerField(help_text=_("The lease under which it was written."))
    start_ms = models.BigIntegerField()
    end_ms = models.BigIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    frames = models.PositiveIntegerField()
    objects_seen = models.PositiveIntegerField(help_text=_("Tracks, counted in every frame anew."))
    finished = models.BooleanField(help_text=_("After it the stream was over or paused, and its events were ended."))
    size_bytes = models.PositiveIntegerField()
    name = models.CharField(max_length=200, unique=True, help_text=_("The file's, encrypted at rest."))
    sha256 = models.CharField(max_length=64, help_text=_("Of the content before it was encrypted."))
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["stream", "epoch", "start_ms"], name="track_log_once_a_lease", condition=Q(stream__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["job", "start_ms"], name="track_log_once_a_job", condition=Q(job__isnull=False)
            ),
            models.CheckConstraint(
                condition=Q(job__isnull=True, stream__isnull=False) | Q(job__isnull=False, stream__isnull=True),
                name="track_log_from_one_source",
            ),
            models.CheckConstraint(condition=Q(ends_at__gte=F("starts_at")), name="track_log_forward"),
        ]
        indexes = [
            # A camera's tracks of some days, and the list of them.
            models.Index(fields=["camera", "-starts_at", "-id"], name="track_log_by_camera"),
            # The list over several cameras.
            models.Index(fields=["-starts_at", "-id"], name="track_log_list"),
            # What has been kept for long enough.
            models.Index(fields=["received_at"], name="track_log_kept_since"),
        ]

    def __str__(self) -> str:
        return f"Tracks of camera {self.camera_id} at {self.starts_at:%Y-%m-%d %H:%M:%S}"


class ReadMark(models.Model):
    """Up to when a user has seen every event: what came later is unread, save what ``EventRead`` names."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="read_mark"
    )
    until = models.DateTimeField(help_text=_("By the time of arrival."))

    def __str__(self) -> str:
        return f"{self.user_id} has read until {self.until:%Y-%m-%d %H:%M:%S}"


class EventRead(models.Model):
    """An event behind its reader's mark that they have looked at. Swept once the mark has passed it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="reads", db_index=False)
    read_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "user"], name="event_read_once")]
        indexes = [models.Index(fields=["read_at"], name="event_read_swept")]

    def __str__(self) -> str:
        return f"{self.user_id} has read {self.event_id}"


class SavedFilter(models.Model):
    """A filter of the event list that a user wants again: a name for what stands in the address."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="event_filters")
    name = models.CharField(max_length=64, validators=[validate_name])
    query = models.CharField(max_length=1000)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="saved_filter_name_unique")]

    def __str__(self) -> str:
        return self.name


class ReviewBatch(models.Model):
    """What somebody judged at once, and how it stood before, so that they can take it back."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now, db_index=True)
    changes = models.JSONField(help_text=_("For each event the review before and after (ReviewState)."))
    undone_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{len(self.changes)} events judged {self.at:%Y-%m-%d %H:%M:%S}"


class Export(models.Model):
    """Chosen events as one ZIP: built with what its asker may see at that moment, and kept for some days."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="event_exports")
    event_ids = ArrayField(models.UUIDField())
    state = models.CharField(max_length=16, choices=ExportState, default=ExportState.QUEUED)
    progress_percent = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    event_count = models.PositiveIntegerField(default=0)
    size_bytes = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    content_camera_ids = ArrayField(
        models.BigIntegerField(),
        default=list,
        editable=False,
        help_text=_("The cameras that the file shows: who may not view all of them any more does not get it."),
    )

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ExportState.values), name="export_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"], finished_at__isnull=True, next_attempt_at__isnull=False)
                | Q(state__in=["done", "failed"], finished_at__isnull=False, next_attempt_at__isnull=True),
                name="export_due_while_unfinished",
            ),
        ]
        indexes = [
            models.Index(fields=["requested_by", "-created_at", "-id"], name="export_list_of_user"),
            models.Index(fields=["next_attempt_at"], name="export_due", condition=Q(next_attempt_at__isnull=False)),
            # What has been kept for long enough.
            models.Index(fields=["finished_at"], name="export_kept_since"),
        ]

    def __str__(self) -> str:
        return f"{len(self.event_ids)} events for {self.requested_by_id}"

    @property
    def file_name(self) -> str:
        return f"exports/{self.id}.zip"

    @property
    def download_name(self) -> str:
        return f"events-{self.created_at:%Y-%m-%d}-{str(self.id)[:8]}.zip"

    @property
    def kept_until(self) -> datetime | None:
        return self.finished_at + timedelta(days=settings.EXPORT_DAYS) if self.finished_at else None
