"""What the host asks of whoever watches one camera, and who does it unless a bench brings its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from workers.runtime.contract import LiveBox, StreamHealth, StreamWork
from workers.runtime.detectors.base import Detector
from workers.runtime.live.marks import StreamMarks
from workers.runtime.live.picture import LivePicture
from workers.runtime.live.runner import LiveSink, RunnerSettings, StreamRunner


class Runner(Protocol):
    """Watches one camera on threads of its own; called from any thread. ``failure``: why it stopped by itself."""

    failure: Exception | None

    def start(self) -> None: ...

    def suspend(self, seconds: float) -> dict[str, Any]:
        """Stop looking, within about ``seconds``; the state for the next host. ``close`` follows."""

    def close(self) -> None:
        """Give the sink what is still being written."""

    def renew(self, work: StreamWork, sink: LiveSink) -> bool:
        """Go on with other zones and rules under another lease; False: that takes a new runner."""

    def state(self) -> dict[str, Any]: ...

    def health(self) -> StreamHealth: ...

    def picture(self, max_age_seconds: float) -> LivePicture | None: ...

    def boxes(self, at_ms: int) -> tuple[LiveBox, ...]: ...

    def limit_ring(self, max_bytes: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Outfit:
    """``folder`` is the runner's own; ``clock`` in seconds, the platform's, on which ``work.now_ms`` was counted."""

    folder: Path
    clock: Callable[[], float]
    marks: StreamMarks
    ring_bytes: int


RunnerFactory = Callable[[StreamWork, LiveSink, Outfit], Runner]


@dataclass(frozen=True, slots=True)
class CameraRunners:
    """Makes the runners of real cameras, which all share one detector."""

    detector: Detector
    settings: RunnerSettings = RunnerSettings()  # noqa: RUF009 - frozen

    def __call__(self, work: StreamWork, sink: LiveSink, outfit: Outfit) -> Runner:
        settings = replace(self.settings, ring_bytes=outfit.ring_bytes, clock=outfit.clock, marks=outfit.marks)
        return StreamRunner(work, self.detector, sink, outfit.folder, settings)
