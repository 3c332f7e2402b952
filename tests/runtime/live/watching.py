"""Watches a stream of the simulator the way a runner does, and waits for what is to come."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

from workers.runtime.live.address import StreamAddress
from workers.runtime.live.backoff import Backoff
from workers.runtime.live.conditions import Condition, ConditionChange
from workers.runtime.live.connection import Patience
from workers.runtime.live.ring import PacketRing, RingLimits
from workers.runtime.live.slot import FrameSlot
from workers.runtime.live.stream import LiveStream, StreamOutputs, StreamSettings
from workers.runtime.source import SampledFrame

DEADLINE_SECONDS = 60.0
START_MS = 1_000_000

HASTY = StreamSettings(
    detect_fps=10,
    patience=Patience(open_seconds=3, stall_seconds=1.5),
    backoff=Backoff(0.1, 0.5, login_first_seconds=0.2, login_cap_seconds=0.5),
    frozen_seconds=2,
    garbage_seconds=0.5,
)
"""The defaults made short, so that a test need not wait for them."""
CALM = replace(HASTY, patience=Patience(open_seconds=20, stall_seconds=20), late_seconds=20)
"""Where no camera is to stall or to be late: a machine that is busy for a while is neither."""


@dataclass(slots=True)
class Watching:
    """``with Watching(url) as watching``: ``changes`` and ``frames`` so far."""

    url: str
    settings: StreamSettings = CALM
    networks: tuple[str, ...] | None = ("127.0.0.0/8",)
    changes: list[ConditionChange] = field(default_factory=list)
    frames: list[SampledFrame] = field(default_factory=list)
    taken_ms: list[int] = field(default_factory=list)
    ring: PacketRing = field(default_factory=lambda: PacketRing(RingLimits(20)))
    slot: FrameSlot = field(default_factory=FrameSlot)
    _began: float = field(default_factory=time.monotonic)
    stream: LiveStream = field(init=False)

    def __post_init__(self) -> None:
        address = StreamAddress("camera 1", self.url, self.networks)
        self.stream = LiveStream(address, self.settings, StreamOutputs(self.ring, self.slot), self.now_ms)

    def __enter__(self) -> Self:
        self.stream.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.stream.stop(DEADLINE_SECONDS)

    def now_ms(self) -> int:
        return START_MS + round((time.monotonic() - self._began) * 1000)

    @property
    def seen(self) -> list[Condition]:
        return [change.condition for change in self.changes]

    def until_condition(self, condition: Condition) -> None:
        """Wait until the stream comes into the condition from now on, or is in it."""
        before = len(self.changes)
        self.until(
            lambda: condition in self.seen[before:] or bool(self.seen and self.seen[-1] is condition),
            f"{condition}; it was {self.seen}",
        )

    def until_frames(self, count: int) -> list[SampledFrame]:
        """The next so many frames."""
        before = len(self.frames)
        self.until(lambda: len(self.frames) >= before + count, f"{count} frames; it was {self.seen}")
        return self.frames[before:]

    def until_count(self, name: str, count: int) -> None:
        """Wait until one of the stream's counts is so high."""
        self.until(lambda: getattr(self.stream.counts, name) >= count, f"{count} {name}")

    def until(self, is_there: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not is_there():
            assert time.monotonic() < deadline, f"waited in vain for {what}"
            if (frame := self.slot.take(0.05)) is not None:
                self.frames.append(frame)
                self.taken_ms.append(self.now_ms())
            self.stream.watch()
            self.changes += self.stream.board.take_changes()
