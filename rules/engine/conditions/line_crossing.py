"""Line crossing: a track's path passes a directed line, counted once per track and direction."""

from __future__ import annotations

from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, cast

from rules.engine.conditions.base import Hit, HitEnd, Setting, StateRow
from rules.engine.geometry import path_meets_line
from rules.engine.scene import Scene
from rules.engine.schema import LineCrossing
from rules.engine.transitions import Evidence

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


_values = attrgetter(*(field.name for field in fields(Walk)))
"""As ``dataclasses.astuple``, at a tenth of its cost: states are saved every few seconds."""


class LineCrossingEvaluator:
    """A crossing counts when the track stood clearly on one side, then stands clearly on the other.

    The path between must pass between the line's ends: going around an end is no crossing. The event's moment
    is the frame that saw the track beyond the line first, not the later one that made it certain.
    """

    def __init__(self, condition: LineCrossing, setting: Setting) -> None:
        shape = setting.zone(condition.line, "line")
        self._condition = condition
        self._who = setting.who
        self._line = (shape.points[0], shape.points[1])
        self._walks: dict[int, Walk] = {}

    def step(self, scene: Scene) -> list[Hit | HitEnd]:
        distances = scene.line_distances[self._condition.line]
        hits: list[Hit | HitEnd] = []
        for index in scene.of_class(self._who):
            hits.extend(self._walk_on(scene, index, float(distances[index])))
        self._forget(scene)
        return hits

    def finish(self) -> list[HitEnd]:
        self._walks.clear()
        return []

    def state(self) -> list[StateRow]:
        return [[track_id, *_values(walk)] for track_id, walk in sorted(self._walks.items())]

    def restore(self, rows: list[StateRow]) -> None:
        self._walks = {int(track_id): Walk(*cast(Any, values)) for track_id, *values in rows}

    def _walk_on(self, scene: Scene, index: int, distance: float) -> list[Hit]:
        track_id, now_ms = scene.track_ids[index], scene.timestamp_ms
        x, y = scene.points[index]
        side = _side_of(distance)
        walk = self._walks.get(track_id)
        if walk is None:
            walk = self._walks[track_id] = Walk(x, y, now_ms, touched=side)
        elif side not in (walk.touched, NOWHERE):
            met = walk.touched != NOWHERE and path_meets_line((walk.x, walk.y), (x, y), self._line)
            walk.passed_ms = now_ms if met else -1
            walk.touched = side
        walk.x, walk.y, walk.seen_ms = x, y, now_ms
        walk.confident = walk.confident or scene.confidences[index] >= self._who.min_confidence
        if abs(distance) < SETTLED_DISTANCE or side == NOWHERE:
            return []
        return self._settle(walk, scene, index)

    def _settle(self, walk: Walk, scene: Scene, index: int) -> list[Hit]:
        origin, walk.settled = walk.settled, walk.touched
        passed_ms, walk.passed_ms = walk.passed_ms, -1
        confident, walk.confident = walk.confident, scene.confidences[index] >= self._who.min_confidence
        crossed = origin not in (NOWHERE, walk.settled) and passed_ms >= 0 and confident
        if not crossed or not self._counts(walk):
            return []
        return [Hit(index, scene.track_ids[index], passed_ms, self._evidence(walk, passed_ms), momentary=True)]

    def _counts(self, walk: Walk) -> bool:
        """Whether this direction is wanted and new for the track; from now on it is not new any more."""
        new = not (walk.counted_right if walk.settled == RIGHT else walk.counted_left)
        if walk.settled == RIGHT:
            walk.counted_right = True
        else:
            walk.counted_left = True
        return new and self._condition.direction in ("any", DIRECTIONS[walk.settled])

    def _evidence(self, walk: Walk, passed_ms: int) -> Evidence:
        return {
            "condition": self._condition.type,
            "line": self._condition.line,
            "direction": DIRECTIONS[walk.settled],
            "crossed_ms": passed_ms,
            "settled_ms": walk.seen_ms,
            "point": [round(walk.x, 4), round(walk.y, 4)],
        }

    def _forget(self, scene: Scene) -> None:
        if len(self._walks) <= len(scene.track_ids):
            return
        gone = [track_id for track_id, walk in self._walks.items() if scene.timestamp_ms - walk.seen_ms > FORGET_MS]
        for track_id in gone:
            del self._walks[track_id]


def _side_of(distance: float) -> int:
    if distance == 0:
        return NOWHERE
    return RIGHT if distance > 0 else LEFT
