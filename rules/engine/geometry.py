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


def bottom_centres(boxes_xyxy: Floats) -> Floats:
    """The points (n, 2) where objects touch the ground."""
    points = boxes_xyxy[:, 2:].copy()
    points[:, 0] += boxes_xyxy[:, 0]
    points[:, 0] /= 2
    np.maximum(points, EDGE_OF_FRAME, out=points)
    np.minimum(points, 1 - EDGE_OF_FRAME, out=points)
    return points


class Polygons:
    """A camera's polygons, their edges in one array. Even-odd rule, so a self-crossing polygon has holes."""

    def __init__(self, shapes: Sequence[ZoneShape]) -> None:
        starts: list[int] = []
        edges: list[tuple[float, float, float, float]] = []
        for shape in shapes:
            starts.append(len(edges))
            following = (*shape.points[1:], shape.points[0])
            edges.extend((*first, *second) for first, second in zip(shape.points, following, strict=True))
        table = np.array(edges, np.float64).reshape(-1, 4)
        self._starts = np.array(starts, np.intp)
        self._x, self._y, self._end_y = table[:, 0, None], table[:, 1, None], table[:, 3, None]
        rise = self._end_y - self._y
        # A level edge is never crossed by a level ray; any finite number does for its slope.
        self._run_per_rise = (table[:, 2, None] - self._x) / np.where(rise == 0, 1, rise)

    def contain(self, points: Floats) -> Flags:
        """Whether each polygon (rows) contains each point (columns): parity of the edges to the point's right."""
        if not len(self._starts) or not len(points):
            return np.zeros((len(self._starts), len(points)), np.bool_)
        x, y = points[:, 0].copy(), points[:, 1].copy()
        meets = (self._y > y) != (self._end_y > y)
        reach = y - self._y
        reach *= self._run_per_rise
        reach += self._x
        meets &= x < reach
        parity: Flags = np.bitwise_xor.reduceat(meets.view(np.uint8), self._starts, axis=0).view(np.bool_)
        return parity


class Lines:
    """A camera's directed lines. Distances are in units of the object's own size across the line.

    So measured they do not depend on the picture's aspect ratio, though the coordinates are normalised.
    """

    def __init__(self, shapes: Sequence[ZoneShape]) -> None:
        ends = np.array([shape.points for shape in shapes], np.float64).reshape(-1, 2, 2)
        self._x, self._y = ends[:, 0, 0, None], ends[:, 0, 1, None]
        # Pointing to the right-hand side of the picture's line (y grows downwards).
        self._across_x = -(ends[:, 1, 1, None] - self._y)
        self._across_y = ends[:, 1, 0, None] - self._x
        self._width_share, self._height_share = np.abs(self._across_x), np.abs(self._across_y)

    def distances(self, points: Floats, boxes_xyxy: Floats) -> Floats:
        """Of each point (columns) from each line (rows), prolonged at both ends: left is negative, right positive."""
        x, y = points[:, 0].copy(), points[:, 1].copy()
        distance: Floats = (x - self._x) * self._across_x
        distance += (y - self._y) * self._across_y
        width, height = (boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]).T.copy()
        size = width * self._width_share
        size += height * self._height_share
        distance /= np.maximum(size, 1e-9)
        return distance


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


def box_samples(boxes_xyxy: Floats, across: int = 8) -> Floats:
    """A grid of points (n * across**2, 2) that stands evenly in each box."""
    steps = (np.arange(across) + 0.5) / across
    left, top, right, bottom = (boxes_xyxy[:, column, None, None] for column in range(4))
    x = np.broadcast_to(left + (right - left) * steps[None, None, :], (len(boxes_xyxy), across, across))
    y = np.broadcast_to(top + (bottom - top) * steps[None, :, None], (len(boxes_xyxy), across, across))
    return np.stack((x, y), axis=3).reshape(-1, 2)


def ground_gaps(rows_xyxy: Floats, columns_xyxy: Floats, aspect: float) -> Floats:
    """(rows, columns), in picture heights: how far apart the lower edges of two boxes are."""
    across = np.maximum(rows_xyxy[:, None, 0], columns_xyxy[:, 0])
    across -= np.minimum(rows_xyxy[:, None, 2], columns_xyxy[:, 2])
    across *= aspect
    np.maximum(across, 0, out=across)
    across *= across
    down = rows_xyxy[:, None, 3] - columns_xyxy[:, 3]
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
