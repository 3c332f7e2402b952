"""What a node measures of itself for its heartbeat."""

from __future__ import annotations

import os
import resource
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from workers.runtime.calibration import inferences_per_second
from workers.runtime.contract import NodeLoad
from workers.runtime.gpu import GpuMeter
from workers.runtime.live.detector import SharedDetector

log = structlog.get_logger(__name__)

CALIBRATION_SECONDS = 1.0
LEAST_BUSY_SHARE = 0.2
KIB = 1024


class NodeMeter:
    """``load`` is to be called from one thread; the CPU's share is of the time since it was called last."""

    def __init__(self, detector: SharedDetector, device: str, spool_dir: Path, streams: Callable[[], int]) -> None:
        self._detector, self._spool_dir, self._streams = detector, spool_dir, streams
        self._gpu = GpuMeter(device)
        self._calibrated: float | None = None
        self._told_at, self._cpu_seconds = time.monotonic(), time.process_time()

    def begin(self, done: Callable[[], None] = lambda: None) -> None:
        """Find out in the background what the detector can do, before there is anything to look at."""
        threading.Thread(target=self._calibrate, args=(done,), name="calibration", daemon=True).start()

    def load(self) -> NodeLoad:
        detector, gpu = self._detector.load(), self._gpu.load()
        # A detector that mostly waits says little about what it could do.
        is_telling = detector.busy_share >= LEAST_BUSY_SHARE
        return NodeLoad(
            inferences_per_second=detector.capacity if is_telling else self._calibrated,
            frames_asked_per_second=detector.frames_asked,
            frames_answered_per_second=detector.frames_answered,
            busy=detector.busy_share,
            streams=self._streams(),
            cpu_share=self._cpu_share(),
            memory_bytes=_memory_bytes(),
            spool_free_bytes=shutil.disk_usage(self._spool_dir).free,
            gpu_name=gpu.name if gpu else "",
            gpu_memory_free_bytes=gpu.memory_free_bytes if gpu else None,
            gpu_memory_bytes=gpu.memory_bytes if gpu else None,
            gpu_share=gpu.share if gpu else None,
            out_of_memory=detector.out_of_memory,
            inferences_at_once=detector.in_flight_limit,
        )

    def _cpu_share(self) -> float:
        """Of all cores."""
        now, used = time.monotonic(), time.process_time()
        seconds, cpu_seconds = now - self._told_at, used - self._cpu_seconds
        self._told_at, self._cpu_seconds = now, used
        return min(1.0, cpu_seconds / max(seconds, 0.001) / (os.cpu_count() or 1))

    def _calibrate(self, done: Callable[[], None]) -> None:
        try:
            self._calibrated = round(inferences_per_second(self._detector, CALIBRATION_SECONDS), 2)
        except Exception:  # the thread's edge: what the node can do stays unknown
            log.exception("detector.not_calibrated")
        else:
            log.info("detector.calibrated", inferences_per_second=self._calibrated)
            done()


def _memory_bytes() -> int:
    """Resident now; at most, where the system does not tell more."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except (OSError, IndexError, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB
