"""Which tracks stay on their spot, row by row of columns: exactly as ``stationary`` follows it from frame to frame."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

Row = tuple[int, int, float, float, float]
"""When it is and when the frame before was; the point across and down; how far from it still is the same spot."""


class Spot(NamedTuple):
    """Where a track stood, and when it was there last."""

    x: float
    y: float
    last_ms: float


NO_SPOT = Spot(0.0, 0.0, -math.inf)


def stays(rows: Iterable[Row], gap_ms: int, spot: Spot) -> tuple[list[tuple[bool, bool]], Spot]:
    """Of one track: by row whether it is on its spot, and whether this is a new one; and its spot in the end."""
    x, y, last_ms = spot
    found = []
    for now_ms, previous_ms, across, down, reach in rows:
        is_here = math.dist((x, y), (across, down)) <= reach
        is_new = now_ms - last_ms > gap_ms and not (is_here and last_ms == previous_ms)
        if is_new:
            x, y = across, down
        if is_new or is_here:
            last_ms = now_ms
        found.append((is_new or is_here, is_new))
    return found, Spot(x, y, last_ms)
