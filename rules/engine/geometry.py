"""Where tracks stand relative to polygons and lines: all zones against all tracks in a few array operations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rules.engine.basics import Point, ZoneShape

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

STEPS = 1 << 23
"""Places are judged on a grid of so many steps across and down the picture. Of whole numbers that are no larger every
sum and every product below is exact: all machines find the same, however many tracks they look at in one go."""
# Arrays, because numpy takes longer over Python's numbers.
_NOTHING, _STEP = np.array(0.0), np.array(1.0)
_EDGE = np.array(STEPS - 1.0)
"""Footprints are kept a step inside the frame, so that a zone drawn to the frame's border contains the border."""
_FOOTPRINT = np.array(((0.5, 0, 0.5, 0), (0, 0, 0, 1), (0, 0, 0, 0), (-1, 0, 1, 0), (0, -1, 0, 1))) * STEPS
"""From left, top, right and bottom. The row of zeros becomes one of ones, as nothing is smaller than a step."""

SAMPLES_ACROSS = 8
"""Points of a box that are asked whether they are in a polygon, in a row and in a column."""
CLEARLY = 10
"""A track is clearly on a side of a line once it stands a tenth of its own size away; nearer, it may be jitter."""
LIMITS = 4
"""Of each line: beyond the first is not clearly left, from the second not left, beyond the third right, from the last
clearly so."""
_HALF = np.array((0, 0, 0.5, 0, 0))
"""Added to a whole number, it makes one that is not negative one that is positive."""
POINTS_AT_ONCE = 1 << 11


def footprints(edges: Floats) -> Floats:
    """(5, n), in steps: where objects touch the ground, across and down, ones, their widths and their heights.

    ``edges`` (4, n): left, top, right and bottom of the boxes.
    """
    found: Floats = _FOOTPRINT.dot(edges)
    np.rint(found, out=found)
    np.maximum(found, _STEP, out=found)
    points = found[:2]
    np.minimum(points, _EDGE, out=points)
    return found


class Polygons:
    """A camera's polygons, their edges in one table. Even-odd rule, so a self-crossing polygon has holes."""

    def __init__(self, shapes: Sequence[ZoneShape]) -> None:
        starts: list[int] = []
        corners: list[Point] = []
        for shape in shapes:
            starts.append(len(corners))
            corners.extend((*shape.points, shape.points[0]))
        self._starts = np.array(starts, np.intp)
        x, y = np.rint(np.array(corners, np.float64).reshape(-1, 2).T * STEPS)
        # From each corner an edge to the next; a ring's last corner is its first one again and has none.
        run, rise = np.diff(x), np.diff(y)
        edges = np.sign(rise) * (-rise, run, rise * x[:-1] - run * y[:-1])
        # What leads from one ring to the next is no edge: nothing is to the left of it.
        edges[:, self._starts[1:] - 1] = 0
        level = np.zeros_like(y)
        self.table = np.hstack(((level, level - 1, y), edges)).T
        """(rows, 3): times a point it is positive for corners that lie lower, then for edges that pass to the right."""

    def contain(self, x: Floats, y: Floats) -> Flags:
        """Whether each polygon (rows) contains each point (columns)."""
        found: Flags = np.empty((len(self._starts), len(x)), np.bool_)
        points = np.stack((np.rint(x * STEPS), np.rint(y * STEPS), np.ones(len(x))))
        for first in range(0, len(x), POINTS_AT_ONCE):
            part = slice(first, first + POINTS_AT_ONCE)
            self.count(self.table.dot(points[:, part]) > 0, found[:, part])
        return found

    def count(self, beyond: Flags, found: Flags) -> None:
        """Whether each polygon contains each point, from what is positive of the table: an odd number of its edges
        reach over the point's height and pass to the right of it."""
        if found.size:
            corners = len(beyond) // 2 + 1
            meets = beyond[: corners - 1] ^ beyond[1:corners]
            meets &= beyond[corners:]
            np.logical_xor.reduceat(meets, self._starts, axis=0, out=found)


class Lines:
    """A camera's directed lines. Distances are in units of the object's own size across the line.

    So measured they do not depend on the picture's aspect ratio, though the coordinates are normalised.
    """

    def __init__(self, shapes: Sequence[ZoneShape]) -> None:
        ends = np.rint(np.array([shape.points for shape in shapes], np.float64).reshape(-1, 2, 2) * STEPS)
        (x, y), (run, rise) = ends[:, 0].T, (ends[:, 1] - ends[:, 0]).T
        none = np.zeros_like(x)
        # Across is to the right of the picture's line (y grows downwards).
        self._across = np.stack((-rise, run, rise * x - run * y, none, none), axis=1)
        self._sizes = np.stack((none, none, none, np.abs(rise), np.abs(run)), axis=1)
        across, sizes = CLEARLY * self._across, self._sizes
        limits = (across + sizes, self._across + _HALF, self._across, across - sizes + _HALF)
        self.table = np.stack(limits, axis=1).reshape(-1, 5)
        """(rows, 5): times a footprint it is positive beyond each of the limits beside each line."""

    def distances(self, footprints: Floats) -> Floats:
        """Of each point (columns) from each line (rows), prolonged at both ends: left is negative, right positive."""
        distances: Floats = self._across.dot(footprints) / np.maximum(self._sizes.dot(footprints), 1)
        return distances


