"""``all``, ``any`` and ``not``: clauses put together; what is said of the place holds for each track in it."""

from __future__ import annotations

from collections.abc import Sequence

from rules.engine.clauses.base import Interval, Measure, Node, Results, Runs, Setting, State
from rules.engine.scene import SCENE, Scene


class _Parts(Node):
    def __init__(self, parts: Sequence[Node]) -> None:
        self.children = tuple(parts)
        self.of_scene = all(part.of_scene for part in parts)
        for part in parts:
            self.watch |= part.watch

    def due_ms(self) -> float:
        return min([part.due_ms() for part in self.children])

    def quiet(self, scene: Scene) -> bool:
        return all(part.quiet(scene) for part in self.children)


class AllNode(_Parts):
    """True while every part is: since the last of them became so, until the first of them was last seen to be."""

    def __init__(self, parts: Sequence[Node]) -> None:
        super().__init__(parts)
        self.momentary = any(part.momentary for part in parts)

    def step(self, scene: Scene) -> Results:
        results = [part.step(scene) for part in self.children]
        place: Interval | None = None
        tracks: list[Results] = []
        for part, result in zip(self.children, results, strict=True):
            if not part.of_scene:
                tracks.append(result)
            elif SCENE not in result:
                return {}
            else:
                place = result[SCENE] if place is None else _both(place, result[SCENE])
        if self.of_scene:
            return {SCENE: place} if place is not None and place[0] <= place[1] else {}
        return _common(tracks, place)

    def measure(self, scene: Scene, subject: int) -> Measure:
        parts = tuple(part.measure(scene, subject) for part in self.children)
        nearness = sum(part.nearness for part in parts) / len(parts)
        return Measure("all", all(part.met for part in parts), nearness, {}, parts)


def _common(tracks: list[Results], place: Interval | None) -> Results:
    first, *others = sorted(tracks, key=len)
    found: dict[int, Interval] = {}
    for subject, interval in first.items():
        whole = interval if place is None else _both(interval, place)
        for other in others:
            found_there = other.get(subject)
            if found_there is None:
                break
            whole = _both(whole, found_there)
        else:
            if whole[0] <= whole[1]:
                found[subject] = whole
    return found


def _both(one: Interval, other: Interval) -> Interval:
    return max(one[0], other[0]), min(one[1], other[1])


class AnyNode(_Parts):
    """True while one part is."""

    def __init__(self, parts: Sequence[Node]) -> None:
        super().__init__(parts)
        self.momentary = all(part.momentary for part in parts)
        self._is_mixed = len({part.of_scene for part in parts}) > 1

    def quiet(self, scene: Scene) -> bool:
        # What is true of the place is so for those who are seen: others of them are another answer.
        return (scene.same or not self._is_mixed) and super().quiet(scene)

    def step(self, scene: Scene) -> Results:
        results = [part.step(scene) for part in self.children]
        found: dict[int, Interval] = {}
        for part, result in zip(self.children, results, strict=True):
            everyone = part.of_scene and not self.of_scene
            for subject, interval in result.items():
                for each in scene.track_ids if everyone else (subject,):
                    known = found.get(each)
                    found[each] = interval if known is None else _either(known, interval)
        return found

    def measure(self, scene: Scene, subject: int) -> Measure:
        parts = tuple(part.measure(scene, subject) for part in self.children)
        return Measure("any", any(part.met for part in parts), max(part.nearness for part in parts), {}, parts)


def _either(one: Interval, other: Interval) -> Interval:
    return min(one[0], other[0]), max(one[1], other[1])


class NotNode(Node):
    """True for each track that is seen, once seen with enough confidence, while its part is not true for it."""

    def __init__(self, part: Node, setting: Setting) -> None:
        self.children = (part,)
        self.of_scene = part.of_scene
        self._who = setting.who
        self._runs = Runs()
        self._is_full = False
        """Whether it is true now for all for whom it is not over."""
        self._watched_who = 0 if self.of_scene else setting.watch()
        self.watch = part.watch | self._watched_who

    def due_ms(self) -> float:
        return self.children[0].due_ms() if self._is_full else 0

    def quiet(self, scene: Scene) -> bool:
        same = not self._watched_who & scene.stirred
        return self.children[0].quiet(scene) and same and self._is_full

    def note(self, at_ms: int) -> None:
        if self._is_full:
            self._runs.note(at_ms)

    def step(self, scene: Scene) -> Results:
        self.note(scene.previous_ms)
        result = self.children[0].step(scene)
        self._runs.end(result)
        if self.of_scene:
            true = [] if result else [SCENE]
        else:
            rows = zip(scene.track_ids, scene.eligible(self._who), strict=True)
            true = [each for each, fits in rows if fits and each not in result]
        alive = self._runs.advance(scene, true)
        self._is_full = len(alive) == len(true)
        return alive

    def measure(self, scene: Scene, subject: int) -> Measure:
        part = self.children[0].measure(scene, subject)
        run = self._runs.alive.get(SCENE if self.of_scene else subject)
        data = {"since_ms": run[0], "last_ms": run[1]} if run else {}
        return Measure("not", run is not None, 1.0 if run else 0.5 * (1 - part.nearness), data, (part,))

    def involved(self, subject: int) -> tuple[int, ...]:
        return ()

    def memory(self) -> State:
        return [self._runs.state()]

    def remember(self, memory: State) -> None:
        self._runs.restore(memory[0])
        self._is_full = False
