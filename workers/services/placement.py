"""Which node is to watch what: by free capacity, priority and who had it last. Plain values in, plain values out."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

FULL = 0.9
IMBALANCE = 0.25
MOST_MOVES = 3


@dataclass(slots=True)
class Seat:
    """A node that may get streams. ``capacity`` and ``load`` in frames a second.

    On ``probation`` it gets only one, while there are others.
    """

    node_id: int
    capacity: float
    load: float
    streams: int = 0
    probation: bool = False

    @property
    def is_open(self) -> bool:
        return not self.probation or self.streams == 0

    def fullness(self, more: float = 0) -> float:
        return (self.load + more) / self.capacity

    def take(self, cost: float) -> None:
        self.load += cost
        self.streams += 1


@dataclass(frozen=True, slots=True)
class Need:
    """A stream to place: what it asks (frames a second), where it should go, and where rather not."""

    stream_id: uuid.UUID
    cost: float
    priority: int = 1
    prefers: int | None = None
    avoids: int | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A stream that is watched and may be moved."""

    stream_id: uuid.UUID
    node_id: int
    cost: float
    priority: int = 1


def place(needs: Iterable[Need], seats: Sequence[Seat]) -> dict[uuid.UUID, int]:
    """A node for each stream, the most important first, as far as there are any; ``seats`` are filled on the way.

    Where no node has room the emptiest is overloaded: a camera that is watched badly is better than a blind one. For
    the same reason nodes on probation get their full share where there are no others.
    """
    placed: dict[uuid.UUID, int] = {}
    nobody_else = all(seat.probation for seat in seats)
    for need in sorted(needs, key=lambda need: (-need.priority, need.stream_id)):
        seat = _choose(need, [seat for seat in seats if seat.is_open or nobody_else])
        if seat is not None:
            seat.take(need.cost)
            placed[need.stream_id] = seat.node_id
    return placed


def _choose(need: Need, seats: Sequence[Seat]) -> Seat | None:
    others = [seat for seat in seats if seat.node_id != need.avoids] or seats
    roomy = [seat for seat in others if seat.fullness(need.cost) <= 1]
    for seat in roomy:
        if seat.node_id == need.prefers:
            return seat
    return min(
        roomy or others,
        key=lambda seat: (seat.fullness(need.cost), seat.node_id != need.prefers, seat.node_id),
        default=None,
    )


def rebalance(held: Iterable[Held], seats: Sequence[Seat], most: int = MOST_MOVES) -> dict[uuid.UUID, int]:
    """A few streams, the least important first, that go from the fullest node to the emptiest.

    Moving costs a moment of blindness, so nothing moves while no node is nearly full, nor for a small difference, nor
    where the emptiest would then be the fuller one: the same streams are not moved back.
    """
    movable = sorted(held, key=lambda stream: (stream.priority, -stream.cost, stream.stream_id))
    moves: dict[uuid.UUID, int] = {}
    while len(moves) < most and len(seats) > 1:
        fullest, emptiest = max(seats, key=Seat.fullness), min(seats, key=Seat.fullness)
        if fullest.fullness() <= FULL or fullest.fullness() - emptiest.fullness() < IMBALANCE or not emptiest.is_open:
            break
        stream = next(
            (stream for stream in movable if _helps(stream, fullest, emptiest) and stream.stream_id not in moves), None
        )
        if stream is None:
            break
        fullest.load -= stream.cost
        emptiest.take(stream.cost)
        moves[stream.stream_id] = emptiest.node_id
    return moves


def _helps(stream: Held, fullest: Seat, emptiest: Seat) -> bool:
    return stream.node_id == fullest.node_id and emptiest.fullness(stream.cost) <= fullest.fullness(-stream.cost)
