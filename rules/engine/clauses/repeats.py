"""``times`` and ``rate``: something happens again and again, to one track or at the place as a whole."""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING

from pydantic import Field

from rules.engine.basics import Document, Duration
from rules.engine.clauses.base import Arguments, Interval, Measure, Node, Results, Setting, State, share
from rules.engine.clauses.runs import MOST_AWAY, forget_oldest
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
        self._often: dict[int, Interval] = {}
        """Whose moments are as many and as close together as is asked for: what ``step`` says."""
        self._active: tuple[int, ...] = ()
        """For whom it is true now."""
        self._deadline_ms: float = 0
        self._forget_ms: float = 0
        """Before, nothing that is known is old enough to be forgotten."""
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
        now_ms = scene.timestamp_ms
        self.note(scene.previous_ms)
        result = self.children[0].step(scene)
        counted, is_new = set(), False
        for subject, (since, last) in sorted(result.items()):
            if subject not in self._known or self._known[subject][0] != since:
                counted.add(self._count(self._whose(subject), since))
                is_new |= since == now_ms
            self._known[subject] = (since, last)
        for key in counted:
            self._judge(key)
        self._active = tuple([each for each, (_, last) in result.items() if last == now_ms])
        if now_ms >= self._forget_ms or len(self._known) > MOST_AWAY:
            self._forget(now_ms, result)
        # What became true in this very frame is looked at in the next one too: its end does not grow.
        self._deadline_ms = 0 if is_new else self._forget_ms
        return self._often

    def _count(self, key: int, since: int) -> int:
        moments = self._moments.setdefault(key, [])
        moments.append(since)
        moments.sort()
        del moments[: -self._least]
        self._forget_ms = min(self._forget_ms, since + self._within_ms + 1)
        return key

    def _judge(self, key: int) -> None:
        """It goes on while each next time comes soon enough after those before."""
        moments = self._moments[key]
        if len(moments) == self._least and moments[-1] - moments[0] <= self._within_ms:
            self._often[key] = (self._since.setdefault(key, moments[-1]), moments[-1])
        else:
            self._drop(key)

    def _drop(self, key: int) -> None:
        self._since.pop(key, None)
        self._often.pop(key, None)

    def _forget(self, now_ms: int, result: Results) -> None:
        for key in [key for key, moments in self._moments.items() if now_ms - moments[-1] > self._within_ms]:
            del self._moments[key]
            self._drop(key)
        for subject in [each for each, run in self._known.items() if now_ms - run[1] > self._within_ms]:
            del self._known[subject]
        forget_oldest(self._known, result)
        if len(self._moments) > len(self._known):
            for key in [each for each in self._moments if each not in self._known]:
                del self._moments[key]
                self._drop(key)
        lasts = chain((last for _, last in self._known.values()), (each[-1] for each in self._moments.values()))
        self._forget_ms = min(lasts, default=math.inf) + self._within_ms + 1

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
        self._often = {each: (moment, self._moments[each][-1]) for each, moment in self._since.items()}
        self._active, self._deadline_ms, self._forget_ms = (), 0, 0


class RateNode(TimesNode):
    name = "rate"

    def __init__(self, arguments: Rate, setting: Setting) -> None:
        super().__init__(arguments, setting)
        self.of_scene = True

    def _whose(self, subject: int) -> int:
        return SCENE
