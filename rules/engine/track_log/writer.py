"""Collects the frames of one stream under one lease and gives a segment whenever one is full."""

from __future__ import annotations

from dataclasses import dataclass

from rules.engine.frames import FrameTracks
from rules.engine.track_log.collecting import Collected
from rules.engine.track_log.encoding import encode
from rules.engine.track_log.header import MOST_FRAMES, SegmentHeader, SegmentOrigin

SEGMENT_MS = 300_000
"""Segments end where stream time is a multiple of this, so that those of many cameras do not end together."""
MOST_BYTES = 4_000_000
"""Of waiting columns; a segment that is very full ends early."""
FRAMES_AT_A_TIME = 64
"""Put into columns together, which costs hardly more than doing it with one."""


@dataclass(frozen=True, slots=True)
class Segment:
    header: SegmentHeader
    data: bytes


class SegmentWriter:
    """For one thread; frames must be ``quantised``. It holds no more than ``MOST_BYTES`` and one block of frames."""

    def __init__(self, origin: SegmentOrigin, *, segment_ms: int = SEGMENT_MS) -> None:
        self._origin = origin
        self._segment_ms = segment_ms
        self._number: int | None = None
        self._begin()

    def add(self, frame: FrameTracks) -> Segment | None:
        """Take a frame in; the segment before it, where this one begins another."""
        number = frame.timestamp_ms // self._segment_ms
        done = self.close() if number != self._number or self._is_full else None
        self._number = number
        self._waiting.append(frame)
        if len(self._waiting) >= FRAMES_AT_A_TIME:
            self._collect()
        return done

    def close(self, *, finished: bool = False) -> Segment | None:
        """What there is; None where there is nothing. Frames after it begin another segment."""
        if not self._count and not self._waiting:
            return None
        self._collect()
        header, data = encode(self._origin, self._collected, finished=finished)
        self._begin()
        return Segment(header, data)

    def _begin(self) -> None:
        self._collected = Collected()
        self._waiting: list[FrameTracks] = []
        self._count = 0
        self._number = None

    def _collect(self) -> None:
        self._count += len(self._waiting)
        self._collected.take(self._waiting)
        self._waiting = []

    @property
    def _is_full(self) -> bool:
        collected = self._collected
        return self._count >= MOST_FRAMES // 2 or collected.byte_count >= MOST_BYTES or collected.has_many_names
