"""How a camera's seconds become minutes of the coverage ledger; pure arithmetic in milliseconds since 1970.

A minute with at least 55 s analysed is analysed; one with less than 5 s analysed or degraded is blind; every other
is degraded. Its reason is the one that took most of the seconds that were not analysed.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from pydantic import BaseModel

from cameras.choices import CoverageState

MINUTE_MS = 60_000
ANALYSED_MS = 55_000
SEEN_MS = 5_000


class MinuteTally(BaseModel):
    """Milliseconds of the minute that is going on: analysed, and by reason degraded and blind."""

    good: int = 0
    degraded: dict[str, int] = {}
    blind: dict[str, int] = {}

    def add(self, state: CoverageState, reason: str, amount_ms: int) -> None:
        if state == CoverageState.ANALYSED:
            self.good += amount_ms
            return
        amounts = self.degraded if state == CoverageState.DEGRADED else self.blind
        amounts[reason] = amounts.get(reason, 0) + amount_ms

    def verdict(self) -> tuple[CoverageState, str]:
        if self.good >= ANALYSED_MS:
            return CoverageState.ANALYSED, ""
        amounts = Counter(self.degraded) + Counter(self.blind)
        reason = amounts.most_common(1)[0][0] if amounts else ""
        seen = self.good + sum(self.degraded.values())
        return (CoverageState.BLIND if seen < SEEN_MS else CoverageState.DEGRADED), reason


class Stretch(NamedTuple):
    """Whole minutes in a row that are alike."""

    start_ms: int
    end_ms: int
    state: str
    reason: str


class Counting:
    """A camera's count as it stands at ``until_ms``; ``closed`` holds the minutes that are over."""

    def __init__(self, tally: MinuteTally, closed: list[Stretch], until_ms: int) -> None:
        self.tally, self.closed, self.until_ms = tally, closed, until_ms

    def advance(self, to_ms: int, state: CoverageState, reason: str) -> None:
        """Count the time up to ``to_ms``; what is counted already, or lies behind, changes nothing."""
        while self.until_ms < to_ms:
            minute_end = self.until_ms - self.until_ms % MINUTE_MS + MINUTE_MS
            if self.until_ms % MINUTE_MS == 0 and to_ms - self.until_ms >= MINUTE_MS:
                self._advance_minutes(to_ms, state, reason)
                continue
            upto = min(minute_end, to_ms)
            self.tally.add(state, reason, upto - self.until_ms)
            self.until_ms = upto
            if upto == minute_end:
                self._close(Stretch(upto - MINUTE_MS, upto, *self.tally.verdict()))
                self.tally = MinuteTally()

    def _advance_minutes(self, to_ms: int, state: CoverageState, reason: str) -> None:
        """Whole minutes at once: a platform that was off for a year has half a million of them."""
        upto = to_ms - to_ms % MINUTE_MS
        self._close(Stretch(self.until_ms, upto, state, "" if state == CoverageState.ANALYSED else reason))
        self.until_ms = upto

    def _close(self, stretch: Stretch) -> None:
        last = self.closed[-1] if self.closed else None
        if last is not None and last[1:] == (stretch.start_ms, stretch.state, stretch.reason):
            self.closed[-1] = last._replace(end_ms=stretch.end_ms)
        else:
            self.closed.append(stretch)
