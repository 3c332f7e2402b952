"""How people like to see their live cameras."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from vms.validation import validate_name


class WallLayout(models.Model):
    """A user's own arrangement of live pictures. A camera that they may no longer see is passed over."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="wall_layouts")
    name = models.CharField(max_length=64, validators=[validate_name])
    per_page = models.PositiveSmallIntegerField(default=9)
    rotate_seconds = models.PositiveSmallIntegerField(default=0, help_text=_("0: pages do not turn by themselves."))
    boxes = models.BooleanField(default=False)
    cameras: models.JSONField[list[int]] = models.JSONField(default=list, help_text=_("In their order; empty: all."))

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="wall_layout_name_unique"),
            models.CheckConstraint(
                condition=models.Q(per_page__gte=1, per_page__lte=64), name="wall_layout_size_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name
