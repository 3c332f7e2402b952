"""What is remembered of every track for all rules alike: how sure it ever was, and how it moves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from rules.engine.geometry import Floats

if TYPE_CHECKING:
    from rules.engine.scene import Scene

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
        """Those who left first come first; of several that left at once, the lower id."""
        self.attributes: dict[int, dict[str, float]] = {}
        """By track: the newest that a model said of it."""
        self._now_ms = 0

    def update(self, scene: Scene) -> None:
        now, track_ids = scene.timestamp_ms, scene.track_ids
        # After a long pause every track was away, whoever else came or went meanwhile.
        if (track_ids is not self._ids and track_ids != self._ids) or now - self._now_ms > LOST_MS:
            self._change(track_ids, now, scene.level_points)
            if self._motion:
                self._move(scene.level_points, (now - self._table[SEEN]) / 1000)
        elif self._motion and track_ids:
            self._move(scene.level_points, (now - self._now_ms) / 1000)
        self._now_ms = now
        if track_ids:
            best = self._table[BEST]
            np.maximum(best, scene.surety, out=best)
            if said := scene.frame.attributes:
                self.hear({each: scores for each, scores in said.items() if each in track_ids})

    def hear(self, attributes: Mapping[int, Mapping[str, float]]) -> None:
        """What a model said of tracks that are there."""
        for track_id, scores in attributes.items():
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
        found: list[float] = self._table[BEST].tolist()
        return found

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
        by_age = sorted(rows, key=lambda row: (row[1 + SEEN], row[0]))
        self._away = {int(track_id): [float(value) for value in row] for track_id, *row, _ in by_age}
        self.attributes = {int(row[0]): dict(row[-1]) for row in rows if row[-1]}

    def _change(self, track_ids: tuple[int, ...], now_ms: int, points: Floats) -> None:
        self._table[SEEN] = self._now_ms
        known = self._away
        # To the end: these were seen after all who were away before.
        known.update(zip(self._ids, self._table.T.tolist(), strict=True))
        columns = [_column(known.pop(each, None), now_ms, points[index]) for index, each in enumerate(track_ids)]
        self._table = np.array(columns, np.float64).reshape(-1, 8).T.copy()
        self._ids = track_ids
        while known and (len(known) > MOST_AWAY or self._is_over(next(iter(known)), now_ms)):
            track_id = next(iter(known))
            del known[track_id]
            self.attributes.pop(track_id, None)

    def _is_over(self, track_id: int, now_ms: int) -> bool:
        return now_ms - self._away[track_id][SEEN] > FORGET_MS


def _column(known: list[float] | None, now_ms: int, point: Floats) -> list[float]:
    x, y = point.tolist()
    if known is None:
        return [now_ms, now_ms, 0.0, x, y, 0.0, 0.0, 0.0]
    if now_ms - known[SEEN] > LOST_MS:
        return [now_ms, now_ms, known[BEST], x, y, 0.0, 0.0, 0.0]
    return known
