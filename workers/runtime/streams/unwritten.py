"""Holds in memory what the disk has no room for, and tries again: a live event cannot be found a second time."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable

import structlog

from workers.runtime.live.computing import COMPUTING

log = structlog.get_logger(__name__)

TRY_SECONDS = 1.0
MOST = 1_000


class NoRoomError(Exception):
    """So much waits for a place on the disk that no more can be kept in memory."""


class Unwritten:
    """One stream's, in order; at most ``MOST``, then ``put`` raises NoRoomError."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()
        self._lock = threading.RLock()
        self._tried_at = 0.0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, put: Callable[[], None]) -> None:
        """Do it now, or behind what waits."""
        with self._lock:
            if len(self._waiting) >= MOST:
                self.try_again()
            if len(self._waiting) >= MOST:
                raise NoRoomError("the disk has had no room for too many events")
            self._waiting.append(put)
            if len(self._waiting) == 1 or time.monotonic() - self._tried_at >= TRY_SECONDS:
                self.try_again()

    def try_again(self) -> None:
        with self._lock:
            self._tried_at = time.monotonic()
            while self._waiting:
                try:
                    with COMPUTING.away():
                        self._waiting[0]()
                except FileNotFoundError as error:
                    log.error("outbox.file_gone", error=str(error))
                except (sqlite3.OperationalError, OSError) as error:
                    log.error("outbox.not_written", waiting=len(self._waiting), error=str(error))
                    return
                self._waiting.popleft()

    def try_now_and_then(self) -> None:
        if self._waiting and time.monotonic() - self._tried_at >= TRY_SECONDS:
            self.try_again()
