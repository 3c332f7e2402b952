"""What a camera is watched for, and what its rules must know of its place.

What only newer rules need is left out of the message where it is not set, so that older nodes understand it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_serializer, model_validator

from rules.engine.basics import Point
from rules.engine.schema import RuleSpec, ZoneShape
from rules.engine.surroundings import Calibration, SiteClock, Surroundings
from workers.runtime.contract.message import Message, Text

Metres = Annotated[float, Field(ge=-100_000, le=100_000, allow_inf_nan=False)]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class RuleConfig(Message):
    rule_id: int
    version: int
    spec: RuleSpec

    @field_serializer("spec")
    def without_defaults(self, spec: RuleSpec) -> dict[str, Any]:
        return spec.model_dump(mode="json", exclude_defaults=True)


class WallClock(Message):
    """The site's clock: ``zero_ms`` (since 1970) is the instant of the stream's millisecond 0."""

    time_zone: Text
    zero_ms: int
    holidays: tuple[date, ...] = ()


class GroundScale(Message):
    """Four points of the picture, and where they lie on the ground in metres."""

    points: tuple[Point, Point, Point, Point]
    metres: tuple[tuple[Metres, Metres], ...] = Field(min_length=4, max_length=4)

    @model_validator(mode="after")
    def points_fix_the_ground(self) -> Self:
        Calibration(self.points, self.metres)
        return self


class MaskShape(Message):
    """Where objects count: inside of any ``include`` area, if there is one, and outside of every ``exclude`` area."""

    kind: Literal["include", "exclude"]
    points: tuple[Point, ...] = Field(min_length=3, max_length=64)


class CameraConfig(Message):
    camera_id: int
    name: Text
    detect_fps: float = Field(gt=0, le=60)
    zones: tuple[ZoneShape, ...]
    rules: tuple[RuleConfig, ...]
    clock: WallClock | None = Field(default=None, exclude_if=lambda value: value is None)
    ground: GroundScale | None = Field(default=None, exclude_if=lambda value: value is None)
    masks: tuple[MaskShape, ...] = Field(default=(), exclude_if=lambda value: not value)
    track_log: bool = Field(default=True, exclude_if=bool)
    """Whether what is tracked is to be sent to the platform."""

    def surroundings(self) -> Surroundings:
        """For the engine."""
        clock, ground = self.clock, self.ground
        return Surroundings(
            calibration=Calibration(ground.points, ground.metres) if ground else None,
            clock=SiteClock(EPOCH + timedelta(milliseconds=clock.zero_ms), clock.time_zone, frozenset(clock.holidays))
            if clock
            else None,
        )