class Layout:
    """A camera's areas and lines, against all tracks in one go."""

    def __init__(self, shapes: Sequence[ZoneShape]) -> None:
        areas = [shape for shape in shapes if shape.kind == "polygon"]
        lines = [shape for shape in shapes if shape.kind == "line"]
        self.area_names = [shape.name for shape in areas]
        self.line_names = [shape.name for shape in lines]
        self.areas = Polygons(areas)
        self.lines = Lines(lines)
        self.limits_of = {name: len(areas) + LIMITS * row for row, name in enumerate(self.line_names)}
        """By line: the first of its rows in ``standing``."""
        limits = len(self.lines.table)
        # An area is the same for objects of all sizes.
        self._table = np.vstack((self.lines.table, np.pad(self.areas.table, ((0, 0), (0, 2)))))
        # One table for both.
        self.lines.table, self.areas.table = self._table[:limits], self._table[limits:, :3]
        self._rows = len(areas), len(areas) + limits, len(areas) + len(self._table)

    def standing(self, footprints: Floats) -> Flags:
        """(areas + 4 * lines, tracks): who is in which area, then who is beyond each of the limits beside each line."""
        areas, rows, all_rows = self._rows
        if not rows:
            return np.zeros((0, footprints.shape[1]), np.bool_)
        flags: Flags = np.empty((all_rows, footprints.shape[1]), np.bool_)
        np.greater(self._table.dot(footprints), _NOTHING, out=flags[areas:])
        self.areas.count(flags[rows:], flags[:areas])
        # Whoever keeps it need not keep the rest.
        return flags[:rows].copy()


def path_meets_line(before: Point, now: Point, line: tuple[Point, Point]) -> bool:
    """Whether a path whose two points lie on different sides of a line passes between the line's two ends."""
    (start_x, start_y), (end_x, end_y) = line
    along_x, along_y = end_x - start_x, end_y - start_y
    side_before = along_x * (before[1] - start_y) - along_y * (before[0] - start_x)
    side_now = along_x * (now[1] - start_y) - along_y * (now[0] - start_x)
    if side_before == side_now:
        return False
    share = side_before / (side_before - side_now)
    meeting_x = before[0] + share * (now[0] - before[0])
    meeting_y = before[1] + share * (now[1] - before[1])
    along = (meeting_x - start_x) * along_x + (meeting_y - start_y) * along_y
    return 0 <= along <= along_x**2 + along_y**2


def box_samples(edges: Floats) -> Floats:
    """A grid of points (2, n * SAMPLES_ACROSS**2) that stands evenly in each box."""
    steps = (np.arange(SAMPLES_ACROSS) + 0.5) / SAMPLES_ACROSS
    left, top, right, bottom = edges[:, :, None, None]
    shape = (edges.shape[1], SAMPLES_ACROSS, SAMPLES_ACROSS)
    x = np.broadcast_to(left + (right - left) * steps, shape)
    y = np.broadcast_to(top + (bottom - top) * steps[:, None], shape)
    return np.stack((x, y)).reshape(2, -1)


def ground_gaps(rows: Floats, columns: Floats, aspect: float) -> Floats:
    """(rows, columns), in picture heights: how far apart the lower edges of two boxes are; both as (4, n) edges."""
    across = np.maximum(rows[0, :, None], columns[0])
    across -= np.minimum(rows[2, :, None], columns[2])
    across *= aspect
    np.maximum(across, 0, out=across)
    across *= across
    down = rows[3, :, None] - columns[3]
    down *= down
    across += down
    gaps: Floats = np.sqrt(across)
    return gaps


def box_overlaps(box_xyxy: Floats, boxes_xyxy: Floats) -> Floats:
    """The share of one box that each of the others covers."""
    low = np.maximum(box_xyxy[:2], boxes_xyxy[:, :2])
    high = np.minimum(box_xyxy[2:], boxes_xyxy[:, 2:])
    area = float((box_xyxy[2] - box_xyxy[0]) * (box_xyxy[3] - box_xyxy[1]))
    shares: Floats = np.clip(high - low, 0, None).prod(axis=1) / max(area, 1e-12)
    return shares
