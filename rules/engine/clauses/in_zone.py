"""``in_zone`` and ``outside``: where a track stands."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from rules.engine.basics import Name
from rules.engine.clauses.base import Facts, Held, HeldNode, Setting
from rules.engine.scene import Scene


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


Areas = Annotated[
    tuple[Name, ...],
    BeforeValidator(_several, json_schema_input_type=Name | tuple[Name, ...]),
    Field(min_length=1, max_length=16),
]


class InZone(Held):
    """In any of the zones: with the point where the object touches the ground, another one, or a share of its box."""

    SHORT: ClassVar[str | None] = "zone"
    AREAS: ClassVar[tuple[str, ...]] = ("zone",)

    zone: Areas
    point: Literal["bottom", "centre", "top"] = "bottom"
    overlap: float | None = Field(default=None, gt=0, le=1)


class Outside(InZone):
    """In none of the zones."""


class InZoneNode(HeldNode):
    name = "in_zone"

    def __init__(self, arguments: InZone, setting: Setting) -> None:
        super().__init__(arguments, setting)
        self._zones = [setting.zone(name, "polygon").name for name in arguments.zone]
        self._point = arguments.point
        self._overlap = arguments.overlap
        self._is_simple = len(self._zones) == 1 and self._overlap is None and self._point == "bottom"

    def holds(self, scene: Scene) -> Collection[int]:
        if self._is_simple and self._true is not None and self._same(scene):
            return self._true
        eligible, ids = scene.eligible(self._who), scene.track_ids
        if self._is_simple:
            return [ids[index] for index in scene.indices_inside[self._zones[0]] if eligible[index]]
        return [ids[index] for index, fits in enumerate(eligible) if fits and self._in_any(scene, index)]

    def _same(self, scene: Scene) -> bool:
        return scene.zone_unchanged(self._zones[0]) and scene.eligible_unchanged(self._who)

    def _in_any(self, scene: Scene, index: int) -> bool:
        return any(self._inside(scene, zone, index) for zone in self._zones)

    def _inside(self, scene: Scene, zone: str, index: int) -> bool:
        if self._overlap is not None:
            return bool(scene.overlaps[zone][index] >= self._overlap)
        return bool(scene.inside_by(zone, self._point)[index])

    def facts(self, scene: Scene, subject: int) -> Facts | None:
        index = scene.index_of.get(subject)
        if index is None:
            return None
        inside = [zone for zone in self._zones if self._inside(scene, zone, index)]
        detail: dict[str, object] = {"zone": inside or self._zones}
        if self._overlap is not None:
            most = max(float(scene.overlaps[zone][index]) for zone in self._zones)
            return Facts(round(most, 3), self._overlap, "share of the box", most / self._overlap, detail)
        away = 0.0 if inside else min(scene.zone_distance(zone, index) for zone in self._zones)
        return Facts(round(away, 3), 0, "body heights away", 1 / (1 + away), detail)


class OutsideNode(InZoneNode):
    name = "outside"

    def holds(self, scene: Scene) -> Collection[int]:
        eligible, ids = scene.eligible(self._who), scene.track_ids
        return [ids[index] for index, fits in enumerate(eligible) if fits and not self._in_any(scene, index)]

    def facts(self, scene: Scene, subject: int) -> Facts | None:
        index = scene.index_of.get(subject)
        if index is None:
            return None
        inside = [zone for zone in self._zones if self._inside(scene, zone, index)]
        return Facts("inside" if inside else "outside", "outside", "", float(not inside), {"zone": self._zones})
