"""What a node measures of itself for its heartbeat."""

from __future__ import annotations

import os
import resource
import shutil
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import structlog

from workers.runtime.calibration import inferences_per_second
from workers.runtime.contract import NodeLoad, StreamHealth
from workers.runtime.detectors.base import Detector
from workers.runtime.gpu import GpuMeter

log = structlog.get_logger(__name__)

CALIBRATION_SECONDS = 1.0
KIB = 1024


@dataclass(frozen=True, slots=True)
class Counted:
    """Running totals at one moment, of which the next ones are subtracted."""

    at: float
    cpu_seconds: float
    asked: int
    answered: int


class LoadMeter:
    """``load`` speaks of the time since it was asked last; to be called from one thread."""

    def __init__(
        self, detector: Detector, device: str, spool_dir: Path, healths: Callable[[], Iterable[StreamHealth]]
    ) -> None:
        self._detector, self._spool_dir, self._healths = detector, spool_dir, healths
        self._gpu = GpuMeter(device)
        self._inferences_per_second: float | None = None
        self._before = self._count(())

    def begin(self, done: Callable[[], None] = lambda: None) -> None:
        """Find out in the background what the detector can do, before there is anything to look at."""
        threading.Thread(target=self._calibrate, args=(done,), name="calibration", daemon=True).start()

    def load(self) -> NodeLoad:
        healths = list(self._healths())
        before, self._before = self._before, self._count(healths)
        seconds = max(0.001, self._before.at - before.at)
        gpu = self._gpu.load()
        return NodeLoad(
            inferences_per_second=self._inferences_per_second,
            # Streams that left have taken their counts along.
            frames_asked_per_second=max(0, self._before.asked - before.asked) / seconds,
            frames_answered_per_second=max(0, self._before.answered - before.answered) / seconds,
            streams=len(healths),
            cpu_share=min(1.0, (self._before.cpu_seconds - before.cpu_seconds) / seconds / (os.cpu_count() or 1)),
            memory_bytes=_memory_bytes(),
            spool_free_bytes=shutil.disk_usage(self._spool_dir).free,
            gpu_name=gpu.name if gpu else "",
            gpu_memory_free_bytes=gpu.memory_free_bytes if gpu else None,
            gpu_memory_bytes=gpu.memory_bytes if gpu else None,
            gpu_share=gpu.share if gpu else None,
        )

    def _count(self, healths: Iterable[StreamHealth]) -> Counted:
        answered = sum(health.frames_analysed for health in healths)
        skipped = sum(health.frames_skipped for health in healths)
        return Counted(time.monotonic(), time.process_time(), answered + skipped, answered)

    def _calibrate(self, done: Callable[[], None]) -> None:
        try:
            self._inferences_per_second = round(inferences_per_second(self._detector, CALIBRATION_SECONDS), 2)
        except Exception:  # the thread's edge: what the node can do stays unknown
            log.exception("detector.not_calibrated")
        else:
            log.info("detector.calibrated", inferences_per_second=self._inferences_per_second)
            done()


def _memory_bytes() -> int:
    """Resident now; at most, where the system does not tell more."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except (OSError, IndexError, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB
