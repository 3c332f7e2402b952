"""A tree of clauses: an event begins when the whole becomes true for a subject and ends when it no longer is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from rules.engine.basics import SCENE_CLASS, Document
from rules.engine.clauses import build
from rules.engine.clauses.base import Measure, Node, Results, Setting
from rules.engine.conditions.base import Hit, HitEnd, Shown, StateRow
from rules.engine.scene import SCENE, Scene
from rules.engine.transitions import Evidence
from rules.engine.watching import SEEN

MOST_DONE = 256
MOST_TRACKS = 500
MOST_BYTES = 24_000
"""Of evidence as JSON: the platform takes 32,000."""
Clauses = dict[str, Any]
NEVER = -1
NOTHING: list[Hit | HitEnd] = []
WHOLE_PICTURE = (0.0, 0.0, 1.0, 1.0)


class TreeEvaluator:
    def __init__(self, condition: Document, setting: Setting) -> None:
        self._root = build(condition, setting)
        self._who = setting.who
        self._open: dict[int, tuple[int, int]] = {}
        """By subject: the event's start and when it was last true."""
        self._done: dict[int, int] = {}
        """By subject: the start of its last event, which is not reported again."""
        self._current_ms = NEVER
        """The last frame that was stepped, or is known to have changed nothing."""
        self.watch = self._root.watch
        self.due_ms: float = 0

        self._is_asked_often = bool(self.watch & SEEN) or not self.watch

    def step(self, scene: Scene) -> list[Hit | HitEnd]:
        # Who is not asked often has been asked because something changed.
        if self._is_asked_often and self._root.quiet(scene):
            self.due_ms = self._root.due_ms()
            return NOTHING
        results = self._root.step(scene)
        self.due_ms = self._root.due_ms()
        if self._open:
            self._note(scene.previous_ms)
        self._current_ms = scene.timestamp_ms
        return self._changes(scene, results) if results or self._open else NOTHING

    def _changes(self, scene: Scene, results: Results) -> list[Hit | HitEnd]:
        changes: list[Hit | HitEnd] = []
        if self._open:
            gone = [each for each in self._open if each not in results]
            changes.extend(HitEnd(subject, *self._open.pop(subject)) for subject in gone)
        for subject, (since, last) in results.items():
            known = self._open.get(subject)
            if known is not None:
                self._open[subject] = (known[0], last)
            elif self._done.get(subject) != since:
                changes.append(self._begin(scene, subject, since, last))
        return changes

    def catch_up(self, at_ms: int, number: int) -> None:
        del number
        if NEVER < self._current_ms < at_ms:
            self._note(at_ms)
            self._root.catch_up(at_ms)

    def _note(self, at_ms: int) -> None:
        """Nothing changed until then."""
        if self._open and NEVER < self._current_ms < at_ms:
            for subject, (start_ms, last) in self._open.items():
                if last == self._current_ms:
                    self._open[subject] = (start_ms, at_ms)
        self._current_ms = at_ms

    def _begin(self, scene: Scene, subject: int, since: int, last: int) -> Hit:
        self._done.pop(subject, None)
        self._done[subject] = since
        if len(self._done) > MOST_DONE:
            del self._done[next(iter(self._done))]
        start_ms = max(0, since)
        if not self._root.momentary:
            self._open[subject] = (start_ms, max(start_ms, last))
        index = scene.index_of.get(subject, -1)
        shown = self._shown(scene, subject) if index < 0 else None
        evidence = self._evidence(scene, subject, since)
        return Hit(index, subject, start_ms, evidence, momentary=self._root.momentary, shown=shown)

    def _evidence(self, scene: Scene, subject: int, since: int) -> Evidence:
        measure = self._root.measure(scene, subject)
        return {
            "condition": measure.clause,
            "since_ms": since,
            "at_ms": scene.timestamp_ms,
            "tracks": sorted({subject, *self._root.involved(subject)} - {SCENE})[:MOST_TRACKS],
            "clauses": bounded(measure.as_data()),
        }

    def _shown(self, scene: Scene, subject: int) -> Shown:
        """Those whom it is about, or what was last known of it."""
        last = self._root.last_seen(subject)
        if last is not None:
            return Shown(*last)
        indices = [scene.index_of[each] for each in self._root.involved(subject) if each in scene.index_of]
        names = {scene.class_names[index] for index in indices} or set(self._who.classes)
        name = names.pop() if len(names) == 1 else SCENE_CLASS
        if not indices:
            return Shown(name, 1.0, scene.bounds(self._root.zones()) or WHOLE_PICTURE)
        boxes = scene.boxes_xyxy[indices]
        left, top = boxes[:, :2].min(axis=0).tolist()
        right, bottom = boxes[:, 2:].max(axis=0).tolist()
        confidence = float(np.mean([scene.confidences[index] for index in indices]))
        return Shown(name, confidence, (left, top, right, bottom))

    def finish(self) -> list[HitEnd]:
        ends = [HitEnd(subject, *interval) for subject, interval in self._open.items()]
        self._open.clear()
        return ends

    def measure(self, scene: Scene, subject: int) -> Measure:
        self.catch_up(scene.timestamp_ms, scene.number)
        return self._root.measure(scene, subject)

    def nodes(self) -> Iterator[Node]:
        return self._root.nodes()

    @property
    def of_scene(self) -> bool:
        return self._root.of_scene

    def state(self) -> list[StateRow]:
        return [self._root.state(), _rows(self._open.items()), [list(row) for row in self._done.items()]]

    def restore(self, rows: list[StateRow]) -> None:
        if not rows:
            return
        root, begun, done = rows
        self._root.restore(root)
        self._current_ms, self.due_ms = NEVER, 0
        self._open = {int(subject): (int(start), int(last)) for subject, start, last in begun}
        self._done = {int(subject): int(start) for subject, start in done}


def bounded(clauses: Clauses) -> Clauses:
    """What was measured, or as much of it as the platform takes in: without lists, then without parts."""
    if len(json.dumps(clauses)) <= MOST_BYTES:
        return clauses
    short = _without_lists(clauses)
    if len(json.dumps(short)) <= MOST_BYTES:
        return short
    return {name: value for name, value in short.items() if name != "parts"}


def _without_lists(clauses: Clauses) -> Clauses:
    kept = {name: value for name, value in clauses.items() if not isinstance(value, list | dict)}
    parts = clauses.get("parts")
    return kept | {"parts": [_without_lists(part) for part in parts]} if isinstance(parts, list) else kept


def _rows(items: Iterable[tuple[int, tuple[int, int]]]) -> StateRow:
    return [[subject, *interval] for subject, interval in sorted(items)]
