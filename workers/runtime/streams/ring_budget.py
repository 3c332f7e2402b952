"""Shares out the memory for the last packets of all streams of a process."""

from __future__ import annotations

from collections.abc import Sequence

MOST_BYTES = 64_000_000
"""Of one stream, however much room there is."""
FEWEST_BYTES = 1_000_000


def ring_limit(limit: int, used: Sequence[int], budget: int) -> int:
    """What one stream may keep from now on, where ``limit`` was allowed before: the large ones give way first."""
    if not used:
        return MOST_BYTES
    spare = budget - sum(used)
    if spare < 0:
        return max(FEWEST_BYTES, _level(sorted(used), budget))
    return min(MOST_BYTES, limit + spare // len(used))


def _level(used: Sequence[int], budget: int) -> int:
    """The cut at which what is below it and the cuts together are the budget; ``used`` from the smallest on."""
    left = budget
    for index, size in enumerate(used):
        share = left // (len(used) - index)
        if size > share:
            return share
        left -= size
    return MOST_BYTES
