"""What a clause is: the words an author may write, and the node that follows it from frame to frame."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from typing import ClassVar, NamedTuple

from pydantic import Field, model_validator

from rules.engine.basics import Document, Duration
from rules.engine.clauses.measures import Facts, Measure, known, share
from rules.engine.clauses.runs import DEFAULT_GAP_SECONDS, Interval, Results, Runs, State, lasting
from rules.engine.clauses.setting import Setting, UnusableRuleError
from rules.engine.scene import Scene

__all__ = [
    "Arguments",
    "Facts",
    "Held",
    "HeldNode",
    "Interval",
    "Measure",
    "Node",
    "Results",
    "Runs",
    "Setting",
    "State",
    "ToldRuns",
    "UnusableRuleError",
    "known",
    "lasting",
    "share",
]


class Arguments(Document):
    """The words of one clause."""

    SHORT: ClassVar[str | None] = None
    """The field that a bare value stands for: ``in_zone: gate``."""
    AREAS: ClassVar[tuple[str, ...]] = ()
    LINES: ClassVar[tuple[str, ...]] = ()
    MODEL: ClassVar[str | None] = None
    """The model without which the clause knows nothing."""
    MOTION: ClassVar[bool] = False
    """Whether it asks how fast tracks move."""

    @property
    def needs_motion(self) -> bool:
        return self.MOTION

    @property
    def remembered_seconds(self) -> float:
        """How long ago that may be which it still hangs on, beside what its parts remember."""
        return 0.0

    @model_validator(mode="before")
    @classmethod
    def bare_value(cls, value: object) -> object:
        if cls.SHORT is not None and isinstance(value, str | int | float | list) and not isinstance(value, bool):
            return {cls.SHORT: value}
        return value


class Held(Arguments):
    """A clause that has to be true ``for`` some time; losing sight of it for up to ``gap`` does not end that."""

    for_seconds: Duration = Field(default=0, alias="for")
    gap: Duration = DEFAULT_GAP_SECONDS

    @property
    def remembered_seconds(self) -> float:
        return self.for_seconds + self.gap


class Node(ABC):
    """Deterministic, with memory bounded by the tracks seen lately; time comes from scenes only."""

    of_scene = False
    """About the place, and not about each track."""
    momentary = False
    """Over in the instant it happens: known in one frame only."""
    words: Arguments | None = None
    """The clause as it is written, where that is one of a replay's concern."""
    children: tuple[Node, ...] = ()
    watch: int = 0
    """The bits of what it looks at, see ``due_ms``."""

    @abstractmethod
    def step(self, scene: Scene) -> Results: ...

    def due_ms(self) -> float:
        """Until then it is left alone in frames in which nothing that it watches is stirred.

        That is promised after a frame in which it was asked: it would say the same, only with a later end where
        something is true. 0: it has to be asked in every frame.
        """
        return 0

    def quiet(self, scene: Scene) -> bool:
        """Whether ``step`` would say the same as in the frame before, only with a later end where something is true.

        Asked before ``step`` and at most once a frame. Steps may be left out while it is so, see ``note``.
        """
        return self.is_asleep(scene)

    def is_asleep(self, scene: Scene) -> bool:
        return not self.watch & scene.stirred and scene.timestamp_ms < self.due_ms()

    def note(self, at_ms: int) -> None:
        """Everything was as in the last step until then: every step begins with this, for those that were left out."""
        del at_ms

    def catch_up(self, at_ms: int) -> None:
        """``note`` it in the whole tree; before anything but ``quiet`` and ``step`` is asked."""
        self.note(at_ms)
        for child in self.children:
            child.catch_up(at_ms)

    @abstractmethod
    def measure(self, scene: Scene, subject: int) -> Measure:
        """Of the frame that ``step`` was last called with."""

    def involved(self, subject: int) -> tuple[int, ...]:
        """The other tracks that make it true for the subject now."""
        found = {each for child in self.children for each in child.involved(subject)}
        return tuple(sorted(found - {subject}))

    def last_seen(self, subject: int) -> tuple[str, float, tuple[float, float, float, float]] | None:
        """Class, confidence and box of a subject that the event is about although it is gone."""
        return next((seen for child in self.children if (seen := child.last_seen(subject))), None)

    def nodes(self) -> Iterator[Node]:
        """Itself, and all below it."""
        yield self
        for child in self.children:
            yield from child.nodes()

    def zones(self) -> tuple[str, ...]:
        """The areas that it looks at."""
        return tuple(zone for child in self.children for zone in child.zones())

    def memory(self) -> State:
        """What this node alone remembers."""
        return []

    def remember(self, memory: State) -> None:
        """Take back what ``memory`` gave."""
        del memory

    def state(self) -> State:
        return [self.memory(), *(child.state() for child in self.children)]

    def restore(self, state: State) -> None:
        memory, *children = state
        self.remember(memory)
        for child, each in zip(self.children, children, strict=True):
            child.restore(each)


class ToldRuns(NamedTuple):
    """Whose runs a replay knows in the frame of this time, and for whom of these the clause is true in it.

    Of its ``own`` subjects it knows by itself for whom it is true; of others no more than what was so before the
    replay began to tell, until they are ``known``.
    """

    at_ms: int
    alive: Mapping[int, Interval]
    true: Collection[int]
    own: frozenset[int]
    known: Collection[int]


