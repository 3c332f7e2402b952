"""A thin or shaky network path between a camera and its clients."""

from __future__ import annotations

import asyncio
import random
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
        self._free_at = 0.0
        self._waiting = 0
        self._is_dropping = False

    @property
    def is_empty(self) -> bool:
        return self._waiting == 0

    def carry(self, unit: LiveUnit, path: FaultCommand | None) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        starts = max(now, self._free_at)
        self._is_dropping = starts - now > QUEUE_SECONDS or (self._is_dropping and not unit.is_keyframe)
        if self._is_dropping:
            return
        if path is not None:
            starts += random.uniform(0, path.jitter_seconds)
            starts += unit.byte_count / path.bytes_per_second if path.bytes_per_second else 0
        self._free_at = starts
        self._waiting += 1
        loop.call_at(starts, self._arrive, unit)

    def _arrive(self, unit: LiveUnit) -> None:
        self._waiting -= 1
        self._deliver(unit)
