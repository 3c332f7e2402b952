"""Reports that were asked for, and the files they became."""

from __future__ import annotations

import uuid
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cameras.models import Camera, Site
from reports.choices import ReportFormat, RunState
from vms.accounts.models import validate_time_zone


class Run(models.Model):
    """One period report for one person: built with what that person may see at that moment."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=120)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="report_runs")
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    cameras = models.ManyToManyField(
        Camera, blank=True, related_name="+", help_text=_("Empty: every camera of the user.")
    )
    formats = ArrayField(models.CharField(max_length=8, choices=ReportFormat), default=list)
    mail = models.BooleanField(default=False, help_text=_("Also send the files by mail."))
    state = models.CharField(max_length=16, choices=RunState, default=RunState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    progress_percent = models.PositiveSmallIntegerField(default=0)
    event_count = models.PositiveIntegerField(default=0)
    content_camera_ids = ArrayField(
        models.BigIntegerField(),
        default=list,
        editable=False,
        help_text=_("The cameras that the files show: who may not view all of them any more gets no file."),
    )
    mail_attempts = models.PositiveSmallIntegerField(default=0)
    mail_error = models.TextField(blank=True, help_text=_("Why the last mail did not go out."))

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(period_end__gt=F("period_start")), name="run_period_has_length"),
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="run_state_known"),
        ]
        indexes = [
            models.Index(fields=["requested_by", "-created_at", "-id"], name="run_list_of_user"),
            # Also a finished run whose mail is still to go out.
            models.Index(fields=["next_attempt_at"], name="run_due", condition=Q(next_attempt_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class ReportFile(models.Model):
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="files")
    format = models.CharField(max_length=8, choices=ReportFormat)
    file_name = models.CharField(max_length=200)
    size_bytes = models.BigIntegerField()

    class Meta:
        ordering = ["format"]
        constraints = [models.UniqueConstraint(fields=["run", "format"], name="report_file_once")]

    def __str__(self) -> str:
        return self.file_name
