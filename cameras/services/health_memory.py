"""What counters and drop-outs of the last minutes say of a camera's pictures."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel

from cameras.choices import HealthState
from cameras.services.conditions import (
    CLIP_REASONS,
    CLOCK_JUMPED,
    DAMAGED,
    LATE,
    NO_CLIPS,
    REASONS,
    SIZE_CHANGED,
    SKIPPED,
    Reading,
    reading_of,
)
from workers.runtime.contract import StreamCondition, StreamHealth

WINDOW_MS = 8_000
"""Shares are taken over at least this long, so that a handful of frames says nothing."""
LATE_MS = 3_000
SKIPPED_SHARE = 0.2
DAMAGED_SHARE = 0.05
UNSTABLE_DROPS = 3
UNSTABLE_MS = 120_000
TOLD_MS = 60_000
"""What is over in a moment is told for so long: nobody would see it otherwise."""


class Mark(BaseModel):
    """The reader's counters as they stood at ``at_ms``; frames as in ``StreamHealth``."""

    at_ms: int
    analysed: int
    skipped: int
    damaged: int
    connections: int
    unmoved: int = 0
    held_back: int = 0
    clock_jumps: int = 0
    clip_condition: StreamCondition | None = None

    @property
    def looked_at(self) -> int:
        """By a detector."""
        return self.analysed - self.unmoved

    @classmethod
    def of(cls, health: StreamHealth, at_ms: int) -> Self:
        return cls(
            at_ms=at_ms,
            analysed=health.frames_analysed,
            skipped=health.frames_skipped,
            damaged=health.frames_damaged,
            connections=health.connections,
            unmoved=health.frames_unmoved,
            held_back=health.frames_held_back,
            clock_jumps=health.clock_jumps,
            clip_condition=health.clip_condition,
        )


class HealthMemory(BaseModel):
    """Kept with the camera's health. ``drops``: when good pictures stopped, milliseconds since 1970."""

    mark: Mark | None = None
    trouble: str = ""
    drops: list[int] = []
    bad_since_ms: int | None = None
    bad_reason: str = ""
    is_fresh: bool = True
    """The reader has had no good picture yet."""
    size: tuple[int, int] | None = None
    """Of the pictures, as told last by whichever reader."""
    passing: str = ""
    """What happened at ``passed_ms`` and was dealt with at once, while it is still told."""
    passed_ms: int = 0

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
        self._note_passing(health, at_ms, same_reader=same_reader)
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

    def _note_passing(self, health: StreamHealth, at_ms: int, *, same_reader: bool) -> None:
        """The reader goes on over a jump or another size without a gap: its counts and sizes are what is left of it."""
        if at_ms - self.passed_ms >= TOLD_MS:
            self.passing = ""
        size = (health.width, health.height)
        if same_reader and self.mark is not None and health.clock_jumps > self.mark.clock_jumps:
            self.passing, self.passed_ms = CLOCK_JUMPED, at_ms
        if 0 not in size:
            if self.size not in (None, size):
                self.passing, self.passed_ms = SIZE_CHANGED, at_ms
            self.size = size

    @property
    def flaw(self) -> str:
        """What is or was lately wrong with pictures that do come."""
        return self.trouble or self.passing

    def reading(self, condition: StreamCondition) -> Reading:
        """To connect again says less than why the connection before it failed."""
        if condition == StreamCondition.CONNECTING and self.bad_reason:
            return Reading(HealthState.OFFLINE, self.bad_reason)
        return reading_of(condition, self.flaw)

    def _measure(self, health: StreamHealth, at_ms: int, *, anew: bool) -> None:
        mark = Mark.of(health, at_ms)
        if anew or self.mark is None:
            self.mark, self.trouble = mark, ""
        elif at_ms - self.mark.at_ms >= WINDOW_MS:
            self.trouble = _trouble(self.mark, mark, health)
            self.mark = mark
        else:
            self.mark.connections, self.mark.clock_jumps = health.connections, health.clock_jumps


def frames_counted(memory: dict[str, Any]) -> Mark | None:
    """What became of a camera's frames since its worker began with it; None where nothing is counted yet."""
    return HealthMemory.model_validate(memory).mark


def _trouble(before: Mark, now: Mark, health: StreamHealth) -> str:
    analysed = now.analysed - before.analysed
    skipped = now.skipped - before.skipped + now.held_back - before.held_back
    damaged = now.damaged - before.damaged
    if health.lag_ms > LATE_MS:
        return LATE
    if skipped > SKIPPED_SHARE * (analysed + skipped):
        return SKIPPED
    if damaged > DAMAGED_SHARE * (analysed + skipped + damaged):
        return DAMAGED
    if before.clip_condition in CLIP_REASONS and now.clip_condition in CLIP_REASONS:
        return CLIP_REASONS[now.clip_condition]
    return NO_CLIPS if analysed > 0 and not health.ring_bytes else ""
