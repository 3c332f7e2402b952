"""The mapping of a camera's timestamps to stream time."""

from __future__ import annotations

from itertools import pairwise

import pytest

from workers.runtime.live.clock import MAX_LAG_MS, StreamClock


def test_times_follow_the_camera_from_the_first_packets_arrival() -> None:
    clock = StreamClock()

    assert [clock.at(stamp, arrival) for stamp, arrival in ((70_000, 500), (70_200, 700), (70_400, 900))] == [
        500,
        700,
        900,
    ]


def test_a_late_packet_keeps_the_time_at_which_it_was_taken() -> None:
    clock = StreamClock()
    clock.at(0, 1_000)

    assert clock.at(200, 1_900) == 1_200


def test_a_first_packet_that_was_late_is_corrected_by_one_that_came_faster() -> None:
    clock = StreamClock()
    clock.at(0, 1_000)

    assert clock.at(200, 1_100) == 1_100
    assert clock.at(400, 1_350) == 1_300


@pytest.mark.parametrize("jump_ms", [-900_000, -47_721_858, 500_000, 47_721_858])
def test_a_jump_of_the_cameras_clock_is_counted_and_makes_no_hole(jump_ms: int) -> None:
    clock = StreamClock()
    clock.at(0, 1_000)

    assert clock.at(200 + jump_ms, 1_200) == 1_200
    assert clock.at(400 + jump_ms, 1_400) == 1_400
    assert clock.jumps == 1


def test_a_clock_that_drifts_is_followed() -> None:
    clock = StreamClock()
    times = []
    for number in range(3_000):
        arrival_ms = 200 * number
        times.append((clock.at(199.8 * number, arrival_ms), arrival_ms))

    assert all(0 <= arrival_ms - at_ms < 50 for at_ms, arrival_ms in times)
    assert all(after[0] > before[0] for before, after in pairwise(times))
    assert clock.jumps == 0


def test_packets_that_all_come_late_are_told_of() -> None:
    clock = StreamClock()
    clock.at(0, 0)
    for number in range(1, 40):
        clock.at(200 * number, 200 * number + 2_000)

    assert clock.lag_ms == 2_000


def test_a_packet_of_long_ago_counts_as_taken_when_it_came() -> None:
    clock = StreamClock()
    clock.at(0, 0)

    assert clock.at(200, 300 + MAX_LAG_MS) == 300 + MAX_LAG_MS


def test_a_burst_is_played_evenly_where_segments_come_at_once() -> None:
    clock = StreamClock(paced=True)

    assert [clock.at(200 * number, 1_000) for number in range(5)] == [1_000, 1_200, 1_400, 1_600, 1_800]


def test_a_segment_that_comes_late_is_played_from_its_arrival() -> None:
    clock = StreamClock(paced=True)
    clock.at(0, 1_000)

    assert [clock.at(200, 1_900), clock.at(400, 1_900)] == [1_900, 2_100]


def test_a_packet_without_a_time_was_taken_when_it_came() -> None:
    assert StreamClock().at(None, 1_234) == 1_234
