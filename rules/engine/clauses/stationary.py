"""``stationary``: a track stays on its spot."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import ClassVar

from pydantic import Field

from rules.engine.basics import Duration
from rules.engine.clauses.base import Facts, Held, HeldNode, Setting, State, share
from rules.engine.scene import Scene
from rules.engine.watching import SEEN


class Stationary(Held):
    """Within a distance (in own heights) of where it stood first; a short excursion of ``gap`` does not count."""

    SHORT: ClassVar[str | None] = "for"

    for_seconds: Duration = Field(default=10, alias="for")
    gap: Duration = 3
    within: float = Field(default=0.25, gt=0, le=10)


class StationaryNode(HeldNode):
    name = "stationary"

    def __init__(self, arguments: Stationary, setting: Setting) -> None:
        super().__init__(arguments, setting)
        self._within = arguments.within
        self.watch = SEEN
        self._anchors: dict[int, tuple[float, float]] = {}

    def quiet(self, scene: Scene) -> bool:
        # It looks at its own runs whenever it is asked, so they have to be up to date.
        return self.is_asleep(scene)

    def holds(self, scene: Scene) -> Collection[int]:
        now, alive = scene.timestamp_ms, self._runs.alive
        anchors, still = self._anchors, []
        points = scene.level_points.tolist()
        heights = scene.heights.tolist()
        for index, fits in enumerate(scene.eligible(self._who)):
            if not fits:
                continue
            track_id = scene.track_ids[index]
            run = alive.get(track_id)
            if run is None or (now - run[1] > self._runs.gap_ms and run[1] != scene.previous_ms):
                anchors[track_id] = (points[index][0], points[index][1])
            if math.dist(anchors[track_id], points[index]) <= self._within * heights[index]:
                still.append(track_id)
            elif run is not None and now - run[1] > self._runs.gap_ms:
                alive.pop(track_id)
                anchors[track_id] = (points[index][0], points[index][1])
                still.append(track_id)
        for track_id in [each for each in anchors if each not in alive and each not in still]:
            del anchors[track_id]
        return still

    def facts(self, scene: Scene, subject: int) -> Facts | None:
        index = scene.index_of.get(subject)
        anchor = self._anchors.get(subject)
        if index is None:
            return None
        if anchor is None:
            return Facts(None, f"<= {self._within:g}", "body heights moved", 0.0)
        moved = math.dist(anchor, scene.level_points[index].tolist()) / float(scene.heights[index])
        return Facts(round(moved, 3), f"<= {self._within:g}", "body heights moved", share(self._within, moved))

    def memory(self) -> State:
        return [*super().memory(), [[each, *anchor] for each, anchor in sorted(self._anchors.items())]]

    def remember(self, memory: State) -> None:
        super().remember(memory)
        self._anchors = {int(track_id): (x, y) for track_id, x, y in memory[1]}
