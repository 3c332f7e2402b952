"""One frame as the rules see it: tracks in the order of their ids, and geometry that is computed once for all rules."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rules.engine.basics import ZoneShape
from rules.engine.crowd import Crowd
from rules.engine.frames import FrameTracks
from rules.engine.geometry import Flags, Floats, Lines, Polygons, bottom_centres, box_samples, ground_gaps
from rules.engine.kept import Kept
from rules.engine.memory import TrackMemory
from rules.engine.surroundings import Surroundings

NO_ZONES: frozenset[str] = frozenset()
SETTLED_DISTANCE = 0.1
"""A track is on a side of a line once it stands this share of its own size away; nearer, it may be jitter."""
SCENE = 0
"""The subject of what is said of the place and not of one track; trackers number from 1."""


class SceneBuilder:
    """Knows a camera's zones and, when a rule needs it, remembers its tracks; makes a scene of each frame."""

    def __init__(
        self, zones: Sequence[ZoneShape], surroundings: Surroundings | None = None, *, memory: TrackMemory | None = None
    ) -> None:
        polygons = [zone for zone in zones if zone.kind == "polygon"]
        lines = [zone for zone in zones if zone.kind == "line"]
        self.zones = {zone.name: zone for zone in zones}
        self.polygon_names = [zone.name for zone in polygons]
        self.line_names = [zone.name for zone in lines]
        self.polygons = Polygons(polygons)
        self.lines = Lines(lines)
        self.surroundings = surroundings or Surroundings()
        self.memory = memory
        self._before: Scene | None = None

    def build(self, frame: FrameTracks, previous_ms: int) -> Scene:
        scene = Scene(self, frame, previous_ms, self._before)
        if self._before is not None:
            self._before.before = None
            self._before.forget_earlier()
        self._before = scene
        return scene

    def look_away(self) -> None:
        """Frames were left out: the next scene has none before it to compare with."""
        self._before = None


