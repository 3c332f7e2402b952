"""``then`` and ``tailgating``: one thing follows another, by the same track or by a different one."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import chain
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from rules.engine.basics import Document, Duration, Name
from rules.engine.clauses.base import Arguments, Interval, Measure, Node, Results, Setting, State
from rules.engine.clauses.crosses import Crosses, CrossesNode
from rules.engine.scene import Scene

if TYPE_CHECKING:
    Clause = Document

MOST_REMEMBERED = 256
NEVER = -1
LATE_MS = 10_000
"""A line's crossing becomes known some frames after its moment; what came before it is kept so much longer."""


class Then(Arguments):
    """``next`` begins within a time after ``first`` was last true, and ``without`` was not true in between."""

    first: Clause
    next: Clause
    within: Duration = Field(gt=0)
    by: Literal["same", "another", "anyone"] = "same"
    without: Clause | None = None

    @property
    def remembered_seconds(self) -> float:
        return self.within


class Tailgating(Arguments):
    """Two tracks cross a line the same way, the second shortly after the first."""

    LINES: ClassVar[tuple[str, ...]] = ("line",)

    line: Name
    within: Duration = Field(default=2, gt=0)
    direction: Literal["left_to_right", "right_to_left"] = "left_to_right"

    @property
    def remembered_seconds(self) -> float:
        return self.within


