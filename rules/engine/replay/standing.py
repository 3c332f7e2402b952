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


A_HAIR = 1e-6
"""Wider than any rounding of coordinates between 0 and 1."""
NO_SPOT = Spot(0.0, 0.0, -math.inf)


Area = tuple[float, float, float, float]
"""The lowest x and y and the highest ones."""


def moves(rows: Iterable[tuple[int, float, float, float]], area: Area | None) -> tuple[list[bool], Area | None]:
    """Of one track: by row whether it may have left the spot where ``removed`` takes it to stand, and stands anew.

    A row is the number of its frame, the point across and down, and how far from its spot a thing may stray. Where a
    track was not seen for a while it stands anew or not: so its spot is somewhere in an area, at first in ``area``.
    """
    left, top, right, bottom = area or (math.inf, math.inf, -math.inf, -math.inf)
    found, before = [], -2
    for number, x, y, reach in rows:
        if number != before + 1 or left > right:
            left, top, right, bottom = min(left, x), min(top, y), max(right, x), max(bottom, y)
        before = number
        away = math.hypot(max(x - left, right - x), max(y - top, bottom - y))
        may_move = away > reach - A_HAIR
        found.append(may_move)
        if may_move:
            near = math.hypot(max(left - x, 0.0, x - right), max(top - y, 0.0, y - bottom))
            if near > reach + A_HAIR:
                left, top, right, bottom = x, y, x, y
            else:
                left, top, right, bottom = min(left, x), min(top, y), max(right, x), max(bottom, y)
    return found, None if left > right else (left, top, right, bottom)


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
