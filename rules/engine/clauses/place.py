"""``count``, ``queue``, ``absent`` and ``density``: how many there are in a place."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from rules.engine.basics import Document, Duration, Name, Who, ZoneShape
from rules.engine.clauses.base import Facts, Held, HeldNode, Measure, Node, Setting, share
from rules.engine.clauses.motion import Speed, SpeedNode
from rules.engine.scene import SCENE, Scene
from rules.engine.surroundings import Calibration
from rules.engine.watching import SEEN

if TYPE_CHECKING:
    Clause = Document


HERE = (SCENE,)


class Count(Held):
    """At least, at most so many in a zone (without one: in the picture) for whom ``that`` is true."""

    AREAS: ClassVar[tuple[str, ...]] = ("zone",)

    zone: Name | None = None
    at_least: int | None = Field(default=None, ge=0, le=10_000)
    at_most: int | None = Field(default=None, ge=0, le=10_000)
    who: Who | None = None
    that: Clause | None = None

    @model_validator(mode="after")
    def one_bound(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("a count needs “at_least”, “at_most” or both")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("“at_least” is more than “at_most”: no number is so")
        return self


class Absent(Held):
    """Nobody whom the rule is about is in the zone."""

    SHORT: ClassVar[str | None] = "zone"
    AREAS: ClassVar[tuple[str, ...]] = ("zone",)

    zone: Name
    for_seconds: Duration = Field(default=60, alias="for")
    who: Who | None = None


class Queue(Held):
    """At least so many stand or shuffle in the zone."""

    MOTION: ClassVar[bool] = True

    AREAS: ClassVar[tuple[str, ...]] = ("zone",)

    zone: Name
    at_least: int = Field(ge=1, le=10_000)
    slower_than: float = Field(default=0.5, gt=0, le=100)
    """Own heights a second."""
    for_seconds: Duration = Field(default=30, alias="for")
    gap: Duration = 5


class CountNode(HeldNode):
    name = "count"
    of_scene = True

    def __init__(self, arguments: Count, setting: Setting) -> None:
        inner = setting.about(arguments.who)
        super().__init__(arguments, inner)
        self._zone = setting.zone(arguments.zone, "polygon").name if arguments.zone else None
        self._least = arguments.at_least or 0
        self._most = arguments.at_most
        self.watch = inner.watch() if self._zone is None else inner.watch(self._zone)
        if arguments.that is not None:
            self._of_those(inner.node(arguments.that))
        self._counted: tuple[int, ...] = ()

    def _of_those(self, that: Node) -> None:
        self.children = (that,)
        self.watch |= that.watch

    def holds(self, scene: Scene) -> Collection[int]:
        count = len(self._count(scene))
        return HERE if count >= self._least and (self._most is None or count <= self._most) else ()

    def _count(self, scene: Scene) -> tuple[int, ...]:
        chosen = self._fulfil(scene, self.children[0]) if self.children else None
        eligible, ids = scene.eligible(self._who), scene.track_ids
        indices = range(len(ids)) if self._zone is None else scene.indices_inside(self._zone)
        self._counted = tuple(
            [ids[index] for index in indices if eligible[index] and (chosen is None or ids[index] in chosen)]
        )
        return self._counted

    def _fulfil(self, scene: Scene, that: Node) -> Collection[int]:
        """What is said of the place holds for each track in it."""
        result = that.step(scene)
        return result if not that.of_scene else scene.track_ids if result else ()

    def facts(self, scene: Scene, subject: int) -> Facts:
        count = len(self._counted)
        needed = f">= {self._least}" if self._most is None else f"{self._least} to {self._most}"
        nearness = share(count, self._least) if count < self._least else share(self._most or 0.5, count)
        return Facts(count, needed, "in the zone", nearness, {"zone": self._zone, "tracks": list(self._counted)})

    def measure(self, scene: Scene, subject: int) -> Measure:
        return super().measure(scene, SCENE)

    def involved(self, subject: int) -> tuple[int, ...]:
        return self._counted

    def zones(self) -> tuple[str, ...]:
        return () if self._zone is None else (self._zone,)


class QueueNode(CountNode):
    name = "queue"

    def __init__(self, arguments: Queue, setting: Setting) -> None:
        super().__init__(_bounded(arguments, at_least=arguments.at_least), setting)
        self._of_those(SpeedNode(Speed(below=arguments.slower_than, gap=3), setting))


class AbsentNode(CountNode):
    name = "absent"

    def __init__(self, arguments: Absent, setting: Setting) -> None:
        super().__init__(_bounded(arguments, at_most=0), setting.about(arguments.who))


def _bounded(arguments: Queue | Absent, **bounds: int) -> Count:
    words = {"zone": arguments.zone, "for": arguments.for_seconds, "gap": arguments.gap}
    return Count.model_validate(words | bounds)


class Density(Held):
    """So many on the zone's area: a square metre on a calibrated camera, else a square of the mean body height."""

    AREAS: ClassVar[tuple[str, ...]] = ("zone",)

    zone: Name
    at_least: float = Field(gt=0, le=1000)
    per: Literal["square_metre", "square_body_height"] = "square_body_height"
    who: Who | None = None


def area_of(words: Density, shape: ZoneShape, calibration: Calibration | None) -> float:
    """Of the zone: in square metres, or in the picture's own width times its height."""
    corners = np.array(shape.points, np.float64)
    if calibration is not None and words.per == "square_metre":
        spread = np.column_stack((corners, np.ones(len(corners)))) @ calibration.matrix.T
        corners = spread[:, :2] / spread[:, 2:]
    following = np.roll(corners, -1, axis=0)
    return abs(float((corners[:, 0] * following[:, 1] - following[:, 0] * corners[:, 1]).sum())) / 2


class DensityNode(HeldNode):
    name = "density"
    of_scene = True

    def __init__(self, arguments: Density, setting: Setting) -> None:
        super().__init__(arguments, setting.about(arguments.who))
        shape = setting.zone(arguments.zone, "polygon")
        self._zone, self._least, self._per = arguments.zone, arguments.at_least, arguments.per
        if self._per == "square_metre":
            setting.needs_calibration("a density")
        self.watch = SEEN
        self._area = area_of(arguments, shape, setting.surroundings.calibration)
        self._counted: tuple[int, ...] = ()
        self._density = 0.0

    def holds(self, scene: Scene) -> Collection[int]:
        eligible = scene.eligible(self._who)
        indices = [index for index in scene.indices_inside(self._zone) if eligible[index]]
        self._counted = tuple(scene.track_ids[index] for index in indices)
        self._density = 0.0
        if indices:
            unit = 1.0 if self._per == "square_metre" else float(scene.heights[indices].mean()) ** 2
            area = self._area if self._per == "square_metre" else self._area * scene.frame.aspect
            self._density = len(indices) * unit / max(area, 1e-9)
        return HERE if self._density >= self._least else ()

    def facts(self, scene: Scene, subject: int) -> Facts:
        detail = {"zone": self._zone, "tracks": list(self._counted)}
        nearness = share(self._density, self._least)
        return Facts(round(self._density, 3), f">= {self._least:g}", f"per {self._per}", nearness, detail)

    def measure(self, scene: Scene, subject: int) -> Measure:
        return super().measure(scene, SCENE)

    def involved(self, subject: int) -> tuple[int, ...]:
        return self._counted

    def zones(self) -> tuple[str, ...]:
        return (self._zone,)