class Scene(Crowd):
    """Arrays and tuples run over the same tracks. ``previous_ms`` is ``timestamp_ms`` in a stream's first frame.

    What is found out is kept, and taken over from the scene ``before`` where nothing can have changed.
    """

    def __init__(self, builder: SceneBuilder, frame: FrameTracks, previous_ms: int, before: Scene | None) -> None:
        super().__init__(frame, before, builder.memory)
        self._builder = builder
        self.before: Scene | None = before
        self.timestamp_ms = frame.timestamp_ms
        self.previous_ms = previous_ms
        self._points: Floats = bottom_centres(self.boxes_xyxy)
        self._inside_by_point: dict[str, Flags] = {}
        if builder.memory is not None:
            builder.memory.update(frame, self.track_ids, self.level_points, self.surety)

    @Kept
    def points(self) -> tuple[tuple[float, float], ...]:
        """Bottom centres."""
        return tuple([(x, y) for x, y in self._points.tolist()])

    @Kept
    def index_of(self) -> dict[int, int]:
        return {track_id: index for index, track_id in enumerate(self.track_ids)}

    @Kept
    def _contained(self) -> Flags:
        return self._builder.polygons.contain(self._points)

    @Kept
    def inside(self) -> dict[str, Flags]:
        """By polygon: whose bottom centre is in it."""
        return dict(zip(self._builder.polygon_names, self._contained, strict=True))

    @Kept
    def changed_zones(self) -> frozenset[str] | None:
        """The polygons that somebody entered or left since the scene before; None: not the same tracks, so unknown."""
        before = self.before
        if before is None or not self.same:
            return None
        changed = self._contained != before._contained
        if not changed.any():
            return NO_ZONES
        return frozenset([self._builder.polygon_names[row] for row in changed.any(axis=1).nonzero()[0].tolist()])

    @Kept
    def indices_inside(self) -> dict[str, list[int]]:
        """By polygon: the indices of those inside."""
        if self.before is not None and self.changed_zones is NO_ZONES:
            return self.before.indices_inside
        found: dict[str, list[int]] = {name: [] for name in self._builder.polygon_names}
        names = self._builder.polygon_names
        rows, columns = self._contained.nonzero()
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            found[names[row]].append(column)
        return found

    def zone_unchanged(self, zone: str) -> bool:
        changed = self.changed_zones
        return changed is not None and zone not in changed

    @Kept
    def line_distances(self) -> dict[str, Floats]:
        """By line, in object sizes: negative on the left-hand side."""
        return dict(zip(self._builder.line_names, self._line_distances, strict=True))

    @Kept
    def _line_distances(self) -> Floats:
        return self._builder.lines.distances(self._points, self.boxes_xyxy)

    @Kept
    def line_distance_rows(self) -> dict[str, list[float]]:
        """``line_distances`` as plain numbers."""
        return {name: row.tolist() for name, row in self.line_distances.items()}

    @Kept
    def _sides(self) -> NDArray[np.int8]:
        """For each line and track: -1 clearly left, 1 clearly right, 0 near the line."""
        distances = self._line_distances
        right: NDArray[np.int8] = (distances >= SETTLED_DISTANCE).view(np.int8)
        return right - (distances <= -SETTLED_DISTANCE).view(np.int8)

    @Kept
    def near_lines(self) -> dict[str, list[int]]:
        """By line: the indices of those near it, or not on the side where they clearly stood in the scene before."""
        before, names = self.before, self._builder.line_names
        if before is None or not self.same:
            everybody = range(len(self.track_ids))
            return {name: list(everybody) for name in names}
        found: dict[str, list[int]] = {name: [] for name in names}
        # Clear on the same side in both: the product is 1.
        rows, columns = (self._sides * before._sides != 1).nonzero()
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            found[names[row]].append(column)
        return found

    def inside_by(self, name: str, point: str) -> Flags:
        """As ``inside``, for the middle or the top of each box instead of its bottom."""
        if point == "bottom":
            return self.inside[name]
        if point not in self._inside_by_point:
            y = self.boxes_xyxy[:, 1] if point == "top" else (self.boxes_xyxy[:, 1] + self.boxes_xyxy[:, 3]) / 2
            self._inside_by_point[point] = self._builder.polygons.contain(np.stack((self._points[:, 0], y), axis=1))
        return np.asarray(self._inside_by_point[point][self._builder.polygon_names.index(name)])

    @Kept
    def overlaps(self) -> dict[str, Floats]:
        """By polygon: the share of each box that lies inside, from a grid of points."""
        inside = self._builder.polygons.contain(box_samples(self.boxes_xyxy))
        shares = inside.reshape(len(self._builder.polygon_names), len(self.track_ids), -1).mean(axis=2)
        return dict(zip(self._builder.polygon_names, shares, strict=True))

    def zone_distance(self, name: str, index: int) -> float:
        """How far a track's bottom centre is from a polygon's border, in its own heights."""
        shape = self._builder.zones[name]
        corners = np.array(shape.points, np.float64) * (self.frame.aspect, 1)
        x, y = self.level_points[index]
        along = np.roll(corners, -1, axis=0) - corners
        offset = np.array((x, y)) - corners
        share = np.clip((offset * along).sum(axis=1) / np.maximum((along**2).sum(axis=1), 1e-12), 0, 1)
        nearest = corners + share[:, None] * along
        return float(np.hypot(*(nearest - (x, y)).T).min() / self.heights[index])

    def bounds(self, zones: Sequence[str]) -> tuple[float, float, float, float] | None:
        """The box around all of these polygons."""
        points = [point for zone in zones for point in self._builder.zones[zone].points]
        if not points:
            return None
        x, y = [point[0] for point in points], [point[1] for point in points]
        return min(x), min(y), max(x), max(y)

    @Kept
    def level_points(self) -> Floats:
        """Bottom centres in picture heights, so that distances are the same across and down the picture."""
        points = self._points.copy()
        points[:, 0] *= self.frame.aspect
        return points

    @Kept
    def velocities(self) -> Floats:
        """(n, 2), in own heights a second; NaN for a track that is too new."""
        if self._builder.memory is None or not self.track_ids:
            return np.full((len(self.track_ids), 2), np.nan)
        return self._builder.memory.velocities() / self.heights[:, None]

    @Kept
    def speeds(self) -> Floats:
        """Own heights a second; NaN for a track that is too new."""
        velocities = self.velocities
        speeds: Floats = np.hypot(velocities[:, 0], velocities[:, 1])
        return speeds

    @Kept
    def metre_speeds(self) -> Floats:
        """Metres a second, from where the calibration puts the points a second apart."""
        there = self._to_metres(self._points)
        before = self._points - self.velocities * self.heights[:, None] / (self.frame.aspect, 1) * 0.5
        moved: Floats = np.hypot(*(there - self._to_metres(before)).T) / 0.5
        return moved

    def gaps(self, rows: list[int], columns: list[int]) -> Floats:
        """The free ground between the lower edges of two tracks' boxes, in picture heights."""
        return ground_gaps(self.boxes_xyxy[rows], self.boxes_xyxy[columns], self.frame.aspect)

    def metre_gaps(self, rows: list[int], columns: list[int]) -> Floats:
        """From the middle of a row's lower edge to the nearest point of a column's."""
        boxes = self.boxes_xyxy[columns]
        x = np.clip(self._points[rows, None, 0], boxes[None, :, 0], boxes[None, :, 2])
        y = np.broadcast_to(self._points[None, columns, 1], x.shape)
        nearest = self._to_metres(np.stack((x, y), axis=2).reshape(-1, 2)).reshape(*x.shape, 2)
        own = self._to_metres(self._points[rows])
        distances: Floats = np.hypot(*(np.moveaxis(nearest, 2, 0) - own.T[:, :, None]))
        return distances

    def _to_metres(self, points: Floats) -> Floats:
        calibration = self._builder.surroundings.calibration
        if calibration is None:
            return np.full(points.shape, np.nan)
        spread = np.column_stack((points, np.ones(len(points)))) @ calibration.matrix().T
        metres: Floats = spread[:, :2] / np.where(np.abs(spread[:, 2:]) < 1e-9, 1e-9, spread[:, 2:])
        return metres
