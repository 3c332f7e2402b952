"""One frame as the rules see it: tracks in the order of their ids, and geometry that is computed once for all rules."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rules.engine.basics import Point, ZoneShape
from rules.engine.crowd import Crowd
from rules.engine.frames import FrameTracks
from rules.engine.geometry import (
    LIMITS,
    SAMPLES_ACROSS,
    STEPS,
    Flags,
    Floats,
    Layout,
    box_samples,
    footprints,
    ground_gaps,
)
from rules.engine.kept import Kept
from rules.engine.line_walks import NOBODY
from rules.engine.memory import TrackMemory
from rules.engine.surroundings import Calibration, Surroundings
from rules.engine.watching import EVERYTHING, MEASURED, SEEN, Watched

Moves = dict[int, set[int]]
"""By the first row of a line's limits: who came to it, left it or changed sides."""
SCENE = 0
"""The subject of what is said of the place and not of one track; trackers number from 1."""


class SceneBuilder:
    """Knows the zones that rules look at and, when one needs it, remembers the tracks; makes a scene of each frame."""

    def __init__(
        self,
        zones: Sequence[ZoneShape],
        surroundings: Surroundings | None = None,
        watched: Watched | None = None,
        *,
        memory: TrackMemory | None = None,
    ) -> None:
        watched = watched or Watched()
        self._people = watched.people
        self.corners = {zone.name: np.array(zone.points, np.float64) for zone in zones}
        self.layout = Layout(zones)
        self.row_of = {
            name: row for names in (self.layout.area_names, self.layout.line_names) for row, name in enumerate(names)
        }
        """Among the zones of its kind."""
        self._visits = [watched.visits.get(name, []) for name in self.layout.area_names]
        self._walks = watched.walks
        for walks, _ in self._walks:
            walks.row = self.layout.limits_of[walks.line]
        self.surroundings = surroundings or Surroundings()
        self.memory = memory
        self._before: Scene | None = None
        self.frames = 0

    def build(self, frame: FrameTracks, previous_ms: int) -> Scene:
        before = self._before
        self.frames += 1
        self._before = scene = Scene(self, frame, previous_ms, before, self.frames)
        scene.stirred = self._stirred(scene, before)
        if before is not None:
            # A scene looks back at one other; more would hold the whole past in memory.
            before.before = None
        return scene

    def _stirred(self, scene: Scene, before: Scene | None) -> int:
        """The bits of what may be other than in the scene before, see ``Watched``."""
        if before is None or not scene.same:
            for walks, _ in self._walks:
                walks.follow(scene)
            return EVERYTHING
        measured = 0 if scene.frame.signals is None and before.frame.signals is None else MEASURED
        if not scene.track_ids:
            return measured
        stirred = SEEN | measured
        if scene.roster.open != []:
            stirred |= scene.stirred_people(self._people, before)
        moves: Moves = {}
        if scene.standing != before.standing:
            stirred |= self._visited(scene, before, moves)
        for walks, bit in self._walks:
            if (walks.row in moves or walks.waits) and walks.follow(scene, moves.get(walks.row, NOBODY)):
                stirred |= bit
        return stirred

    def _visited(self, scene: Scene, before: Scene, moves: Moves) -> int:
        """The bits of those for whom it matters who entered or left an area; what happened at lines is put in moves."""
        visited, visits, areas, tracks = 0, self._visits, len(self._visits), len(scene.track_ids)
        for each in (scene.flags != before.flags).ravel().nonzero()[0].tolist():
            row, index = divmod(each, tracks)
            if row >= areas:
                moves.setdefault(row - (row - areas) % LIMITS, set()).add(index)
                continue
            for who, bit in visits[row]:
                if not visited & bit and scene.fitting(who)[index]:
                    visited |= bit
        return visited

    def catch_up(self) -> None:
        """Before a state is taken."""
        if self._before is not None:
            for walks, _ in self._walks:
                walks.catch_up(self._before)

    def look_away(self, frames: int = 0) -> None:
        """So many frames were left out: the next scene has none before it to compare with."""
        self.catch_up()
        self._before = None
        self.frames += frames


