"""Groups of people who take turns being on call."""

from __future__ import annotations

from datetime import time

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from vms.accounts.models import validate_time_zone


class OnCallGroup(models.Model):
    """Its members take turns of ``shift_days`` days, handed over at a time of day; with 0 all are on call always."""

    name = models.CharField(max_length=100, unique=True)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="OnCallMember", related_name="+")
    shift_days = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(366)], help_text=_("How long a turn lasts. 0: everybody is on call.")
    )
    first_day = models.DateField(null=True, blank=True, help_text=_("When the first member's turn began."))
    hand_over = models.TimeField(default=time(8))
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])

    class Meta:
        ordering = ["name"]
        verbose_name = _("on-call group")

    def __str__(self) -> str:
        return self.name


class OnCallMember(models.Model):
    group = models.ForeignKey(OnCallGroup, on_delete=models.CASCADE, related_name="turns")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["group", "position", "id"]
        constraints = [models.UniqueConstraint(fields=["group", "user"], name="on_call_member_once")]

    def __str__(self) -> str:
        return f"{self.group}: {self.user}"
