"""What every rule document is made of: names, points, durations, zones, severities, and whom a rule is about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from rules.engine.names import name_check

Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^<>]+$"), AfterValidator(name_check)]
MESSAGE_WORDS = ("rule", "class_name", "camera", "zone")
"""What a message may name in braces; ``zone``: the areas and lines of the rule."""
Message = Annotated[
    str,
    Field(
        max_length=300,
        pattern=r"^[^\x00]*$",
        description="The event's text, with " + ", ".join(f"{{{word}}}" for word in MESSAGE_WORDS) + " filled in.",
    ),
]
Point = tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]]
"""(x, y), normalised to the frame: 0,0 is the top left corner and 1,1 the bottom right one."""

SCENE_CLASS = "scene"
"""The class of an event that is about the place and no kind of object."""
NUMBERS = (int, float, int | None, float | None)
LONGEST_SECONDS = 7 * 86_400
POINT = "; a decimal number is written with a point, as in 0.5"
"""To those who wrote a comma."""
SECONDS_PER: Mapping[str, float] = MappingProxyType(
    {"ms": 0.001, "s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "d": 86_400}
    | {"seconds": 1, "minutes": 60, "hours": 3600, "day": 86_400, "days": 86_400}
)
AMOUNT = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*([a-z]+)")
DURATION = re.compile(r"\s*(?:\d{1,9}(?:\.\d{1,6})?\s*[a-z]+\s*){1,4}")


def duration_seconds(value: object) -> object:
    """Seconds from a text such as ``90s``, ``5 min`` or ``1 h 30 min``; anything else is returned as it is."""
    if not isinstance(value, str):
        return value
    text = value.lower()
    amounts = AMOUNT.findall(text) if len(text) <= 64 and DURATION.fullmatch(text) else []
    if not amounts or any(unit not in SECONDS_PER for _, unit in amounts):
        more = _more_of_time(text, [unit for _, unit in amounts])
        raise ValueError(f"a time is seconds, or a number with a unit such as 90s, 5 min or 1 h 30 min{more}")
    return sum(float(amount) * SECONDS_PER[unit] for amount, unit in amounts)


def _more_of_time(text: str, units: list[str]) -> str:
    """What its author most often did."""
    if "m" in units:
        return "; minutes are written “min”"
    if unknown := next((unit for unit in units if unit not in SECONDS_PER), ""):
        return f"; “{unknown[:40]}” is no unit, there are ms, s, min, h and d"
    if "," in text:
        return POINT
    if ":" in text:
        return "; with a colon it is a time of day"
    return "; it is not negative" if text.lstrip().startswith("-") else ""


DurationText = Annotated[str, Field(pattern=r"^\s*(\d+(\.\d+)?\s*[A-Za-z]+\s*)+$", examples=["90s", "5 min"])]
Duration = Annotated[
    float,
    BeforeValidator(duration_seconds, json_schema_input_type=float | DurationText),
    Field(ge=0, le=LONGEST_SECONDS),
]


def one_or_several(value: object) -> object:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list | tuple):
        raise PydanticCustomError("names_type", "a name or a list of names was expected")
    return value


def classes_of(value: object) -> object:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else one_or_several(value)


Names = Annotated[tuple[Name, ...], BeforeValidator(one_or_several, json_schema_input_type=Name | tuple[Name, ...])]
"""One alone may stand without its list."""
Classes = Annotated[tuple[Name, ...], BeforeValidator(classes_of, json_schema_input_type=Name | tuple[Name, ...])]
"""Also as one text with commas: the name of a class has none."""


class Document(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, serialize_by_alias=True, validate_by_name=True
    )

    @field_validator("*", mode="before")
    @classmethod
    def true_is_no_number(cls, value: object, info: ValidationInfo) -> object:
        if isinstance(value, bool) and cls.model_fields[info.field_name or ""].annotation in NUMBERS:
            raise PydanticCustomError("float_type", "a number was expected")
        return value


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class ZoneShape(Document):
    """A polygon (three points or more) or a directed line (two points, read from the first to the second)."""

    name: Name
    kind: Literal["polygon", "line"]
    points: tuple[Point, ...] = Field(min_length=2, max_length=64)

    @model_validator(mode="after")
    def points_fit_the_kind(self) -> Self:
        if self.kind == "line" and (len(self.points) != 2 or self.points[0] == self.points[1]):
            raise ValueError("a line needs exactly two different points")
        if self.kind == "polygon" and len(set(self.points)) < 3:
            raise ValueError("a polygon needs at least three different points")
        return self


class Who(Document):
    """Which tracks a rule looks at. No classes means every class.

    A track's class is the one that most of its detections speak for. ``min_confidence`` must be reached once:
    in the frame that begins a stay, or in one frame of a crossing; fainter frames then continue it.
    Heights are shares of the picture's height; attributes are those that a model gives to whole tracks.
    """

    classes: Classes = Field(default=(), max_length=100)
    min_confidence: float = Field(default=0.4, ge=0, le=1)
    min_height: float = Field(default=0, ge=0, le=1)
    max_height: float = Field(default=1, ge=0, le=1)
    attributes: dict[Name, bool] = Field(default={}, max_length=20)
    model: Name | None = None
    """The model that the tracks come from, where a camera runs several; None: any."""

    @model_validator(mode="after")
    def somebody_fits(self) -> Self:
        if self.min_height > self.max_height:
            raise ValueError("“min_height” is more than “max_height”: nobody is so")
        return self
