"""Since when something is true for whom, with gaps bridged."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from rules.engine.scene import Scene

Interval = tuple[int, int]
"""Since when something is true, and when it was last seen to be; both in stream milliseconds."""
Results = Mapping[int, Interval]
"""By subject: a track's id, or 0 for the place. Who is missing here does not fulfil the clause."""
State = list[Any]
"""JSON-able."""

DEFAULT_GAP_SECONDS = 1.0
MOST_AWAY = 1_024
"""Beyond, those for whom it was true the longest ago are forgotten before their gap is over."""


class Runs:
    """Since when each subject has been true, bridging gaps; a subject is dropped when its gap is over."""

    def __init__(self, gap_seconds: float = DEFAULT_GAP_SECONDS) -> None:
        self.gap_ms = round(gap_seconds * 1000)
        self.alive: dict[int, Interval] = {}

    def advance(self, scene: Scene, true: Collection[int]) -> dict[int, Interval]:
        now, previous, gap, alive = scene.timestamp_ms, scene.previous_ms, self.gap_ms, self.alive
        for subject in true:
            run = alive.get(subject)
            # Two frames in a row are one run, however far apart the frames are.
            if run is not None and (run[1] == previous or now - run[1] <= gap):
                alive[subject] = (run[0], now)
            else:
                alive[subject] = (now, now)
        if len(alive) > len(true):
            for subject in [each for each, run in alive.items() if now - run[1] > gap]:
                del alive[subject]
            forget_oldest(alive, true)
        return alive

    def extend(self, now: int, results: Results) -> dict[int, Interval]:
        """As ``advance``, from the intervals of another clause."""
        alive = self.alive
        for subject, (since, last) in results.items():
            run = alive.get(subject)
            alive[subject] = (run[0], last) if run is not None and since - run[1] <= self.gap_ms else (since, last)
        for subject in [each for each, run in alive.items() if now - run[1] > self.gap_ms and each not in results]:
            del alive[subject]
        forget_oldest(alive, results)
        return alive

    def note(self, at_ms: int) -> None:
        """All who are alive were true until then."""
        for subject, (since, _) in self.alive.items():
            self.alive[subject] = (since, at_ms)

    def end(self, subjects: Iterable[int]) -> None:
        for subject in subjects:
            self.alive.pop(subject, None)

    def state(self) -> State:
        return [[subject, *run] for subject, run in sorted(self.alive.items())]

    def restore(self, rows: State) -> None:
        self.alive = {int(subject): (int(since), int(last)) for subject, since, last in rows}


def forget_oldest(alive: dict[int, Interval], here: Collection[int]) -> None:
    """Of those who are not ``here`` at most as many are kept as may be away, however long a rule remembers."""
    if len(alive) <= len(here) + MOST_AWAY:
        return
    away = sorted(alive.keys() - set(here), key=lambda each: (alive[each][1], each))
    # A quarter at once, so that it is seldom looked for them.
    for subject in away[: len(away) - MOST_AWAY * 3 // 4]:
        del alive[subject]


def lasting(results: Results, for_ms: int) -> Results:
    """Those that were true for long enough, from the moment when it was long enough."""
    if not for_ms:
        return results
    return {subject: (since + for_ms, last) for subject, (since, last) in results.items() if last - since >= for_ms}
