"""Areas and lines on a camera's picture."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from pydantic import ValidationError as ShapeError

from cameras.choices import ZoneKind
from cameras.models.cameras import Camera
from rules.engine.schema import ZoneShape


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
