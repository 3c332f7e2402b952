"""Cameras compute in turns: few at the same moment, nobody while it waits, and none for ever."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from workers.runtime.live.computing import ComputeTurns

LONG_SECONDS = 30.0


def test_no_more_compute_at_the_same_moment_than_there_are_places() -> None:
    turns, lock, inside, most = ComputeTurns(2, LONG_SECONDS), threading.Lock(), 0, 0

    def compute(_: int) -> None:
        nonlocal inside, most
        for _ in range(200):
            with turns.turn():
                with lock:
                    inside += 1
                    most = max(most, inside)
                with lock:
                    inside -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(compute, range(8)))

    assert 1 <= most <= 2


def test_who_waits_for_something_else_lets_others_compute_meanwhile() -> None:
    turns, told = ComputeTurns(1, LONG_SECONDS), threading.Event()

    def other() -> None:
        with turns.turn():
            told.set()

    with ThreadPoolExecutor(1) as pool, turns.turn():
        answer = pool.submit(other)
        with turns.away():
            assert told.wait(LONG_SECONDS)
            answer.result(LONG_SECONDS)


def test_who_has_no_turn_gives_none_away() -> None:
    turns = ComputeTurns(1, 0.05)
    with turns.away():
        pass

    assert _go_in_together(turns, 2) == 1


def test_who_waits_for_a_lock_lets_others_compute_meanwhile() -> None:
    turns, lock, begun = ComputeTurns(1, LONG_SECONDS), threading.Lock(), threading.Event()

    def wait_for_it() -> bool:
        with turns.turn():
            begun.set()
            with turns.holding(lock):
                return lock.locked() and turns.has_one

    with ThreadPoolExecutor(1) as pool:
        with lock:
            waiting = pool.submit(wait_for_it)
            assert begun.wait(LONG_SECONDS)
            with turns.turn():
                assert turns.has_one
                assert not waiting.done()
        assert waiting.result(LONG_SECONDS)
    assert not lock.locked()


def test_whoever_hangs_with_a_turn_holds_the_others_up_for_a_moment_only() -> None:
    turns, is_over = ComputeTurns(1, 0.05), threading.Event()

    def hang() -> None:
        with turns.turn():
            is_over.wait(LONG_SECONDS)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(hang)
        with turns.turn():
            is_over.set()

    assert _go_in_together(turns, 2) == 1, "the turn is back, and is one as before"


def test_a_turn_comes_back_from_whoever_fails() -> None:
    turns = ComputeTurns(1, LONG_SECONDS)
    with pytest.raises(ZeroDivisionError), turns.turn():
        raise ZeroDivisionError
    with turns.turn():
        pass


def _go_in_together(turns: ComputeTurns, count: int) -> int:
    """How many of so many threads have a turn while none of them gives it back."""
    all_tried, having = threading.Barrier(count), []

    def go_in() -> None:
        with turns.turn():
            having.append(turns.has_one)
            all_tried.wait(LONG_SECONDS)

    with ThreadPoolExecutor(count) as pool:
        for done in [pool.submit(go_in) for _ in range(count)]:
            done.result()
    return sum(having)
