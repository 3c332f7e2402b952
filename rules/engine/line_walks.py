"""The paths of tracks relative to a directed line: which of them crossed it, when, and in which direction."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from rules.engine.basics import Who, ZoneShape
from rules.engine.geometry import LIMITS, path_meets_line
from rules.engine.roster import is_simple

if TYPE_CHECKING:
    from rules.engine.scene import Scene

LEFT, NOWHERE, RIGHT = -1, 0, 1
SIDES = (LEFT, LEFT, NOWHERE, RIGHT, RIGHT)
"""By how many of the limits beside the line a track has passed."""
DIRECTIONS = {RIGHT: "left_to_right", LEFT: "right_to_left"}

NOBODY: Set[int] = frozenset()
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


@dataclass(slots=True)
class Crossing:
    index: int
    track_id: int
    side: int
    """``RIGHT`` or ``LEFT``: where the track is now."""
    passed_ms: int
    settled_ms: int
    point: tuple[float, float]

    def is_towards(self, direction: str) -> bool:
        return direction in ("any", DIRECTIONS[self.side])


class LineWalks:
    """A crossing counts when the track stood clearly on one side, then stands clearly on the other.

    The path between must pass between the line's ends: going around an end is no crossing. The crossing's moment
    is the frame that saw the track beyond the line first, not the later one that made it certain.
    """

    def __init__(self, shape: ZoneShape, who: Who) -> None:
        self.line = shape.name
        self.row = 0
        """Where the line's limits begin, among the rows of ``Scene.standing``."""
        self._who = who
        self._is_simple = is_simple(who)
        self._ends = (shape.points[0], shape.points[1])
        self._walks: dict[int, Walk] = {}
        self._near: set[int] = set()
        """The tracks that stood near the line when they were last looked at; the others stood clearly."""
        self._unsure: list[int] = []
        """Indices of those near the line who are not confident yet, so that each frame may tell."""
        self._is_new = True
        """Nothing was followed yet, or not since it was restored."""
        self.waits = True
        """Whether the next frame matters even if nobody moves."""
        self._found: tuple[int, list[Crossing]] = (-1, [])
        """When crossings became known for the last time."""

    def crossings(self, scene: Scene) -> list[Crossing]:
        """Those that became known in this frame."""
        return self._found[1] if self._found[0] == scene.timestamp_ms else []

    def follow(self, scene: Scene, moves: Set[int] = NOBODY) -> bool:
        """Whether anybody crossed. May be left out while it does not wait, the tracks are the same and nobody moves."""
        fitting = scene.fitting(self._who)
        walked = [self._walk_on(scene, index) for index in self._of_interest(scene, fitting, moves) if fitting[index]]
        crossings = [crossing for crossing in walked if crossing is not None]
        if crossings:
            self._found = (scene.timestamp_ms, crossings)
        self.waits = bool(self._unsure) or not self._is_simple
        if not scene.same and len(self._walks) > len(scene.track_ids):
            self._forget(scene.timestamp_ms)
        return bool(crossings)

    def _of_interest(self, scene: Scene, fitting: list[bool], moves: Set[int]) -> Iterable[int]:
        """Those of whom more has to be noted than where they are."""
        before, unsure, is_new = scene.before, self._unsure, self._is_new
        self._is_new, self._unsure = False, []
        if before is None or is_new:
            return range(len(fitting))
        if scene.same and (self._is_simple or fitting == before.fitting(self._who)):
            return moves if not unsure and len(moves) == 1 else sorted(moves | {*unsure})
        self.catch_up(before)
        return range(len(fitting))

    def clear(self) -> None:
        self._walks.clear()
        self._begin_anew()

    def state(self) -> list[list[Any]]:
        """Asked after ``catch_up``."""
        return [[track_id, *_values(walk)] for track_id, walk in sorted(self._walks.items())]

    def restore(self, rows: list[list[Any]]) -> None:
        self._walks = {int(track_id): Walk(*values) for track_id, *values in rows}
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._is_new, self.waits, self._unsure, self._found = True, True, [], (-1, [])
        self._near.clear()

    def catch_up(self, scene: Scene) -> None:
        """Note down where those stood, until the last scene, who stayed as near or far from the line as they were."""
        if self._is_new:
            return
        for index, fits in enumerate(scene.fitting(self._who)):
            walk = self._walks.get(scene.track_ids[index]) if fits else None
            if walk is not None and walk.seen_ms < scene.timestamp_ms:
                (walk.x, walk.y), walk.seen_ms = scene.point(index), scene.timestamp_ms
                self._stand(walk, scene, index)

    def _stand(self, walk: Walk, scene: Scene, index: int) -> None:
        """As far as it stood clearly on a side."""
        if scene.track_ids[index] not in self._near:
            walk.passed_ms, walk.confident = -1, scene.surety.item(index) >= self._who.min_confidence

    def _walk_on(self, scene: Scene, index: int) -> Crossing | None:
        track_id, passed = scene.track_ids[index], scene.limits_passed(self.row, index)
        side, is_near = SIDES[passed], 0 < passed < LIMITS
        confident, walk = scene.surety.item(index) >= self._who.min_confidence, self._walks.get(track_id)
        if walk is None:
            walk = self._walks[track_id] = Walk(*scene.point(index), scene.timestamp_ms, touched=side)
        elif scene.same and side == walk.touched == walk.settled and (confident or not is_near):
            self._stay(walk, track_id, is_near=is_near)
            return None
        else:
            self._move(walk, scene, index, side)
        walk.confident = walk.confident or confident
        if is_near:
            self._near.add(track_id)
            if not walk.confident:
                self._unsure.append(index)
            return None
        self._near.discard(track_id)
        if walk.settled == walk.touched:
            walk.passed_ms, walk.confident = -1, confident
            return None
        return self._settle(walk, scene, index, confident=confident)

    def _stay(self, walk: Walk, track_id: int, *, is_near: bool) -> None:
        """It came near the line or went away again, on its side. The rest of a ``_stand`` is noted when it matters."""
        if not is_near:
            self._near.discard(track_id)
        elif track_id not in self._near:
            self._near.add(track_id)
            walk.passed_ms, walk.confident = -1, True
        else:
            walk.confident = True

    def _move(self, walk: Walk, scene: Scene, index: int, side: int) -> None:
        """Where it stood in the frame before is noted now, where it stands now when that matters, but for a frame that
        saw others before.
        """
        before = scene.before if scene.same else None
        if before is not None and not (self._is_simple or before.fitting(self._who)[index]):
            before = None  # it was there, but not walking: what was noted when it last was still counts
        if before is not None:
            self._stand(walk, before, index)
        if side not in (walk.touched, NOWHERE):
            origin = (walk.x, walk.y) if before is None else before.point(index)
            met = walk.touched != NOWHERE and path_meets_line(origin, scene.point(index), self._ends)
            walk.passed_ms = scene.timestamp_ms if met else -1
            walk.touched = side
        if before is None:
            (walk.x, walk.y), walk.seen_ms = scene.point(index), scene.timestamp_ms

    def _settle(self, walk: Walk, scene: Scene, index: int, *, confident: bool) -> Crossing | None:
        origin, walk.settled = walk.settled, walk.touched
        passed_ms, walk.passed_ms = walk.passed_ms, -1
        was_sure, walk.confident = walk.confident, confident
        if origin == NOWHERE or passed_ms < 0 or not was_sure or not self._counts(walk):
            return None
        track_id = scene.track_ids[index]
        return Crossing(index, track_id, walk.settled, passed_ms, scene.timestamp_ms, scene.point(index))

    def _counts(self, walk: Walk) -> bool:
        """Whether this direction is new for the track; from now on it is not new any more."""
        new = not (walk.counted_right if walk.settled == RIGHT else walk.counted_left)
        if walk.settled == RIGHT:
            walk.counted_right = True
        else:
            walk.counted_left = True
        return new

    def _forget(self, now_ms: int) -> None:
        gone = [track_id for track_id, walk in self._walks.items() if now_ms - walk.seen_ms > FORGET_MS]
        for track_id in gone:
            del self._walks[track_id]
            self._near.discard(track_id)
