"""``crosses``: a track's path passes a directed line, once per track and direction."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

from rules.engine.basics import Name
from rules.engine.clauses.base import Arguments, Measure, Node, Results, Setting, State
from rules.engine.line_walks import DIRECTIONS, Crossing
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
        self._walks, self.watch = setting.watched.line(shape, setting.who)
        self._crossings: dict[int, Crossing] = {}

    def due_ms(self) -> float:
        return 0 if self._crossings else math.inf

    def quiet(self, scene: Scene) -> bool:
        return not self._crossings and not self._walks.crossings(scene)

    def step(self, scene: Scene) -> Results:
        found = self._walks.crossings(scene)
        self._crossings = {each.track_id: each for each in found if each.is_towards(self._direction)}
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
        away = abs(scene.line_distance(self._line, index))
        data |= {"value": round(away, 3), "unit": "own sizes from the line"}
        return Measure("crosses", met=False, nearness=0.5 / (1 + away), data=data)

    def memory(self) -> State:
        return self._walks.state()

    def remember(self, memory: State) -> None:
        self._walks.restore(memory)
        self._crossings = {}
