"""The rules that the platform itself brings, and what becomes of a version."""

from django.db import models


class SystemRule(models.TextChoices):
    CAMERA_OFFLINE = "camera_offline", "Camera offline"
    CAMERA_FROZEN = "camera_frozen", "Camera frozen"


class VersionState(models.TextChoices):
    """A draft does not run. One version at most is published: the one in force. Retired ones were in force once."""

    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "In force"
    RETIRED = "retired", "Retired"
