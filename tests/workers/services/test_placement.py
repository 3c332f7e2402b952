"""Where streams go: by free capacity, priority and who had them last; moved for balance, but rarely."""

from __future__ import annotations

import uuid
from collections import Counter

import pytest

from workers.services.placement import Held, Need, Seat, place, rebalance


def need(number: int, cost: float = 5, **more: int) -> Need:
    return Need(uuid.UUID(int=number), cost, **more)


def held(number: int, node_id: int, cost: float = 5, priority: int = 1) -> Held:
    return Held(uuid.UUID(int=number), node_id, cost, priority)


def seats(*capacities: float, load: float = 0) -> list[Seat]:
    return [Seat(node_id=number, capacity=capacity, load=load) for number, capacity in enumerate(capacities, start=1)]


def test_streams_spread_by_capacity() -> None:
    placed = place([need(number) for number in range(30)], seats(100, 200))
    assert Counter(placed.values()) == {1: 10, 2: 20}


def test_a_stream_goes_back_to_the_node_that_had_it_while_that_has_room() -> None:
    nodes = seats(100, 100)
    nodes[0].load = 90
    assert place([need(1, prefers=1)], nodes) == {uuid.UUID(int=1): 1}
    assert place([need(2, cost=10, prefers=1)], nodes) == {uuid.UUID(int=2): 2}


def test_a_stream_avoids_the_node_it_failed_on_unless_there_is_no_other() -> None:
    assert list(place([need(1, prefers=1, avoids=1)], seats(100, 10)).values()) == [2]
    assert list(place([need(1, avoids=1)], seats(100)).values()) == [1]


def test_the_important_come_first_where_there_is_little_room() -> None:
    strong, weak = Seat(1, 100, 0), Seat(2, 10, 5)
    placed = place([need(1, cost=100, priority=0), need(2, cost=100, priority=2)], [strong, weak])
    assert (placed[uuid.UUID(int=2)], placed[uuid.UUID(int=1)]) == (1, 1)
    assert strong.load == 200


def test_where_nobody_has_room_all_are_overloaded_alike() -> None:
    placed = place([need(number) for number in range(40)], seats(50, 50))
    assert Counter(placed.values()) == {1: 20, 2: 20}


def test_where_nobody_has_room_a_stream_stays_where_it_was() -> None:
    assert list(place([need(1, prefers=2)], seats(1, 1)).values()) == [2]


def test_a_node_on_probation_gets_one_stream() -> None:
    nodes = [Seat(1, 1000, 0, probation=True), Seat(2, 10, 0)]
    placed = place([need(number) for number in range(5)], nodes)
    assert Counter(placed.values()) == {1: 1, 2: 4}


def test_where_all_nodes_are_on_probation_they_get_their_full_share() -> None:
    nodes = [Seat(1, 100, 5, streams=1, probation=True), Seat(2, 100, 0, probation=True)]
    placed = place([need(number) for number in range(5)], nodes)
    assert Counter(placed.values()) == {1: 2, 2: 3}


def test_nobody_there_means_nothing_is_placed() -> None:
    assert place([need(1)], []) == {}


def test_a_full_node_gives_its_least_important_streams_to_an_empty_one_a_few_at_a_time() -> None:
    streams = [held(number, 1, priority=number % 3) for number in range(20)]
    moves = rebalance(streams, [Seat(1, 100, 120), Seat(2, 100, 0)])
    assert len(moves) == 3 and set(moves.values()) == {2}
    assert {stream.priority for stream in streams if stream.stream_id in moves} == {0}


@pytest.mark.parametrize(
    ("full", "empty"), [(85, 0), (95, 75), (100, 100)], ids=["nobody is full", "a small difference", "all are full"]
)
def test_nothing_moves_without_need(full: float, empty: float) -> None:
    assert rebalance([held(1, 1), held(2, 2)], [Seat(1, 100, full), Seat(2, 100, empty)]) == {}


def test_a_stream_that_would_only_swap_the_roles_stays() -> None:
    assert rebalance([held(1, 1, cost=90)], [Seat(1, 100, 95), Seat(2, 100, 20)]) == {}


def test_what_was_balanced_is_not_moved_back() -> None:
    streams = [held(number, 1) for number in range(40)]
    nodes = [Seat(1, 100, 200, streams=40), Seat(2, 100, 0)]
    moves: dict[uuid.UUID, int] = {}
    while found := rebalance([stream for stream in streams if stream.stream_id not in moves], nodes):
        moves |= found
    now = [held(number, moves.get(uuid.UUID(int=number), 1)) for number in range(40)]
    assert 15 <= len(moves) <= 20
    assert rebalance(now, nodes) == {}
