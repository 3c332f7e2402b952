"""One live stream that this node holds: its lease, its runner, and what was last saved of it."""

from __future__ import annotations

import math
import threading
import uuid
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any

from workers.runtime.contract import StreamStanding, StreamWork
from workers.runtime.streams.journal import JournalSlot
from workers.runtime.streams.runner import Runner
from workers.runtime.streams.sink import StreamSink


class Phase(Enum):
    RUNNING = auto()
    RENEWING = auto()
    ENDING = auto()


@dataclass(slots=True)
class HeldStream:
    """``phase`` is changed under the host's lock; ``dirty`` while an event's start or end is in no saved state."""

    work: StreamWork
    sink: StreamSink
    runner: Runner
    folder: Path
    slot: JournalSlot
    dirty: threading.Event
    phase: Phase = Phase.RUNNING
    wanted_again: bool = False
    picture_seconds: float | None = None
    """How many seconds may lie between two pictures that are sent; None: nobody looks."""
    saved: Any = None
    saved_at: float = 0.0
    picture_ms: int = -1
    picture_at: float = -math.inf
    """When the last one was sent, by the steady clock."""

    @property
    def stream_id(self) -> uuid.UUID:
        return self.work.stream_id

    def standing(self) -> StreamStanding:
        return StreamStanding(stream_id=self.stream_id, epoch=self.work.epoch, health=self.runner.health())
