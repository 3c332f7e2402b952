"""Sites, cameras, zones, and recordings uploaded for a camera."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase
from pydantic import ValidationError as ShapeError

from cameras.choices import RecordingState, SourceKind, ZoneKind
from rules.engine.schema import ZoneShape
from vms.accounts.models import validate_time_zone
from vms.storage import encryption
from vms.validation import validate_name

URL_PURPOSE = "camera-url"


class Site(models.Model):
    """A place with one time zone: its pages, schedules and reports speak that zone."""

    name = models.CharField(max_length=100, unique=True, validators=[validate_name])
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Camera(models.Model):
    """A source of pictures. Permission to it is permission to all that comes from it."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="cameras")
    name = models.CharField(max_length=64, validators=[validate_name])
    source_kind = models.CharField(max_length=16, choices=SourceKind, default=SourceKind.UPLOAD)
    sealed_url = models.TextField(blank=True, editable=False)
    detect_fps = models.FloatField(
        default=5.0,
        validators=[MinValueValidator(0.1), MaxValueValidator(30)],
        help_text="Frames analysed per second.",
    )
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["site__name", "name"]
        permissions = [
            ("review_camera", "Can review events and acknowledge alerts of the camera"),
            ("upload_camera", "Can upload recordings for the camera"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["site", "name"], name="camera_name_unique_in_site"),
            models.CheckConstraint(condition=models.Q(source_kind__in=SourceKind.values), name="camera_source_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def url(self) -> str:
        """The stream's address with its credentials: for GPU hosts only, shown nowhere."""
        return encryption.decrypt(self.sealed_url, purpose=URL_PURPOSE) if self.sealed_url else ""

    @url.setter
    def url(self, value: str) -> None:
        self.sealed_url = encryption.encrypt(value, purpose=URL_PURPOSE) if value else ""


class CameraUserPermission(UserObjectPermissionBase):
    content_object = models.ForeignKey(Camera, on_delete=models.CASCADE)


class CameraGroupPermission(GroupObjectPermissionBase):
    content_object = models.ForeignKey(Camera, on_delete=models.CASCADE)


class Zone(models.Model):
    """A polygon or a directed line on a camera's picture; rules name it."""

    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="zones")
    name = models.CharField(max_length=64)
    kind = models.CharField(max_length=16, choices=ZoneKind)
    points = models.JSONField(help_text="[[x, y], …], from 0 to 1, from the top left corner.")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["camera", "name"], name="zone_name_unique_in_camera"),
            models.CheckConstraint(condition=models.Q(kind__in=ZoneKind.values), name="zone_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shape(self) -> ZoneShape:
        return ZoneShape.model_validate({"name": self.name, "kind": self.kind, "points": self.points})

    def clean(self) -> None:
        try:
            _ = self.shape
        except ShapeError as error:
            raise ValidationError([item["msg"].removeprefix("Value error, ") for item in error.errors()]) from error


class Recording(models.Model):
    """An uploaded file. It is deleted once analysed: only the clips of events are kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="recordings")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    original_name = models.CharField(max_length=255)
    started_at = models.DateTimeField(help_text="When its first frame was taken.")
    start_known = models.BooleanField(
        default=True, help_text="Told by whoever uploaded it; else it is taken to end when it was uploaded."
    )
    state = models.CharField(max_length=16, choices=RecordingState, default=RecordingState.RECEIVED)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    facts: models.JSONField[dict[str, Any] | None] = models.JSONField(
        null=True, blank=True, help_text="What validation found (RecordingFacts)."
    )
    refusal = models.TextField(blank=True)

    class Meta:
        ordering = ["-uploaded_at"]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=RecordingState.values), name="recording_state_known"),
        ]

    def __str__(self) -> str:
        return self.original_name
