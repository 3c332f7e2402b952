"""What a replay camera has played under one lease, written when it ends: all that its oracle needs."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from workers.runtime.contract import CameraConfig


class Played(BaseModel):
    """``spans``: first and last number of each run of frames that were analysed, in their order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stream_id: uuid.UUID
    epoch: int
    zero_ms: int
    recording: str
    seed: int
    camera: CameraConfig
    spans: tuple[tuple[int, int], ...]
    skipped: int
    slowest_ms: int
    """From a frame's time to the end of its analysis."""


@dataclass(slots=True)
class Spans:
    """Numbers that mostly follow one another."""

    runs: list[list[int]] = field(default_factory=list)

    def add(self, number: int) -> None:
        if self.runs and self.runs[-1][1] == number - 1:
            self.runs[-1][1] = number
        else:
            self.runs.append([number, number])

    def as_tuples(self) -> tuple[tuple[int, int], ...]:
        return tuple((first, last) for first, last in self.runs)


@dataclass(slots=True)
class ReplayJournal:
    """One file for each process, a line for each lease."""

    path: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, played: Played) -> None:
        with self._lock, self.path.open("a", encoding="utf-8") as file:
            file.write(played.model_dump_json() + "\n")


def read_journals(paths: Iterable[Path]) -> dict[uuid.UUID, list[Played]]:
    """By stream, in the order of the leases."""
    found: dict[uuid.UUID, list[Played]] = {}
    for path in paths:
        for line in path.read_text("utf-8").splitlines():
            played = Played.model_validate_json(line)
            found.setdefault(played.stream_id, []).append(played)
    return {stream_id: sorted(leases, key=lambda one: one.epoch) for stream_id, leases in found.items()}
