"""What goes wrong with the platform itself: a worker, a disk, a mail server. It belongs to no camera."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alerts.choices import SystemCategory
from events.choices import Severity


class SystemEvent(models.Model):
    """A trouble of the platform, from when it was noticed until it was over. ``subject`` says whose, by an id."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    category = models.CharField(max_length=16, choices=SystemCategory)
    subject = models.CharField(max_length=64, help_text=_("The id of what it is about: a worker, an endpoint, a disk."))
    name = models.CharField(max_length=200, help_text=_("What people call it."))
    severity = models.CharField(max_length=16, choices=Severity)
    message = models.CharField(max_length=500, help_text=_("How it stands now, or stood at last."))
    started_at = models.DateTimeField()
    calm_since = models.DateTimeField(
        null=True, blank=True, help_text=_("Nothing is wrong since then, but not for long.")
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["category", "subject"], name="system_event_one_open", condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(condition=Q(category__in=SystemCategory.values), name="system_event_known"),
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="system_event_severity_known"),
        ]

    def __str__(self) -> str:
        return self.message
