"""Who is near whom, for all frames of track columns at once: of most it is known by one look along one axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from rules.engine.geometry import Flags, Floats
from rules.engine.replay.columns import Whole
from rules.engine.scene import depths, to_metres
from rules.engine.surroundings import Calibration

AT_ONCE = 1 << 18
"""So many pairs are compared in one go: it bounds the memory that this takes."""
FAR = 1e6
A_HAIR = 1e-6
"""Of what a distance may be wider, so that no rounding hides somebody who is near."""


class Spans(NamedTuple):
    """From where to where each of them reaches along some axis, and its group: only those of one group meet."""

    group: Whole
    low: Floats
    high: Floats

    def of(self, rows: Whole) -> Spans:
        return Spans(self.group[rows], self.low[rows], self.high[rows])


def overlapping(some: Spans, others: Spans) -> Iterator[tuple[Whole, Whole]]:
    """The places of all pairs whose spans overlap, in portions; all of one of ``some`` are in the same portion.

    Where numbers are too large to be told apart, pairs that hardly miss each other are among them.
    """
    lowest, highest = max(some.low.min(initial=0) - 1, -FAR), min(some.high.max(initial=0) + 1, FAR)
    # Beyond, one place is as good as another; neither adding nor rounding puts one before another.
    low, high = np.clip(others.low, lowest, highest), np.clip(others.high, lowest, highest)
    apart = 2 * (highest - lowest) + 1
    keys = others.group * apart + low
    order = np.argsort(keys)
    keys = keys[order]
    groups = int(max(some.group.max(initial=0), others.group.max(initial=0))) + 1
    longest = np.zeros(groups)
    np.maximum.at(longest, others.group, high - low)
    lows = np.clip(some.low, lowest, highest) - longest[some.group]
    begins = np.searchsorted(keys, some.group * apart + lows)
    ends = np.searchsorted(keys, some.group * apart + np.clip(some.high, lowest, highest), side="right")
    until = np.cumsum(np.maximum(ends - begins, 0))
    first = 0
    while first < len(begins):
        most = AT_ONCE + (until[first - 1] if first else 0)
        last = max(first + 1, int(np.searchsorted(until, most, side="right")))
        one, other = ranges(begins[first:last], ends[first:last])
        one, other = one + first, order[other]
        meet = others.high[other] >= some.low[one]
        yield one[meet], other[meet]
        first = last


def ranges(begins: Whole, ends: Whole) -> tuple[Whole, Whole]:
    """Each number from a begin up to, not including, its end, and which of the ranges it is of."""
    times = np.maximum(ends - begins, 0)
    which = np.repeat(np.arange(len(times)), times)
    return which, np.arange(len(which)) - np.repeat(np.cumsum(times) - times - begins, times)


Near = Callable[[Whole, Whole], Flags]
"""Which pairs of rows are near each other."""


def near_rows(rows: Flags, others: Flags, spans: tuple[Spans, Spans], is_near: Near) -> Flags:
    """Which of ``rows`` are near another one of ``others``.

    ``spans``: of all rows, along the same axis, how far it may be to who is near, and where they are themselves.
    """
    left, right = rows.nonzero()[0], others.nonzero()[0]
    near = np.zeros(len(rows), np.bool_)
    for one, other in overlapping(spans[0].of(left), spans[1].of(right)):
        one, other = left[one], right[other]
        apart = one != other
        one, other = one[apart], other[apart]
        near[one[is_near(one, other)]] = True
    return near


def in_heights(frames: Whole, edges: Floats, aspect: float, limits: Floats) -> tuple[tuple[Spans, Spans], Near]:
    """Within a row's limit, measured as ``ground_gaps`` does."""

    def is_near(rows: Whole, columns: Whole) -> Flags:
        across = np.maximum(edges[0, rows], edges[0, columns])
        across -= np.minimum(edges[2, rows], edges[2, columns])
        across *= aspect
        np.maximum(across, 0, out=across)
        down = edges[3, rows] - edges[3, columns]
        near: Flags = np.sqrt(across * across + down * down) <= limits[rows]
        return near

    lower, reach = edges[3], limits + A_HAIR
    return (Spans(frames, lower - reach, lower + reach), Spans(frames, lower, lower)), is_near


def in_metres(
    frames: Whole, edges: Floats, points: Floats, calibration: Calibration | None, limit: float
) -> tuple[tuple[Spans, Spans], Near]:
    """As ``Scene.metre_gaps``."""

    def metres(points: Floats) -> Floats:
        return to_metres(points, calibration)

    own = metres(points.T)
    reach = limit + A_HAIR * (1 + np.abs(own).max(axis=1, initial=0))
    low, high = _ground(edges, points[1], calibration)

    def is_near(rows: Whole, columns: Whole) -> Flags:
        near: Flags = (low[columns, 0] <= own[rows, 0] + reach[rows]) & (high[columns, 0] >= own[rows, 0] - reach[rows])
        one, other = rows[near], columns[near]
        x = np.clip(points[0, one], edges[0, other], edges[2, other])
        across, down = (metres(np.stack((x, points[1, other]), axis=1)) - own[one]).T
        near[near] = np.hypot(across, down) <= limit
        return near

    y = own[:, 1]
    return (Spans(frames, y - reach, y + reach), Spans(frames, low[:, 1], high[:, 1])), is_near


def _ground(edges: Floats, y: Floats, calibration: Calibration | None) -> tuple[Floats, Floats]:
    """(rows, 2): the rectangle on the ground in which all points of a box's lower edge lie."""
    left, right = (np.stack((edges[side], y), axis=1) for side in (0, 2))
    ends = to_metres(left, calibration), to_metres(right, calibration)
    low, high = np.minimum(*ends), np.maximum(*ends)
    if calibration is not None:
        # Beyond the horizon the edge between its ends goes out to infinity.
        near, far = (np.sign(depths(each, calibration)) for each in (left, right))
        low[near * far <= 0], high[near * far <= 0] = -np.inf, np.inf
    return low, high
