"""What processes use: CPU, memory, threads and descriptors, each with all that it started."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import psutil


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


def slope_per_hour(times: list[float], values: list[float]) -> float:
    """The least-squares line's rise in an hour; times in seconds."""
    if len(times) < 2:
        return 0.0
    return float(np.polyfit(np.array(times) - times[0], np.array(values), 1)[0]) * 3600


def second_half(series: Sequence[Usage]) -> Sequence[Usage]:
    return series[len(series) // 2 :]
