"""Who is near whom, for all frames of track columns at once."""

from __future__ import annotations

import numpy as np

from rules.engine.geometry import Flags, Floats
from rules.engine.replay.columns import Whole

AT_ONCE = 1 << 20
"""So many pairs are compared in one go: it bounds the memory that this takes."""


def pairs(frames: Whole, rows: Flags, others: Flags, count: int) -> tuple[Whole, Whole]:
    """Each of ``rows`` with each other row of ``others`` in its frame; ``count`` frames."""
    left, right = rows.nonzero()[0], others.nonzero()[0]
    per_frame = np.bincount(frames[right], minlength=count)
    begins = np.cumsum(per_frame) - per_frame
    times = per_frame[frames[left]]
    ends = np.cumsum(times)
    one = np.repeat(left, times)
    within = np.arange(len(one)) - np.repeat(ends - times, times)
    other = right[begins[frames[one]] + within]
    apart = one != other
    return one[apart], other[apart]


def near(edges: Floats, one: Whole, other: Whole, aspect: float, limits: Floats) -> Flags:
    """By row: whether one of its pairs is within the row's limit, measured as ``ground_gaps`` does."""
    found = np.zeros(edges.shape[1], np.bool_)
    for first in range(0, len(one), AT_ONCE):
        rows, columns = one[first : first + AT_ONCE], other[first : first + AT_ONCE]
        across = np.maximum(edges[0, rows], edges[0, columns])
        across -= np.minimum(edges[2, rows], edges[2, columns])
        across *= aspect
        np.maximum(across, 0, out=across)
        down = edges[3, rows] - edges[3, columns]
        found[rows[np.sqrt(across * across + down * down) <= limits[rows]]] = True
    return found
