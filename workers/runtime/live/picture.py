"""The newest picture of a stream for people to look at, made when somebody asks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from rules.engine.transitions import FrameTracks
from workers.runtime.contract import Box, LiveBox
from workers.runtime.live.slot import FrameSlot
from workers.runtime.snapshot import jpeg_of

SHORTEST_STEP_MS = 500
MAX_BOX_AGE_MS = 1_500
MAX_BOXES = 1_000


@dataclass(frozen=True, slots=True)
class LivePicture:
    """``at_ms``: when it was taken, in stream time."""

    jpeg: bytes
    at_ms: int


class PictureDesk:
    """Encodes at most two pictures a second, however many ask; none while nobody does."""

    def __init__(self, slot: FrameSlot, now_ms: Callable[[], int]) -> None:
        self._slot = slot
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._latest: LivePicture | None = None

    def picture(self, max_age_seconds: float) -> LivePicture | None:
        """The newest picture that is not older, or None."""
        with self._lock:
            frame, latest = self._slot.newest, self._latest
            if frame is not None and (latest is None or frame.at_ms - latest.at_ms >= SHORTEST_STEP_MS):
                self._latest = latest = LivePicture(jpeg_of(frame.picture), frame.at_ms)
        if latest is None or self._now_ms() - latest.at_ms > max_age_seconds * 1000:
            return None
        return latest


def live_boxes(frame: FrameTracks | None, at_ms: int) -> tuple[LiveBox, ...]:
    """The tracks of the newest analysed frame, as long as they say something about a picture of then."""
    if frame is None or abs(at_ms - frame.timestamp_ms) > MAX_BOX_AGE_MS:
        return ()
    return tuple(
        LiveBox(
            track_id=int(frame.track_ids[index]),
            class_name=frame.class_names[index],
            confidence=round(float(frame.confidences[index]), 3),
            box_xyxy=cast(Box, tuple(round(float(edge), 4) for edge in frame.boxes_xyxy[index])),
        )
        for index in range(min(len(frame.class_names), MAX_BOXES))
    )
