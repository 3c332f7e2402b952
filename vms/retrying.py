"""When to try again what failed and may pass."""

from __future__ import annotations

import random
from datetime import timedelta

LONGEST_SECONDS = 1800
JITTER = 0.2


def retry_wait(attempts: int, *, first_seconds: float) -> timedelta:
    """After so many attempts: doubling, spread out so that not all come at once, about half an hour at most."""
    seconds = min(LONGEST_SECONDS, first_seconds * 2 ** (attempts - 1))
    return timedelta(seconds=seconds * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311  no secret
