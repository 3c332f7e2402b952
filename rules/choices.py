"""The rules that the platform itself brings."""

from django.db import models


class SystemRule(models.TextChoices):
    CAMERA_OFFLINE = "camera_offline", "Camera offline"
    CAMERA_FROZEN = "camera_frozen", "Camera frozen"
