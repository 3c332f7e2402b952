"""Which hit is which of the live rule's events: the same happening may begin a little earlier or later."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

NEAR = timedelta(seconds=5)
"""So far apart may two starts be where the track is another: a rule about the place, or a track that was lost."""
SAME = timedelta(seconds=60)
"""And so far where it is the same track: another time to stay moves the start."""


@dataclass(frozen=True, slots=True)
class Happening:
    """A hit or an event. ``owner``: the stream or job in which its track has this number."""

    owner: uuid.UUID | None
    track_id: int
    started_at: datetime
    ended_at: datetime | None


def pairs(hits: Sequence[Happening], events: Sequence[Happening]) -> dict[int, int]:
    """By the number of a hit: the number of its event. Each has one at most; the surest pairs are made first."""
    found: dict[int, int] = {}
    for fits in (_identical, _same_track, _close):
        _match(hits, events, fits, found)
    return found


def _match(
    hits: Sequence[Happening],
    events: Sequence[Happening],
    fits: Callable[[Happening, Happening], bool],
    found: dict[int, int],
) -> None:
    taken = set(found.values())
    free = sorted((number for number in range(len(events)) if number not in taken), key=lambda n: events[n].started_at)
    waiting = sorted((number for number in range(len(hits)) if number not in found), key=lambda n: hits[n].started_at)
    first = 0
    for number in waiting:
        hit = hits[number]
        while first < len(free) and events[free[first]].started_at < hit.started_at - SAME:
            first += 1
        near = _around(events, free, first, hit)
        chosen = [each for each in near if each not in taken and fits(hit, events[each])]
        if chosen:
            best = min(chosen, key=lambda each: abs(events[each].started_at - hit.started_at))
            found[number] = best
            taken.add(best)


def _around(events: Sequence[Happening], free: Sequence[int], first: int, hit: Happening) -> Iterable[int]:
    for place in range(first, len(free)):
        if events[free[place]].started_at > hit.started_at + SAME:
            return
        yield free[place]


def _identical(hit: Happening, event: Happening) -> bool:
    return _of_one_track(hit, event) and hit.started_at == event.started_at


def _same_track(hit: Happening, event: Happening) -> bool:
    return _of_one_track(hit, event) and abs(hit.started_at - event.started_at) <= SAME


def _close(hit: Happening, event: Happening) -> bool:
    return hit.owner == event.owner and abs(hit.started_at - event.started_at) <= NEAR


def _of_one_track(hit: Happening, event: Happening) -> bool:
    return (hit.owner, hit.track_id) == (event.owner, event.track_id)
