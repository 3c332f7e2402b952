"""The pauses between tries."""

from __future__ import annotations

from workers.runtime.live.backoff import Backoff
from workers.runtime.live.conditions import Condition

BACKOFF = Backoff(first_seconds=1, cap_seconds=30, login_first_seconds=60, login_cap_seconds=900)


def longest(failures: int, condition: Condition) -> float:
    return max(BACKOFF.pause_seconds(failures, condition) for _ in range(200))


def test_pauses_double_up_to_the_cap() -> None:
    for failures, cap in ((1, 1), (2, 2), (3, 4), (6, 30), (10_000, 30)):
        assert 0.8 * cap < longest(failures, Condition.STALLED) <= cap


def test_pauses_are_spread() -> None:
    pauses = {BACKOFF.pause_seconds(6, Condition.ENDED) for _ in range(50)}

    assert len(pauses) > 40
    assert min(pauses) >= 15


def test_a_refused_login_is_tried_rarely() -> None:
    assert BACKOFF.pause_seconds(1, Condition.UNAUTHORISED) >= 30
    assert longest(10, Condition.UNAUTHORISED) > 700
