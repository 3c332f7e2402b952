"""Whose turn it is to be looked at."""

from __future__ import annotations

import json

from workers.runtime.closeups.turns import AT_ONCE, PER_SECOND, Turns


def test_a_track_is_looked_at_as_often_as_its_rule_asks() -> None:
    turns = Turns()
    looks = [at for at in range(0, 4_000, 200) if turns.take(at, {1: 200, 2: 1_000}).count(2)]
    assert looks == [0, 800, 1_600, 2_400, 3_200]


def test_frames_that_come_a_little_early_are_looked_at() -> None:
    turns = Turns()
    assert [turns.take(at, {1: 200}) for at in (0, 190, 385, 590)] == [[1]] * 4


def test_a_crowd_shares_the_budget_and_everybody_has_a_turn() -> None:
    turns = Turns()
    crowd = dict.fromkeys(range(1, 31), 200)
    looks = [turns.take(at, crowd) for at in range(0, 10_000, 200)]
    assert all(len(each) <= AT_ONCE for each in looks)
    assert sum(map(len, looks)) <= PER_SECOND * 10 + AT_ONCE
    assert {each for chosen in looks[:8] for each in chosen} == set(crowd)


def test_looks_go_on_from_a_saved_state_as_if_nothing_had_happened() -> None:
    crowd = dict.fromkeys(range(1, 12), 300)
    whole, first = Turns(), Turns()
    expected = [whole.take(at, crowd) for at in range(0, 4_000, 200)]
    found = [first.take(at, crowd) for at in range(0, 2_000, 200)]
    second = Turns.of_state(json.loads(json.dumps(first.state())))
    assert found + [second.take(at, crowd) for at in range(2_000, 4_000, 200)] == expected
