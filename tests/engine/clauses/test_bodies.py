"""Clauses of what a person wears and does: protective things, attributes, poses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rules.engine.frames import ItemDetections
from tests.engine.worlds import Body, World, items, moments, standing, starts_of, together, walking

WORKER = Body(0.25, 0.7, height=0.3, width=0.1)
HEAD = Body(0.25, 0.45, width=0.04, height=0.05)
CHEST = Body(0.25, 0.56, width=0.08, height=0.1)
PERSON = standing(0.25, 0.7, height=0.3, width=0.1)


def look(*found: tuple[str, Body], every: float = 1.0) -> Any:
    """The PPE model runs once in so many seconds."""
    return lambda second: {"items": items(*found)} if second % every == 0 else {}


@pytest.mark.parametrize(
    ("found", "lacks", "wears"),
    [
        pytest.param([("Hardhat", HEAD)], 0, 1, id="a helmet on the head"),
        pytest.param([("NO-Hardhat", HEAD)], 1, 0, id="a bare head"),
        pytest.param([], 1, 0, id="nothing found"),
        pytest.param([("Hardhat", CHEST)], 1, 0, id="a helmet carried in front of the belly"),
        pytest.param([("Hardhat", Body(0.5, 0.45, width=0.04, height=0.05))], 1, 0, id="a helmet on a peg"),
        pytest.param([("Safety Vest", CHEST)], 1, 0, id="a vest is no helmet"),
    ],
)
def test_a_helmet_is_worn_or_lacking(found: list[tuple[str, Body]], lacks: int, wears: int) -> None:
    film = World(PERSON, extra=look(*found))
    assert len(starts_of("lacks: helmet", film)) == lacks
    assert len(starts_of("wears: helmet", film)) == wears


@pytest.mark.parametrize(("every", "lacks", "wears"), [(1, 0, 1), (2, 0, 1), (3, 0, 1), (5, 0, 0), (8, 1, 0)])
def test_what_a_model_overlooks_now_and_then_is_worn_all_the_same(every: int, lacks: int, wears: int) -> None:
    def seen(second: float) -> dict[str, Any]:
        found = [("Hardhat", HEAD)] if second % every == 0 else []
        return {"items": items(*found)} if second % 1 == 0 else {}

    film = World(PERSON, extra=seen, seconds=16)
    assert len(starts_of("lacks: {item: helmet, looks: 10, window: 20}", film)) == lacks
    assert len(starts_of("wears: {item: helmet, looks: 10, window: 20}", film)) == wears


def test_nothing_is_said_before_enough_looks() -> None:
    # Looks at 0, 1 and 2 seconds.
    assert moments("lacks: {item: vest, looks: 3}", World(PERSON, extra=look()))[0][:2] == (1, 2.0)


def test_frames_in_which_the_model_did_not_run_say_nothing() -> None:
    assert starts_of("lacks: helmet", World(PERSON)) == []


def test_one_missed_look_in_many_is_no_lack() -> None:
    def extra(second: float) -> Mapping[str, ItemDetections]:
        if second % 1:
            return {}
        return {"items": items() if second == 5 else items(("helmet", HEAD))}

    assert starts_of("lacks: helmet", World(PERSON, extra=extra)) == []


def test_the_helmet_belongs_to_the_nearer_of_two_who_overlap() -> None:
    neighbour = standing(0.29, 0.7, height=0.3, width=0.1)
    film = World(together(PERSON, neighbour), extra=look(("helmet", HEAD)))
    assert [each.track_id for each in starts_of("lacks: helmet", film)] == [101]


def test_a_track_that_was_not_looked_at_is_not_judged() -> None:
    nothing = ItemDetections((), np.zeros(0), np.zeros((0, 4)), looked_at=frozenset({1}))
    film = World(together(PERSON, standing(0.6, 0.7)), extra=lambda second: {"items": nothing})
    assert [each.track_id for each in starts_of("lacks: helmet", film)] == [1]


def test_an_item_of_ones_own_is_named_by_its_classes() -> None:
    film = World(PERSON, extra=look(("Apron", CHEST)))
    assert len(starts_of("wears: {item: apron, classes: [apron]}", film)) == 1


@pytest.mark.parametrize(("score", "is_so", "count"), [(0.9, "true", 1), (0.2, "true", 0), (0.2, "false", 1)])
def test_an_attribute_is_what_a_model_says_of_a_track(score: float, is_so: str, count: int) -> None:
    film = World(PERSON, extra=lambda second: {"attributes": {1: {"uniform": score}}} if second == 2 else {})
    assert len(starts_of(f"attribute: {{name: uniform, is: {is_so}}}", film)) == count


def test_an_unknown_attribute_is_neither_so_nor_not_so() -> None:
    assert starts_of("attribute: {name: uniform, is: false}", World(PERSON)) == []


def test_who_can_ask_for_an_attribute() -> None:
    film = World(PERSON, extra=lambda second: {"attributes": {1: {"uniform": 0.9}}} if second == 2 else {})
    assert moments("in_zone: yard", film, who="{attributes: {uniform: true}}") == [(1, 2.0, 10.0)]


def skeleton(angle: float, *, legs: str = "down", hands: str = "down", stride: float = 0.05) -> NDArray[np.float64]:
    """Key points of a body whose hips are at (.25, .6) and whose torso leans by an angle; in picture heights."""
    points = np.zeros((17, 3))
    points[:, 2] = 0.9
    hips = np.array((0.25 * 16 / 9, 0.6))
    lean = np.array((np.sin(np.radians(angle)), -np.cos(np.radians(angle))))
    shoulders, head = hips + 0.12 * lean, hips + 0.17 * lean
    points[0:5, :2], points[5:7, :2], points[11:13, :2] = head, shoulders, hips
    points[9:11, :2] = head - (0, 0.03) if hands == "up" else hips
    feet = hips + np.array((0, 0.15)) if legs == "down" else hips - 0.15 * lean
    points[13:15, :2], points[15:17, :2] = (hips + feet) / 2, feet
    points[15, 0] -= stride / 2
    points[16, 0] += stride / 2
    points[:, 0] /= 16 / 9
    return points


def posing(points: NDArray[np.float64]) -> Any:
    return lambda second: {"keypoints": {1: points}}


UPRIGHT = Body(0.25, 0.75, height=0.33, width=0.08)
FLAT = Body(0.25, 0.65, height=0.1, width=0.2)


@pytest.mark.parametrize(
    ("body", "points", "pose"),
    [
        pytest.param(FLAT, skeleton(85, legs="along"), "lying", id="lying"),
        pytest.param(FLAT, skeleton(-80, legs="along"), "lying", id="lying the other way"),
        pytest.param(UPRIGHT, skeleton(70), "bending", id="bending"),
        pytest.param(UPRIGHT, skeleton(0, hands="up"), "hands_raised", id="hands raised"),
        pytest.param(UPRIGHT, skeleton(5), None, id="standing"),
    ],
)
def test_poses_from_key_points(body: Body, points: NDArray[np.float64], pose: str | None) -> None:
    film = World(lambda second: {1: body}, extra=posing(points), seconds=4)
    for each in ("lying", "bending", "hands_raised"):
        assert len(starts_of(f"pose: {each}", film)) == (each == pose)


def test_without_key_points_the_box_says_who_lies() -> None:
    assert len(starts_of("pose: {is: lying, for: 2s}", World(lambda second: {1: FLAT}))) == 1
    assert starts_of("pose: {is: lying, uses: keypoints}", World(lambda second: {1: FLAT})) == []


@pytest.mark.parametrize(("takes", "count"), [(1.0, 1), (4.0, 0)])
def test_a_fall_is_fast_lying_down_is_slow(takes: float, count: int) -> None:
    def place(second: float) -> dict[int, Body]:
        share = min(1.0, max(0.0, (second - 3) / takes))
        return {1: Body(0.25, 0.7, height=0.3 - 0.2 * share, width=0.08 + 0.12 * share)}

    found = moments("pose: falling", World(place))
    assert len(found) == count
    assert all(3 < start <= 4 for _, start, _ in found)


def test_a_fall_is_over_after_a_while_though_nobody_is_seen_any_more() -> None:
    def place(second: float) -> dict[int, Body]:
        sunk = min(1.0, max(0.0, second - 3))
        return {1: Body(0.25, 0.7, height=0.3 - 0.2 * sunk, width=0.08 + 0.12 * sunk)} if second < 4.4 else {}

    ((_, start, end),) = moments("pose: falling", World(place, seconds=60))
    assert 3 < start <= 4
    assert 8 <= end - start <= 10.2


@pytest.mark.parametrize(("per_second", "stride", "count"), [(0.1, 0.2, 0), (0.2, 0.2, 1), (0.2, 0.02, 0)])
def test_running_is_fast_and_has_a_stride(per_second: float, stride: float, count: int) -> None:
    # .2 of the width is .36 picture heights a second, 1.8 of the body's.
    film = World(walking((0.1, 0.7), (per_second, 0)), seconds=4, extra=posing(skeleton(10, stride=stride)))
    assert len(starts_of("pose: {is: running, for: 1s}", film)) == count
