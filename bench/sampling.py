"""What processes use: CPU, memory, threads and descriptors, each with all that it started."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from operator import itemgetter

import numpy as np
import psutil

FLOOR_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Usage:
    """Of a process and its descendants at one moment. ``cpu_seconds`` includes children that have ended.

    ``own_bytes``: resident memory that is neither a file's nor shared, which PostgreSQL's buffers are.
    """

    at: float
    cpu_seconds: float
    memory_bytes: int
    own_bytes: int
    threads: int
    descriptors: int


def usage(pid: int) -> Usage | None:
    """None when the process is gone."""
    try:
        root = psutil.Process(pid)
        family = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return None
    cpu, memory, own, threads, descriptors = 0.0, 0, 0, 0, 0
    for process in family:
        try:
            with process.oneshot():
                times = process.cpu_times()
                cpu += times.user + times.system + times.children_user + times.children_system
                resident = process.memory_info()
                memory += resident.rss
                own += resident.rss - getattr(resident, "shared", 0)
                threads += process.num_threads()
                descriptors += process.num_fds()
        except psutil.NoSuchProcess:
            continue  # ended meanwhile: its time is its parent's now
    return Usage(time.monotonic(), cpu, memory, own, threads, descriptors)


def cpu_seconds(pids: Mapping[str, int]) -> dict[str, float]:
    """CPU used so far, by name."""
    return {name: used.cpu_seconds for name, pid in pids.items() if (used := usage(pid)) is not None}


@dataclass
class Sampler:
    """``with Sampler(pids) as sampler`` looks at the processes every ``seconds``."""

    pids: Callable[[], Mapping[str, int]]
    seconds: float = 5.0
    series: dict[str, list[Usage]] = field(default_factory=dict)
    _stopping: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Sampler:
        self._thread = threading.Thread(target=self._run, name="sampler", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            for name, pid in self.pids().items():
                if (used := usage(pid)) is not None:
                    self.series.setdefault(name, []).append(used)
            if self._stopping.wait(self.seconds):
                return


def floor_per_hour(times: Sequence[float], values: Sequence[float]) -> float:
    """How much the floor of a jagged line rises in an hour; times in seconds.

    What is taken and given back lies above the floor, what leaks lifts it. The floor is each half minute's lowest
    value; its rise is the median of those between any two of them (Theil and Sen), which no single step decides.
    """
    floors: dict[int, tuple[float, float]] = {}
    for at, value in zip(times, values, strict=True):
        bucket = int((at - times[0]) // FLOOR_SECONDS)
        floors[bucket] = min(floors.get(bucket, (at, value)), (at, value), key=itemgetter(1))
    rises = [(later[1] - one[1]) / (later[0] - one[0]) for one, later in combinations(floors.values(), 2)]
    return float(np.median(rises)) * 3600 if rises else 0.0
