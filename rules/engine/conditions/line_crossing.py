"""Line crossing: a track's path passes a directed line, counted once per track and direction."""

from __future__ import annotations

import math

from rules.engine.clauses.base import Measure
from rules.engine.conditions.base import Hit, HitEnd, Setting, StateRow
from rules.engine.line_walks import DIRECTIONS, Crossing
from rules.engine.rule import LineCrossing
from rules.engine.scene import Scene
from rules.engine.transitions import Evidence


class LineCrossingEvaluator:
    def __init__(self, condition: LineCrossing, setting: Setting) -> None:
        shape = setting.zone(condition.line, "line")
        self._condition = condition
        self._walks, self.watch = setting.watched.line(shape, setting.who)
        self.due_ms = math.inf

    def catch_up(self, at_ms: int, number: int) -> None:
        """Its walks are caught up for all."""

    def step(self, scene: Scene) -> list[Hit | HitEnd]:
        return [
            Hit(each.index, each.track_id, each.passed_ms, self._evidence(each), momentary=True)
            for each in self._walks.crossings(scene)
            if each.is_towards(self._condition.direction)
        ]

    def finish(self) -> list[HitEnd]:
        self._walks.clear()
        return []

    def state(self) -> list[StateRow]:
        return self._walks.state()

    def restore(self, rows: list[StateRow]) -> None:
        self._walks.restore(rows)

    def measure(self, scene: Scene, subject: int) -> Measure:
        away = abs(scene.line_distance(self._condition.line, scene.index_of[subject]))
        data = {"line": self._condition.line, "value": round(away, 3), "needed": self._condition.direction}
        return Measure("line_crossing", met=False, nearness=0.5 / (1 + away), data=data | {"unit": "own sizes away"})

    def _evidence(self, crossing: Crossing) -> Evidence:
        return {
            "condition": self._condition.type,
            "line": self._condition.line,
            "direction": DIRECTIONS[crossing.side],
            "crossed_ms": crossing.passed_ms,
            "settled_ms": crossing.settled_ms,
            "point": [round(crossing.point[0], 4), round(crossing.point[1], 4)],
        }
