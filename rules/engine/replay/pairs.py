"""Who is near whom, for all frames of track columns at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rules.engine.geometry import Flags, Floats
from rules.engine.replay.columns import Whole

AT_ONCE = 1 << 20
"""So many pairs are compared in one go: it bounds the memory that this takes."""


def pairs(frames: Whole, rows: Flags, others: Flags, count: int) -> tuple[Whole, Whole]:
    """Each of ``rows`` with each other row of ``others`` in its frame; ``count`` frames."""
    left, right = rows.nonzero()[0], others.nonzero()[0]
    one, other = meetings(frames[left], frames[right], count)
    one, other = left[one], right[other]
    apart = one != other
    return one[apart], other[apart]


def meetings(one: Whole, other: Whole, count: int) -> tuple[Whole, Whole]:
    """The places of all pairs of equal numbers, each below ``count``; ``other`` is in rising order."""
    how_many = np.bincount(other, minlength=count)
    begins = np.cumsum(how_many) - how_many
    times = how_many[one]
    ends = np.cumsum(times)
    left = np.repeat(np.arange(len(one)), times)
    within = np.arange(len(left)) - np.repeat(ends - times, times)
    return left, begins[one[left]] + within


Near = Callable[[Whole, Whole], tuple[Flags, Flags]]
"""Of pairs of rows: which of them are near each other, and of which it is not certain."""


def near_rows(one: Whole, other: Whole, count: int, is_near: Near) -> tuple[Flags, Flags]:
    """By row: whether one of its pairs is near, and whether one is doubtful."""
    near, doubtful = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    for first in range(0, len(one), AT_ONCE):
        rows, columns = one[first : first + AT_ONCE], other[first : first + AT_ONCE]
        are_near, are_doubtful = is_near(rows, columns)
        near[rows[are_near]] = True
        doubtful[rows[are_doubtful]] = True
    return near, doubtful


def in_heights(edges: Floats, aspect: float, limits: Floats) -> Near:
    """Within a row's limit, measured as ``ground_gaps`` does."""

    def is_near(rows: Whole, columns: Whole) -> tuple[Flags, Flags]:
        across = np.maximum(edges[0, rows], edges[0, columns])
        across -= np.minimum(edges[2, rows], edges[2, columns])
        across *= aspect
        np.maximum(across, 0, out=across)
        down = edges[3, rows] - edges[3, columns]
        near: Flags = np.sqrt(across * across + down * down) <= limits[rows]
        return near, np.zeros(len(rows), np.bool_)

    return is_near


def in_metres(edges: Floats, points: Floats, metres: Callable[[Floats], Floats], limit: float) -> Near:
    """As ``Scene.metre_gaps`` but for rounding: a product of matrices may round otherwise where it has more rows."""
    own = metres(points.T)

    def is_near(rows: Whole, columns: Whole) -> tuple[Flags, Flags]:
        x = np.clip(points[0, rows], edges[0, columns], edges[2, columns])
        across, down = (metres(np.stack((x, points[1, columns]), axis=1)) - own[rows]).T
        gaps = np.hypot(across, down)
        return gaps <= limit, np.isclose(gaps, limit, rtol=1e-6, atol=1e-6)

    return is_near
