"""How many inferences may be on their way at a time: fewer after memory ran out, slowly more again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

WORDS = (
    "out of memory",
    "out_of_memory",
    "out of resources",
    "out_of_resources",
    "bad_alloc",
    "cannot allocate memory",
)


def is_out_of_memory(error: BaseException) -> bool:
    """CUDA's, OpenVINO's and Python's own words for it."""
    text = f"{type(error).__name__} {error}".lower()
    return isinstance(error, MemoryError) or "outofmemory" in text or any(word in text for word in WORDS)


class MemoryLimit:
    """``value`` halves each time memory runs out, and after each pause without that grows by one again."""

    def __init__(self, most: int, pause_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._pause_seconds = pause_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._value = most
        self._changed = clock()
        self.count = 0

    @property
    def value(self) -> int:
        with self._lock:
            if self._value < self._most and self._clock() - self._changed >= self._pause_seconds:
                self._value += 1
                self._changed = self._clock()
            return self._value

    def halve(self, limit_then: int) -> bool:
        """``limit_then``: the highest while what failed was on its way. False: it was alone, fewer would not help it.

        Inferences that failed side by side halve once.
        """
        with self._lock:
            self.count += 1
            self._changed = self._clock()
            if self._value >= limit_then:
                self._value = max(1, limit_then // 2)
            return limit_then > 1
