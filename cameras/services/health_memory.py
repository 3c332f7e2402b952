"""What counters and drop-outs of the last minutes say of a camera's pictures."""

from __future__ import annotations

from pydantic import BaseModel

from cameras.choices import HealthState
from cameras.services.conditions import DAMAGED, LATE, NO_CLIPS, REASONS, SKIPPED, Reading, reading_of
from workers.runtime.contract import StreamCondition, StreamHealth

WINDOW_MS = 8_000
"""Shares are taken over at least this long, so that a handful of frames says nothing."""
LATE_MS = 3_000
SKIPPED_SHARE = 0.2
DAMAGED_SHARE = 0.05
UNSTABLE_DROPS = 3
UNSTABLE_MS = 120_000


class Mark(BaseModel):
    """The reader's counters as they stood at ``at_ms``."""

    at_ms: int
    analysed: int
    skipped: int
    damaged: int
    connections: int


class HealthMemory(BaseModel):
    """Kept with the camera's health. ``drops``: when good pictures stopped, milliseconds since 1970."""

    mark: Mark | None = None
    trouble: str = ""
    drops: list[int] = []
    bad_since_ms: int | None = None
    bad_reason: str = ""
    is_fresh: bool = True
    """The reader has had no good picture yet."""

    @property
    def is_unstable(self) -> bool:
        return len(self.drops) >= UNSTABLE_DROPS

    def learn(self, health: StreamHealth, *, was_good: bool, is_good: bool, began_ms: int, at_ms: int) -> None:
        """Take in a report. A reader that began anew, on this host or another, is no drop-out of the camera."""
        same_reader = self._knows(health)
        self.drops = [drop for drop in self.drops if drop > at_ms - UNSTABLE_MS]
        if was_good and not is_good and same_reader and health.condition != StreamCondition.FROZEN:
            self.drops.append(began_ms)
        elif was_good and is_good and same_reader and self.mark is not None:
            self.drops += [at_ms] * min(health.connections - self.mark.connections, UNSTABLE_DROPS)
        self.is_fresh = not is_good and (self.is_fresh or not same_reader)
        self._note_trouble(health.condition, None if is_good else began_ms)
        self._measure(health, at_ms, anew=not same_reader or not was_good)

    def _knows(self, health: StreamHealth) -> bool:
        mark = self.mark
        return mark is not None and mark.connections <= health.connections and mark.analysed <= health.frames_analysed

    def _note_trouble(self, condition: StreamCondition, began_ms: int | None) -> None:
        if began_ms is None:
            self.bad_since_ms, self.bad_reason = None, ""
            return
        self.bad_since_ms = began_ms if self.bad_since_ms is None else self.bad_since_ms
        if condition != StreamCondition.CONNECTING:
            self.bad_reason = REASONS[condition]

    def reading(self, condition: StreamCondition) -> Reading:
        """To connect again says less than why the connection before it failed."""
        if condition == StreamCondition.CONNECTING and self.bad_reason:
            return Reading(HealthState.OFFLINE, self.bad_reason)
        return reading_of(condition, self.trouble)

    def _measure(self, health: StreamHealth, at_ms: int, *, anew: bool) -> None:
        mark = Mark(
            at_ms=at_ms,
            analysed=health.frames_analysed,
            skipped=health.frames_skipped,
            damaged=health.frames_damaged,
            connections=health.connections,
        )
        if anew or self.mark is None:
            self.mark, self.trouble = mark, ""
        elif at_ms - self.mark.at_ms >= WINDOW_MS:
            self.trouble = _trouble(self.mark, mark, health)
            self.mark = mark
        else:
            self.mark.connections = health.connections


def _trouble(before: Mark, now: Mark, health: StreamHealth) -> str:
    analysed, skipped = now.analysed - before.analysed, now.skipped - before.skipped
    damaged = now.damaged - before.damaged
    if health.lag_ms > LATE_MS:
        return LATE
    if skipped > SKIPPED_SHARE * (analysed + skipped):
        return SKIPPED
    if damaged > DAMAGED_SHARE * (analysed + skipped + damaged):
        return DAMAGED
    return NO_CLIPS if analysed > 0 and not health.ring_bytes else ""