class Scene(Crowd):
    """Arrays and tuples run over the same tracks. ``previous_ms`` is ``timestamp_ms`` in a stream's first frame.

    What is found out is kept, and taken over from the scene ``before`` where nothing can have changed.
    """

    def __init__(
        self, builder: SceneBuilder, frame: FrameTracks, previous_ms: int, before: Scene | None, number: int
    ) -> None:
        super().__init__(frame, before, builder.memory)
        self._builder = builder
        self.before: Scene | None = before
        self.timestamp_ms = frame.timestamp_ms
        self.previous_ms = previous_ms
        self.number = number
        self.footprints: Floats
        self.flags: Flags
        """Who is where, see ``Layout.standing``."""
        self.standing: bytes
        """The same, row by row."""
        if before is not None and self.same and not self.track_ids:
            self.footprints, self.flags, self.standing = before.footprints, before.flags, before.standing
        else:
            self.footprints = footprints(self.edges)
            self.flags = builder.layout.standing(self.footprints)
            self.standing = self.flags.tobytes()
        if builder.memory is not None:
            builder.memory.update(self)
        self.stirred: int = EVERYTHING
        """The bits of what may be other than in the scene before, see ``Watched``."""

    @Kept
    def points(self) -> Floats:
        """(2, n): the bottom centres of the boxes."""
        points: Floats = self.footprints[:2] / STEPS
        return points

    def point(self, index: int) -> Point:
        return self.footprints.item(0, index) / STEPS, self.footprints.item(1, index) / STEPS

    @Kept
    def _inside_by_point(self) -> dict[str, Flags]:
        return {}

    def inside(self, zone: str, point: str = "bottom") -> Flags:
        """Who stands in a polygon, with the bottom, the centre or the top of the box."""
        row = self._builder.row_of[zone]
        if point == "bottom":
            return np.asarray(self.flags[row])
        if point not in self._inside_by_point:
            y = self.edges[1] if point == "top" else (self.edges[1] + self.edges[3]) / 2
            self._inside_by_point[point] = self._builder.layout.areas.contain(self.points[0], y)
        return np.asarray(self._inside_by_point[point][row])

    def indices_inside(self, zone: str) -> list[int]:
        """Whose bottom centre is in a polygon."""
        found: list[int] = self.flags[self._builder.row_of[zone]].nonzero()[0].tolist()
        return found

    @Kept
    def _line_distances(self) -> Floats:
        return self._builder.layout.lines.distances(self.footprints)

    def line_distance(self, name: str, index: int) -> float:
        """In object sizes: negative on the left-hand side."""
        return float(self._line_distances[self._builder.row_of[name], index])

    def limits_passed(self, row: int, index: int) -> int:
        """Of the line whose limits begin in this row: none clearly on its left, two upon it, all clearly right."""
        tracks = len(self.track_ids)
        first = row * tracks + index
        return sum(self.standing[first : first + LIMITS * tracks : tracks])

    @Kept
    def _overlaps(self) -> Floats:
        inside = self._builder.layout.areas.contain(*box_samples(self.edges))
        shares: Floats = inside.reshape(len(inside), len(self.track_ids), SAMPLES_ACROSS**2).mean(axis=2)
        return shares

    def overlaps(self, zone: str) -> Floats:
        """The share of each box that lies inside a polygon, from a grid of points."""
        return np.asarray(self._overlaps[self._builder.row_of[zone]])

    def zone_distance(self, name: str, index: int) -> float:
        """How far a track's bottom centre is from a polygon's border, in its own heights."""
        corners = self._builder.corners[name] * (self.frame.aspect, 1)
        x, y = self.level_points[index]
        along = np.roll(corners, -1, axis=0) - corners
        offset = np.array((x, y)) - corners
        share = np.clip((offset * along).sum(axis=1) / np.maximum((along**2).sum(axis=1), 1e-12), 0, 1)
        nearest = corners + share[:, None] * along
        return float(np.hypot(*(nearest - (x, y)).T).min() / self.heights[index])

    def bounds(self, zones: Sequence[str]) -> tuple[float, float, float, float] | None:
        """The box around all of these polygons."""
        if not zones:
            return None
        points = np.concatenate([self._builder.corners[zone] for zone in zones])
        (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        return left, top, right, bottom

    @Kept
    def level_points(self) -> Floats:
        """Bottom centres in picture heights, so that distances are the same across and down the picture."""
        points = self.points.T.copy()
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
        points = self.points.T
        before = points - self.velocities * self.heights[:, None] / (self.frame.aspect, 1) * 0.5
        metres = self._to_metres(np.concatenate((points, before)))
        moved: Floats = np.hypot(*(metres[: len(points)] - metres[len(points) :]).T) / 0.5
        return moved

    def gaps(self, rows: list[int], columns: list[int]) -> Floats:
        """The free ground between the lower edges of two tracks' boxes, in picture heights."""
        return ground_gaps(self.edges[:, rows], self.edges[:, columns], self.frame.aspect)

    def metre_gaps(self, rows: list[int], columns: list[int]) -> Floats:
        """From the middle of a row's lower edge to the nearest point of a column's."""
        points, (left, _, right, _) = self.points, self.edges[:, columns]
        x = np.clip(points[0, rows, None], left, right)
        y = np.broadcast_to(points[1, columns], x.shape)
        nearest = self._to_metres(np.stack((x, y), axis=2).reshape(-1, 2)).reshape(*x.shape, 2)
        own = self._to_metres(points[:, rows].T)
        distances: Floats = np.hypot(*(np.moveaxis(nearest, 2, 0) - own.T[:, :, None]))
        return distances

    def _to_metres(self, points: Floats) -> Floats:
        return to_metres(points, self._builder.surroundings.calibration)


def to_metres(points: Floats, calibration: Calibration | None) -> Floats:
    if calibration is None:
        return np.full(points.shape, np.nan)
    matrix, (x, y), depth = calibration.matrix, points.T, depths(points, calibration)
    # Not a product of matrices: its rounding hangs on how many points there are.
    spread = matrix[:2, :1] * x + matrix[:2, 1:2] * y + matrix[:2, 2:]
    metres: Floats = (spread / np.where(np.abs(depth) < 1e-9, 1e-9, depth)).T
    return metres


def depths(points: Floats, calibration: Calibration) -> Floats:
    """How far away points are, in no unit; of points beyond the horizon with the other sign."""
    (across, down, on), (x, y) = calibration.matrix[2], points.T
    found: Floats = across * x + down * y + on
    return found
