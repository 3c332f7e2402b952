"""GPU hosts that die, hang, leave or are cut off: their cameras are watched again, and each event is there once."""

from __future__ import annotations

import time

import pytest

from tests.faults.live.fleet import NODES, Fleet
from tests.faults.live.footage import PERIOD_SECONDS
from tests.faults.live.judging import Judge, cameras_of, tell

pytestmark = [pytest.mark.faults]

FAILOVER_SECONDS = 15.0
HANDOVER_SECONDS = 5.0


def a_busy_node(fleet: Fleet) -> str:
    return max(NODES, key=lambda name: len(cameras_of(fleet, name)))


@pytest.mark.parametrize("how", ["kill", "kill_tree"])
def test_a_killed_host_s_cameras_are_watched_by_another(fleet: Fleet, judge: Judge, how: str) -> None:
    node = a_busy_node(fleet)
    cameras = cameras_of(fleet, node)
    killed_at = time.time()
    getattr(fleet, how)(node)
    took = judge.seen_again(cameras, killed_at)
    tell(f"{how}: seen again after", {name: round(seconds, 1) for name, seconds in took.items()})
    fleet.start(node)
    judge.passes_more()
    blind = {name: [(killed_at, killed_at + seconds)] for name, seconds in took.items()}
    judge.asserts_exactly_once(killed_at, blind)
    assert max(took.values()) <= FAILOVER_SECONDS
    assert fleet.sql("SELECT count(*) FROM workers_streamlease WHERE end_reason LIKE '%%silent%%'")[0][0] > 0


def test_a_drained_host_hands_over_within_five_seconds_and_nothing_is_missed(fleet: Fleet, judge: Judge) -> None:
    node = a_busy_node(fleet)
    cameras = cameras_of(fleet, node)
    began_at = time.time()
    fleet.drain(node, draining=True)
    took = judge.seen_again(cameras, began_at)
    gaps = judge.gaps(cameras)
    tell("drained; gaps", {name: round(seconds, 2) for name, seconds in gaps.items()})
    judge.passes_more()
    fleet.drain(node, draining=False)
    blind = {name: [(began_at + took[name] - gaps[name], began_at + took[name])] for name in cameras}
    judge.asserts_exactly_once(began_at, blind)
    assert max(gaps.values()) <= HANDOVER_SECONDS


def test_a_host_that_is_restarted_in_order_leaves_a_gap_under_five_seconds(fleet: Fleet, judge: Judge) -> None:
    node = a_busy_node(fleet)
    cameras = cameras_of(fleet, node)
    began_at = time.time()
    fleet.stop(node)
    fleet.start(node)
    took = judge.seen_again(cameras, began_at)
    gaps = judge.gaps(cameras)
    tell("restarted; gaps", {name: round(seconds, 2) for name, seconds in gaps.items()})
    judge.passes_more()
    judge.asserts_exactly_once(began_at, {name: [(began_at, began_at + took[name])] for name in cameras})
    assert max(gaps.values()) <= HANDOVER_SECONDS


def test_a_host_cut_off_for_a_minute_gives_its_cameras_up_and_doubles_nothing(fleet: Fleet, judge: Judge) -> None:
    node = a_busy_node(fleet)
    cameras = cameras_of(fleet, node)
    cut_at = time.time()
    fleet.proxies[node].cut()
    took = judge.seen_again(cameras, cut_at)
    time.sleep(max(0.0, 60 - (time.time() - cut_at)))
    fleet.proxies[node].heal()
    judge.passes_more(2)
    # It sees them for as long as its lease runs; what it found until then arrives when the network is back.
    lease_seconds = 8.0
    blind = {name: [(cut_at + lease_seconds - 1, cut_at + took[name])] for name in cameras}
    judge.asserts_exactly_once(cut_at, blind)
    assert max(took.values()) <= FAILOVER_SECONDS


def test_a_host_whose_clock_is_ten_minutes_off_works_as_any_other(fleet: Fleet, judge: Judge) -> None:
    node = a_busy_node(fleet)
    cameras = cameras_of(fleet, node)
    began_at = time.time()
    fleet.stop(node)
    fleet.start(node, VMS_TEST_CLOCK_OFFSET="600")
    other = next(name for name in NODES if name != node)
    fleet.wait_until_watched()
    fleet.drain(other, draining=True)
    fleet.wait_until(lambda: len(cameras_of(fleet, node)) == len(fleet.holders()) > 0, 30, "it watches every camera")
    settled_at = time.time()
    time.sleep(2 * PERIOD_SECONDS)
    judge.passes_more()
    fleet.drain(other, draining=False)
    blind = {name: [(began_at - 2, settled_at + 3)] for name in [*cameras, *cameras_of(fleet, node)]}
    judge.asserts_exactly_once(began_at, blind)
    fleet.stop(node)
    fleet.start(node)
