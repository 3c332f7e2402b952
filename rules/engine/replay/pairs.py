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


Near = Callable[[Whole, Whole], Flags]
"""Which pairs of rows are near each other."""


def near_rows(one: Whole, other: Whole, count: int, is_near: Near) -> Flags:
    """By row: whether one of its pairs is near."""
    near = np.zeros(count, np.bool_)
    for first in range(0, len(one), AT_ONCE):
        rows, columns = one[first : first + AT_ONCE], other[first : first + AT_ONCE]
        near[rows[is_near(rows, columns)]] = True
    return near


def in_heights(edges: Floats, aspect: float, limits: Floats) -> Near:
    """Within a row's limit, measured as ``ground_gaps`` does."""

    def is_near(rows: Whole, columns: Whole) -> Flags:
        across = np.maximum(edges[0, rows], edges[0, columns])
        across -= np.minimum(edges[2, rows], edges[2, columns])
        across *= aspect
        np.maximum(across, 0, out=across)
        down = edges[3, rows] - edges[3, columns]
        near: Flags = np.sqrt(across * across + down * down) <= limits[rows]
        return near

    return is_near


def in_metres(edges: Floats, points: Floats, metres: Callable[[Floats], Floats], limit: float) -> Near:
    """As ``Scene.metre_gaps``."""
    own = metres(points.T)

    def is_near(rows: Whole, columns: Whole) -> Flags:
        x = np.clip(points[0, rows], edges[0, columns], edges[2, columns])
        across, down = (metres(np.stack((x, points[1, columns]), axis=1)) - own[rows]).T
        near: Flags = np.hypot(across, down) <= limit
        return near

    return is_near
