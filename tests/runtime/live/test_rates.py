"""When there is too much to do, low priorities and quiet cameras are looked at less often, and get it back later."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workers.runtime.contract import Priority
from workers.runtime.live.load import DetectorLoad
from workers.runtime.live.rates import Activity, RateKeeper

IDLE = DetectorLoad(
    inferences=5,
    capacity=30,
    frames_asked=20,
    frames_answered=20,
    busy_share=0.2,
    mean_fill=0.5,
    waited_seconds=0.03,
    in_flight_limit=3,
    out_of_memory=0,
)
FULL = replace(IDLE, busy_share=1.0, waited_seconds=0.5)


class Node:
    """A rate keeper with its cameras, and a clock and load to set."""

    def __init__(self, *cameras: Activity) -> None:
        self.load, self.now = IDLE, 0.0
        self.keeper = RateKeeper(lambda: self.load, lambda: self.now)
        for camera in cameras:
            self.keeper.join(camera)

    def pass_seconds(self, count: int, load: DetectorLoad) -> None:
        self.load = load
        for _ in range(count):
            self.now += 1.0
            self.keeper.adapt()


def test_the_lowest_priority_gives_up_first_and_none_falls_below_the_floor() -> None:
    low, normal, high = (Activity(priority, 5.0) for priority in (Priority.LOW, Priority.NORMAL, Priority.HIGH))
    node = Node(high, low, normal)
    node.pass_seconds(3, FULL)
    assert (high.allowed_fps, normal.allowed_fps) == (5, 5)
    assert low.allowed_fps < 3

    node.pass_seconds(60, FULL)
    assert [camera.allowed_fps for camera in (low, normal, high)] == [1, 1, 1]


def test_of_one_priority_the_quiet_camera_gives_up_first() -> None:
    quiet, busy = Activity(Priority.NORMAL, 5.0), Activity(Priority.NORMAL, 5.0)
    node = Node(busy, quiet)
    busy.looked, quiet.looked = 5, 1
    node.pass_seconds(1, FULL)

    assert quiet.allowed_fps < busy.allowed_fps == 5


def test_what_was_taken_is_given_back_the_highest_priority_first() -> None:
    low, high = Activity(Priority.LOW, 5.0), Activity(Priority.HIGH, 5.0)
    node = Node(low, high)
    node.pass_seconds(40, FULL)
    node.pass_seconds(4, IDLE)
    assert high.allowed_fps > low.allowed_fps

    node.pass_seconds(40, IDLE)
    assert (low.allowed_fps, high.allowed_fps) == (5, 5)


def test_frames_that_went_by_unseen_are_a_sign_of_too_much_to_do() -> None:
    camera = Activity(Priority.NORMAL, 5.0)
    node = Node(camera)
    camera.looked, camera.dropped = 5, 3
    node.pass_seconds(1, IDLE)

    assert camera.allowed_fps == pytest.approx(4.0)


def test_a_camera_that_wants_less_than_the_floor_keeps_what_it_wants() -> None:
    slow = Activity(Priority.LOW, 0.5)
    node = Node(slow)
    node.pass_seconds(10, FULL)

    assert slow.allowed_fps == 0.5
