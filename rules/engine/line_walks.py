"""The paths of tracks relative to a directed line: which of them crossed it, when, and in which direction."""

from __future__ import annotations

from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from rules.engine.basics import Who, ZoneShape
from rules.engine.geometry import path_meets_line
from rules.engine.scene import SETTLED_DISTANCE, Scene

LEFT, NOWHERE, RIGHT = -1, 0, 1
DIRECTIONS = {RIGHT: "left_to_right", LEFT: "right_to_left"}

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


_values = attrgetter(*(field.name for field in fields(Walk)))
"""As ``dataclasses.astuple``, at a tenth of its cost: states are saved every few seconds."""


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
        self._standing: Scene | None = None
        """The last scene: whoever stands clearly where it stood is noted down only when that matters."""

    def step(self, scene: Scene) -> list[Crossing]:
        fitting = scene.fitting(self._who)
        moving = scene.near_lines[self._name]
        if not scene.same or self._standing is None:
            self._catch_up()
            moving = list(range(len(fitting)))
        crossings: list[Crossing] = []
        for index in moving:
            if fitting[index]:
                crossing = self._walk_on(scene, index)
                if crossing is not None:
                    crossings.append(crossing)
        self._standing = scene
        if not scene.same and len(self._walks) > len(scene.track_ids):
            self._forget(scene.timestamp_ms)
        return crossings

    def clear(self) -> None:
        self._walks.clear()
        self._standing = None

    def state(self) -> list[list[Any]]:
        self._catch_up()
        return [[track_id, *_values(walk)] for track_id, walk in sorted(self._walks.items())]

    def restore(self, rows: list[list[Any]]) -> None:
        self._walks = {int(track_id): Walk(*values) for track_id, *values in rows}
        self._standing = None

    def _catch_up(self) -> None:
        """Note down those who stood clearly where they stood until the last scene."""
        scene = self._standing
        if scene is None:
            return
        for index, fits in enumerate(scene.fitting(self._who)):
            walk = self._walks.get(scene.track_ids[index]) if fits else None
            if walk is not None and walk.seen_ms < scene.timestamp_ms:
                self._stand(walk, scene, index)

    def _stand(self, walk: Walk, scene: Scene, index: int) -> None:
        walk.x, walk.y = scene.points[index]
        walk.seen_ms = scene.timestamp_ms
        walk.passed_ms, walk.confident = -1, scene.confidences[index] >= self._who.min_confidence

    def _walk_on(self, scene: Scene, index: int) -> Crossing | None:
        walk = self._walks.get(scene.track_ids[index])
        distance = scene.line_distance_rows[self._name][index]
        side = NOWHERE if distance == 0 else RIGHT if distance > 0 else LEFT
        now_ms, point = scene.timestamp_ms, scene.points[index]
        if walk is None:
            walk = self._walks[scene.track_ids[index]] = Walk(*point, now_ms, touched=side)
        else:
            self._pass(walk, scene, index, side)
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

    def _pass(self, walk: Walk, scene: Scene, index: int, side: int) -> None:
        """Note down whether its path changed sides between the line's ends since it was last seen."""
        standing = self._standing
        if standing is not None and scene.same and walk.seen_ms < standing.timestamp_ms:
            self._stand(walk, standing, index)
        if side not in (walk.touched, NOWHERE):
            met = walk.touched != NOWHERE and path_meets_line((walk.x, walk.y), scene.points[index], self._line)
            walk.passed_ms = scene.timestamp_ms if met else -1
            walk.touched = side

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
