"""The events of a stream whose clip is not cut yet: when it is due, and which frame shows the event best."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Self

from av.video.frame import VideoFrame
from pydantic import BaseModel, ConfigDict

from rules.engine.schema import RuleSpec
from rules.engine.transitions import Ended, FrameTracks, Started
from workers.runtime.clips import ClipWindow

MAX_HELD_PICTURES = 16
"""Beyond, the best picture is read again from the recording by its time."""


class EventRecord(BaseModel):
    """One event on its way to its clip. ``end_ms`` is None while it lasts."""

    model_config = ConfigDict(extra="forbid")

    event_id: uuid.UUID
    track_id: int
    start_ms: int
    end_ms: int | None = None
    clip_start_ms: int
    clip_limit_ms: int
    post_roll_ms: int
    best_ms: int
    best_score: float

    @classmethod
    def begin(cls, event_id: uuid.UUID, started: Started, spec: RuleSpec) -> Self:
        clip_start_ms = max(0, started.start_ms - round(spec.pre_roll_seconds * 1000))
        return cls(
            event_id=event_id,
            track_id=started.track_id,
            start_ms=started.start_ms,
            clip_start_ms=clip_start_ms,
            clip_limit_ms=clip_start_ms + round(spec.max_clip_seconds * 1000),
            post_roll_ms=round(spec.post_roll_seconds * 1000),
            best_ms=started.at_ms,
            best_score=_score(started.confidence, started.box_xyxy),
        )

    @property
    def due_ms(self) -> int:
        """When everything that the clip shows has passed."""
        if self.end_ms is None:
            return self.clip_limit_ms
        return min(self.end_ms + self.post_roll_ms, self.clip_limit_ms)

    def window(self) -> ClipWindow:
        return ClipWindow(self.clip_start_ms, self.due_ms)

    def covers(self, at_ms: int) -> bool:
        return self.start_ms <= at_ms and (self.end_ms is None or at_ms <= self.end_ms)


class OpenEvents:
    """Event records by id, in the order in which they started, and the pictures held for them."""

    def __init__(self, records: Iterable[EventRecord] = ()) -> None:
        self._records = {record.event_id: record for record in records}
        self._pictures: dict[uuid.UUID, VideoFrame] = {}

    def begin(self, record: EventRecord, picture: VideoFrame) -> None:
        self._records[record.event_id] = record
        self._hold(record, picture)

    def end(self, event_id: uuid.UUID, ended: Ended) -> None:
        """An event longer than its clip may have been cut already."""
        if record := self._records.get(event_id):
            record.end_ms = ended.end_ms

    def look(self, frame: FrameTracks, picture: VideoFrame) -> None:
        """Keep the frame for each event that it shows better, larger and surer, than any frame before."""
        for record in self._records.values():
            if not record.covers(frame.timestamp_ms):
                continue
            for index in (frame.track_ids == record.track_id).nonzero()[0]:
                score = _score(frame.confidences[index], frame.boxes_xyxy[index].tolist())
                if score > record.best_score:
                    record.best_ms, record.best_score = frame.timestamp_ms, score
                    self._hold(record, picture)

    def take_due(self, now_ms: int | None) -> list[tuple[EventRecord, VideoFrame | None]]:
        """Remove and give the records whose clip can be cut now; None: the recording is over, all of them."""
        due = [record for record in self._records.values() if now_ms is None or record.due_ms < now_ms]
        for record in due:
            del self._records[record.event_id]
        return [(record, self._pictures.pop(record.event_id, None)) for record in due]

    def earliest_clip_ms(self, default_ms: int) -> int:
        return min((record.clip_start_ms for record in self._records.values()), default=default_ms)

    def records(self) -> tuple[EventRecord, ...]:
        return tuple(self._records.values())

    def _hold(self, record: EventRecord, picture: VideoFrame) -> None:
        if record.event_id in self._pictures or len(self._pictures) < MAX_HELD_PICTURES:
            self._pictures[record.event_id] = picture


def _score(confidence: float, box_xyxy: Iterable[float]) -> float:
    left, top, right, bottom = box_xyxy
    return float(confidence) * (right - left) * (bottom - top)
