"""Which rows can show a pose, and from which frames on a clause has to see everything to know it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rules.engine.clauses.attribute import Attribute
from rules.engine.clauses.pose import KEPT_MS, RUNNING, PoseIs
from rules.engine.falls import DROP, LOST_DROP, LOST_SPEED, MOST_LOOKS, SPEED, SPEED_MS, WINDOW_MS
from rules.engine.geometry import Flags, Floats
from rules.engine.poses import EYES, HIPS, LYING_ANGLE, NARROW, NOSE, SHOULDERS, SURE, WRISTS
from rules.engine.replay.columns import NOBODY, Whole
from rules.engine.replay.sightings import Sightings
from rules.engine.rule import RuleSpec

REMEMBERED_MS = max(KEPT_MS, WINDOW_MS)
"""What ``pose`` knows of a track was seen in this time."""
SLACK = 0.1
"""Degrees; wider than any rounding."""
BENDING = (45, 140)
ALMOST = 1 - 1e-9


def candidates(sightings: Sightings, rows: Flags, words: PoseIs) -> tuple[Flags, int]:
    """Those of the rows that may have the pose; and how long after one of them it may still be taken to have it."""
    match words.pose:
        case "running":
            return rows & (sightings.speeds >= RUNNING), 0
        case "falling":
            return rows & going_down(sightings, rows), 0
    bodies = Bodies(sightings)
    match words.pose:
        case "lying":
            is_flat = rows & (sightings.flatness >= NARROW)
            return is_flat & ~(bodies.angles < LYING_ANGLE - SLACK), 0
        case "hands_raised":
            return rows & bodies.reaching, KEPT_MS
    low, high = BENDING
    return rows & (bodies.angles >= low - SLACK) & (bodies.angles <= high + SLACK), KEPT_MS


def fulfilling(sightings: Sightings, words: Attribute) -> tuple[Flags, list[int]]:
    """The rows whose track fulfils the clause by the newest look at it, or perhaps by one before these columns.

    And when that was found out of those of whom it was not certain.
    """
    turns: dict[int, tuple[list[int], list[bool]]] = {}
    for at_ms, tracks in sightings.columns.looks.attributes.items():
        for track_id, scores in tracks.items():
            if words.name in scores:
                times, fits = turns.setdefault(track_id, ([], [sightings.is_known(track_id)]))
                times.append(at_ms)
                fits.append(words.fits(scores[words.name]))
    found: Flags = np.zeros(len(sightings.frames), np.bool_)
    row_times = sightings.columns.at_ms[sightings.frames]
    for track_id, span in sightings.spans():
        rows = sightings.by_track[span]
        times, fits = turns.get(track_id, ([], [sightings.is_known(track_id)]))
        found[rows] = np.array(fits)[np.searchsorted(times, row_times[rows], side="right")]
    return found, [times[0] for track_id, (times, _) in turns.items() if sightings.is_known(track_id)]


def going_down(sightings: Sightings, rows: Flags) -> Flags:
    """Who sank so deep and so fast lately as those do who fall, by the shoulders or the top of the box."""
    those = sightings.by_track[rows[sightings.by_track]]
    at_ms, heights = sightings.columns.at_ms[sightings.frames[those]], sightings.heights[those] * ALMOST
    tops, shoulders = sightings.edges[1, those], Bodies(sightings).shoulders_y[those]
    lags = list(_lags(sightings.track_of[those], at_ms))
    deepest, fastest = np.full((2, len(those)), -np.inf)
    for lag, near in lags:
        sunk, passed_ms = shoulders[lag:] - shoulders[:-lag], at_ms[lag:] - at_ms[:-lag]
        drops = np.where(near, np.where(np.isnan(sunk), tops[lag:] - tops[:-lag], sunk), -np.inf)
        np.maximum(deepest[lag:], drops, out=deepest[lag:])
        speeds = np.where(passed_ms >= SPEED_MS, drops / np.maximum(passed_ms, 1) * 1000, -np.inf)
        np.maximum(fastest[lag:], speeds, out=fastest[lag:])
    lately = fastest.copy()
    for lag, near in lags:
        np.maximum(lately[lag:], np.where(near, fastest[:-lag], -np.inf), out=lately[lag:])
    fell = (deepest >= DROP * heights) & (lately >= SPEED * heights)
    lost = (deepest >= LOST_DROP * heights) & (lately >= LOST_SPEED * heights)
    found: Flags = np.zeros(len(rows), np.bool_)
    found[those[fell | lost]] = True
    return found


def _lags(numbers: Whole, at_ms: Whole) -> Iterator[tuple[int, Flags]]:
    """How many rows back, and from which rows on that is the same track a short time before."""
    for lag in range(1, min(MOST_LOOKS, len(numbers))):
        near = (numbers[lag:] == numbers[:-lag]) & (at_ms[lag:] - at_ms[:-lag] <= WINDOW_MS)
        if not near.any():
            return
        yield lag, near


class Bodies:
    """By row, NaN where there are no sure key points."""

    def __init__(self, sightings: Sightings) -> None:
        columns = sightings.columns
        self._count = len(columns.track_ids)
        owns = np.full(self._count, NOBODY) if columns.body_of is None else columns.body_of
        self._rows = (owns != NOBODY).nonzero()[0]
        self._owns = owns[self._rows]
        self._bodies, self._aspect = columns.looks.bodies, columns.aspect

    def _points(self, *joints: int) -> Floats:
        """(bodies, joints, 2), NaN where one is not sure; in picture heights."""
        points = self._bodies[self._owns[:, None], list(joints)]
        found: Floats = np.where(points[:, :, 2:] >= SURE, points[:, :, :2], np.nan)
        found[:, :, 0] *= self._aspect
        return found

    @property
    def shoulders_y(self) -> Floats:
        return self._by_row(self._middle(SHOULDERS)[:, 1])

    @property
    def angles(self) -> Floats:
        """Of the torso, in degrees away from upright."""
        across, down = (self._middle(HIPS) - self._middle(SHOULDERS)).T
        return self._by_row(np.degrees(np.arctan2(np.abs(across), down)))

    @property
    def reaching(self) -> Flags:
        """Both wrists are higher than the lowest of head and shoulders."""
        lowest = np.fmax.reduce(self._points(NOSE, *EYES, *SHOULDERS)[:, :, 1], axis=1, initial=-np.inf)
        wrists = self._points(*WRISTS)[:, :, 1].max(axis=1)
        found: Flags = self._by_row(np.where(wrists < lowest, 1.0, 0.0)) > 0
        return found

    def _middle(self, pair: tuple[int, int]) -> Floats:
        points = self._points(*pair)
        one, other = points[:, 0], points[:, 1]
        middle: Floats = np.where(np.isnan(one), other, np.where(np.isnan(other), one, (one + other) / 2))
        return middle

    def _by_row(self, values: Floats) -> Floats:
        found = np.full(self._count, np.nan)
        found[self._rows] = values
        return found


def remembered_ms(spec: RuleSpec) -> int:
    """How far back its clauses remember what they saw."""
    return max((REMEMBERED_MS for each in spec.clauses() if isinstance(each, PoseIs)), default=0)


def recalling(spec: RuleSpec, sightings: Sightings) -> Flags:
    """The frames in which a clause may say something that follows from what it saw before."""
    columns = sightings.columns
    count, owns = len(columns), columns.body_of
    if owns is None or any(isinstance(each, PoseIs) and each.pose == "falling" for each in spec.clauses()):
        return np.ones(count, np.bool_)
    found: Flags = np.bincount(sightings.frames[owns == NOBODY], minlength=count) > 0
    return found
