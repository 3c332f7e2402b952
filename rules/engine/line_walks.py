"""The paths of tracks relative to a directed line: which of them crossed it, when, and in which direction."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Any

from rules.engine.basics import Who, ZoneShape
from rules.engine.geometry import path_meets_line
from rules.engine.scene import Scene

LEFT, NOWHERE, RIGHT = -1, 0, 1
DIRECTIONS = {RIGHT: "left_to_right", LEFT: "right_to_left"}

SETTLED_DISTANCE = 0.1
"""A track is on a side once it stands this share of its own size away from the line; nearer, it may be jitter."""
FORGET_MS = 60_000
"""An unseen track's side is forgotten after this; trackers let go of a track long before."""


@dataclass(slots=True)
class Walk:
    """What is known of one track's path relative to the line."""

    x: float
    y: float
    seen_ms: int
    touched: int
    """The side of the last point, however near the line."""
    settled: int = NOWHERE
    """The side where the track stood clearly for the last time."""
    passed_ms: int = -1
    """When the path last changed sides between the line's ends; -1 when it did so beyond them or not at all."""
    confident: bool = False
    """Seen with enough confidence since it settled."""
    counted_right: bool = False
    counted_left: bool = False


@dataclass(frozen=True, slots=True)
class Crossing:
    index: int
    track_id: int
    side: int
    """``RIGHT`` or ``LEFT``: where the track is now."""
    passed_ms: int
    settled_ms: int
    point: tuple[float, float]


class LineWalks:
    """A crossing counts when the track stood clearly on one side, then stands clearly on the other.

    The path between must pass between the line's ends: going around an end is no crossing. The crossing's moment
    is the frame that saw the track beyond the line first, not the later one that made it certain.
    """

    def __init__(self, shape: ZoneShape, direction: str, who: Who) -> None:
        self._name = shape.name
        self._direction = direction
        self._who = who
        self._line = (shape.points[0], shape.points[1])
        self._walks: dict[int, Walk] = {}

    def step(self, scene: Scene) -> list[Crossing]:
        distances = scene.line_distance_rows[self._name]
        indices = scene.of_class(self._who)
        crossings: list[Crossing] = []
        for index in indices:
            crossing = self._walk_on(scene, index, distances[index])
            if crossing is not None:
                crossings.append(crossing)
        if len(self._walks) > len(indices):
            self._forget(scene.timestamp_ms)
        return crossings

    def clear(self) -> None:
        self._walks.clear()

    def state(self) -> list[list[Any]]:
        return [[track_id, *astuple(walk)] for track_id, walk in sorted(self._walks.items())]

    def restore(self, rows: list[list[Any]]) -> None:
        self._walks = {int(track_id): Walk(*values) for track_id, *values in rows}

    def _walk_on(self, scene: Scene, index: int, distance: float) -> Crossing | None:
        walk = self._walks.get(scene.track_ids[index])
        side = NOWHERE if distance == 0 else RIGHT if distance > 0 else LEFT
        now_ms, point = scene.timestamp_ms, scene.points[index]
        if walk is None:
            walk = self._walks[scene.track_ids[index]] = Walk(*point, now_ms, touched=side)
        elif side not in (walk.touched, NOWHERE):
            met = walk.touched != NOWHERE and path_meets_line((walk.x, walk.y), point, self._line)
            walk.passed_ms = now_ms if met else -1
            walk.touched = side
        walk.x, walk.y = point
        walk.seen_ms = now_ms
        confident = scene.confidences[index] >= self._who.min_confidence
        walk.confident = walk.confident or confident
        if -SETTLED_DISTANCE < distance < SETTLED_DISTANCE:
            return None
        if walk.settled == walk.touched:
            walk.passed_ms, walk.confident = -1, confident
            return None
        return self._settle(walk, scene, index)

    def _settle(self, walk: Walk, scene: Scene, index: int) -> Crossing | None:
        origin, walk.settled = walk.settled, walk.touched
        passed_ms, walk.passed_ms = walk.passed_ms, -1
        confident, walk.confident = walk.confident, scene.confidences[index] >= self._who.min_confidence
        if origin == NOWHERE or passed_ms < 0 or not confident or not self._counts(walk):
            return None
        track_id = scene.track_ids[index]
        return Crossing(index, track_id, walk.settled, passed_ms, scene.timestamp_ms, (walk.x, walk.y))

    def _counts(self, walk: Walk) -> bool:
        """Whether this direction is wanted and new for the track; from now on it is not new any more."""
        new = not (walk.counted_right if walk.settled == RIGHT else walk.counted_left)
        if walk.settled == RIGHT:
            walk.counted_right = True
        else:
            walk.counted_left = True
        return new and self._direction in ("any", DIRECTIONS[walk.settled])

    def _forget(self, now_ms: int) -> None:
        gone = [track_id for track_id, walk in self._walks.items() if now_ms - walk.seen_ms > FORGET_MS]
        for track_id in gone:
            del self._walks[track_id]
