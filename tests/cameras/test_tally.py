"""How seconds become minutes of the ledger."""

from __future__ import annotations

import pytest

from cameras.choices import CoverageState
from cameras.services.tally import MINUTE_MS, Counting, MinuteTally, Stretch

GOOD, POOR, BLIND = CoverageState.ANALYSED, CoverageState.DEGRADED, CoverageState.BLIND


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [
        ([(60, GOOD)], ("analysed", "")),
        ([(55, GOOD), (5, BLIND)], ("analysed", "")),
        ([(54, GOOD), (6, BLIND)], ("degraded", "blind")),
        ([(30, GOOD), (30, POOR)], ("degraded", "degraded")),
        ([(60, POOR)], ("degraded", "degraded")),
        ([(5, GOOD), (55, BLIND)], ("degraded", "blind")),
        ([(4, GOOD), (56, BLIND)], ("blind", "blind")),
        ([(2, GOOD), (2, POOR), (56, BLIND)], ("blind", "blind")),
        ([(20, POOR), (40, BLIND)], ("degraded", "blind")),
    ],
)
def test_a_minute_is_what_its_seconds_were(seconds: list[tuple[int, CoverageState]], verdict: tuple[str, str]) -> None:
    counting, at_ms = Counting(MinuteTally(), [], 0), 0
    for number, state in seconds:
        at_ms += number * 1000
        counting.advance(at_ms, state, state.value)
    assert counting.closed == [Stretch(0, MINUTE_MS, *verdict)]


def test_minutes_that_are_alike_are_one_stretch_however_they_were_counted() -> None:
    in_steps, at_once = Counting(MinuteTally(), [], 0), Counting(MinuteTally(), [], 0)
    for at_ms in range(0, 10 * MINUTE_MS + 1, 7_000):
        in_steps.advance(at_ms, BLIND, "why")
    in_steps.advance(10 * MINUTE_MS, BLIND, "why")
    at_once.advance(10 * MINUTE_MS, BLIND, "why")
    assert in_steps.closed == at_once.closed == [Stretch(0, 10 * MINUTE_MS, "blind", "why")]


def test_time_is_counted_once() -> None:
    counting = Counting(MinuteTally(), [], 0)
    counting.advance(30_000, GOOD, "")
    counting.advance(20_000, BLIND, "why")
    counting.advance(30_000, BLIND, "why")
    counting.advance(MINUTE_MS, GOOD, "")
    assert counting.closed == [Stretch(0, MINUTE_MS, "analysed", "")]


def test_years_of_silence_are_counted_at_once_and_stay_one_stretch() -> None:
    counting = Counting(MinuteTally(), [], 30_000)
    end = 3 * 365 * 24 * 60 * MINUTE_MS
    counting.advance(end + 1, BLIND, "why")
    assert counting.closed == [Stretch(0, end, "blind", "why")]
