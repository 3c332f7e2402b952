"""Groups of cameras, across sites: entrances, car parks, what one team looks after."""

from __future__ import annotations

from django.db import models

from cameras.models.cameras import Camera
from vms.validation import validate_name


class CameraGroup(models.Model):
    """A camera may be in many. A group grants nobody anything: it is a way to name cameras together."""

    name = models.CharField(max_length=64, unique=True, validators=[validate_name])
    cameras = models.ManyToManyField(Camera, blank=True, related_name="groups")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
