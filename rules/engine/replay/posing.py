"""Which rows show a pose, from their own key points or from those seen shortly before."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rules.engine.clauses.pose import KEPT_MS, RUNNING, RUNNING_STRIDE, PoseIs, PoseNode
from rules.engine.geometry import Flags, Floats
from rules.engine.poses import BENDING, FLAT, LYING_ANGLE, NARROW, Pose, pose_of
from rules.engine.replay.bodies import Bodies
from rules.engine.replay.columns import NOBODY, Whole
from rules.engine.replay.rows import NONE
from rules.engine.replay.sightings import Sightings

SLACK = 1e-6
"""Of degrees and of strides; wider than any rounding."""


class Poses:
    """Of those rows whom the clause is about, track by track."""

    def __init__(self, sightings: Sightings, words: PoseIs, rows: Flags) -> None:
        self._all = sightings
        self._words = words
        owns = sightings.columns.body_of
        has_body = np.zeros(len(rows), np.bool_) if owns is None or words.uses == "box" else owns != NOBODY
        self._rows = sightings.by_track[rows[sightings.by_track]]
        self._times = sightings.at_ms[self._rows]
        self._sources = self._sources_of(has_body[self._rows])
        self._looks = (rows & has_body).nonzero()[0]
        """The rows that have key points of their own, frame by frame."""
        self._look_times = sightings.at_ms[self._looks]

    def _sources_of(self, owns: Flags) -> Whole:
        """Of which row the key points count, or ``NONE``."""
        newest = np.maximum.accumulate(np.where(owns, np.arange(len(owns)), NONE))
        numbers = self._all.track_of[self._rows]
        counts = (newest != NONE) & (numbers[newest] == numbers) & (self._times - self._times[newest] <= KEPT_MS)
        found: Whole = np.where(counts, self._rows[newest], NONE)
        return found

    def judged(self) -> tuple[Flags, Flags]:
        """For which rows it is true, and for which that is not certain."""
        is_seen = self._sources != NONE
        part = self._worth_a_look().nonzero()[0]
        flags = np.zeros((2, len(self._rows)), np.bool_)
        flags[:, part] = self._fulfilled(part)
        if self._words.uses == "keypoints":
            flags[0] &= is_seen
        if self._words.uses != "box":
            flags[1] |= ~is_seen & (self._times - KEPT_MS <= self._all.before_ms)
        found = np.zeros((2, len(self._all.frames)), np.bool_)
        found[:, self._rows] = flags
        return found[0], found[1]

    def _worth_a_look(self) -> Flags:
        match self._words.pose:
            case "running":
                fast: Flags = self._all.speeds[self._rows] >= RUNNING
                return fast
            case "lying":
                flat: Flags = self._all.flatness[self._rows] >= NARROW
                return flat
        seen: Flags = self._sources != NONE
        return seen

    def _fulfilled(self, part: Whole) -> tuple[Flags, Flags]:
        """Of some of them: for which it is true, and for which that may be a matter of rounding."""
        bodies, flatness = Bodies(self._all, self._sources[part]), self._all.flatness[self._rows[part]]
        match self._words.pose:
            case "running":
                return ~(bodies.strides < RUNNING_STRIDE), _about(bodies.strides, RUNNING_STRIDE)
            case "hands_raised":
                return bodies.raised, np.zeros(len(part), np.bool_)
            case "bending":
                angles, (least, most) = bodies.angles, BENDING
                bent = (angles >= least) & (angles <= most) & bodies.legs_upright
                return bent, _about(angles, least) | _about(angles, most)
        lies = (bodies.angles >= LYING_ANGLE) & ~bodies.legs_upright
        return np.where(np.isnan(bodies.angles), flatness >= FLAT, lies), _about(bodies.angles, LYING_ANGLE)

    def remind(self, node: PoseNode, number: int) -> None:
        node.tell(self._until(int(self._all.columns.at_ms[number])))

    def _until(self, at_ms: int) -> Mapping[int, tuple[int, Pose]]:
        """By track: when its newest key points were seen that still count then, and what they said."""
        first, now, after = np.searchsorted(self._look_times, (at_ms - KEPT_MS, at_ms, at_ms + 1)).tolist()
        ids = self._all.columns.track_ids
        newest = {ids[row]: row for row in self._looks[first:now].tolist()}
        # Those of this very moment are in the frame.
        seen = newest.keys() - set(ids[self._looks[now:after]].tolist())
        return {int(each): self._look(newest[each]) for each in seen}

    def _look(self, row: int) -> tuple[int, Pose]:
        columns = self._all.columns
        box = columns.boxes_xyxy[row].astype(np.float64)
        return int(self._all.at_ms[row]), pose_of(box, columns.body(row), columns.aspect)


def _about(values: Floats, limit: float) -> Flags:
    found: Flags = np.abs(values - limit) < SLACK
    return found
