"""Actors that run again and again, each at moments of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import dramatiq
from django.utils import timezone
from dramatiq_crontab import interval, scheduler

BEGAN_AT = timezone.now()
APART_SECONDS = 0.618
"""The golden ratio: however many whole seconds two of them repeat after, they come at different parts of a second."""


def every(*, seconds: int) -> Callable[[dramatiq.Actor[[], None]], dramatiq.Actor[[], None]]:
    """Send the actor's message so often, for the first time no later than after so long.

    With one beginning for all, every half minute each of them would want a connection to the database at once, and as
    many would be made, fill their caches and be kept.
    """

    def decorator(actor: dramatiq.Actor[[], None]) -> dramatiq.Actor[[], None]:
        place = len(scheduler.get_jobs())
        interval(seconds=seconds)(actor)
        first = timedelta(seconds=seconds - place * APART_SECONDS % seconds)
        scheduler.get_jobs()[-1].trigger.start_date = BEGAN_AT + first
        return actor

    return decorator
