"""Whose turn it is to be looked at by one further model: who waited longest, within a budget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PER_SECOND = 20.0
"""Looks of one camera. A crowd shares them: each of its tracks is then looked at less often."""
AT_ONCE = 8
EARLY = 0.8
"""Frames come a little early or late: a look counts as due after so much of its time."""
FORGET_MS = 10_000
NEVER = -1


class Turns:
    """Counts in the stream's own time, so that the same frames give the same looks on any host."""

    def __init__(self) -> None:
        self._looked_ms: dict[int, int] = {}
        self._credit = float(AT_ONCE)
        self._now_ms: int | None = None

    def take(self, now_ms: int, wanted: Mapping[int, int]) -> list[int]:
        """The tracks to look at now; ``wanted``: by track, how many milliseconds apart."""
        elapsed = 0 if self._now_ms is None else max(0, now_ms - self._now_ms)
        self._credit = min(float(AT_ONCE), self._credit + elapsed / 1000 * PER_SECOND)
        self._now_ms = now_ms
        self._looked_ms = {each: at for each, at in self._looked_ms.items() if now_ms - at <= FORGET_MS}
        waiting = [(self._looked_ms.get(each, NEVER), each) for each, every_ms in wanted.items()]
        due = [each for at, each in sorted(waiting) if at == NEVER or now_ms - at >= EARLY * wanted[each]]
        chosen = due[: max(0, int(self._credit))]
        self._credit -= len(chosen)
        self._looked_ms |= dict.fromkeys(chosen, now_ms)
        return chosen

    def count(self, now_ms: int, track_id: int) -> None:
        """The track was looked at out of turn."""
        self._looked_ms[track_id] = now_ms
        self._credit -= 1

    @property
    def remembered(self) -> set[int]:
        """The tracks that were looked at lately."""
        return set(self._looked_ms)

    def state(self) -> list[Any]:
        return [self._credit, self._now_ms, [list(row) for row in sorted(self._looked_ms.items())]]

    @classmethod
    def of_state(cls, state: list[Any]) -> Turns:
        turns = cls()
        turns._credit, turns._now_ms, rows = state
        turns._looked_ms = {int(each): int(at) for each, at in rows}
        return turns
