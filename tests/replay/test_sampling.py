"""What a bench calls growth: the floor that rises, not what is taken and given back above it."""

from __future__ import annotations

from bench.sampling import floor_per_hour

TIMES = [5.0 * number for number in range(60)]


def test_what_is_taken_and_given_back_is_no_growth() -> None:
    jagged = [300.0 + (number % 6) * 2 + (50 if number > 50 else 0) * (number % 2) for number in range(60)]
    assert floor_per_hour(TIMES, jagged) == 0


def test_a_leak_below_a_jagged_line_is_found() -> None:
    leaking = [300.0 + (number % 6) * 2 + at / 60 for number, at in enumerate(TIMES)]
    assert 55 <= floor_per_hour(TIMES, leaking) <= 65


def test_a_single_step_is_no_growth() -> None:
    assert floor_per_hour(TIMES, [300.0 if at < 250 else 320.0 for at in TIMES]) == 0
