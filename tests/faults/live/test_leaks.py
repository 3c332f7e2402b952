"""A worker whose cameras come and go for days holds no more threads, open files and memory than at first."""

from __future__ import annotations

import time
from dataclasses import replace

import psutil
import pytest

from bench.sampling import Usage, usage
from tests.faults.live.fleet import NODES, Fleet
from tests.faults.live.footage import PERIOD_SECONDS
from tests.faults.live.judging import tell

pytestmark = [pytest.mark.faults, pytest.mark.thorough]

WARMING_ROUNDS, ROUNDS = 2, 9
"""Of all six cameras: more than fifty new connections after the first ones."""
HANDOVERS = 4
SAMPLES = 20
MOST_BYTES_PER_CONNECTION = 500_000
"""A decoder that is never freed is several megabytes."""


def test_cameras_that_drop_again_and_again_leave_nothing_behind(fleet: Fleet) -> None:
    for _ in range(WARMING_ROUNDS):
        drop_all(fleet)
    before = usages(fleet)
    for _ in range(ROUNDS):
        drop_all(fleet)
    asserts_nothing_is_left(fleet, before, connections=ROUNDS * len(fleet.holders()))


def test_cameras_that_are_handed_over_again_and_again_leave_no_thread_and_no_file_behind(fleet: Fleet) -> None:
    for _ in range(WARMING_ROUNDS):
        hand_to_and_fro(fleet)
    before = usages(fleet)
    for _ in range(HANDOVERS):
        hand_to_and_fro(fleet)
    waits_until_nothing_is_left(fleet, before)


def hand_to_and_fro(fleet: Fleet) -> None:
    """North watches every camera, then south does."""
    for node, other in (("north", "south"), ("south", "north")):
        fleet.drain(other, draining=True)
        fleet.wait_until(lambda: set(fleet.holders().values()) == {node}, 120, f"{node} watches all")  # noqa: B023
        fleet.wait_until_watched()
        fleet.drain(other, draining=False)


def drop_all(fleet: Fleet) -> None:
    """Every camera's connection ends, and each is watched anew."""
    cameras = [fleet.simulator.camera(name) for name in fleet.holders()]
    plays = [camera.counts.plays for camera in cameras]
    for camera in cameras:
        camera.drop()
    fleet.wait_until(
        lambda: all(camera.counts.plays > before for camera, before in zip(cameras, plays, strict=True)),
        120,
        "every camera is connected to again",
    )


def used_now(fleet: Fleet) -> dict[str, Usage]:
    """Without the connections to the platform: as many as were once needed at the same time are kept in a pool."""
    found = {}
    for name in NODES:
        pid = fleet.processes[name].pid
        connections = psutil.Process(pid).net_connections("tcp")
        kept = sum(bool(each.raddr) and each.raddr.port == fleet.proxies[name].port for each in connections)
        if (used := usage(pid)) is not None:
            found[name] = replace(used, descriptors=used.descriptors - kept)
    return found


def usages(fleet: Fleet) -> dict[str, Usage]:
    """The most that each host uses in a few seconds of watching every camera."""
    fleet.wait_until_watched()
    samples = []
    for _ in range(SAMPLES):
        time.sleep(PERIOD_SECONDS / SAMPLES)
        samples.append(used_now(fleet))
    return {
        name: replace(
            samples[-1][name],
            threads=max(sample[name].threads for sample in samples),
            descriptors=max(sample[name].descriptors for sample in samples),
        )
        for name in NODES
    }


def waits_until_nothing_is_left(fleet: Fleet, before: dict[str, Usage]) -> None:
    """What is still ending does so within a while; what leaks stays."""
    fleet.wait_until_watched()
    try:
        fleet.wait_until(
            lambda: all(holds_no_more(now, before[name]) for name, now in used_now(fleet).items()),
            120,
            "no thread and no file is left",
        )
    finally:
        for name, now in used_now(fleet).items():
            then, grown = before[name], now.own_bytes - before[name].own_bytes
            tell(
                f"{name}: {then.threads} -> {now.threads} threads, {then.descriptors} -> {now.descriptors} descriptors,"
                f" {grown / 1e6:+.1f} MB"
            )


def asserts_nothing_is_left(fleet: Fleet, before: dict[str, Usage], *, connections: int) -> None:
    waits_until_nothing_is_left(fleet, before)
    for name, now in used_now(fleet).items():
        assert now.own_bytes - before[name].own_bytes < connections * MOST_BYTES_PER_CONNECTION


def holds_no_more(now: Usage, before: Usage) -> bool:
    return now.threads <= before.threads and now.descriptors <= before.descriptors
