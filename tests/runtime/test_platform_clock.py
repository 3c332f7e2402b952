"""The platform's clock on a host whose own is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest

from workers.runtime.clock import MAX_SLEW, PlatformClock

TRUE_MS = 1_800_000_000_000


@dataclass
class Steady:
    seconds: float = 50.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def steady() -> Steady:
    return Steady()


def clock_of(steady: Steady, wall_seconds: float = TRUE_MS / 1000) -> PlatformClock:
    return PlatformClock(steady, lambda: wall_seconds)


def ask(clock: PlatformClock, steady: Steady, clock_ms: int, round_trip: float = 0.0) -> None:
    """The platform answers ``clock_ms`` half-way through the round trip."""
    asked_at = clock.steady()
    steady.seconds += round_trip
    clock.learn(clock_ms, asked_at)


@pytest.mark.parametrize("wrong_seconds", [-600, 0, 600])
def test_a_wrong_wall_clock_counts_only_until_the_platform_has_told_its_own(steady: Steady, wrong_seconds: int) -> None:
    clock = clock_of(steady, TRUE_MS / 1000 + wrong_seconds)
    assert clock.milliseconds() == TRUE_MS + wrong_seconds * 1000
    ask(clock, steady, TRUE_MS)
    steady.seconds += 1
    assert clock.milliseconds() == TRUE_MS + 1_000


def test_half_the_round_trip_has_passed_since_the_platform_answered(steady: Steady) -> None:
    clock = clock_of(steady)
    ask(clock, steady, TRUE_MS, round_trip=0.4)
    assert clock.milliseconds() == TRUE_MS + 200


def test_a_slow_answer_that_fits_changes_nothing_and_a_quick_one_tells_more(steady: Steady) -> None:
    clock = clock_of(steady)
    ask(clock, steady, TRUE_MS, round_trip=2.0)
    steady.seconds += 100
    ask(clock, steady, TRUE_MS + 102_500, round_trip=4.0)
    assert clock.milliseconds() == pytest.approx(TRUE_MS + 105_000, abs=1)
    ask(clock, steady, TRUE_MS + 105_500, round_trip=0.0)
    steady.seconds += 100
    assert clock.milliseconds() == pytest.approx(TRUE_MS + 205_500, abs=1)


def test_a_clock_that_is_ahead_runs_slower_and_never_back(steady: Steady) -> None:
    clock = clock_of(steady)
    ask(clock, steady, TRUE_MS)
    steady.seconds += 10
    ask(clock, steady, TRUE_MS + 9_000)
    read = [clock.milliseconds()]
    for _ in range(100):
        steady.seconds += 0.5
        read.append(clock.milliseconds())
    assert read[0] == pytest.approx(TRUE_MS + 10_000, abs=1)
    assert min(after - before for before, after in pairwise(read)) >= 500 * (1 - MAX_SLEW) - 1
    assert read[-1] == pytest.approx(TRUE_MS + 59_000, abs=1)


def test_a_clock_that_is_far_behind_steps(steady: Steady) -> None:
    clock = clock_of(steady)
    ask(clock, steady, TRUE_MS)
    ask(clock, steady, TRUE_MS + 60_000)
    assert clock.milliseconds() == TRUE_MS + 60_000
