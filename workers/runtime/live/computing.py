"""Lets few cameras compute at the same moment; the others wait where it costs nothing."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue

PATIENCE_SECONDS = 1.0
"""Who waited so long goes on without a turn: whoever has one may hang in a library."""


class ComputeTurns:
    """``turn`` is entered around what a camera's thread computes, ``away`` inside of it where that waits for others.

    Whoever waits for Python's interpreter lock wakes up every few milliseconds to ask for it. With two threads for
    each of fifty cameras that took more of two cores than the cameras themselves left, and held up the detector.
    """

    def __init__(self, places: int, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._patience_seconds = patience_seconds
        self._free: SimpleQueue[None] = SimpleQueue()
        for _ in range(places):
            self._free.put(None)
        self._of_thread = threading.local()

    @contextmanager
    def turn(self) -> Iterator[None]:
        self._take()
        try:
            yield
        finally:
            self._give()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Others have the turn meanwhile; nothing for a thread that has none."""
        had = self._give()
        try:
            yield
        finally:
            if had:
                self._take()

    @contextmanager
    def holding(self, lock: threading.Lock) -> Iterator[None]:
        """The lock is held; who has to wait for it waits without a turn."""
        if not lock.acquire(blocking=False):
            with self.away():
                lock.acquire()
        try:
            yield
        finally:
            lock.release()

    @property
    def has_one(self) -> bool:
        """Whether this thread does."""
        return getattr(self._of_thread, "has", False)

    def _take(self) -> None:
        try:
            self._free.get(timeout=self._patience_seconds)
        except Empty:
            return
        self._of_thread.has = True

    def _give(self) -> bool:
        if not self.has_one:
            return False
        self._of_thread.has = False
        self._free.put(None)
        return True


COMPUTING = ComputeTurns(max(1, (os.cpu_count() or 1) // 2))
"""Of this process. The other half of the cores is the detector's, and of those who read and write files."""
