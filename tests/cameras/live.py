"""Live cameras that are watched, and what a worker says of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cameras.models import Camera, CameraHealth
from cameras.services.health import CameraReport, health_note
from tests.cameras.world import make_camera
from workers.models import Stream
from workers.runtime.contract import StreamCondition, StreamHealth

COUNTERS = (
    "frames_analysed", "frames_unmoved", "frames_skipped", "frames_held_back", "frames_damaged", "connections",
    "clock_jumps",
)  # fmt: skip
START = datetime(2026, 8, 3, 9, 0, tzinfo=UTC)


def make_live_camera(name: str = "Gate", **more: Any) -> Camera:
    camera = make_camera(name, source_kind="rtsp", **more)
    Stream.objects.create(camera=camera, started_at=START - timedelta(hours=1))
    return camera


def health_of(condition: StreamCondition = StreamCondition.ONLINE, **more: object) -> StreamHealth:
    values: dict[str, object] = {
        "condition": condition,
        "since_ms": 0,
        "now_ms": 0,
        "frame_ms": 0,
        "width": 768,
        "height": 576,
        "frames_analysed": 1_000,
        "frames_skipped": 0,
        "frames_damaged": 0,
        "connections": 1,
        "clock_jumps": 0,
        "lag_ms": 100,
        "ring_bytes": 1_000_000,
    }
    return StreamHealth.model_validate(values | more)


@dataclass
class Reader:
    """A worker that reports one camera every two seconds, as time is told to pass."""

    camera: Camera
    now: datetime = START
    condition: StreamCondition = StreamCondition.CONNECTING
    since: datetime = START
    frames: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTERS, 0))
    per_second: dict[str, int] = field(default_factory=lambda: {"frames_analysed": 5})
    more: dict[str, object] = field(default_factory=dict)

    def plays(self, condition: StreamCondition, seconds: float) -> CameraHealth:
        """The camera is in this condition for so long; every two seconds the worker says so."""
        if condition != self.condition:
            self.condition, self.since = condition, self.now
            self.frames["connections"] += condition == StreamCondition.ONLINE
        end = self.now + timedelta(seconds=seconds)
        while self.now < end:
            step = min(2.0, (end - self.now).total_seconds())
            self.now += timedelta(seconds=step)
            if condition == StreamCondition.ONLINE:
                for name, rate in self.per_second.items():
                    self.frames[name] += int(rate * step)
            health_note([CameraReport(self.camera.id, self._health(), self.now)])
        return CameraHealth.objects.get(camera=self.camera)

    def _health(self) -> StreamHealth:
        now_ms = int((self.now - START).total_seconds() * 1000) + 3_600_000
        since_ms = int((self.since - START).total_seconds() * 1000) + 3_600_000
        values = {"since_ms": since_ms, "now_ms": now_ms, "frame_ms": now_ms - 200, **self.frames, **self.more}
        return health_of(self.condition, **values)
