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
        else:
            pace.leave(at_ms)
    return chosen


def test_a_camera_at_our_rate_loses_no_picture_to_jitter() -> None:
    spread = random.Random(1)
    times_ms = [number * 200 + spread.uniform(-40, 40) for number in range(500)]

    assert taken(Pace(5), times_ms) == times_ms


def test_of_a_faster_camera_as_many_as_wanted_are_taken_evenly() -> None:
    for camera_fps in (8, 12.5, 25, 30):
        chosen = taken(Pace(5), [number * 1000 / camera_fps for number in range(int(camera_fps * 60))])

        assert 298 <= len(chosen) <= 301
        assert max(after - before for before, after in pairwise(chosen)) <= 200 + 1000 / camera_fps


def test_a_pause_is_not_made_up_for() -> None:
    pace = Pace(5)
    taken(pace, [0, 200, 400])

    assert len(taken(pace, [10_000 + 40 * number for number in range(25)])) <= 6


def test_the_rate_may_change() -> None:
    pace = Pace(10)
    taken(pace, [number * 100 for number in range(50)])
    pace.allow(1)

    assert len(taken(pace, [5_000 + number * 100 for number in range(100)])) in (10, 11)


def test_what_a_lower_rate_leaves_out_is_counted_at_every_rate() -> None:
    spread = random.Random(2)
    times_ms = [number * 100 + spread.uniform(-20, 20) for number in range(500)]
    for fps in (9.5, 9, 7, 5, 2, 1):
        pace = Pace(10)
        pace.allow(fps)
        chosen = taken(pace, times_ms)

        assert abs(len(chosen) - 50 * fps) <= 15
        assert abs(pace.held_back - (len(times_ms) - len(chosen))) <= 2


def test_what_no_rate_would_take_and_what_the_camera_leaves_out_are_not_counted() -> None:
    pace = Pace(5)
    taken(pace, [number * 40 for number in range(250)])
    assert pace.held_back == 0

    pace.allow(4)
    taken(pace, [20_000 + number * 333 for number in range(30)])
    assert pace.held_back == 0


def test_no_more_is_allowed_than_was_wanted() -> None:
    pace = Pace(5)
    pace.allow(2)
    pace.allow(1_000)

    assert pace.fps == 5
