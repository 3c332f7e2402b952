"""What is remembered of every track for all rules alike: how sure it ever was, and how it moves."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.engine.frames import FrameTracks
from rules.engine.geometry import Floats

FORGET_MS = 60_000
MOST_AWAY = 512
"""Beyond, the tracks that were not seen for the longest time are forgotten first."""
SMOOTHING_SECONDS = 0.5
"""A velocity is a mean over the past that weighs a moment the less the older it is: by a third after this time."""
SHORTEST_MS = 300
"""Younger tracks have no velocity yet."""
LOST_MS = 1_500
"""A track that was away for longer begins its motion anew."""
SEEN, FIRST, BEST, X, Y, SPEED_X, SPEED_Y, WEIGHT = range(8)


class TrackMemory:
    """A column a track of the last frame, in its order; those who are away are kept beside it."""

    def __init__(self, *, motion: bool = True) -> None:
        self._motion = motion
        self._ids: tuple[int, ...] = ()
        self._table: Floats = np.zeros((8, 0))
        self._away: dict[int, list[float]] = {}
        self.attributes: dict[int, dict[str, float]] = {}
        """By track: the newest that a model said of it."""
        self._now_ms = 0

    def update(
        self, frame: FrameTracks, track_ids: tuple[int, ...], points: Floats, confidences: NDArray[np.floating]
    ) -> None:
        """Take in a frame; ``points`` are in picture heights."""
        now = frame.timestamp_ms
        # After a long pause every track was away, whoever else came or went meanwhile.
        if (track_ids is not self._ids and track_ids != self._ids) or now - self._now_ms > LOST_MS:
            self._change(track_ids, now, points)
            if self._motion:
                self._move(points, (now - self._table[SEEN]) / 1000)
        elif self._motion:
            self._move(points, (now - self._now_ms) / 1000)
        self._now_ms = now
        best = self._table[BEST]
        np.maximum(best, confidences, out=best)
        for track_id, scores in frame.attributes.items():
            if track_id in track_ids:
                self.attributes.setdefault(track_id, {}).update(scores)

    def _move(self, points: Floats, seconds: Floats | float) -> None:
        """``seconds`` since each was seen; a track that is new has not moved, and adds nothing."""
        share = 1 - np.exp(seconds / -SMOOTHING_SECONDS)
        place, speed, weight = self._table[X : Y + 1], self._table[SPEED_X : SPEED_Y + 1], self._table[WEIGHT]
        change = points.T - place
        place += change
        change /= np.maximum(seconds, 1e-3)
        change -= speed
        change *= share
        speed += change
        weight += share * (1 - weight)

    def _rows(self) -> dict[int, list[float]]:
        """Of all tracks, those of the last frame included."""
        self._table[SEEN] = self._now_ms
        return self._away | dict(zip(self._ids, self._table.T.tolist(), strict=True))

    @property
    def best_confidences(self) -> list[float]:
        """The highest confidence that each track of the last frame ever had."""
        return [float(each) for each in self._table[BEST].tolist()]

    def velocities(self) -> Floats:
        """(n, 2) of the last frame's tracks, in picture heights a second; NaN for a track that is too new."""
        table = self._table
        weight = table[WEIGHT].copy()
        weight[self._now_ms - table[FIRST] < SHORTEST_MS] = math.nan
        result: Floats = (table[SPEED_X : SPEED_Y + 1] / weight).T
        return result

    def state(self) -> list[list[Any]]:
        rows = sorted(self._rows().items())
        return [[track_id, *row, self.attributes.get(track_id, {})] for track_id, row in rows]

    def restore(self, rows: list[list[Any]]) -> None:
        self._ids, self._table = (), np.zeros((8, 0))
        self._away = {int(track_id): [float(value) for value in row] for track_id, *row, _ in rows}
        self.attributes = {int(row[0]): dict(row[-1]) for row in rows if row[-1]}

    def _change(self, track_ids: tuple[int, ...], now_ms: int, points: Floats) -> None:
        known = self._rows()
        columns = [_column(known.pop(each, None), now_ms, points[index]) for index, each in enumerate(track_ids)]
        self._table = np.array(columns, np.float64).reshape(-1, 8).T.copy()
        self._ids = track_ids
        oldest = sorted(known, key=lambda each: (known[each][SEEN], each))
        gone = [each for each in oldest if now_ms - known[each][SEEN] > FORGET_MS]
        for track_id in (*gone, *oldest[len(gone) : len(oldest) - MOST_AWAY]):
            del known[track_id]
            self.attributes.pop(track_id, None)
        self._away = known


def _column(known: list[float] | None, now_ms: int, point: Floats) -> list[float]:
    x, y = point.tolist()
    if known is None:
        return [now_ms, now_ms, 0.0, x, y, 0.0, 0.0, 0.0]
    if now_ms - known[SEEN] > LOST_MS:
        return [now_ms, now_ms, known[BEST], x, y, 0.0, 0.0, 0.0]
    return known
