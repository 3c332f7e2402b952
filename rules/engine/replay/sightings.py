"""What can be said of every row of track columns at once, exactly as a scene says it of one frame's tracks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import cast

import numpy as np
from numpy.typing import NDArray

from rules.engine.basics import Who, ZoneShape
from rules.engine.clauses.near import Near
from rules.engine.clauses.place import Density, area_of
from rules.engine.clauses.removed import MOVED, Removed
from rules.engine.clauses.stationary import Stationary
from rules.engine.geometry import STEPS, Flags, Floats, Lines, Polygons, box_samples, footprints
from rules.engine.kept import Kept
from rules.engine.replay.columns import TrackTable, Whole
from rules.engine.replay.motion import LastSeen, motions, velocities
from rules.engine.replay.pairs import in_heights, in_metres, near_rows
from rules.engine.replay.rows import NONE, Rows
from rules.engine.replay.standing import A_HAIR, NO_SPOT, Area, Spot, moves, stays
from rules.engine.scene import to_metres
from rules.engine.surroundings import Calibration

BOXES_AT_ONCE = 1 << 11


class Sightings(Rows):
    """``known``: the tracks that were there before these columns begin; ``before_ms``: when the last frame was."""

    def __init__(
        self,
        columns: TrackTable,
        zones: Mapping[str, ZoneShape],
        known: Mapping[int, LastSeen],
        calibration: Calibration | None = None,
        before_ms: float = -math.inf,
    ) -> None:
        super().__init__(columns, known)
        self.zones = zones
        self._calibration = calibration
        self.before_ms = before_ms
        self._whole: Sightings | None = None
        self._fitting: dict[str, Flags] = {}
        self._inside: dict[tuple[str, str], Flags] = {}
        self.spots: dict[str, dict[int, tuple[float, ...]]] = {}
        """What ``still`` and ``moving`` know of each track in the end."""

    @Kept
    def motion(self) -> Floats:
        """(6, rows)"""
        order = self.by_track
        points = self.points[:, order]
        points[0] *= self.columns.aspect
        found = np.empty((6, len(order)))
        found[:, order] = motions(self.tracks, self._begins.nonzero()[0], self.at_ms[order], points, self._known)
        return found

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
        return velocities(self.motion, self.at_ms) / self.heights[:, None]

    @Kept
    def speeds(self) -> Floats:
        """Own heights a second; NaN for a track that is too new."""
        across, down = self.velocities.T
        found: Floats = np.hypot(across, down)
        return found

    @Kept
    def metre_speeds(self) -> Floats:
        """Metres a second."""
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
        """(5, rows)"""
        return footprints(self.edges)

    @Kept
    def points(self) -> Floats:
        """(2, rows)"""
        points: Floats = self.footprints[:2] / STEPS
        return points

    def only(self, rows: Flags) -> Sightings:
        """Of fewer tracks in the same frames."""
        if rows.all():
            return self
        some = Sightings(self.columns.only(rows), self.zones, self._known, self._calibration, self.before_ms)
        some._whole = self.whole
        return some

    @property
    def whole(self) -> Sightings:
        """The sightings of which these are a part."""
        return self if self._whole is None else self._whole

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

    def near(self, rows: Flags, others: Flags, words: Near) -> Flags:
        """Which of the rows have one of the others within the distance."""
        if words.unit == "metres":
            reach = in_metres(self.frames, self.edges, self.points, self._calibration, words.within)
        else:
            reach = in_heights(self.frames, self.edges, self.columns.aspect, words.within * self.heights)
        return near_rows(rows, others, *reach)

    def still(self, rows: Flags, who: Who, words: Stationary) -> tuple[Flags, Flags]:
        """Which of these rows, of those whom the rule is about, have their track on its spot, and on a new one."""
        those = self.by_track[rows[self.by_track]]
        frames, numbers = self.frames[those], self.track_of[those]
        times = self.columns.at_ms
        before = np.concatenate(([self.before_ms], times[:-1]))
        reach = words.within * self.heights[those]
        level = self.points[:, those]
        level[0] *= self.columns.aspect
        columns = [each.tolist() for each in (times[frames], before[frames], *level, reach)]
        starts = (np.diff(numbers, prepend=NONE) != 0).nonzero()[0].tolist()
        key = f"{who.model_dump_json()} {words.within} {words.gap}"
        gap_ms = round(words.gap * 1000)
        ends: dict[int, tuple[float, ...]] = {}
        self.spots[key] = ends
        found: list[tuple[bool, bool]] = []
        for first, last in pairwise([*starts, len(those)]):
            track = int(self.tracks[numbers[first]])
            spot = Spot(*self._known[track].spots.get(key, NO_SPOT)) if track in self._known else NO_SPOT
            part, ends[track] = stays(zip(*(column[first:last] for column in columns), strict=True), gap_ms, spot)
            found += part
        flags = np.zeros((2, len(self.frames)), np.bool_)
        flags[:, those] = np.array(found, np.bool_).reshape(-1, 2).T
        return flags[0], flags[1]

    def moving(self, rows: Flags, who: Who, words: Removed) -> Whole:
        """Those of these rows in which a thing may be on another spot than before, see ``moves``."""
        those = self.by_track[rows[self.by_track]]
        level = self.points[:, those]
        level[0] *= self.columns.aspect
        columns = [each.tolist() for each in (self.frames[those], *level, MOVED * self.heights[those])]
        numbers = self.track_of[those]
        starts = (np.diff(numbers, prepend=NONE) != 0).nonzero()[0].tolist()
        key = f"{who.model_dump_json()} {words.zone}"
        ends: dict[int, tuple[float, ...]] = {}
        self.spots[key] = ends
        found: list[bool] = []
        for first, last in pairwise([*starts, len(those)]):
            track = int(self.tracks[numbers[first]])
            area = self._known[track].spots.get(key) if track in self._known else None
            part, end = moves(zip(*(column[first:last] for column in columns), strict=True), cast(Area | None, area))
            found += part
            if end is not None:
                ends[track] = end
        return those[np.array(found, np.bool_)]

    def overlaps(self, zone: str, least: float) -> Flags:
        """Of whose boxes at least this share is in the zone, from the points that ``Scene.overlaps`` looks at."""
        found = np.zeros(len(self.frames), np.bool_)
        polygon, rows = Polygons([self.zones[zone]]), self.touching((zone,)).nonzero()[0]
        for first in range(0, len(rows), BOXES_AT_ONCE):
            part = rows[first : first + BOXES_AT_ONCE]
            inside = polygon.contain(*box_samples(self.edges[:, part]))
            found[part] = inside.reshape(len(part), -1).mean(axis=1) >= least
        return found

    def area(self, words: Density) -> float:
        return area_of(words, self.zones[words.zone], self._calibration)

    def _to_metres(self, points: Floats) -> Floats:
        return to_metres(points, self._calibration)

    def sides(self, line: str, rows: Whole) -> NDArray[np.int8]:
        """-1 clearly left of the line, 1 clearly right, 0 near it."""
        passed: Flags = Lines([self.zones[line]]).table.dot(self.footprints[:, rows]) > 0
        is_not_left, _, _, is_right = passed
        right: NDArray[np.int8] = is_right.astype(np.int8)
        right -= ~is_not_left
        return right

    def meets(self, line: str, rows: Whole, previous: Whole) -> Flags:
        """Whether the step from the earlier row to this one can pass between the line's ends: a little too often."""
        x, y = np.array(self.zones[line].points, np.float64).T
        there, before = self.points[:, rows], self.points[:, rows[previous]]
        low, high = np.minimum(there, before), np.maximum(there, before)
        found: Flags = previous != NONE
        found &= (low[0] <= x.max() + A_HAIR) & (high[0] >= x.min() - A_HAIR)
        found &= (low[1] <= y.max() + A_HAIR) & (high[1] >= y.min() - A_HAIR)
        return found
