"""Areas, lines and masks on a camera's picture."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from pydantic import ValidationError as ShapeError

from cameras.choices import ZoneKind
from cameras.models.cameras import Camera
from rules.engine.schema import ZoneShape
from workers.runtime.contract import MaskShape

MASKS = frozenset({ZoneKind.INCLUDE, ZoneKind.EXCLUDE})


class Zone(models.Model):
    """A polygon or a directed line on a camera's picture, which rules name; or a mask: where objects count at all."""

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
    def is_mask(self) -> bool:
        return self.kind in MASKS

    @property
    def mask(self) -> MaskShape:
        return MaskShape.model_validate({"kind": self.kind, "points": self.points})

    @property
    def outline(self) -> tuple[tuple[float, float], ...]:
        """The points, judged."""
        return self.mask.points if self.is_mask else self.shape.points

    @property
    def shape(self) -> ZoneShape:
        return ZoneShape.model_validate({"name": self.name, "kind": self.kind, "points": self.points})

    def clean(self) -> None:
        try:
            _ = self.outline
        except ShapeError as error:
            raise ValidationError([item["msg"].removeprefix("Value error, ") for item in error.errors()]) from error


def rule_shapes(camera: Camera) -> tuple[ZoneShape, ...]:
    """What rules can name."""
    return tuple(zone.shape for zone in camera.zones.all() if not zone.is_mask)


def mask_shapes(camera: Camera) -> tuple[MaskShape, ...]:
    return tuple(zone.mask for zone in camera.zones.all() if zone.is_mask)
