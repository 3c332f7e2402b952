"""Sites and cameras, and who may see what."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from cameras.choices import CameraPriority, SourceKind
from cameras.surroundings import validate_calibration, validate_holidays
from vms.accounts.models import validate_time_zone
from vms.storage import encryption
from vms.validation import validate_name

URL_PURPOSE = "camera-url"


class ShownSites(models.Manager["Site"]):
    def get_queryset(self) -> models.QuerySet[Site]:
        return super().get_queryset().filter(hidden=False)


class ShownCameras(models.Manager["Camera"]):
    def get_queryset(self) -> models.QuerySet[Camera]:
        return super().get_queryset().filter(hidden=False)


class Site(models.Model):
    """A place with one time zone: its pages, schedules and reports speak that zone."""

    name = models.CharField(max_length=100, unique=True, validators=[validate_name])
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    holidays = models.JSONField(
        default=list,
        blank=True,
        validators=[validate_holidays],
        help_text='Days as ["2026-12-25", …]: rules may treat them otherwise than their day of the week.',
    )
    hidden = models.BooleanField(
        default=False, editable=False, help_text=_("Of the camera by which VMS proves itself.")
    )

    objects = ShownSites()
    everything: ClassVar[models.Manager[Site]] = models.Manager()

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
    sealed_clip_url = models.TextField(blank=True, editable=False)
    detect_fps = models.FloatField(
        default=5.0,
        validators=[MinValueValidator(0.1), MaxValueValidator(30)],
        help_text=_("Frames analysed per second."),
    )
    priority = models.CharField(
        max_length=16,
        choices=CameraPriority,
        default=CameraPriority.NORMAL,
        help_text=_("Whose frames come first where a worker cannot look at all of them."),
    )
    calibration = models.JSONField(
        null=True,
        blank=True,
        validators=[validate_calibration],
        help_text=_(
            "Four points of the picture and where they lie on the ground in metres, for rules that measure: "
            '{"points": [[x, y], …], "metres": [[east, north], …]}.'
        ),
    )
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    hidden = models.BooleanField(
        default=False, editable=False, help_text=_("VMS proves by its events that alerts arrive.")
    )

    objects = ShownCameras()
    everything: ClassVar[models.Manager[Camera]] = models.Manager()

    class Meta:
        ordering = ["site__name", "name"]
        permissions = [
            ("review_camera", _("Can review events and acknowledge alerts of the camera")),
            ("upload_camera", _("Can upload recordings for the camera")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["site", "name"], name="camera_name_unique_in_site"),
            models.CheckConstraint(condition=models.Q(source_kind__in=SourceKind.values), name="camera_source_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def clip_url(self) -> str:
        """Where clips come from, if not from ``url``; with its credentials."""
        return encryption.decrypt(self.sealed_clip_url, purpose=URL_PURPOSE) if self.sealed_clip_url else ""

    @clip_url.setter
    def clip_url(self, value: str) -> None:
        self.sealed_clip_url = encryption.encrypt(value, purpose=URL_PURPOSE) if value else ""

    @property
    def url(self) -> str:
        """The address of the stream that is analysed, with its credentials: for GPU hosts only, shown nowhere."""
        return encryption.decrypt(self.sealed_url, purpose=URL_PURPOSE) if self.sealed_url else ""

    @url.setter
    def url(self, value: str) -> None:
        self.sealed_url = encryption.encrypt(value, purpose=URL_PURPOSE) if value else ""


class CameraUserPermission(UserObjectPermissionBase):
    content_object = models.ForeignKey(Camera, on_delete=models.CASCADE)


class CameraGroupPermission(GroupObjectPermissionBase):
    content_object = models.ForeignKey(Camera, on_delete=models.CASCADE)
