"""What must have been found: the same every eight seconds, on every camera, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tests.faults.live.fleet import Fleet
from tests.faults.live.footage import PERIOD_SECONDS

Window = tuple[float, float]
"""From and until, seconds since 1970."""

NEAR_SECONDS = 1.5
"""How far from its time an event may lie: sampling, reconnecting and the tracker move it a little."""


class Problem(NamedTuple):
    """An event that is missing or too many; ``text`` is a sentence."""

    camera: str
    at: float
    text: str


@dataclass(frozen=True)
class Expectation:
    """Where in the period each camera's events of each rule lie, read off an undisturbed stretch."""

    phases: Mapping[tuple[str, str], float]

    def problems(self, fleet: Fleet, window: Window, blind: Mapping[str, Sequence[Window]]) -> list[Problem]:
        """In a camera's ``blind`` windows no event need be found."""
        found = _events(fleet, window)
        problems: list[Problem] = []
        for (camera, rule), phase in sorted(self.phases.items()):
            times = found.get((camera, rule), [])
            compared = _compare(f"{camera} {rule}", times, _moments(phase, window), blind.get(camera, []))
            problems += [Problem(camera, at, text) for at, text in compared]
        return problems


def expectation(fleet: Fleet, window: Window) -> Expectation:
    """Learn the phases. Each camera and rule must have an event in every period of the window."""
    phases: dict[tuple[str, str], float] = {}
    for key, times in _events(fleet, window).items():
        first = times[0] % PERIOD_SECONDS
        offsets = sorted(_signed(time % PERIOD_SECONDS - first) for time in times)
        phases[key] = (first + offsets[len(offsets) // 2]) % PERIOD_SECONDS
    return Expectation(phases)


def _events(fleet: Fleet, window: Window) -> dict[tuple[str, str], list[float]]:
    rows = fleet.sql(
        "SELECT c.name, r.name, extract(epoch FROM e.started_at)::float8 FROM events_event e"
        " JOIN cameras_camera c ON c.id = e.camera_id JOIN rules_rule r ON r.id = e.rule_id"
        " WHERE e.started_at BETWEEN to_timestamp(%s) AND to_timestamp(%s) AND r.name IN ('Crossing', 'Stay')"
        " ORDER BY e.started_at",
        window[0] - NEAR_SECONDS,
        window[1] + NEAR_SECONDS,
    )
    found: dict[tuple[str, str], list[float]] = {}
    for camera, rule, at in rows:
        found.setdefault((camera, rule), []).append(at)
    return found


def _compare(
    name: str, times: Sequence[float], wanted: Sequence[float], blind: Sequence[Window]
) -> list[tuple[float, str]]:
    counts: Counter[float] = Counter()
    problems = []
    for time in times:
        near = [moment for moment in wanted if abs(moment - time) <= NEAR_SECONDS]
        if near:
            counts[near[0]] += 1
        elif wanted[0] <= time <= wanted[-1]:
            problems.append((time, f"{name}: an event at {time:.1f} that nothing explains"))
    for moment in wanted:
        is_blind = any(start - NEAR_SECONDS <= moment <= end + NEAR_SECONDS for start, end in blind)
        if counts[moment] > 1 or (counts[moment] == 0 and not is_blind):
            problems.append((moment, f"{name}: {counts[moment]} events at {moment:.1f} instead of 1"))
    return problems


def _moments(phase: float, window: Window) -> list[float]:
    first = window[0] - window[0] % PERIOD_SECONDS + phase - PERIOD_SECONDS
    moments = [first + PERIOD_SECONDS * number for number in range(round((window[1] - window[0]) / PERIOD_SECONDS) + 3)]
    return [moment for moment in moments if window[0] <= moment <= window[1]]


def _signed(offset: float) -> float:
    return (offset + PERIOD_SECONDS / 2) % PERIOD_SECONDS - PERIOD_SECONDS / 2
