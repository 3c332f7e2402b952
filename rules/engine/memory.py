"""What is remembered of every track for all rules alike: how sure it ever was, and its last positions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.engine.frames import FrameTracks
from rules.engine.geometry import Floats

FORGET_MS = 60_000
MOST_TRACKS = 512
"""Beyond, the tracks that were not seen for the longest time are forgotten first."""
SAMPLES = 12
SAMPLE_EVERY_MS = 80
MOTION_MS = 1_100
"""A speed is that of the last second."""
SHORTEST_MOTION_MS = 300
TIME, X, Y = range(3)
NEVER = 2**62
"""When rows in no use were seen: later than any row is forgotten."""


class TrackMemory:
    """One row a track in arrays that grow to ``MOST_TRACKS`` rows and no further."""

    def __init__(self) -> None:
        self._row_of: dict[int, int] = {}
        self._free: list[int] = []
        self._rows = np.zeros(0, np.intp)
        self.attributes: dict[int, dict[str, float]] = {}
        """By track: the newest that a model said of it."""
        self._allocate(16)

    def _allocate(self, size: int) -> None:
        old = len(self._row_of)
        self._samples = _grown(getattr(self, "_samples", None), (size, 3, SAMPLES))
        self._next = _grown(getattr(self, "_next", None), (size,), np.int64)
        self._count = _grown(getattr(self, "_count", None), (size,), np.int64)
        self._seen = _grown(getattr(self, "_seen", None), (size,), np.int64)
        self._seen[old:] = NEVER
        self._best = _grown(getattr(self, "_best", None), (size,))
        self._free.extend(range(size - 1, old - 1, -1))

    def update(self, frame: FrameTracks, track_ids: tuple[int, ...], points: Floats) -> None:
        """Take in a frame; ``points`` are in picture heights."""
        now = frame.timestamp_ms
        if self._seen.min() < now - FORGET_MS:
            self._forget([each for each, row in self._row_of.items() if now - self._seen[row] > FORGET_MS])
        row_of = self._row_of
        rows = self._rows = np.array([row_of.get(each, -1) for each in track_ids], np.intp)
        if rows.size and rows.min() < 0:
            self._make_room(track_ids)
            rows = self._rows = np.array([self._row(each) for each in track_ids], np.intp)
        if not rows.size:
            return
        self._seen[rows] = now
        for track_id, scores in frame.attributes.items():
            if track_id in row_of:
                self.attributes.setdefault(track_id, {}).update(scores)
        newest = self._samples[rows, TIME, (self._next[rows] - 1) % SAMPLES]
        due = (now - newest >= SAMPLE_EVERY_MS) | (self._count[rows] == 0)
        self._add(rows[due], now, points[due])

    def raise_confidence(self, confidences: Floats) -> Floats:
        """The highest confidence that each track of the last frame ever had, this frame's included."""
        best: Floats = np.maximum(self._best[self._rows], confidences)
        self._best[self._rows] = best
        return best

    def velocities(self, now_ms: int) -> Floats:
        """(n, 2) of the last frame's tracks, in picture heights a second: the slope of a line fitted to a second.

        NaN where a track is not known for long enough.
        """
        samples = self._samples[self._rows]
        times = (samples[:, TIME] - now_ms) / 1000
        used = (times > -MOTION_MS / 1000) & (np.arange(SAMPLES) < self._count[self._rows, None])
        count = np.maximum(used.sum(axis=1, keepdims=True), 1)
        offset = np.where(used, times - (times * used).sum(axis=1, keepdims=True) / count, 0)
        spread = (offset**2).sum(axis=1)
        span = np.where(used, times, -np.inf).max(axis=1) - np.where(used, times, np.inf).min(axis=1)
        known = span >= SHORTEST_MOTION_MS / 1000
        slopes = (samples[:, X : Y + 1] * offset[:, None]).sum(axis=2)
        result: Floats = np.where(known[:, None], slopes / np.where(known, spread, 1)[:, None], np.nan)
        return result

    def state(self) -> list[list[Any]]:
        return [
            [
                *(track_id, int(self._seen[row]), float(self._best[row]), int(self._next[row]), int(self._count[row])),
                self.attributes.get(track_id, {}),
                *self._samples[row].ravel().tolist(),
            ]
            for track_id, row in sorted(self._row_of.items())
        ]

    def restore(self, rows: list[list[Any]]) -> None:
        self.__init__()  # type: ignore[misc]
        for track_id, seen, best, following, count, attributes, *samples in rows:
            row = self._row(track_id)
            if attributes:
                self.attributes[track_id] = attributes
            self._seen[row], self._best[row] = seen, best
            self._next[row], self._count[row] = following, count
            self._samples[row] = np.array(samples, np.float64).reshape(3, SAMPLES)

    def _add(self, rows: NDArray[np.intp], now_ms: int, points: Floats) -> None:
        places = self._next[rows]
        self._samples[rows, TIME, places] = now_ms
        self._samples[rows, X, places] = points[:, 0]
        self._samples[rows, Y, places] = points[:, 1]
        self._next[rows] = (places + 1) % SAMPLES
        self._count[rows] = np.minimum(self._count[rows] + 1, SAMPLES)

    def _row(self, track_id: int) -> int:
        row = self._row_of.get(track_id)
        if row is not None:
            return row
        if not self._free:
            self._allocate(2 * len(self._seen))
        row = self._row_of[track_id] = self._free.pop()
        self._samples[row], self._next[row], self._count[row], self._best[row] = 0, 0, 0, 0
        return row

    def _make_room(self, track_ids: tuple[int, ...]) -> None:
        wanted = set(track_ids)
        others = [each for each in self._row_of if each not in wanted]
        others.sort(key=lambda each: (self._seen[self._row_of[each]], each))
        self._forget(others[: max(0, len(others) + len(wanted) - MOST_TRACKS)])

    def _forget(self, track_ids: list[int]) -> None:
        for track_id in track_ids:
            row = self._row_of.pop(track_id)
            self._seen[row] = NEVER
            self.attributes.pop(track_id, None)
            self._free.append(row)


def _grown(old: NDArray[Any] | None, shape: tuple[int, ...], kind: type = float) -> NDArray[Any]:
    new: NDArray[Any] = np.zeros(shape, kind)
    if old is not None:
        new[: len(old)] = old
    return new
