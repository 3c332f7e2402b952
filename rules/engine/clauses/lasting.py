"""``lasting``: whatever a clause says, for a time; gaps of the whole are bridged."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pydantic import Field

from rules.engine.basics import Document, Duration
from rules.engine.clauses.base import Arguments, Measure, Node, Results, Runs, Setting, State, lasting
from rules.engine.scene import SCENE, Scene

if TYPE_CHECKING:
    Clause = Document


class Lasting(Arguments):
    """``that`` has been true for some time; being untrue for up to ``gap`` does not end that."""

    that: Clause
    for_seconds: Duration = Field(alias="for")
    gap: Duration = 1

    @property
    def remembered_seconds(self) -> float:
        return self.for_seconds + self.gap


class LastingNode(Node):
    def __init__(self, arguments: Lasting, setting: Setting) -> None:
        self.children = (setting.node(arguments.that),)
        self.of_scene = self.children[0].of_scene
        self._for_ms = round(arguments.for_seconds * 1000)
        self._runs = Runs(arguments.gap)
        self._true: tuple[int, ...] = ()
        """For whom it was true in the last frame."""
        self._deadline_ms: float = 0
        """Until then the time makes no difference."""
        self.watch = self.children[0].watch

    def due_ms(self) -> float:
        return min(self._deadline_ms, self.children[0].due_ms())

    def quiet(self, scene: Scene) -> bool:
        return self.children[0].quiet(scene) and scene.timestamp_ms < self._deadline_ms

    def note(self, at_ms: int) -> None:
        alive = self._runs.alive
        for subject in self._true:
            alive[subject] = (alive[subject][0], at_ms)

    def step(self, scene: Scene) -> Results:
        self.note(scene.previous_ms)
        now_ms, result = scene.timestamp_ms, self.children[0].step(scene)
        alive = self._runs.extend(now_ms, result)
        self._true = tuple([each for each, (_, last) in result.items() if last == now_ms])
        waiting = [alive[each][0] + self._for_ms for each in self._true if now_ms - alive[each][0] < self._for_ms]
        over = [last + self._runs.gap_ms + 1 for each, (_, last) in alive.items() if each not in result]
        self._deadline_ms = min([*waiting, *over], default=math.inf)
        return lasting(alive, self._for_ms)

    def measure(self, scene: Scene, subject: int) -> Measure:
        part = self.children[0].measure(scene, subject)
        run = self._runs.alive.get(SCENE if self.of_scene else subject)
        held_ms = run[1] - run[0] if run else 0
        data: dict[str, object] = {"held_seconds": held_ms / 1000, "for_seconds": self._for_ms / 1000}
        if run is not None:
            data |= {"since_ms": run[0], "last_ms": run[1]}
        met = run is not None and held_ms >= self._for_ms
        nearness = 0.5 * part.nearness + 0.5 * min(1.0, held_ms / max(1, self._for_ms))
        return Measure("lasting", met, 1.0 if met else nearness, data, (part,))

    def memory(self) -> State:
        return [self._runs.state()]

    def remember(self, memory: State) -> None:
        self._runs.restore(memory[0])
        self._true, self._deadline_ms = (), 0
