"""Holds the newest frames of a stream until somebody has time for them."""

from __future__ import annotations

import threading
from collections import deque

from workers.runtime.source import SampledFrame

MOST_WAITING = 2
"""A moment without a processor, as every host has now and then, costs a camera of five frames a second none of them.
More would be looked at too late to warn anybody: where a worker has too much to do all the time, each look is later by
so many, until rates are lowered.
"""


class FrameSlot:
    """A frame too many takes the place of the oldest that nobody took, which is counted as skipped."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[SampledFrame] = deque(maxlen=MOST_WAITING)
        self.newest: SampledFrame | None = None
        self.skipped = 0
        self._closed = False

    def put(self, frame: SampledFrame) -> None:
        with self._changed:
            self.skipped += len(self._waiting) == MOST_WAITING
            self._waiting.append(frame)
            self.newest = frame
            self._changed.notify()

    def take(self, seconds: float) -> SampledFrame | None:
        """The frame that waits longest, or None when none comes in time."""
        with self._changed:
            if not self._waiting and not self._closed:
                self._changed.wait(seconds)
            return self._waiting.popleft() if self._waiting else None

    def close(self) -> None:
        """Let go of whoever waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
