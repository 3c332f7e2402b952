"""When there is too much to do, low priorities and quiet cameras are looked at less often, and get it back later."""

from __future__ import annotations

import pytest

from workers.runtime.contract import Priority
from workers.runtime.live.rates import Activity, RateKeeper
from workers.runtime.live.speed import Work

IN_TIME, LATE = 0.03, 0.5
"""Seconds that frames wait."""


class Node:
    """A rate keeper with its cameras, and a clock, waiting times and a device's speed to set."""

    def __init__(self, *cameras: Activity) -> None:
        self.waited, self.now, self.cameras = IN_TIME, 0.0, cameras
        self.did = Work()
        self.keeper = RateKeeper(self, lambda: self.now)
        for camera in cameras:
            self.keeper.join(camera)

    def waited_lately_seconds(self) -> float:
        return self.waited

    def work(self) -> Work:
        return self.did

    def pass_seconds(self, count: int, waited: float) -> None:
        self.waited = waited
        for _ in range(count):
            self.now += 1.0
            self.keeper.adapt()

    def work_seconds(self, count: int, able_fps: float, device_fps: float = 0) -> list[float]:
        """Every camera shows something all the time, and the node can look at so many frames; how many it let come.

        The device alone could look at ``device_fps``, a frame for each inference; without it, at just as many.
        """
        let = []
        for _ in range(count):
            let.append(sum(camera.allowed_fps for camera in self.cameras))
            share = min(1.0, able_fps / let[-1])
            for camera in self.cameras:
                camera.looked = round(camera.allowed_fps * share)
                camera.dropped = int(share < 1)
            looked = round(share * let[-1])
            self.did += Work(looked, looked / (device_fps or able_fps))
            self.pass_seconds(1, IN_TIME)
        return let


def test_the_lowest_priority_gives_up_first_and_none_falls_below_the_floor() -> None:
    low, normal, high = (Activity(priority, 5.0) for priority in (Priority.LOW, Priority.NORMAL, Priority.HIGH))
    node = Node(high, low, normal)
    node.pass_seconds(5, LATE)
    assert (high.allowed_fps, normal.allowed_fps) == (5, 5)
    assert low.allowed_fps < 3

    node.pass_seconds(60, LATE)
    assert [camera.allowed_fps for camera in (low, normal, high)] == [1, 1, 1]


def test_of_one_priority_the_quiet_camera_gives_up_first() -> None:
    quiet, busy = Activity(Priority.NORMAL, 5.0), Activity(Priority.NORMAL, 5.0)
    node = Node(busy, quiet)
    for _ in range(4):
        busy.looked, quiet.looked = 5, 0
        node.pass_seconds(1, IN_TIME)
    for _ in range(2):
        busy.looked = 5
        node.pass_seconds(1, LATE)

    assert quiet.allowed_fps < busy.allowed_fps == 5


def test_a_quiet_camera_where_something_happens_is_looked_at_as_often_as_the_others() -> None:
    quiet, busy = Activity(Priority.NORMAL, 5.0), Activity(Priority.NORMAL, 5.0)
    node = Node(busy, quiet)
    for _ in range(10):
        busy.looked, quiet.looked = 5, 0
        node.pass_seconds(1, LATE)
    assert quiet.allowed_fps < 2
    for _ in range(2):
        busy.looked, quiet.looked = 3, 1
        node.pass_seconds(1, IN_TIME)

    assert quiet.allowed_fps == busy.allowed_fps > 2


def test_what_was_taken_is_given_back_the_highest_priority_first() -> None:
    low, high = Activity(Priority.LOW, 5.0), Activity(Priority.HIGH, 5.0)
    node = Node(low, high)
    node.pass_seconds(40, LATE)
    node.pass_seconds(10, IN_TIME)
    assert high.allowed_fps > low.allowed_fps

    node.pass_seconds(20, IN_TIME)
    assert (low.allowed_fps, high.allowed_fps) == (5, 5)


def test_cameras_that_lose_frames_are_a_sign_of_too_much_to_do() -> None:
    camera = Activity(Priority.NORMAL, 5.0)
    node = Node(camera)
    for _ in range(2):
        camera.looked, camera.dropped = 5, 3
        node.pass_seconds(1, IN_TIME)

    assert camera.allowed_fps == pytest.approx(4.75)


def test_a_moment_of_too_much_to_do_takes_nothing_away() -> None:
    camera = Activity(Priority.NORMAL, 5.0)
    node = Node(camera)
    for _ in range(5):
        node.pass_seconds(1, LATE)
        node.pass_seconds(1, IN_TIME)

    assert camera.allowed_fps == 5


def test_one_camera_that_loses_frames_takes_nothing_from_the_others() -> None:
    flooded, other, third = (Activity(Priority.NORMAL, 5.0) for _ in range(3))
    node = Node(flooded, other, third)
    for _ in range(20):
        flooded.looked, flooded.dropped, other.looked, third.looked = 1, 4, 5, 5
        node.pass_seconds(1, IN_TIME)

    assert other.allowed_fps == third.allowed_fps == 5


def test_a_node_with_too_much_to_do_stays_near_what_it_can() -> None:
    node = Node(*(Activity(Priority.NORMAL, 5.0) for _ in range(24)))
    let = node.work_seconds(60, able_fps=90.0)

    assert sum(let[10:]) / 50 == pytest.approx(90, rel=0.1)
    assert min(let) > 70


def test_a_node_that_was_held_up_for_a_while_gives_everything_back_within_half_a_minute() -> None:
    node = Node(*(Activity(Priority.NORMAL, 5.0) for _ in range(24)))
    node.pass_seconds(60, LATE)
    assert node.work_seconds(30, able_fps=120.0)[-1] == 120


def test_a_device_that_was_slow_and_is_no_longer_gives_everything_back_in_a_moment() -> None:
    node = Node(*(Activity(Priority.NORMAL, 5.0) for _ in range(4)))
    assert node.work_seconds(20, able_fps=3.0)[-1] < 8
    assert node.work_seconds(3, able_fps=60.0)[-1] == 20


def test_a_device_that_is_only_somewhat_faster_gets_no_more_at_once_than_it_can() -> None:
    node = Node(*(Activity(Priority.NORMAL, 5.0) for _ in range(24)))
    node.work_seconds(60, able_fps=20.0)
    assert max(node.work_seconds(4, able_fps=70.0)) < 70


def test_a_node_whose_device_was_never_slow_gets_nothing_back_at_once() -> None:
    node = Node(*(Activity(Priority.NORMAL, 5.0) for _ in range(24)))
    node.work_seconds(60, able_fps=30.0, device_fps=500.0)
    taken = 120 - node.work_seconds(1, able_fps=120.0, device_fps=500.0)[0]
    let = node.work_seconds(3, able_fps=120.0, device_fps=500.0)
    assert 120 - let[-1] > 0.9 * taken


def test_a_camera_that_wants_less_than_the_floor_keeps_what_it_wants() -> None:
    slow = Activity(Priority.LOW, 0.5)
    node = Node(slow)
    node.pass_seconds(10, LATE)

    assert slow.allowed_fps == 0.5
