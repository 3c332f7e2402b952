"""The platform's clock as a node knows it: its own steady clock, and how far that is from what the platform says."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

MAX_SLEW = 0.02
"""Seconds a second: a clock that is caught up with so slowly harms no speed and no dwell time."""
STEP_SECONDS = 2.0
"""Farther behind than this, the clock steps; farther ahead it only ever runs slower."""


class PlatformClock:
    """Thread-safe. Never goes backwards; the host's wall clock counts only until the platform has told its own.

    What the platform says is true within half the round trip: a guess that fits is kept, another is moved to the
    nearest one that does.
    """

    def __init__(self, steady: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time) -> None:
        self._steady = steady
        self._lock = threading.Lock()
        self._read_at = steady()
        self._offset = self._target = wall() - self._read_at
        self.is_known = False

    def seconds(self) -> float:
        """Since 1970."""
        with self._lock:
            return self._read()

    def milliseconds(self) -> int:
        return round(self.seconds() * 1000)

    def steady(self) -> float:
        """The clock that round trips are measured with."""
        return self._steady()

    def learn(self, clock_ms: int, asked_at: float) -> None:
        """The platform's time in an answer that has just come; ``asked_at`` by ``steady``."""
        with self._lock:
            answered_at = self._steady()
            doubt = (answered_at - asked_at) / 2
            middle = clock_ms / 1000 - (asked_at + answered_at) / 2
            self._read()
            self._target = min(max(self._target, middle - doubt), middle + doubt) if self.is_known else middle
            if not self.is_known or self._target - self._offset > STEP_SECONDS:
                self._offset = self._target
            self.is_known = True

    def _read(self) -> float:
        now = self._steady()
        reach = MAX_SLEW * (now - self._read_at)
        self._offset += min(max(self._target - self._offset, -reach), reach)
        self._read_at = now
        return now + self._offset
