"""Which rows may show somebody who fell, and what ``Falls`` would remember of those that are not shown to it."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from rules.engine.clauses.pose import PoseIs, PoseNode
from rules.engine.falls import (
    DROP,
    HIPS_DROP,
    LOST_DROP,
    LOST_SPEED,
    MOST_LOOKS,
    NEARER,
    SPEED,
    SPEED_MS,
    SQUAT,
    TORSO,
    WINDOW_MS,
    About,
    Look,
    is_cut,
)
from rules.engine.geometry import Flags, Floats
from rules.engine.replay.bodies import Bodies
from rules.engine.replay.columns import NOBODY, Whole
from rules.engine.replay.rows import NONE
from rules.engine.replay.sightings import Sightings

ALMOST = 1 - 1e-9
"""A little less than needed is taken for enough, since numbers are rounded."""


class Descents:
    """Of those rows whom the clause is about and of whom it makes a look."""

    def __init__(self, sightings: Sightings, words: PoseIs, rows: Flags) -> None:
        self._all = sightings
        owns = sightings.columns.body_of
        has_body = np.zeros(len(rows), np.bool_) if owns is None or words.uses == "box" else owns != NOBODY
        if words.uses == "keypoints":
            rows = rows & has_body
        self._rows = rows.nonzero()[0]
        """Frame by frame."""
        self._times = sightings.at_ms[self._rows]
        bodies = Bodies(sightings, np.where(has_body[self._rows], self._rows, NONE))
        self._joints = np.stack((bodies.shoulders[1], bodies.hips[1], bodies.feet[1]))

    def judged(self) -> tuple[Flags, Flags]:
        """For which rows it is true, and for which that is not certain: all who may have fallen."""
        found = np.zeros((2, len(self._all.frames)), np.bool_)
        found[1, self._rows] = self._may_fall() | (self._times - WINDOW_MS <= self._all.before_ms)
        return found[0], found[1]

    def _may_fall(self) -> Flags:
        """Who sank so deep and so fast lately as those do who fall, and is on the ground or not seen any more."""
        order = np.argsort(self._all.track_of[self._rows], kind="stable")
        rows = self._rows[order]
        walk = _Walk(self._all, rows, self._joints[:, order])
        found: Flags = np.zeros(len(rows), np.bool_)
        found[order] = walk.fell() | (walk.lost() & walk.is_over())
        return found

    def remind(self, node: PoseNode, number: int) -> None:
        at_ms = int(self._all.columns.at_ms[number])
        node.tell_looks(self._between(max(node.asked_ms, at_ms - 2 * WINDOW_MS), at_ms), at_ms)

    def _between(self, after_ms: int, until_ms: int) -> Iterator[tuple[int, Look, About]]:
        """The looks of that time, the bounds themselves left out."""
        first, last = np.searchsorted(self._times, (after_ms + 1, until_ms)).tolist()
        part, columns = self._rows[first:last], self._all.columns
        joints = self._joints[:, first:last].T.tolist()
        measured = (self._times[first:last], self._all.heights[part], self._all.flatness[part])
        said = (columns.track_ids[part], columns.classes[part], columns.confidences[part])
        rows = zip(*[each.tolist() for each in (*measured, *said, self._all.edges[:, part].T)], joints, strict=True)
        for at_ms, height, flatness, track_id, code, confidence, box, points in rows:
            at_side, at_foot = is_cut(box)
            shoulders, hips, feet = [None if math.isnan(each) else each for each in points]
            look = Look(at_ms, box[1], height, flatness, shoulders, hips, feet, at_side=at_side, at_foot=at_foot)
            yield track_id, look, (columns.class_names[code], confidence, (box[0], box[1], box[2], box[3]))


class _Walk:
    """Looks track by track, and what those of a track shortly before say of each."""

    def __init__(self, sightings: Sightings, rows: Whole, joints: Floats) -> None:
        self._frames, self._numbers, self._at_ms = (
            sightings.frames[rows],
            sightings.track_of[rows],
            sightings.at_ms[rows],
        )
        self._tops, self._bottoms = sightings.edges[1, rows], sightings.edges[1, rows] + sightings.heights[rows]
        self._shoulders, self._hips, self._feet = joints
        own = np.fmax(sightings.heights[rows], (self._hips - self._shoulders) / TORSO)
        self._lags = list(self._lags_of())
        self._body = self._most(own) * ALMOST
        speeds = np.full(len(rows), -np.inf)
        for lag, near in self._lags:
            passed_ms = self._at_ms[lag:] - self._at_ms[:-lag]
            there = near & (passed_ms >= SPEED_MS)
            speed = np.where(there, self._drops(lag) / np.maximum(passed_ms, 1) * 1000, -np.inf)
            np.maximum(speeds[lag:], speed, out=speeds[lag:])
        self._speeds = self._most(speeds)

    def _lags_of(self) -> Iterator[tuple[int, Flags]]:
        """How many rows back, and from which rows on that is the same track a short time before."""
        for lag in range(1, min(MOST_LOOKS, len(self._numbers))):
            near = self._numbers[lag:] == self._numbers[:-lag]
            near &= self._at_ms[lag:] - self._at_ms[:-lag] <= WINDOW_MS
            if not near.any():
                return
            yield lag, near

    def _most(self, values: Floats) -> Floats:
        """The greatest of a row and those shortly before."""
        found = values.copy()
        for lag, near in self._lags:
            np.maximum(found[lag:], np.where(near, values[:-lag], -np.inf), out=found[lag:])
        return found

    def _drops(self, lag: int) -> Floats:
        """Of the shoulders, where they are known, else of the box."""
        sunk = self._shoulders[lag:] - self._shoulders[:-lag]
        found: Floats = np.where(np.isnan(sunk), self._tops[lag:] - self._tops[:-lag], sunk)
        return found

    def _sank(self, needed: float) -> Flags:
        """By so much of the body, since one of the looks before."""
        found: Flags = np.zeros(len(self._body), np.bool_)
        for lag, near in self._lags:
            body, drops = self._body[lag:], self._drops(lag)
            hips = self._hips[lag:] - self._hips[:-lag]
            nearer = drops - (self._bottoms[lag:] - self._bottoms[:-lag])
            deep = (drops >= needed * body) & (nearer >= NEARER * body) & ~(hips < HIPS_DROP * body)
            found[lag:] |= near & deep
        return found

    def fell(self) -> Flags:
        is_up = self._feet - self._hips > SQUAT * self._body / ALMOST**2
        found: Flags = self._sank(DROP) & (self._speeds >= SPEED * self._body) & ~is_up
        return found

    def lost(self) -> Flags:
        found: Flags = self._sank(LOST_DROP) & (self._speeds >= LOST_SPEED * self._body)
        return found

    def is_over(self) -> Flags:
        """The track is not in the next frame."""
        found = np.ones(len(self._frames), np.bool_)
        found[:-1] = (self._numbers[1:] != self._numbers[:-1]) | (self._frames[1:] != self._frames[:-1] + 1)
        return found
