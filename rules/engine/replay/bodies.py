"""What the key points of many bodies say, as ``pose_of`` says it of one."""

from __future__ import annotations

import numpy as np

from rules.engine.geometry import Flags, Floats
from rules.engine.kept import Kept
from rules.engine.poses import ANKLES, EYES, HIPS, KNEES, NOSE, SHOULDERS, SURE, WRISTS
from rules.engine.replay.columns import NOBODY, Whole
from rules.engine.replay.rows import NONE
from rules.engine.replay.sightings import Sightings


class Bodies:
    """Of some rows, or ``NONE``, in their order; NaN where a point is not sure or not there. In picture heights."""

    def __init__(self, sightings: Sightings, rows: Whole) -> None:
        columns = sightings.columns
        owns = np.full(len(rows), NOBODY) if columns.body_of is None else columns.body_of[rows]
        self._known = ((rows != NONE) & (owns != NOBODY)).nonzero()[0]
        self._owns = owns[self._known]
        self._bodies, self._aspect = columns.looks.bodies, columns.aspect
        self._heights = sightings.heights[rows]

    def _points(self, *joints: int) -> Floats:
        """(joints, 2, rows)"""
        found = np.full((len(joints), 2, len(self._heights)), np.nan)
        for place, joint in enumerate(joints):
            x, y, sure = self._bodies.points(self._owns, joint)
            found[place][:, self._known] = np.where(sure >= SURE, (x * self._aspect, y), np.nan)
        return found

    def _middle(self, pair: tuple[int, int]) -> Floats:
        """(2, rows)"""
        one, other = self._points(*pair)
        middle: Floats = np.where(np.isnan(one), other, np.where(np.isnan(other), one, (one + other) / 2))
        return middle

    @Kept
    def shoulders(self) -> Floats:
        return self._middle(SHOULDERS)

    @Kept
    def hips(self) -> Floats:
        return self._middle(HIPS)

    @Kept
    def feet(self) -> Floats:
        return self._middle(ANKLES)

    @Kept
    def angles(self) -> Floats:
        """Of the torso, in degrees away from upright; but for rounding."""
        across, down = self.hips - self.shoulders
        found: Floats = np.degrees(np.arctan2(np.abs(across), down))
        return found

    @Kept
    def legs_upright(self) -> Flags:
        feet = np.where(np.isnan(self.feet), self._middle(KNEES), self.feet)
        across, down = feet - self.hips
        found: Flags = ~np.isnan(self.angles) & (down > np.abs(across))
        return found

    @Kept
    def raised(self) -> Flags:
        left, right = self._points(*SHOULDERS)
        head = np.fmin.reduce(self._points(NOSE, *EYES)[:, 1])
        width = np.abs(left[0] - right[0])
        limits = np.where(np.isnan(head), np.minimum(left[1], right[1]) - 0.5 * width, head)
        found: Flags = ~np.isnan(width) & (self._points(*WRISTS)[:, 1] < limits).all(axis=0)
        return found

    @Kept
    def strides(self) -> Floats:
        """By the box's height; but for rounding. NaN: not known."""
        one, other = self._points(*ANKLES)
        found: Floats = np.where(np.isnan(self.angles), np.nan, np.hypot(*(one - other)) / self._heights)
        return found
