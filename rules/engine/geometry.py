"""Where tracks stand relative to polygons and lines: all zones against all tracks in a few array operations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rules.engine.basics import Point, ZoneShape

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

EDGE_OF_FRAME = 1e-6
"""Points are kept this far inside the frame, so that a zone drawn to the frame's border contains the border."""
# Arrays, because numpy takes longer over Python's numbers.
_LOW, _HIGH = np.array(EDGE_OF_FRAME), np.array(1 - EDGE_OF_FRAME)
_FOOTPRINT = np.array(((0.5, 0, 0.5, 0), (-1, 0, 1, 0), (0, 0, 0, 1), (0, -1, 0, 1)))
"""From left, top, right and bottom. Of halves, one sum or one difference at most, so that all machines round alike."""

SAMPLES_ACROSS = 8
"""Points of a box that are asked whether they are in a polygon, in a row and in a column."""
SETTLED_DISTANCE = 0.1
"""A track is on a side of a line once it stands this share of its own size away; nearer, it may be jitter."""
_BANDS = np.array([np.nextafter(-SETTLED_DISTANCE, 0), 0, np.finfo(np.float64).tiny, SETTLED_DISTANCE])[:, None, None]
"""Beyond the first is not clearly left, from the second not left, from the third right, from the last clearly so."""


def footprints(edges: Floats) -> Floats:
    """(4, n): where objects touch the ground, across, and their widths; where they do, down, and their heights.

    ``edges`` (4, n): left, top, right and bottom of the boxes.
    """
    found: Floats = _FOOTPRINT.dot(edges)
    np.maximum(found, _LOW, out=found)
    points = found[::2]
    np.minimum(points, _HIGH, out=points)
    return found


class Polygons:
    """A camera's polygons, their edges in one array. Even-odd rule, so a self-crossing polygon has holes."""

    def __init__(self, shapes: Sequence[ZoneShape]) -> None:
        starts: list[int] = []
        corners: list[Point] = []
        for shape in shapes:
            starts.append(len(corners))
            corners.extend((*shape.points, shape.points[0]))
        table = np.array(corners, np.float64).reshape(-1, 2)
        self._starts = np.array(starts, np.intp)
        # From each corner an edge to the next; a ring's last corner is its first one again and has none.
        self._corner_y = table[:, 1, None].copy()
        run, rise = np.diff(table.T)[..., None]
        # A level edge is never crossed by a level ray; any finite number does for its slope.
        self._run_per_rise = run / np.where(rise == 0, 1, rise)
        # Where the edge's line meets the top of the picture.
        self._x = table[:-1, :1] - self._corner_y[:-1] * self._run_per_rise
        # What leads from one ring to the next is no edge: nothing is to the left of it.
        self._x[self._starts[1:] - 1] = -np.inf

    def contain(self, x: Floats, y: Floats, found: Flags | None = None) -> Flags:
        """Whether each polygon (rows) contains each point (columns): parity of the edges to the point's right."""
        found = np.zeros((len(self._starts), len(x)), np.bool_) if found is None else found
        if not found.size:
            return found
        below = self._corner_y > y
        meets = below[:-1] != below[1:]
        reach = y * self._run_per_rise
        reach += self._x
        meets &= x < reach
        np.logical_xor.reduceat(meets, self._starts, axis=0, out=found)
        return found


class Lines:
    """A camera's directed lines. Distances are in units of the object's own size across the line.

    So measured they do not depend on the picture's aspect ratio, though the coordinates are normalised.
    """

    def __init__(self, shapes: Sequence[ZoneShape]) -> None:
        ends = np.array([shape.points for shape in shapes], np.float64).reshape(-1, 2, 2)
        run, rise = (ends[:, 1] - ends[:, 0]).T
        # Both as (4, lines, 1), as footprints are. Across is to the right of the picture's line (y grows downwards).
        origins, across = np.zeros((2, 4, len(ends), 1))
        origins[::2, :, 0] = ends[:, 0].T
        across[:, :, 0] = -rise, np.abs(rise), run, np.abs(run)
        self._origins, self._across = origins, across

    def distances(self, footprints: Floats) -> Floats:
        """Of each point (columns) from each line (rows), prolonged at both ends: left is negative, right positive."""
        if not self._origins.size:
            return np.empty((0, footprints.shape[1]))
        parts = footprints[:, None] - self._origins
        parts *= self._across
        sums = parts[:2]
        sums += parts[2:]
        distances: Floats = sums[0]
        distances /= sums[1]
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

    def standing(self, footprints: Floats, distances: Floats) -> Flags:
        """(areas + 4 * lines, tracks): who is in which area, then who is beyond each of the limits beside each line."""
        areas, lines, tracks = len(self.area_names), *distances.shape
        flags = np.empty((areas + 4 * lines, tracks), np.bool_)
        self.areas.contain(footprints[0], footprints[2], flags[:areas])
        if lines:
            np.greater_equal(distances, _BANDS, out=flags[areas:].reshape(4, lines, tracks))
        return flags


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
