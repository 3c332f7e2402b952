"""When to try again."""

from __future__ import annotations

from vms.retrying import LONGEST_SECONDS, retry_wait


def test_waits_grow_and_end_at_half_an_hour() -> None:
    waits = [retry_wait(attempts, first_seconds=15).total_seconds() for attempts in range(1, 10)]
    assert waits[0] < 20
    assert waits[3] > waits[0] * 4
    assert max(waits) <= LONGEST_SECONDS * 1.2
