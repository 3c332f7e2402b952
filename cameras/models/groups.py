"""Groups of cameras, across sites: entrances, car parks, what one team looks after."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import Permission
from django.db import models

from cameras.models.cameras import Camera
from vms.validation import validate_name


class CameraGroup(models.Model):
    """A camera may be in many. What is granted on a group holds for the cameras that are in it, whenever they came."""

    name = models.CharField(max_length=64, unique=True, validators=[validate_name])
    cameras = models.ManyToManyField(Camera, blank=True, related_name="groups")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class CameraGroupGrant(models.Model):
    """A permission of ``CameraPermission`` that a user holds on every camera of a group."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="camera_group_grants")
    group = models.ForeignKey(CameraGroup, on_delete=models.CASCADE, related_name="grants")
    permission = models.ForeignKey(Permission, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "permission", "group"], name="camera_group_grant_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} on {self.group}"
