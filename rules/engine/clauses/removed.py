"""``removed``: a thing that stood on its spot is gone, though the spot can be seen."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import astuple, dataclass
from typing import ClassVar

import numpy as np
from pydantic import Field

from rules.engine.basics import Duration, Name
from rules.engine.clauses.base import Facts, Held, HeldNode, Results, Setting, State, share
from rules.engine.geometry import box_overlaps
from rules.engine.scene import Scene
from rules.engine.watching import SEEN

COVERED = 0.3
"""Another box over this share of the spot hides it: nothing is known then."""
MOVED = 0.5
"""Own heights that a thing may stray on its spot."""
MOST_THINGS = 256
"""Further ones are not followed until one of these has left or was told to be gone."""
FORGET_MS = 600_000
NOT_GONE = -1


@dataclass(slots=True)
class Thing:
    since_ms: int
    seen_ms: int
    x: float
    y: float
    left: float
    top: float
    right: float
    bottom: float
    class_name: str
    confidence: float
    hidden_ms: int = 0
    """How long the spot was hidden since the thing was last seen."""
    gone_ms: int = NOT_GONE
    """When it was missing for long enough."""


class Removed(Held):
    """Stood still for at least ``after`` in the zone, then is not seen ``for`` some time while its spot is free.

    A new track of the same kind on the same spot is the thing itself.
    """

    AREAS: ClassVar[tuple[str, ...]] = ("zone",)

    zone: Name | None = None
    after: Duration = 30
    for_seconds: Duration = Field(default=5, alias="for")
    gap: Duration = 1

    @property
    def remembered_seconds(self) -> float:
        return super().remembered_seconds + self.after


class RemovedNode(HeldNode):
    name = "removed"

    def __init__(self, arguments: Removed, setting: Setting) -> None:
        super().__init__(arguments, setting)
        self._zone = setting.zone(arguments.zone, "polygon").name if arguments.zone else None
        self._after_ms = round(arguments.after * 1000)
        self._absent_ms = self._for_ms
        # The time is counted here: moments when the spot is hidden do not count.
        self._for_ms = 0
        self._things: dict[int, Thing] = {}
        self._misses = False
        """Whether one of them was not seen in the last frame."""
        self._asked_ms = NOT_GONE
        self.watch = SEEN

    def due_ms(self) -> float:
        return 0 if self._misses else super().due_ms()

    def note(self, at_ms: int) -> None:
        super().note(at_ms)
        for thing in self._things.values():
            if thing.seen_ms == self._asked_ms:
                thing.seen_ms = at_ms
        self._asked_ms = at_ms

    def step(self, scene: Scene) -> Results:
        # Not since the frame that noticed it: a dropped frame must not change the moment.
        return {each: (self._things[each].gone_ms, last) for each, (_, last) in super().step(scene).items()}

    def quiet(self, scene: Scene) -> bool:
        # It looks at its own runs whenever it is asked, so they have to be up to date.
        return self.is_asleep(scene)

    def holds(self, scene: Scene) -> Collection[int]:
        eligible = scene.eligible(self._who)
        indices = range(len(eligible)) if self._zone is None else scene.indices_inside(self._zone)
        here = [index for index in indices if eligible[index]]
        for index in here:
            self._seen(scene, index)
        self._asked_ms = scene.timestamp_ms
        missing = [each for each, thing in self._things.items() if thing.seen_ms < scene.timestamp_ms]
        gone = [each for each in missing if self._is_gone(scene, each, here)]
        self._misses = any(each in self._things for each in missing)
        return gone

    def _seen(self, scene: Scene, index: int) -> None:
        track_id, now = scene.track_ids[index], scene.timestamp_ms
        thing = self._things.get(track_id)
        x, y = scene.level_points[index].tolist()
        if thing is None or math.dist((thing.x, thing.y), (x, y)) > MOVED * float(scene.heights[index]):
            if thing is None and len(self._things) >= MOST_THINGS and not self._make_room():
                return
            self._runs.end((track_id,))
            self._things[track_id] = _thing(scene, index)
            return
        thing.seen_ms, thing.hidden_ms, thing.gone_ms = now, 0, NOT_GONE
        self._runs.end((track_id,))

    def _make_room(self) -> bool:
        """By the thing that was told to be gone the longest ago, if any."""
        gone = [each for each, thing in self._things.items() if thing.gone_ms != NOT_GONE]
        if not gone:
            return False
        oldest = min(gone, key=lambda each: (self._things[each].gone_ms, each))
        del self._things[oldest]
        self._runs.end((oldest,))
        return True

    def _is_gone(self, scene: Scene, track_id: int, here: list[int]) -> bool:
        thing, now = self._things[track_id], scene.timestamp_ms
        stood = thing.seen_ms - thing.since_ms >= self._after_ms
        if not stood or now - thing.seen_ms > FORGET_MS or self._is_back(scene, thing, here):
            del self._things[track_id]
            self._runs.end((track_id,))
            return False
        if thing.gone_ms == NOT_GONE and self._is_hidden(scene, thing):
            thing.hidden_ms += now - max(scene.previous_ms, thing.seen_ms)
        elif thing.gone_ms == NOT_GONE and now - thing.seen_ms - thing.hidden_ms >= self._absent_ms:
            thing.gone_ms = thing.seen_ms + thing.hidden_ms + self._absent_ms
        return thing.gone_ms != NOT_GONE

    def _is_hidden(self, scene: Scene, thing: Thing) -> bool:
        spot = np.array((thing.left, thing.top, thing.right, thing.bottom))
        return bool(len(scene.track_ids)) and float(box_overlaps(spot, scene.boxes_xyxy).max()) > COVERED

    def _is_back(self, scene: Scene, thing: Thing, here: list[int]) -> bool:
        size = thing.bottom - thing.top
        return any(math.dist((thing.x, thing.y), scene.level_points[index].tolist()) <= MOVED * size for index in here)

    def facts(self, scene: Scene, subject: int) -> Facts | None:
        thing = self._things.get(subject)
        if thing is None:
            is_there = subject in scene.index_of
            return Facts(None, f">= {self._absent_ms / 1000:g}", "s missing", 0.0) if is_there else None
        missing = max(0, scene.timestamp_ms - thing.seen_ms - thing.hidden_ms) / 1000
        stood = (thing.seen_ms - thing.since_ms) / 1000
        detail = {"stood_seconds": stood, "stood_needed": self._after_ms / 1000, "last_seen_ms": thing.seen_ms}
        needed = self._absent_ms / 1000
        nearness = 0.5 * share(stood, self._after_ms / 1000) + 0.5 * share(missing, needed)
        return Facts(missing, f">= {needed:g}", "s missing", nearness, detail)

    def last_seen(self, subject: int) -> tuple[str, float, tuple[float, float, float, float]] | None:
        thing = self._things.get(subject)
        if thing is None:
            return None
        return thing.class_name, thing.confidence, (thing.left, thing.top, thing.right, thing.bottom)

    def memory(self) -> State:
        return [*super().memory(), [[each, *astuple(thing)] for each, thing in sorted(self._things.items())]]

    def remember(self, memory: State) -> None:
        super().remember(memory)
        self._things = {int(each): Thing(*values) for each, *values in memory[1]}
        self._asked_ms = NOT_GONE


def _thing(scene: Scene, index: int) -> Thing:
    x, y = scene.level_points[index].tolist()
    left, top, right, bottom = scene.boxes_xyxy[index].tolist()
    now = scene.timestamp_ms
    name, confidence = scene.class_names[index], scene.confidences[index]
    return Thing(now, now, x, y, left, top, right, bottom, name, confidence)
