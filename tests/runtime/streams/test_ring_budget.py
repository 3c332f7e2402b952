"""Memory for packets is shared out: the large ones give way, and get it back."""

from __future__ import annotations

from workers.runtime.streams.ring_budget import FEWEST_BYTES, MOST_BYTES, ring_limit

MB = 1_000_000


def test_within_the_budget_nobody_gives_way() -> None:
    assert ring_limit(MOST_BYTES, [10 * MB, 20 * MB], 100 * MB) == MOST_BYTES


def test_beyond_it_the_large_ones_are_cut_to_what_the_small_ones_leave() -> None:
    assert ring_limit(MOST_BYTES, [60 * MB, 4 * MB, 60 * MB, 6 * MB], 50 * MB) == 20 * MB


def test_cut_rings_fit_the_budget() -> None:
    used = [size * MB for size in (3, 50, 21, 64, 8)]
    limit = ring_limit(MOST_BYTES, used, 70 * MB)
    assert 65 * MB < sum(min(size, limit) for size in used) <= 70 * MB


def test_room_that_comes_free_is_given_back() -> None:
    assert ring_limit(20 * MB, [20 * MB, 4 * MB], 50 * MB) == 33 * MB


def test_every_stream_keeps_something() -> None:
    assert ring_limit(MOST_BYTES, [5 * MB] * 100, 10 * MB) == FEWEST_BYTES
    assert ring_limit(MOST_BYTES, [], 10 * MB) == MOST_BYTES
