"""``speed`` and ``heading``: how a track has been moving for the last second."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from rules.engine.basics import Name, Point
from rules.engine.clauses.base import Facts, Held, HeldNode, Setting, known, share
from rules.engine.geometry import Flags, Floats
from rules.engine.scene import Scene
from rules.engine.watching import SEEN

PER_METRE_SECOND = {"m/s": 1.0, "km/h": 3.6}
DIRECTIONS: dict[str, Point] = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}


class Speed(Held):
    """Faster than ``above`` and slower than ``below``: own heights a second, or real ones on a calibrated camera."""

    MOTION: ClassVar[bool] = True

    above: float | None = Field(default=None, ge=0, le=1000)
    below: float | None = Field(default=None, gt=0, le=1000)
    unit: Literal["body_heights/s", "m/s", "km/h"] = "body_heights/s"

    @model_validator(mode="after")
    def one_bound(self) -> Self:
        if self.above is None and self.below is None:
            raise ValueError("a speed needs “above”, “below” or both")
        if self.above is not None and self.below is not None and self.above >= self.below:
            raise ValueError("“above” is not less than “below”: no speed is so")
        return self

    @property
    def bounds(self) -> tuple[float, float]:
        return -1.0 if self.above is None else self.above, math.inf if self.below is None else self.below

    def fits(self, speeds: Floats) -> Flags:
        above, below = self.bounds
        fast: Flags = speeds > above
        return fast if self.below is None else fast & (speeds < below)


class SpeedNode(HeldNode):
    name = "speed"

    def __init__(self, arguments: Speed, setting: Setting) -> None:
        super().__init__(arguments, setting)
        self.watch = SEEN
        self._factor = PER_METRE_SECOND.get(arguments.unit)
        if self._factor is not None:
            setting.needs_calibration("a speed")
        self._arguments = arguments

    def _speeds(self, scene: Scene) -> Floats:
        return scene.speeds if self._factor is None else scene.metre_speeds * self._factor

    def holds(self, scene: Scene) -> Collection[int]:
        return scene.chosen(self._who, self._arguments.fits(self._speeds(scene)))

    def facts(self, scene: Scene, subject: int) -> Facts | None:
        index = scene.index_of.get(subject)
        if index is None:
            return None
        speed = float(self._speeds(scene)[index])
        above, below = self._arguments.bounds
        nearness = share(speed, above) if speed <= above else share(below, speed)
        value = known(speed, 3)
        return Facts(value, _bounds(self._arguments.above, self._arguments.below), self._arguments.unit, nearness)


def _bounds(above: float | None, below: float | None) -> str:
    parts = [f"> {above:g}" if above is not None else "", f"< {below:g}" if below is not None else ""]
    return " and ".join(part for part in parts if part)


class Heading(Held):
    """Moving in a direction on the picture (up, down, left, right), or along or against a line as it is drawn."""

    MOTION: ClassVar[bool] = True

    LINES: ClassVar[tuple[str, ...]] = ("along", "against")

    towards: Literal["up", "down", "left", "right"] | None = None
    along: Name | None = None
    against: Name | None = None
    tolerance: float = Field(default=45, gt=0, le=180)
    """Degrees to either side."""
    min_speed: float = Field(default=0.2, ge=0, le=100)
    """Own heights a second; what moves slower has no direction."""

    @model_validator(mode="after")
    def one_direction(self) -> Self:
        if sum(each is not None for each in (self.towards, self.along, self.against)) != 1:
            raise ValueError("a heading needs one of “towards”, “along” and “against”")
        return self

    @property
    def line(self) -> str | None:
        return self.along or self.against

    def direction(self, line: Sequence[Point], aspect: float) -> Point:
        """``line``: the ends of the line that it names."""
        if self.towards is not None:
            return DIRECTIONS[self.towards]
        (x, y), (end_x, end_y) = line
        sign = -1 if self.against else 1
        return (end_x - x) * aspect * sign, (end_y - y) * sign

    def fits(self, velocities: Floats, speeds: Floats, direction: Point) -> Flags:
        x, y = direction
        ahead = velocities[:, 0] * x + velocities[:, 1] * y
        right_way: Flags = ahead >= speeds * (math.hypot(x, y) * math.cos(math.radians(self.tolerance)))
        return right_way & (speeds >= self.min_speed)


class HeadingNode(HeldNode):
    name = "heading"

    def __init__(self, arguments: Heading, setting: Setting) -> None:
        super().__init__(arguments, setting)
        self.watch = SEEN
        self._line = setting.zone(arguments.line, "line").points if arguments.line else ()
        self._arguments = arguments

    def _direction(self, scene: Scene) -> Point:
        return self._arguments.direction(self._line, scene.frame.aspect)

    def holds(self, scene: Scene) -> Collection[int]:
        fits = self._arguments.fits(scene.velocities, scene.speeds, self._direction(scene))
        return scene.chosen(self._who, fits)

    def _angle(self, scene: Scene, index: int) -> float:
        """Degrees away from the wanted direction; NaN for what does not move."""
        if not scene.speeds[index] >= self._arguments.min_speed:
            return math.nan
        x, y = self._direction(scene)
        across, down = scene.velocities[index].tolist()
        return abs(math.degrees(math.atan2(down * x - across * y, across * x + down * y)))

    def facts(self, scene: Scene, subject: int) -> Facts | None:
        index = scene.index_of.get(subject)
        if index is None:
            return None
        angle = self._angle(scene, index)
        needed = f"<= {self._arguments.tolerance:g}"
        if math.isnan(angle):
            return Facts(None, needed, "degrees off", 0.0, {"speed": known(float(scene.speeds[index]), 3)})
        return Facts(round(angle, 1), needed, "degrees off", share(self._arguments.tolerance, angle))
