"""A thin or shaky network path between a camera and its clients."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from bench.simulator.faults import FaultCommand

if TYPE_CHECKING:
    from bench.simulator.feed import LiveUnit

QUEUE_SECONDS = 5.0


class Link:
    """Delivers units late and in order; what would wait longer than the queue is dropped up to a keyframe."""

    def __init__(self, deliver: Callable[[LiveUnit], None]) -> None:
        self._deliver = deliver
        self._queue: deque[LiveUnit] = deque()
        self._free_at = 0.0
        self._is_dropping = False

    def carry(self, unit: LiveUnit, path: FaultCommand) -> None:
        """Queue one unit behind the others, for as long as the path needs for it."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        starts = max(now, self._free_at)
        self._is_dropping = starts - now > QUEUE_SECONDS or (self._is_dropping and not unit.is_keyframe)
        if self._is_dropping:
            return
        starts += random.uniform(0, path.jitter_seconds)
        starts += unit.byte_count / path.bytes_per_second if path.bytes_per_second else 0
        self._free_at = starts
        self._queue.append(unit)
        loop.call_at(starts, self._arrive)

    def flush(self) -> None:
        """The path is good again: everything that waits arrives now."""
        self._free_at = 0.0
        while self._queue:
            self._deliver(self._queue.popleft())

    def _arrive(self) -> None:
        if self._queue:
            self._deliver(self._queue.popleft())
