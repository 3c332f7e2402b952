"""``crosses``: a track's path passes a directed line, once per track and direction."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

from rules.engine.basics import Name
from rules.engine.clauses.base import Arguments, Measure, Node, Results, Setting, State
from rules.engine.line_walks import DIRECTIONS, Crossing, LineWalks
from rules.engine.scene import Scene


class Crosses(Arguments):
    """Looking from the line's first point to its second, ``left_to_right`` starts on the left-hand side."""

    SHORT: ClassVar[str | None] = "line"
    LINES: ClassVar[tuple[str, ...]] = ("line",)

    line: Name
    direction: Literal["left_to_right", "right_to_left", "any"] = "any"


class CrossesNode(Node):
    momentary = True

    def __init__(self, arguments: Crosses, setting: Setting) -> None:
        shape = setting.zone(arguments.line, "line")
        self._line = arguments.line
        self._direction = arguments.direction
        self._walks = LineWalks(shape, arguments.direction, setting.who)
        self._crossings: dict[int, Crossing] = {}
        self._walked_ms = -1

    def quiet(self, scene: Scene) -> bool:
        had = bool(self._crossings)
        self._walk(scene)
        return not had and not self._crossings

    def quiet_before(self) -> float:
        return -math.inf if self._crossings else math.inf

    def _walk(self, scene: Scene) -> None:
        if self._walked_ms != scene.timestamp_ms:
            self._walked_ms = scene.timestamp_ms
            self._crossings = {each.track_id: each for each in self._walks.step(scene)}

    def step(self, scene: Scene) -> Results:
        self._walk(scene)
        return {track_id: (each.passed_ms, each.passed_ms) for track_id, each in self._crossings.items()}

    def measure(self, scene: Scene, subject: int) -> Measure:
        crossing = self._crossings.get(subject)
        data: dict[str, object] = {"line": self._line, "needed": self._direction}
        if crossing is not None:
            data |= {"value": DIRECTIONS[crossing.side], "since_ms": crossing.passed_ms, "point": list(crossing.point)}
            return Measure("crosses", met=True, nearness=1.0, data=data)
        index = scene.index_of.get(subject)
        if index is None:
            return Measure("crosses", met=False, nearness=0.0, data=data | {"value": None, "seen": False})
        away = abs(float(scene.line_distances[self._line][index]))
        data |= {"value": round(away, 3), "unit": "own sizes from the line"}
        return Measure("crosses", met=False, nearness=0.5 / (1 + away), data=data)

    def memory(self) -> State:
        return self._walks.state()

    def remember(self, memory: State) -> None:
        self._walks.restore(memory)
        self._crossings, self._walked_ms = {}, -1
