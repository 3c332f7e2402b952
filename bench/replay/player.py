"""Plays every replay camera of a process in one thread: each frame when it is due, the newest where it is late."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from dataclasses import dataclass, field
from typing import Protocol

import structlog

log = structlog.get_logger(__name__)

IDLE_SECONDS = 0.2


class Playable(Protocol):
    """One camera."""

    def next_in_seconds(self) -> float | None:
        """Until its next frame; None: it plays no more."""

    def play(self) -> None:
        """Analyse the frame that is due."""


@dataclass
class ReplayPlayer:
    """``pause`` stops all cameras between two frames."""

    paused: threading.Event = field(default_factory=threading.Event)
    idle: threading.Event = field(default_factory=threading.Event)
    """Set once nothing is played any more."""
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _due: list[tuple[float, int, Playable]] = field(default_factory=list)
    _turns: itertools.count[int] = field(default_factory=itertools.count)

    def start(self) -> None:
        threading.Thread(target=self._run, name="replay", daemon=True).start()

    def add(self, camera: Playable) -> None:
        with self._changed:
            self._push(camera)
            self._changed.notify()

    def pause(self) -> None:
        self.paused.set()
        self.idle.wait()

    def _push(self, camera: Playable) -> None:
        left = camera.next_in_seconds()
        if left is not None:
            heapq.heappush(self._due, (time.monotonic() + left, next(self._turns), camera))

    def _run(self) -> None:
        while not self.paused.is_set():
            camera = self._take_due()
            if camera is not None:
                camera.play()
                with self._changed:
                    self._push(camera)
        self.idle.set()

    def _take_due(self) -> Playable | None:
        with self._changed:
            left = self._due[0][0] - time.monotonic() if self._due else IDLE_SECONDS
            if left > 0:
                self._changed.wait(min(left, IDLE_SECONDS))
                return None
            return heapq.heappop(self._due)[2]
