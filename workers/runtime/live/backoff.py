"""How long to wait before a camera is tried again."""

from __future__ import annotations

import random
from dataclasses import dataclass

from workers.runtime.live.conditions import Condition

SLOW_DOWN = frozenset({Condition.UNAUTHORISED})
"""Every try counts as wrong logins at the camera, which locks out an address after a few."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Doubles from the first pause to the cap, with jitter: cameras behind one switch come back one by one."""

    first_seconds: float = 0.5
    cap_seconds: float = 30.0
    login_first_seconds: float = 60.0
    login_cap_seconds: float = 900.0

    def pause_seconds(self, failures: int, condition: Condition) -> float:
        """Before the next try after this many failed ones in a row (at least one)."""
        first, cap = self.first_seconds, self.cap_seconds
        if condition in SLOW_DOWN:
            first, cap = self.login_first_seconds, self.login_cap_seconds
        full = min(cap, first * 2.0 ** min(failures - 1, 30))
        return full * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, keeps no secret
