"""Whether this node still holds its leases, as far as it can know without the platform."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class LeaseClock:
    """A lease runs from when the report that kept it up was sent: the platform counts from when it came, or later."""

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self.lease_seconds = 8.0
        self._steady = steady
        self._lock = threading.Lock()
        self._kept_at = steady()

    def now(self) -> float:
        return self._steady()

    def keep(self, asked_at: float) -> None:
        """A report or a claim that was sent then has been answered."""
        with self._lock:
            self._kept_at = max(self._kept_at, asked_at)

    @property
    def is_over(self) -> bool:
        with self._lock:
            return self._steady() - self._kept_at > self.lease_seconds
