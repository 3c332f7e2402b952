"""What can be said of every row of track columns at once, exactly as a scene says it of one frame's tracks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rules.engine.basics import Who, ZoneShape
from rules.engine.clauses.base import Held
from rules.engine.clauses.near import Near
from rules.engine.clauses.stationary import Stationary
from rules.engine.geometry import SETTLED_DISTANCE, Flags, Floats, Lines, Polygons, box_samples, footprints
from rules.engine.kept import Kept
from rules.engine.replay.columns import TrackTable, Whole
from rules.engine.replay.motion import LastSeen, motions, velocities
from rules.engine.replay.pairs import in_heights, in_metres, near_rows, pairs
from rules.engine.replay.standing import NO_SPOT, Spot, stays
from rules.engine.scene import to_metres
from rules.engine.surroundings import Calibration

NONE = -1
BOXES_AT_ONCE = 1 << 11
A_HAIR = 1e-6
"""Wider than any rounding of coordinates between 0 and 1."""


class Sightings:
    """``known``: the tracks that were there before these columns begin; ``before_ms``: when the last frame was."""

    def __init__(
        self,
        columns: TrackTable,
        zones: Mapping[str, ZoneShape],
        known: Mapping[int, LastSeen],
        calibration: Calibration | None = None,
        before_ms: float = -math.inf,
    ) -> None:
        self.columns = columns
        self.zones = zones
        self.frames = columns.frame_of_rows()
        self._known = known
        self._calibration = calibration
        self._before_ms = before_ms
        self._fitting: dict[str, Flags] = {}
        self._inside: dict[tuple[str, str], Flags] = {}
        self.spots: dict[str, dict[int, Spot]] = {}
        """What ``still`` knows of each track in the end."""

    @Kept
    def by_track(self) -> Whole:
        """The rows of one track after those of another, each in the order of time."""
        return np.argsort(self.columns.track_ids, kind="stable")

    @Kept
    def _begins(self) -> Flags:
        """Along ``by_track``: where another track's rows begin."""
        ids = self.columns.track_ids[self.by_track]
        return np.concatenate((np.ones(min(1, len(ids)), np.bool_), ids[1:] != ids[:-1]))

    @Kept
    def track_of(self) -> Whole:
        """By row: the number of its track, from 0."""
        numbers = np.empty(len(self.frames), np.int64)
        numbers[self.by_track] = np.cumsum(self._begins) - 1
        return numbers

    @Kept
    def tracks(self) -> Whole:
        """By its number: the track's id."""
        return self.columns.track_ids[self.by_track][self._begins]

    @Kept
    def best(self) -> Floats:
        """The highest confidence of the row's track until then."""
        confidences = self.columns.confidences.astype(np.float64)[self.by_track]
        starts = self._begins.nonzero()[0].tolist()
        for track, (first, last) in zip(self.tracks.tolist(), pairwise([*starts, len(confidences)]), strict=True):
            part = confidences[first:last]
            if track in self._known:
                part[0] = max(float(part[0]), self._known[track].best)
            np.maximum.accumulate(part, out=part)
        best = np.empty_like(confidences)
        best[self.by_track] = confidences
        return best

    @Kept
    def motion(self) -> Floats:
        """(6, rows)"""
        order = self.by_track
        points = self.points[:, order]
        points[0] *= self.columns.aspect
        found = np.empty((6, len(order)))
        found[:, order] = motions(self.tracks, self._begins.nonzero()[0], self._at_ms[order], points, self._known)
        return found

    @Kept
    def _at_ms(self) -> Whole:
        return self.columns.at_ms[self.frames]

    @Kept
    def heights(self) -> Floats:
        found: Floats = np.maximum(self.edges[3] - self.edges[1], 1e-6)
        return found

    @Kept
    def flatness(self) -> Floats:
        """The box's width by its height."""
        found: Floats = (self.edges[2] - self.edges[0]) * self.columns.aspect / self.heights
        return found

    @Kept
    def velocities(self) -> Floats:
        """(rows, 2), in own heights a second; NaN for a track that is too new."""
        return velocities(self.motion, self._at_ms) / self.heights[:, None]

    @Kept
    def speeds(self) -> Floats:
        """Own heights a second; NaN for a track that is too new."""
        across, down = self.velocities.T
        found: Floats = np.hypot(across, down)
        return found

    @Kept
    def metre_speeds(self) -> Floats:
        """Metres a second, but for rounding: a product of matrices may round otherwise where it has more rows."""
        points = self.points.T
        before = points - self.velocities * self.heights[:, None] / (self.columns.aspect, 1) * 0.5
        across, down = (self._to_metres(points) - self._to_metres(before)).T
        found: Floats = np.hypot(across, down) / 0.5
        return found

    @Kept
    def edges(self) -> Floats:
        """(4, rows): the left, top, right and bottom of the boxes."""
        return self.columns.boxes_xyxy.T.astype(np.float64, order="C")

    @Kept
    def footprints(self) -> Floats:
        """(4, rows)"""
        return footprints(self.edges)

    @property
    def points(self) -> Floats:
        """(2, rows)"""
        return self.footprints[::2]

    @Kept
    def previous_rows(self) -> Whole:
        """By row: the row of the same track before it, or ``NONE``."""
        order, begins = self.by_track, self._begins
        found = np.full(len(order), NONE, np.int64)
        found[order[1:]] = np.where(begins[1:], NONE, order[:-1])
        return found

    @Kept
    def lasts(self) -> Whole:
        """The last row of each track."""
        last = np.ones(len(self.frames), np.bool_)
        last[self.previous_rows[self.previous_rows != NONE]] = False
        return last.nonzero()[0]

    @Kept
    def run_ends(self) -> Whole:
        """The rows after which a track is not in the next frame."""
        previous, last = self.previous_rows, np.ones(len(self.frames), np.bool_)
        stays = (previous != NONE) & (self.frames[previous] == self.frames - 1)
        last[previous[stays]] = False
        return last.nonzero()[0]

    def only(self, rows: Flags) -> Sightings:
        """Of fewer tracks in the same frames."""
        if rows.all():
            return self
        return Sightings(self.columns.only(rows), self.zones, self._known, self._calibration, self._before_ms)

    def fitting(self, who: Who) -> Flags:
        """Whom a rule looks at; ``who`` asks for classes and heights only."""
        key = who.model_dump_json()
        if key not in self._fitting:
            self._fitting[key] = self._fits(who)
        return self._fitting[key]

    def _fits(self, who: Who) -> Flags:
        if not who.classes:
            fits: Flags = np.ones(len(self.frames), np.bool_)
        else:
            wanted = np.array([name in who.classes for name in self.columns.class_names], np.bool_)
            fits = wanted[self.columns.classes] if len(wanted) else np.zeros(len(self.frames), np.bool_)
        if who.min_height > 0 or who.max_height < 1:
            boxes = self.columns.boxes_xyxy.astype(np.float64)
            heights = np.maximum(boxes[:, 3] - boxes[:, 1], 1e-6)
            fits = fits & (heights >= who.min_height) & (heights <= who.max_height)
        return fits

    def eligible(self, who: Who) -> Flags:
        return self.fitting(who) & (self.best >= who.min_confidence)

    def inside(self, zone: str, point: str = "bottom") -> Flags:
        if (zone, point) not in self._inside:
            x, y = self.points
            if point != "bottom":
                y = self.edges[1] if point == "top" else (self.edges[1] + self.edges[3]) / 2
            self._inside[zone, point] = Polygons([self.zones[zone]]).contain(x, y)[0]
        return self._inside[zone, point]

    def inside_any(self, zones: Sequence[str], point: str = "bottom") -> Flags:
        found: Flags = np.zeros(len(self.frames), np.bool_)
        for zone in zones:
            found |= self.inside(zone, point)
        return found

    def touching(self, zones: Sequence[str]) -> Flags:
        """Whose box reaches into the rectangle around one of the zones."""
        found: Flags = np.zeros(len(self.frames), np.bool_)
        boxes = self.columns.boxes_xyxy
        for zone in zones:
            x, y = zip(*self.zones[zone].points, strict=True)
            reaches = (boxes[:, 0] <= max(x) + A_HAIR) & (boxes[:, 2] >= min(x) - A_HAIR)
            reaches &= (boxes[:, 1] <= max(y) + A_HAIR) & (boxes[:, 3] >= min(y) - A_HAIR)
            found |= reaches
        return found

    def near(self, rows: Flags, others: Flags, words: Near) -> tuple[Flags, Flags]:
        """Which of the rows have one of the others within the distance, and of which it is not certain."""
        one, other = pairs(self.frames, rows, others, len(self.columns))
        if words.unit == "metres":
            measured = in_metres(self.edges, self.points, self._to_metres, words.within)
        else:
            measured = in_heights(self.edges, self.columns.aspect, words.within * self.heights)
        return near_rows(one, other, len(rows), measured)

    def still(self, rows: Flags, who: Who, words: Stationary) -> tuple[Flags, Flags]:
        """Which of these rows, of those whom the rule is about, have their track on its spot, and on a new one."""
        those = self.by_track[rows[self.by_track]]
        frames, numbers = self.frames[those], self.track_of[those]
        times = self.columns.at_ms
        before = np.concatenate(([self._before_ms], times[:-1]))
        reach = words.within * self.heights[those]
        level = self.points[:, those]
        level[0] *= self.columns.aspect
        columns = [each.tolist() for each in (times[frames], before[frames], *level, reach)]
        starts = (np.diff(numbers, prepend=NONE) != 0).nonzero()[0].tolist()
        key = f"{who.model_dump_json()} {words.within} {words.gap}"
        gap_ms = round(words.gap * 1000)
        ends: dict[int, Spot] = {}
        self.spots[key] = ends
        found: list[tuple[bool, bool]] = []
        for first, last in pairwise([*starts, len(those)]):
            track = int(self.tracks[numbers[first]])
            spot = self._known[track].spots.get(key, NO_SPOT) if track in self._known else NO_SPOT
            part, ends[track] = stays(zip(*(column[first:last] for column in columns), strict=True), gap_ms, spot)
            found += part
        flags = np.zeros((2, len(self.frames)), np.bool_)
        flags[:, those] = np.array(found, np.bool_).reshape(-1, 2).T
        return flags[0], flags[1]

    def overlaps(self, zone: str, least: float) -> Flags:
        """Of whose boxes at least this share is in the zone, from the points that ``Scene.overlaps`` looks at."""
        found = np.zeros(len(self.frames), np.bool_)
        polygon, rows = Polygons([self.zones[zone]]), self.touching((zone,)).nonzero()[0]
        for first in range(0, len(rows), BOXES_AT_ONCE):
            part = rows[first : first + BOXES_AT_ONCE]
            inside = polygon.contain(*box_samples(self.edges[:, part]))
            found[part] = inside.reshape(len(part), -1).mean(axis=1) >= least
        return found

    def _to_metres(self, points: Floats) -> Floats:
        return to_metres(points, self._calibration)

    def sides(self, line: str, rows: Whole) -> NDArray[np.int8]:
        """-1 clearly left of the line, 1 clearly right, 0 near it."""
        lines = Lines([self.zones[line]])
        distances = lines.distances(self.footprints[:, rows])[0]
        right: NDArray[np.int8] = (distances >= SETTLED_DISTANCE).astype(np.int8)
        right -= (distances <= -SETTLED_DISTANCE).astype(np.int8)
        return right

    def previous(self, rows: Whole) -> Whole:
        """For each of these rows where among them its track's earlier one stands; ``NONE`` for a track's first."""
        order = np.argsort(self.columns.track_ids[rows], kind="stable")
        ids = self.columns.track_ids[rows][order]
        found = np.full(len(rows), NONE, np.int64)
        found[order[1:]] = np.where(ids[1:] == ids[:-1], order[:-1], NONE)
        return found

    def meets(self, line: str, rows: Whole, previous: Whole) -> Flags:
        """Whether the step from the earlier row to this one can pass between the line's ends: a little too often."""
        x, y = np.array(self.zones[line].points, np.float64).T
        there, before = self.points[:, rows], self.points[:, rows[previous]]
        low, high = np.minimum(there, before), np.maximum(there, before)
        found: Flags = previous != NONE
        found &= (low[0] <= x.max() + A_HAIR) & (high[0] >= x.min() - A_HAIR)
        found &= (low[1] <= y.max() + A_HAIR) & (high[1] >= y.min() - A_HAIR)
        return found

    def lasting(self, rows: Flags, words: Held, anew: Flags | None = None) -> Flags:
        """By track number: who has such rows for long enough, see ``long``."""
        return self.whose(self.long(rows, words, anew))

    def long(self, rows: Flags, words: Held, anew: Flags | None = None) -> Flags:
        """Those of the rows that last long enough, bridging gaps; ``anew``: the rows that begin anew.

        What may have begun before these columns, or may go on after them, is taken for long.
        """
        those = self.by_track[rows[self.by_track]]
        frames, numbers, at_ms = self.frames[those], self.track_of[those], self._at_ms[those]
        gap_ms = round(words.gap * 1000)
        begins = np.diff(numbers, prepend=NONE) != 0
        begins[1:] |= (np.diff(frames) > 1) & (np.diff(at_ms) > gap_ms)
        if anew is not None:
            begins |= anew[those]
        firsts = begins.nonzero()[0]
        lasts = np.append(firsts[1:], len(those)) - 1 if len(firsts) else firsts
        long = at_ms[lasts] - at_ms[firsts] >= round(words.for_seconds * 1000)
        if len(self.columns):
            long |= (at_ms[firsts] - gap_ms <= self.columns.at_ms[0]) | (frames[firsts] == 0)
            long |= (at_ms[lasts] + gap_ms >= self.columns.at_ms[-1]) | (frames[lasts] == len(self.columns) - 1)
        found: Flags = np.zeros(len(rows), np.bool_)
        found[those[np.repeat(long, lasts - firsts + 1)]] = True
        return found

    def whose(self, rows: Flags, seconds: float = 0) -> Flags:
        """By track number: who has such rows, the last of them at least so long after the first."""
        numbers, at_ms = self.track_of[rows], self.columns.at_ms[self.frames[rows]]
        first = np.full(len(self.tracks), np.iinfo(np.int64).max)
        last = np.full(len(self.tracks), -1)
        np.minimum.at(first, numbers, at_ms)
        np.maximum.at(last, numbers, at_ms)
        found: Flags = (last >= 0) & (last - first >= round(seconds * 1000))
        return found
