"""``in_zone`` and ``outside``: where a track stands."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar, Literal

from pydantic import Field

from rules.engine.basics import Names
from rules.engine.clauses.base import Facts, Held, HeldNode, Setting
from rules.engine.geometry import Flags
from rules.engine.scene import Scene
from rules.engine.watching import SEEN


class InZone(Held):
    """In any of the zones: with the point where the object touches the ground, another one, or a share of its box."""

    SHORT: ClassVar[str | None] = "zone"
    AREAS: ClassVar[tuple[str, ...]] = ("zone",)

    zone: Names = Field(min_length=1, max_length=16)
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
        stands = self._overlap is None and self._point == "bottom"
        self.watch = setting.watch(*self._zones) if stands else SEEN
        self._stands_in = self._zones[0] if stands and len(self._zones) == 1 else None

    def holds(self, scene: Scene) -> Collection[int]:
        if self._stands_in is None:
            return scene.chosen(self._who, self._in_any(scene))
        eligible, ids = scene.eligible(self._who), scene.track_ids
        return [ids[index] for index in scene.indices_inside(self._stands_in) if eligible[index]]

    def _in_any(self, scene: Scene) -> Flags:
        found = self._inside(scene, self._zones[0])
        for zone in self._zones[1:]:
            found = found | self._inside(scene, zone)
        return found

    def _inside(self, scene: Scene, zone: str) -> Flags:
        if self._overlap is not None:
            return scene.overlaps(zone) >= self._overlap
        return scene.inside(zone, self._point)

    def facts(self, scene: Scene, subject: int) -> Facts | None:
        index = scene.index_of.get(subject)
        if index is None:
            return None
        inside = [zone for zone in self._zones if self._inside(scene, zone)[index]]
        detail: dict[str, object] = {"zone": inside or self._zones}
        if self._overlap is not None:
            most = max(float(scene.overlaps(zone)[index]) for zone in self._zones)
            return Facts(round(most, 3), self._overlap, "share of the box", most / self._overlap, detail)
        away = 0.0 if inside else min(scene.zone_distance(zone, index) for zone in self._zones)
        return Facts(round(away, 3), 0, "body heights away", 1 / (1 + away), detail)


class OutsideNode(InZoneNode):
    name = "outside"

    def holds(self, scene: Scene) -> Collection[int]:
        return scene.chosen(self._who, ~self._in_any(scene))

    def facts(self, scene: Scene, subject: int) -> Facts | None:
        index = scene.index_of.get(subject)
        if index is None:
            return None
        inside = [zone for zone in self._zones if self._inside(scene, zone)[index]]
        return Facts("inside" if inside else "outside", "outside", "", float(not inside), {"zone": self._zones})
