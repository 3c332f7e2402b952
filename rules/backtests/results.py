"""What a back-test found on one camera, as it is kept, and several cameras' sum."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field

MOST_GAPS = MOST_DIFFERING = 50
HOURS = 24


class Span(BaseModel):
    model_config = ConfigDict(frozen=True)

    start: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()


class Differing(Span):
    """A time in which zones or values were others than those that were taken: those that the text names.

    ``values``: of the live rule's parameters on the camera; ``scale``: of metres; ``calendar``: the site's
    holidays or time zone.
    """

    zones: list[str] = Field(default_factory=list)
    values: bool = False
    scale: bool = False
    calendar: bool = False

    @property
    def is_any(self) -> bool:
        return bool(self.zones) or self.values or self.scale or self.calendar

    @property
    def words(self) -> list[str]:
        """What was otherwise."""
        told = [_("zone “%(name)s”") % {"name": name} for name in self.zones]
        told += [_("values of the rule's parameters")] if self.values else []
        told += [_("calibration of the camera")] if self.scale else []
        return told + ([_("holidays or time zone of the site")] if self.calendar else [])

    def is_as(self, other: Differing) -> bool:
        times = {"start", "end"}
        return self.model_dump(exclude=times) == other.model_dump(exclude=times)


class Tally(BaseModel):
    """Counts that can be added up. ``true`` and ``false`` are the verdicts of people on the live rule's events."""

    kept: int = 0
    new: int = 0
    gone: int = 0
    kept_true: int = 0
    kept_false: int = 0
    gone_true: int = 0
    gone_false: int = 0
    hours: list[int] = Field(default_factory=lambda: [0] * HOURS)
    """Hits by the hour of the day, as the site's clock counts it."""
    not_shown: int = 0
    """Hits and gone events of which only the count was kept."""

    @property
    def hits(self) -> int:
        return self.kept + self.new

    @property
    def judged(self) -> int:
        return self.kept_true + self.kept_false

    @property
    def false_share(self) -> float | None:
        """Of the hits whose event a person has judged."""
        return self.kept_false / self.judged if self.judged else None

    @classmethod
    def of(cls, parts: Iterable[Tally]) -> Tally:
        whole = cls()
        for part in parts:
            for name in cls.model_fields:
                if name != "hours":
                    setattr(whole, name, getattr(whole, name) + getattr(part, name))
            whole.hours = [one + other for one, other in zip(whole.hours, part.hours, strict=True)]
        return whole


class CameraResult(Tally):
    """``reason``: why nothing could be found here, or empty. ``gaps``: when nothing was tracked, the longest ones.

    ``differing``: when zones and values were others than now, which are those that were taken.
    """

    reason: str = ""
    covered_seconds: float = 0
    gaps: list[Span] = Field(default_factory=list, max_length=MOST_GAPS)
    differing: list[Differing] = Field(default_factory=list, max_length=MOST_DIFFERING)
    frames: int = 0
