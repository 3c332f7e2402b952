"""What a person wants to be told by which channel, and when."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alerts.choices import Channel
from cameras.models import Camera, CameraGroup
from events.choices import Severity
from vms.accounts.models import validate_time_zone


class Preference(models.Model):
    """One person's wishes for one channel; without a row, everything at once.

    No cameras and groups chosen: all of them.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="alert_preferences")
    channel = models.CharField(max_length=16, choices=Channel)
    enabled = models.BooleanField(default=True)
    least_severity = models.CharField(max_length=16, choices=Severity, default=Severity.LOW)
    cameras = models.ManyToManyField(Camera, blank=True, related_name="+")
    camera_groups = models.ManyToManyField(CameraGroup, blank=True, related_name="wishes")
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    quiet_hold = models.BooleanField(
        default=True, help_text=_("What comes in quiet hours is told afterwards, in one message. Else not at all.")
    )
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    paused_from = models.DateField(null=True, blank=True)
    paused_until = models.DateField(null=True, blank=True, help_text=_("The last day without messages."))
    digest_minutes = models.PositiveIntegerField(
        default=0,
        validators=[MaxValueValidator(24 * 60)],
        help_text=_("One message for all of that time. 0: one each."),
    )
    language = models.CharField(
        max_length=8, default="en", help_text=_("Of the messages, where there are texts in it.")
    )

    class Meta:
        ordering = ["user", "channel"]
        constraints = [
            models.UniqueConstraint(fields=["user", "channel"], name="preference_once"),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="preference_quiet_has_both_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.channel}"
