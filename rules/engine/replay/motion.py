"""How each track moves, row by row of columns: to the last bit what ``TrackMemory`` finds from frame to frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from rules.engine.geometry import Floats
from rules.engine.memory import LOST_MS, SHORTEST_MS, SMOOTHING_SECONDS
from rules.engine.replay.columns import Whole

FIRST, SPEED, WEIGHT = 0, slice(3, 5), 5
Motion = tuple[float, ...]
"""When it began, the place across and down, the speed across and down, and the weight of that speed."""
STANDING: Motion = (0.0,) * 6
NEVER_MS = -(10**15)
MANY = 24
"""Tracks: for fewer, plain numbers are faster than arrays."""


class LastSeen(NamedTuple):
    """What is known of a track at the end of some columns."""

    best: float
    at_ms: int
    motion: Motion = STANDING
    spots: Mapping[str, tuple[float, ...]] = MappingProxyType({})
    """By what ``Sightings.still`` and ``moving`` were asked for: a spot, or the area of one."""


def motions(tracks: Whole, starts: Whole, at_ms: Whole, level_points: Floats, known: Mapping[int, LastSeen]) -> Floats:
    """(6, rows), the rows of one track after those of another; ``starts``: where each track's begin."""
    before = np.concatenate((at_ms[:1], at_ms[:-1]))
    before[starts] = [known[track].at_ms if track in known else NEVER_MS for track in tracks.tolist()]
    anew, seconds = at_ms - before > LOST_MS, (at_ms - before) / 1000
    seconds[anew] = 0.0
    shares = 1 - np.exp(seconds / -SMOOTHING_SECONDS)
    rows = np.stack([at_ms, anew, *level_points, np.maximum(seconds, 1e-3), shares])
    begun = [known[track].motion if track in known else STANDING for track in tracks.tolist()]
    return _followed_all(rows, starts, np.array(begun, np.float64).reshape(-1, 6).T)


def _followed_all(rows: Floats, starts: Whole, motion: Floats) -> Floats:
    """``motion``: (6, tracks), where each begins. Row after row of all tracks at once, as long as these are many."""
    lengths = np.diff(np.append(starts, rows.shape[1]))
    longest_first = np.argsort(-lengths, kind="stable")
    rank = np.argsort(longest_first)
    place = np.arange(rows.shape[1]) - np.repeat(starts, lengths)
    turns = np.argsort(place * len(starts) + np.repeat(rank, lengths))
    how_many = np.bincount(place)
    together = int(np.count_nonzero(how_many >= MANY))
    turned, motion = rows[:, turns], motion[:, longest_first]
    found, first = np.empty_like(turned), 0
    for count in how_many[:together].tolist():
        _follow(motion[:, :count], turned[:, first : first + count])
        found[:, first : first + count] = motion[:, :count]
        first += count
    back = np.empty_like(found)
    back[:, turns] = found
    for track in (lengths > together).nonzero()[0].tolist():
        part = slice(int(starts[track]) + together, int(starts[track] + lengths[track]))
        alone = _followed(tuple(motion[:, rank[track]].tolist()), zip(*rows[:, part].tolist(), strict=True))
        back[:, part] = np.array(alone, np.float64).reshape(-1, 6).T
    return back


def _follow(motion: Floats, rows: Floats) -> None:
    """One row of each track; as ``_followed``, to the last bit."""
    at_ms, is_anew, points, seconds, share = rows[0], rows[1] > 0, rows[2:4], rows[4], rows[5]
    change = points - motion[1:3]
    motion[1:3] += change
    motion[3:5] += (change / seconds - motion[3:5]) * share
    motion[5] += share * (1 - motion[5])
    if is_anew.any():
        motion[0, is_anew] = at_ms[is_anew]
        motion[1:3, is_anew] = points[:, is_anew]
        motion[3:, is_anew] = 0.0


def _followed(motion: Motion, rows: Iterable[tuple[float, ...]]) -> list[float]:
    first, place_x, place_y, speed_x, speed_y, weight = motion
    found: list[float] = []
    for at_ms, is_anew, x, y, seconds, share in rows:
        if is_anew:
            first, place_x, place_y, speed_x, speed_y, weight = at_ms, x, y, 0.0, 0.0, 0.0
        else:
            across, down = x - place_x, y - place_y
            # Not simply x and y: rounding is part of what the memory of an engine does.
            place_x += across
            place_y += down
            speed_x += (across / seconds - speed_x) * share
            speed_y += (down / seconds - speed_y) * share
            weight += share * (1 - weight)
        found += (first, place_x, place_y, speed_x, speed_y, weight)
    return found


def velocities(motion: Floats, at_ms: Whole) -> Floats:
    """(rows, 2), in picture heights a second; NaN for a track that is too new."""
    weight = motion[WEIGHT].copy()
    weight[at_ms - motion[FIRST] < SHORTEST_MS] = np.nan
    found: Floats = (motion[SPEED] / weight).T
    return found