class ThenNode(Node):
    """The event belongs to the track that did the second thing; the first one's is named in the evidence."""

    name = "then"

    def __init__(self, arguments: Then, setting: Setting) -> None:
        without = () if arguments.without is None else (setting.node(arguments.without),)
        self._prepare(setting.node(arguments.first), setting.node(arguments.next), *without)
        self._within_ms = round(arguments.within * 1000)
        self._by: str = arguments.by

    def _prepare(self, first: Node, following: Node, *without: Node) -> None:
        self.children = (first, following, *without)
        self.of_scene = following.of_scene
        self.momentary = following.momentary
        for child in self.children:
            self.watch |= child.watch
        self._firsts: dict[int, Interval] = {}
        self._active: tuple[int, ...] = ()
        """Who does the first thing now."""
        self._met: dict[int, tuple[int, int, int]] = {}
        """By subject: since when the second thing is true, and by whom and until when the first was."""
        self._cancelled: dict[int, int] = {}
        """By subject: the beginning of a first thing after which ``without`` happened."""
        self._replaced: dict[int, Interval] = {}
        """By subject: the first thing before the one that begins in this frame, so that a clause can follow itself."""

    def due_ms(self) -> float:
        return min([child.due_ms() for child in self.children])

    def quiet(self, scene: Scene) -> bool:
        return all(child.quiet(scene) for child in self.children)

    def note(self, at_ms: int) -> None:
        for subject in self._active:
            if subject in self._firsts:
                self._firsts[subject] = (self._firsts[subject][0], at_ms)

    def step(self, scene: Scene) -> Results:
        self.note(scene.previous_ms)
        first, following, *without = [child.step(scene) for child in self.children]
        now_ms = scene.timestamp_ms
        self._replaced = self._done_before(first)
        self._firsts.update(first)
        self._active = tuple([each for each, (_, last) in first.items() if last == now_ms])
        for result in without:
            self._cancel(self.children[2], result)
            while len(self._cancelled) > MOST_REMEMBERED:
                del self._cancelled[next(iter(self._cancelled))]
        if len(self._firsts) > len(first):
            self._forget(now_ms)
        return self._matches(following) if following or self._met else {}

    def _done_before(self, first: Results) -> dict[int, Interval]:
        known = self._firsts
        return {each: known[each] for each, (since, _) in first.items() if each in known and known[each][0] != since}

    def _matches(self, following: Results) -> Results:
        for subject in [each for each in self._met if each not in following]:
            del self._met[subject]
        found = {}
        for subject, (since, last) in following.items():
            known = self._met.get(subject)
            if known is None or known[0] != since:
                match = self._match(subject, since)
                if match is None:
                    self._met.pop(subject, None)
                    continue
                self._met[subject] = (since, *match)
            found[subject] = (since, last)
        return found

    def _match(self, subject: int, since: int) -> tuple[int, int] | None:
        """Who did the first thing, and when last: the latest that fits."""
        fitting = [
            (last, each)
            for each, (begun, last) in self._candidates(subject)
            if since - last <= self._within_ms and self._before(begun, each, since, subject)
        ]
        return None if not fitting else (max(fitting)[1], max(fitting)[0])

    def _candidates(self, subject: int) -> Iterable[tuple[int, Interval]]:
        """Of the first things those that may count for this subject."""
        if self._by == "anyone" or self.of_scene or self.children[0].of_scene:
            return chain(self._replaced.items(), self._firsts.items())
        if self._by == "same":
            return [(subject, each[subject]) for each in (self._replaced, self._firsts) if subject in each]
        return [pair for pair in chain(self._replaced.items(), self._firsts.items()) if pair[0] != subject]

    def _before(self, begun: int, first: int, since: int, subject: int) -> bool:
        return begun < since or (begun == since and first < subject)

    def _cancel(self, without: Node, result: Results) -> None:
        for subject, (_, last) in result.items():
            for each in self._spoilt_by(without, subject):
                if last >= self._firsts[each][0]:
                    self._cancelled[each] = self._firsts[each][0]
                if each in self._replaced and last >= self._replaced[each][0]:
                    del self._replaced[each]
        for subject, since in list(self._cancelled.items()):
            # The same stay begins no sequence any more; a new one does.
            if self._firsts.get(subject, (NEVER, NEVER))[0] == since:
                del self._firsts[subject]
            elif subject in self._firsts:
                del self._cancelled[subject]

    def _spoilt_by(self, without: Node, subject: int) -> Collection[int]:
        """Who did the first thing for nothing: whoever did the other too, or all where one of them is of the place."""
        if without.of_scene or self.children[0].of_scene:
            return tuple(self._firsts)
        return (subject,) if subject in self._firsts else ()

    def _forget(self, now_ms: int) -> None:
        oldest_ms = now_ms - self._within_ms - LATE_MS
        for subject in [each for each, (_, last) in self._firsts.items() if last < oldest_ms]:
            del self._firsts[subject]
        if len(self._firsts) > MOST_REMEMBERED:
            by_age = sorted(self._firsts, key=lambda each: (self._firsts[each][1], each))
            for subject in by_age[: len(by_age) - MOST_REMEMBERED]:
                del self._firsts[subject]

    def measure(self, scene: Scene, subject: int) -> Measure:
        parts = tuple(child.measure(scene, subject) for child in self.children)
        data: dict[str, object] = {"within_seconds": self._within_ms / 1000, "by": self._by}
        met = self._met.get(subject)
        if met is not None:
            return Measure(self.name, True, 1.0, data | {"first_track": met[1], "first_ms": met[2]}, parts)  # noqa: FBT003
        oldest_ms = scene.timestamp_ms - self._within_ms
        waiting = any(last >= oldest_ms for _, (_, last) in self._candidates(subject))
        nearness = 0.5 * float(waiting) + (0.4 * parts[1].nearness if waiting else 0.4 * parts[0].nearness)
        data |= {"first_happened": waiting, "came_between": not waiting and subject in self._cancelled}
        return Measure(self.name, False, nearness, data, parts)  # noqa: FBT003

    def involved(self, subject: int) -> tuple[int, ...]:
        met = self._met.get(subject)
        return () if met is None or met[1] in (0, subject) else (met[1],)

    def memory(self) -> State:
        firsts = [[each, *interval] for each, interval in self._firsts.items()]
        met = [[each, *met] for each, met in sorted(self._met.items())]
        return [firsts, met, [list(row) for row in self._cancelled.items()]]

    def remember(self, memory: State) -> None:
        self._firsts = {int(each): (int(since), int(last)) for each, since, last in memory[0]}
        self._active, self._replaced = (), {}
        self._met = {int(each): (int(since), int(first), int(last)) for each, since, first, last in memory[1]}
        self._cancelled = {int(each): int(since) for each, since in memory[2]}


class TailgatingNode(ThenNode):
    name = "tailgating"

    def __init__(self, arguments: Tailgating, setting: Setting) -> None:
        crosses = Crosses(line=arguments.line, direction=arguments.direction)
        crossing = CrossesNode(crosses, setting)
        self._prepare(crossing, crossing)
        self._within_ms = round(arguments.within * 1000)
        self._by = "another"
