"""Since when this node has not heard from the platform, and for how long it goes on watching without."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

PATIENCE_SECONDS = 600.0


class LeaseClock:
    """The platform may give a stream to another once its lease has run out, but a node that cannot report does not
    know whether it did. It watches on: what it finds before another took over counts, what it finds later is refused.
    """

    def __init__(
        self, patience_seconds: float = PATIENCE_SECONDS, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self.lease_seconds = 8.0
        self.patience_seconds = patience_seconds
        self._steady = steady
        self._lock = threading.Lock()
        self._kept_at = steady()
        self._is_refused = False

    def now(self) -> float:
        return self._steady()

    def keep(self, asked_at: float) -> None:
        """A report or a claim that was sent then has been answered."""
        with self._lock:
            self._kept_at, self._is_refused = max(self._kept_at, asked_at), False

    def refuse(self) -> None:
        """The platform was reached and will not have us: then the lease's end is the end."""
        with self._lock:
            self._is_refused = True

    @property
    def is_over(self) -> bool:
        with self._lock:
            patience = self.lease_seconds if self._is_refused else self.patience_seconds
            return self._steady() - self._kept_at > patience