class HeldNode(Node):
    """A leaf: says in each frame for whom it is true, and is held over time here.

    One that sets ``watch`` is asked only in frames in which something of that is stirred.
    """

    name: str
    finds_out: ClassVar[bool] = False
    """Whether ``holds`` finds out for the evidence what is to be asked even where it is known for whom it is true."""

    def __init__(self, arguments: Held, setting: Setting) -> None:
        self.words: Arguments = arguments
        self._who = setting.who
        self._for_ms = round(arguments.for_seconds * 1000)
        self._runs = Runs(arguments.gap)
        self._true: Collection[int] | None = None
        """For whom it was true in the last frame; None: not known."""
        self._found: tuple[int, Collection[int]] = (-1, ())
        """When ``holds`` was last asked, and what it said."""
        self._deadline_ms: float = 0
        self._told_runs: ToldRuns | None = None

    @abstractmethod
    def holds(self, scene: Scene) -> Collection[int]:
        """The subjects for which the clause is true in this frame."""

    @abstractmethod
    def facts(self, scene: Scene, subject: int) -> Facts | None:
        """None when the subject is not seen in this frame."""

    @property
    def asked_ms(self) -> int:
        """When it was last asked for whom it is true; -1: never."""
        return self._found[0]

    def due_ms(self) -> float:
        if not self.watch or self._true is None:
            return 0
        if not self.children:
            return self._deadline_ms
        return min([self._deadline_ms, *[child.due_ms() for child in self.children]])

    def quiet(self, scene: Scene) -> bool:
        if self._told_runs is not None:
            return False
        if self.is_asleep(scene):
            return True
        true = self._ask(scene)
        return true == self._true and scene.timestamp_ms < self._deadline_ms

    def tell_runs(self, told: ToldRuns) -> None:
        """Before a frame: what it would know in it if it had been shown all those before."""
        self._told_runs = told

    def _ask(self, scene: Scene) -> Collection[int]:
        now_ms, told = scene.timestamp_ms, self._told_runs
        if self._found[0] != now_ms:
            is_told = told is not None and told.at_ms == now_ms
            self._found = (now_ms, self._ask_own(scene, told) if told and is_told else self.holds(scene))
        return self._found[1]

    def _ask_own(self, scene: Scene, told: ToldRuns) -> Collection[int]:
        if not self.finds_out and told.own.isdisjoint(scene.track_ids):
            return told.true
        return [*told.true, *[each for each in self.holds(scene) if each in told.own]]

    def note(self, at_ms: int) -> None:
        alive = self._runs.alive
        for subject in self._true or ():
            alive[subject] = (alive[subject][0], at_ms)

    def step(self, scene: Scene) -> Results:
        now_ms, told = scene.timestamp_ms, self._told_runs
        is_stirred = told is not None or self.watch & scene.stirred
        # Who was asked whether all is quiet in this frame may be calm only since then.
        due_ms = 0 if is_stirred or self._found[0] == now_ms else self.due_ms()
        if now_ms < due_ms:
            self.note(now_ms)
            return lasting(self._runs.alive, self._for_ms)
        self.note(scene.previous_ms)
        if not due_ms or self._true is None or self.children:
            self._true = self._ask(scene)
        # Else only a time has come.
        true = self._true
        alive = self._runs.advance(scene, true)
        if told is not None:
            return self._followed(told, now_ms)
        if not self._for_ms and len(alive) == len(true):
            self._deadline_ms = math.inf
            return alive
        self._deadline_ms = self._deadline(alive, now_ms)
        return lasting(alive, self._for_ms)

    def _followed(self, told: ToldRuns, now_ms: int) -> Results:
        """When those of others begin or end is told in time."""
        runs = self._runs
        if told.at_ms == now_ms:
            own = {each: run for each, run in runs.alive.items() if each in told.own or each not in told.known}
            runs.alive = {**own, **told.alive}
            self._deadline_ms = self._deadline(own, now_ms)
        else:
            self._told_runs, self._deadline_ms = None, self._deadline(runs.alive, now_ms)
        return lasting(runs.alive, self._for_ms)

    def _deadline(self, alive: Mapping[int, Interval], now_ms: int) -> float:
        """When somebody has been true for long enough, or the gap is over of somebody who was for long enough."""
        for_ms, gap_ms = self._for_ms, self._runs.gap_ms
        moments = [
            since + for_ms if last == now_ms else last + gap_ms + 1
            for since, last in alive.values()
            if (last == now_ms) == (last - since < for_ms)
        ]
        return min(moments, default=math.inf)

    def measure(self, scene: Scene, subject: int) -> Measure:
        run = self._runs.alive.get(subject)
        if run is not None and run[1] < min(scene.previous_ms, scene.timestamp_ms - self._runs.gap_ms):
            # It is over, only nobody needed to know yet.
            run = None
        facts = self.facts(scene, subject)
        held_ms = run[1] - run[0] if run else 0
        data: dict[str, object] = {}
        if facts is not None:
            data |= {"value": facts.value, "needed": facts.needed, "unit": facts.unit} | dict(facts.detail or {})
        else:
            data |= {"value": None, "needed": None, "unit": "", "seen": False}
        if run is not None:
            data |= {"since_ms": run[0], "last_ms": run[1]}
        if self._for_ms:
            data |= {"held_seconds": held_ms / 1000, "for_seconds": self._for_ms / 1000}
        met = run is not None and held_ms >= self._for_ms
        return Measure(self.name, met, 1.0 if met else self._nearness(run, held_ms, facts), data)

    def _nearness(self, run: Interval | None, held_ms: int, facts: Facts | None) -> float:
        if run is not None:
            return 0.5 + 0.5 * min(1.0, held_ms / max(1, self._for_ms))
        return 0.5 * min(1.0, max(0.0, facts.nearness)) if facts else 0.0

    def memory(self) -> State:
        return [self._runs.state()]

    def remember(self, memory: State) -> None:
        self._runs.restore(memory[0])
        self._true, self._found = None, (-1, ())
