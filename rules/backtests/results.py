"""What a back-test found on one camera, as it is kept, and several cameras' sum."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

MOST_GAPS = 50
HOURS = 24


class Span(BaseModel):
    model_config = ConfigDict(frozen=True)

    start: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()


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
    """``reason``: why nothing could be found here, or empty. ``gaps``: when nothing was tracked, the longest ones."""

    reason: str = ""
    covered_seconds: float = 0
    gaps: list[Span] = Field(default_factory=list, max_length=MOST_GAPS)
    frames: int = 0
