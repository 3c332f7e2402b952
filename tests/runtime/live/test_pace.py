"""Which pictures are analysed."""

from __future__ import annotations

import random
from itertools import pairwise

from workers.runtime.live.pace import Pace


def taken(pace: Pace, times_ms: list[float]) -> list[float]:
    chosen = []
    for at_ms in times_ms:
        if pace.is_due(at_ms):
            pace.take(at_ms)
            chosen.append(at_ms)
    return chosen


def test_a_camera_at_our_rate_loses_no_picture_to_jitter() -> None:
    spread = random.Random(1)
    times_ms = [number * 200 + spread.uniform(-40, 40) for number in range(500)]

    assert taken(Pace(fps=5), times_ms) == times_ms


def test_of_a_faster_camera_as_many_as_wanted_are_taken_evenly() -> None:
    for camera_fps in (8, 12.5, 25, 30):
        chosen = taken(Pace(fps=5), [number * 1000 / camera_fps for number in range(int(camera_fps * 60))])

        assert 298 <= len(chosen) <= 301
        assert max(after - before for before, after in pairwise(chosen)) <= 200 + 1000 / camera_fps


def test_a_pause_is_not_made_up_for() -> None:
    pace = Pace(fps=5)
    taken(pace, [0, 200, 400])

    assert len(taken(pace, [10_000 + 40 * number for number in range(25)])) <= 6


def test_the_rate_may_change() -> None:
    pace = Pace(fps=10)
    taken(pace, [number * 100 for number in range(50)])
    pace.fps = 1

    assert len(taken(pace, [5_000 + number * 100 for number in range(100)])) in (10, 11)


def test_what_a_lower_rate_leaves_out_is_counted_and_a_pause_of_the_camera_is_not() -> None:
    pace = Pace(fps=10)
    taken(pace, [number * 100 for number in range(50)])
    assert pace.held_back == 0
    pace.allow(2)
    assert len(taken(pace, [5_000 + number * 100 for number in range(100)])) in (20, 21)
    assert 75 <= pace.held_back <= 82
    before = pace.held_back
    taken(pace, [60_000])
    assert pace.held_back <= before + 4


def test_no_more_is_allowed_than_was_wanted() -> None:
    pace = Pace(fps=5)
    pace.allow(2)
    pace.allow(1_000)

    assert pace.fps == 5
