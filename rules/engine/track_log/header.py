"""What stands before a segment's tracks, readable without them."""

from __future__ import annotations

import uuid
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Moment = Annotated[int, Field(ge=-(2**53), le=2**53)]
MOST_FRAMES = 100_000
MOST_OBJECTS = 2_000_000
MOST_NAMES = 1_000


class SegmentOrigin(BaseModel):
    """Whose tracks these are. ``owner_id`` is the live stream or the job; ``zero_ms`` (since 1970) its time's zero.

    ``interval_ms``: from frame to frame as it was meant to be; ``model``: the detector.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    camera_id: int = Field(ge=0, le=2**63 - 1)
    owner_id: uuid.UUID
    epoch: int = Field(ge=0, le=2**63 - 1)
    zero_ms: Moment = 0
    interval_ms: float = Field(gt=0, le=86_400_000, allow_inf_nan=False)
    model: str = Field(default="", max_length=500)


class SegmentHeader(SegmentOrigin):
    """``start_ms`` and ``end_ms`` are those of the first and last frame; ``objects`` counts tracks frame by frame.

    ``finished``: after the last frame the rules were told that the stream was over or paused for long
    (``RuleEngine.finish``); whoever replays the log has to do the same.
    """

    start_ms: Moment
    end_ms: Moment
    frames: int = Field(ge=1, le=MOST_FRAMES)
    objects: int = Field(ge=0, le=MOST_OBJECTS)
    finished: bool = False

    @model_validator(mode="after")
    def begins_before_it_ends(self) -> Self:
        if self.end_ms < self.start_ms:
            raise ValueError("a segment ends before it begins")
        return self


Names = Annotated[tuple[Annotated[str, Field(max_length=500)], ...], Field(max_length=MOST_NAMES)]


class Tables(BaseModel):
    """The names and shapes that a segment's numbers stand for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    classes: Names
    models: Names
    attributes: Names
    aspects: tuple[Annotated[float, Field(gt=0, allow_inf_nan=False)], ...] = Field(max_length=MOST_NAMES)
