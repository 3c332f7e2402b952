"""Events as they start and end, and what became of each."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal

from pydantic import Field

from rules.engine.schema import Severity
from workers.runtime.contract.message import Box, Message, Text


def event_key(owner: uuid.UUID, rule_id: int, rule_version: int, track_id: int, start_ms: int) -> uuid.UUID:
    """The event's id: the same for the same happening however often it is computed (``owner``: job or lease id)."""
    return uuid.uuid5(owner, f"{rule_id}:{rule_version}:{track_id}:{start_ms}")


class EventSubmission(Message):
    """An event, sent the moment it starts. ``end_ms``: where its host could tell only when it was over already."""

    kind: Literal["start"] = "start"
    event_id: uuid.UUID
    job_id: uuid.UUID
    epoch: int
    camera_id: int
    rule_id: int
    rule_version: int
    track_id: int
    class_name: Text
    confidence: float = Field(ge=0, le=1)
    severity: Severity
    start_ms: int = Field(ge=0)
    end_ms: int | None = Field(default=None, ge=0)
    box_xyxy: Box
    evidence: dict[str, Any] = {}


class EventEnd(Message):
    kind: Literal["end"] = "end"
    event_id: uuid.UUID
    job_id: uuid.UUID
    epoch: int
    end_ms: int = Field(ge=0)


EventMessage = Annotated[EventSubmission | EventEnd, Field(discriminator="kind")]


class EventBatch(Message):
    events: tuple[EventMessage, ...] = Field(min_length=1, max_length=200)


class EventReceipt(Message):
    """``status`` as an HTTP code: 201 new, 200 known already, 409 lease lost, 422 refused (kept as a dead letter)."""

    event_id: uuid.UUID
    kind: Literal["start", "end"]
    status: Literal[200, 201, 409, 422]
    detail: str = ""


class EventBatchAnswer(Message):
    receipts: tuple[EventReceipt, ...]
