"""How many of a worker's threads may wait for each kind of target: none of them may take all.

In one process; across processes an endpoint's breaker counts (alerts/breaker.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from threading import BoundedSemaphore, Lock

from alerts.choices import Channel
from alerts.models import Delivery


class Lane(StrEnum):
    MAIL = "mail"
    PUSH = "push"
    ENDPOINTS = "endpoints"
    SUSPECT = "suspect"
    """Endpoints that failed last: those that hang wait for each other and for nobody else."""


WIDTHS = {Lane.MAIL: 4, Lane.PUSH: 4, Lane.ENDPOINTS: 14, Lane.SUSPECT: 4}
"""Together less than the threads of the tasks worker (Procfile): sweeps and reports go on."""

_places = {lane: BoundedSemaphore(width) for lane, width in WIDTHS.items()}
_turned_away: Counter[str] = Counter()
_lock = Lock()


def lane_of(delivery: Delivery) -> Lane:
    """``delivery.endpoint`` and its health are read."""
    if delivery.endpoint is None:
        return Lane.PUSH if delivery.channel == Channel.WEB_PUSH else Lane.MAIL
    health = getattr(delivery.endpoint, "health", None)
    return Lane.SUSPECT if health is not None and health.failures_in_row else Lane.ENDPOINTS


def endpoint_place(endpoint_id: int) -> str:
    return f"endpoint:{endpoint_id}"


@contextmanager
def place_in(lane: Lane) -> Iterator[bool]:
    """Whether there is a place; kept until the block ends."""
    taken = _places[lane].acquire(blocking=False)
    if not taken:
        turn_away(lane)
    try:
        yield taken
    finally:
        if taken:
            _places[lane].release()


def turn_away(place: str) -> None:
    """Somebody found no place and will have to be called."""
    with _lock:
        _turned_away[place] += 1


def somebody_waits(place: str) -> bool:
    """True as often as somebody was turned away."""
    with _lock:
        if not _turned_away[place]:
            return False
        _turned_away[place] -= 1
        return True
