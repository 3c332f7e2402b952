"""How many of a worker's threads may be busy with each kind of target: none of them may take all.

In one process; across processes an endpoint's breaker counts (alerts/breaker.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from threading import Lock

from alerts.breaker import AT_ONCE
from alerts.choices import Channel
from alerts.models import Delivery


class Lane(StrEnum):
    MAIL = "mail"
    PUSH = "push"
    ENDPOINTS = "endpoints"
    SUSPECT = "suspect"
    """Endpoints that failed last: those that hang wait for each other and for nobody else."""


WIDTHS: dict[str, int] = {Lane.MAIL: 4, Lane.PUSH: 4, Lane.ENDPOINTS: 14, Lane.SUSPECT: 4}
"""Together less than the threads of the tasks worker (Procfile): sweeps and reports go on."""

_taken: Counter[str] = Counter()
_turned_away: Counter[str] = Counter()
_lock = Lock()


def place_of(delivery: Delivery) -> str:
    """Where it will have to wait, as far as its row says: its endpoint, or the lane of its channel."""
    if delivery.endpoint_id is not None:
        return endpoint_place(delivery.endpoint_id)
    return Lane.PUSH if delivery.channel == Channel.WEB_PUSH else Lane.MAIL


def lane_of(delivery: Delivery) -> str:
    """``delivery.endpoint`` and its health are read."""
    if delivery.endpoint is None:
        return place_of(delivery)
    health = getattr(delivery.endpoint, "health", None)
    return Lane.SUSPECT if health is not None and health.failures_in_row else Lane.ENDPOINTS


def endpoint_place(endpoint_id: int) -> str:
    return f"endpoint:{endpoint_id}"


@contextmanager
def places_in(*places: str) -> Iterator[bool]:
    """Whether something is free in each; kept until the block ends."""
    with _lock:
        full = next(filter(_is_full, places), None)
        if full is None:
            _taken.update(set(places))
        else:
            _turned_away[full] += 1
    try:
        yield full is None
    finally:
        if full is None:
            with _lock:
                _taken.subtract(set(places))


def turned_away(place: str) -> bool:
    """Nothing is free there: who comes will have to be called, and need not ask the database first."""
    with _lock:
        full = _is_full(place)
        if full:
            _turned_away[place] += 1
        return full


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


def _is_full(place: str) -> bool:
    return _taken[place] >= WIDTHS.get(place, AT_ONCE)
