"""Recordings uploaded for a camera."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cameras.choices import RecordingState
from cameras.models.cameras import Camera


class Recording(models.Model):
    """An uploaded file. It is deleted once analysed: only the clips of events are kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="recordings")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    original_name = models.CharField(max_length=255)
    started_at = models.DateTimeField(help_text=_("When its first frame was taken."))
    start_known = models.BooleanField(
        default=True, help_text=_("Told by whoever uploaded it; else it is taken to end when it was uploaded.")
    )
    state = models.CharField(max_length=16, choices=RecordingState, default=RecordingState.RECEIVED)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    facts: models.JSONField[dict[str, Any] | None] = models.JSONField(
        null=True, blank=True, help_text=_("What validation found (RecordingFacts).")
    )
    refusal = models.TextField(blank=True)

    class Meta:
        ordering = ["-uploaded_at"]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=RecordingState.values), name="recording_state_known"),
        ]

    def __str__(self) -> str:
        return self.original_name
