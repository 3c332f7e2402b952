"""Holds the newest frame of a stream until somebody has time for it."""

from __future__ import annotations

import threading

from workers.runtime.source import SampledFrame


class FrameSlot:
    """One frame: a newer one takes the place of one that nobody took, which is counted as skipped."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: SampledFrame | None = None
        self.newest: SampledFrame | None = None
        self.skipped = 0
        self._closed = False

    def put(self, frame: SampledFrame) -> None:
        with self._changed:
            self.skipped += self._waiting is not None
            self._waiting = self.newest = frame
            self._changed.notify()

    def take(self, seconds: float) -> SampledFrame | None:
        """The waiting frame, or None when none comes in time."""
        with self._changed:
            if self._waiting is None and not self._closed:
                self._changed.wait(seconds)
            frame, self._waiting = self._waiting, None
            return frame

    def close(self) -> None:
        """Let go of whoever waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
