"""``times`` and ``rate``: something happens again and again, to one track or at the place as a whole."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pydantic import Field

from rules.engine.basics import Document, Duration
from rules.engine.clauses.base import Arguments, Interval, Measure, Node, Results, Setting, State, share
from rules.engine.clauses.runs import forget_oldest
from rules.engine.scene import SCENE, Scene

if TYPE_CHECKING:
    Clause = Document


class Times(Arguments):
    """``that`` became true at least so often for the same track within a time."""

    that: Clause
    at_least: int = Field(ge=2, le=1000)
    within: Duration = Field(gt=0)

    @property
    def remembered_seconds(self) -> float:
        return self.within


class Rate(Times):
    """``that`` became true at least so often, whoever did it."""


class TimesNode(Node):
    name = "times"

    def __init__(self, arguments: Times, setting: Setting) -> None:
        self.children = (setting.node(arguments.that),)
        self.of_scene = self.children[0].of_scene
        self._least = arguments.at_least
        self._within_ms = round(arguments.within * 1000)
        self._known: dict[int, Interval] = {}
        """By subject: since when it is true now, so that it is counted once."""
        self._moments: dict[int, list[int]] = {}
        self._since: dict[int, int] = {}
        self._active: tuple[int, ...] = ()
        """For whom it is true now."""
        self._deadline_ms: float = 0
        """When the oldest of what is known is forgotten."""
        self.watch = self.children[0].watch

    def _whose(self, subject: int) -> int:
        return subject

    def due_ms(self) -> float:
        return min(self._deadline_ms, self.children[0].due_ms())

    def quiet(self, scene: Scene) -> bool:
        return self.children[0].quiet(scene) and scene.timestamp_ms < self._deadline_ms

    def note(self, at_ms: int) -> None:
        for subject in self._active:
            self._known[subject] = (self._known[subject][0], at_ms)

    def step(self, scene: Scene) -> Results:
        self.note(scene.previous_ms)
        result = self.children[0].step(scene)
        for subject, (since, last) in sorted(result.items()):
            if subject not in self._known or self._known[subject][0] != since:
                moments = self._moments.setdefault(self._whose(subject), [])
                moments.append(since)
                moments.sort()
                del moments[: -self._least]
            self._known[subject] = (since, last)
        self._active = tuple([each for each, (_, last) in result.items() if last == scene.timestamp_ms])
        self._forget(scene.timestamp_ms, result)
        self._deadline_ms = self._deadline(scene.timestamp_ms)
        return self._reached()

    def _deadline(self, now_ms: int) -> float:
        known = [last for _, last in self._known.values() if last < now_ms]
        known.extend(moments[-1] for moments in self._moments.values())
        # What became true in this very frame is looked at in the next one too: its end does not grow.
        return 0 if now_ms in known else min(known, default=math.inf) + self._within_ms + 1

    def _reached(self) -> Results:
        """It goes on while each next time comes soon enough after those before."""
        found = {}
        for key, moments in self._moments.items():
            if len(moments) == self._least and moments[-1] - moments[0] <= self._within_ms:
                found[key] = (self._since.setdefault(key, moments[-1]), moments[-1])
            else:
                self._since.pop(key, None)
        return found

    def _forget(self, now_ms: int, result: Results) -> None:
        for key in [key for key, moments in self._moments.items() if now_ms - moments[-1] > self._within_ms]:
            del self._moments[key]
            self._since.pop(key, None)
        for subject in [each for each, run in self._known.items() if now_ms - run[1] > self._within_ms]:
            del self._known[subject]
        forget_oldest(self._known, result)
        if len(self._moments) > len(self._known):
            for key in [each for each in self._moments if each not in self._known]:
                del self._moments[key]
                self._since.pop(key, None)

    def measure(self, scene: Scene, subject: int) -> Measure:
        part = self.children[0].measure(scene, subject)
        key = self._whose(SCENE if self.of_scene else subject)
        moments = [each for each in self._moments.get(key, []) if scene.timestamp_ms - each <= self._within_ms]
        met = key in self._since
        data = {"value": len(moments), "needed": self._least, "unit": "times", "moments_ms": moments}
        data |= {"within_seconds": self._within_ms / 1000}
        return Measure(self.name, met, 1.0 if met else share(len(moments), self._least), data, (part,))

    def memory(self) -> State:
        known = [[each, *run] for each, run in sorted(self._known.items())]
        moments = [[each, list(moments)] for each, moments in sorted(self._moments.items())]
        return [known, moments, sorted([each, since] for each, since in self._since.items())]

    def remember(self, memory: State) -> None:
        known, moments, since = memory
        self._known = {int(each): (int(begun), int(last)) for each, begun, last in known}
        self._moments = {int(each): [int(moment) for moment in row] for each, row in moments}
        self._since = {int(each): int(moment) for each, moment in since}
        self._active, self._deadline_ms = (), 0


class RateNode(TimesNode):
    name = "rate"

    def __init__(self, arguments: Rate, setting: Setting) -> None:
        super().__init__(arguments, setting)
        self.of_scene = True

    def _whose(self, subject: int) -> int:
        return SCENE
