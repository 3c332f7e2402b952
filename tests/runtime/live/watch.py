"""Runs a whole runner against the simulator with the real model, and remembers what it hands over."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rules.engine.schema import LineCrossing, RuleSpec, Who, ZonePresence, ZoneShape
from tests.runtime.chunks import RememberingSink
from workers.runtime.contract import CameraConfig, RuleConfig, StreamHealth, StreamWork
from workers.runtime.live.backoff import Backoff
from workers.runtime.live.conditions import ConditionChange
from workers.runtime.live.connection import Patience
from workers.runtime.live.runner import RunnerSettings
from workers.runtime.live.stream import StreamSettings

DEADLINE_SECONDS = 120.0
STREAM_ID = uuid.UUID("2f7b8f2e-5a35-4a2c-9a51-8f2c2f1f9d10")
SETTINGS = RunnerSettings(StreamSettings(patience=Patience(20, 20), backoff=Backoff(0.1, 0.5), late_seconds=20))
"""A machine that is busy for a while is no camera that stalls or is late."""

EVERYWHERE = ZoneShape(name="Everywhere", kind="polygon", points=((0, 0), (1, 0), (1, 1), (0, 1)))
PARKED = RuleSpec(
    name="Vehicle stays",
    who=Who(classes=("car", "truck", "bus")),
    when=ZonePresence(type="zone_presence", zone="Everywhere", dwell_seconds=4),
    pre_roll_seconds=1,
    post_roll_seconds=1,
    max_clip_seconds=3,
)
MIDDLE = ZoneShape(name="Middle", kind="line", points=((0.45, 0.1), (0.45, 0.95)))
PASSES = RuleSpec(
    name="Person passes the middle",
    who=Who(classes=("person",)),
    when=LineCrossing(type="line_crossing", line="Middle"),
    pre_roll_seconds=1,
    post_roll_seconds=1,
)


@dataclass(slots=True)
class LiveRememberingSink(RememberingSink):
    changes: list[ConditionChange] = field(default_factory=list)
    healths: list[StreamHealth] = field(default_factory=list)

    def condition(self, change: ConditionChange) -> None:
        self.changes.append(change)

    def health(self, health: StreamHealth) -> None:
        self.healths.append(health)


def stream_work(
    url: str, *rules: RuleSpec, state: dict[str, Any] | None = None, now_ms: int = 500_000, clip_url: str | None = None
) -> StreamWork:
    configured = tuple(RuleConfig(rule_id=number, version=1, spec=spec) for number, spec in enumerate(rules, start=1))
    return StreamWork(
        stream_id=STREAM_ID,
        epoch=1,
        now_ms=now_ms,
        camera=CameraConfig(camera_id=1, name="Campus", detect_fps=5, zones=(EVERYWHERE, MIDDLE), rules=configured),
        detect_url=url,
        clip_url=clip_url,
        networks=("127.0.0.0/8",),
        state=state,
    )


def until(is_there: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not is_there():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.05)
