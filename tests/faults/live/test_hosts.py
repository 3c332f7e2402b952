"""GPU hosts that die, hang, leave or are cut off: their cameras are watched again, and each event is there once."""

from __future__ import annotations

import time

import pytest

from tests.faults.live.fleet import NODES, Fleet
from tests.faults.live.footage import PERIOD_SECONDS
from tests.faults.live.judging import OPENING_SECONDS, Judge, cameras_of, tell
from tests.faults.live.looked_at import frames

pytestmark = [pytest.mark.faults]

PATIENT_SECONDS = 30.0
"""Twice what bench failover is held to: these tests share their machine."""
HANDOVER_SECONDS = 5.0
HEARTBEAT_SECONDS = 5.0
CLOCK_OFF_SECONDS = 600
REFUSED_FOR_CLOCK = 'vms_node_requests_refused_total{code="clock_skew"}'
HAS_NEWS = """
    SELECT e.id FROM events_event e JOIN cameras_camera c ON c.id = e.camera_id
    WHERE e.received_at > %s AND c.name = ANY(%s)
"""
WITHOUT_CLIP = """
    SELECT e.id::text, l.end_reason FROM events_event e
    LEFT JOIN events_clip k ON k.event_id = e.id
    LEFT JOIN workers_streamlease l ON l.stream_id = e.stream_id AND l.epoch = e.lease_epoch
    WHERE e.started_at BETWEEN to_timestamp(%s) AND to_timestamp(%s) AND e.class_name <> 'camera'
    AND e.stream_id IS NOT NULL AND coalesce(k.video_name, '') = ''
"""


def a_busy_node(fleet: Fleet) -> str:
    return max(NODES, key=lambda name: len(cameras_of(fleet, name)))


@pytest.fixture
def node(fleet: Fleet, judge: Judge) -> str:
    """A host that watches some of the cameras, and has done so for a while; the other one watches the others."""
    fleet.spread()
    judge.passes_more()
    return "north"


def silent_leases(fleet: Fleet) -> float:
    return fleet.metric('vms_stream_failovers_total{reason="silent"}')


@pytest.mark.parametrize("how", ["kill", pytest.param("kill_tree", marks=pytest.mark.thorough)])
def test_a_killed_host_s_cameras_are_watched_by_another(fleet: Fleet, judge: Judge, node: str, how: str) -> None:
    cameras, silent_before = cameras_of(fleet, node), silent_leases(fleet)
    others = sorted(set(fleet.holders()) - set(cameras))
    assert cameras
    assert others
    killed_at, before = time.time(), frames(fleet)
    getattr(fleet, how)(node)
    took = judge.seen_again(cameras, killed_at)
    tell(f"{how}: seen again after", {name: round(seconds, 1) for name, seconds in took.items()})
    fleet.start(node)
    judge.passes_more()
    judge.asserts_not_slower(others, before)
    blind = {name: [(killed_at, killed_at + seconds)] for name, seconds in took.items()}
    judge.asserts_exactly_once(killed_at, blind)
    assert max(took.values()) <= PATIENT_SECONDS
    assert silent_leases(fleet) >= silent_before + len(cameras)


@pytest.mark.thorough
def test_events_of_a_host_killed_in_mid_clip_have_their_clip_or_a_lease_that_says_why_not(
    fleet: Fleet, judge: Judge, node: str
) -> None:
    cameras, silent_before = cameras_of(fleet, node), silent_leases(fleet)
    others = sorted(set(fleet.holders()) - set(cameras))
    assert cameras
    assert others
    newest = fleet.sql("SELECT max(received_at) FROM events_event")[0][0]
    fleet.wait_until(lambda: bool(fleet.sql(HAS_NEWS, newest, list(cameras))), 60, "an event on one of its cameras")
    killed_at, before = time.time(), frames(fleet)
    fleet.kill_tree(node)
    took = judge.seen_again(cameras, killed_at)
    fleet.start(node)
    judge.passes_more(2)
    judge.asserts_not_slower(others, before)
    window = (killed_at - PERIOD_SECONDS, time.time() - PERIOD_SECONDS)
    fleet.wait_until(
        lambda: all(reason for _, reason in fleet.sql(WITHOUT_CLIP, *window)), 60, "each has its clip, or a reason"
    )
    tell("events without a clip, and why:", fleet.sql(WITHOUT_CLIP, *window))
    blind = {name: [(killed_at, killed_at + seconds)] for name, seconds in took.items()}
    judge.asserts_exactly_once(killed_at, blind)
    assert max(took.values()) <= PATIENT_SECONDS
    assert silent_leases(fleet) >= silent_before + len(cameras)


@pytest.mark.thorough
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


@pytest.mark.thorough
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


@pytest.mark.thorough
def test_a_host_cut_off_for_a_minute_watches_on_and_doubles_nothing(fleet: Fleet, judge: Judge, node: str) -> None:
    cameras, silent_before = cameras_of(fleet, node), silent_leases(fleet)
    others = sorted(set(fleet.holders()) - set(cameras))
    assert cameras
    assert others
    cut_at, before, written = time.time(), frames(fleet), len(fleet.log(node))
    fleet.proxies[node].cut()
    taken = {name: cut_at + seconds for name, seconds in judge.seen_again(cameras, cut_at).items()}
    tell("cut off: seen by another after", {name: round(at - cut_at, 1) for name, at in taken.items()})
    time.sleep(max(0.0, 60 - (time.time() - cut_at)))
    assert fleet.metric(f'vms_node_seen_timestamp_seconds{{node="{node}"}}') < cut_at + HEARTBEAT_SECONDS
    judge.asserts_not_slower(others, before)
    fleet.proxies[node].heal()
    judge.passes_more(2)
    # Until another has taken them it sees them, and tells when it can; from then on it is refused.
    blind = {name: [(at - OPENING_SECONDS, at)] for name, at in taken.items()}
    judge.asserts_exactly_once(cut_at, blind)
    assert max(taken.values()) - cut_at <= PATIENT_SECONDS
    fleet.wait_until(lambda: "outbox.lease_lost" in fleet.log(node)[written:], 60, "what it found too late is refused")
    assert silent_leases(fleet) >= silent_before + len(cameras)


@pytest.mark.thorough
def test_a_host_whose_clock_is_ten_minutes_off_works_as_any_other(fleet: Fleet, judge: Judge) -> None:
    node = a_busy_node(fleet)
    cameras = cameras_of(fleet, node)
    began_at = time.time()
    refused_before = fleet.metric(REFUSED_FOR_CLOCK)
    fleet.stop(node)
    fleet.start(node, VMS_TEST_CLOCK_OFFSET=str(CLOCK_OFF_SECONDS))
    other = next(name for name in NODES if name != node)
    fleet.wait_until_watched()
    fleet.drain(other, draining=True)
    fleet.wait_until(lambda: len(cameras_of(fleet, node)) == len(fleet.holders()) > 0, 60, "it watches every camera")
    settled_at = time.time()
    time.sleep(2 * PERIOD_SECONDS)
    before = frames(fleet)
    judge.passes_more()
    judge.asserts_not_slower(fleet.holders(), before)
    fleet.drain(other, draining=False)
    blind = {name: [(began_at - 2, settled_at + 3)] for name in [*cameras, *cameras_of(fleet, node)]}
    judge.asserts_exactly_once(began_at, blind)
    assert fleet.metric(REFUSED_FOR_CLOCK) > refused_before
    off = fleet.metric(f'vms_node_clock_off_seconds{{node="{node}"}}')
    assert off == pytest.approx(CLOCK_OFF_SECONDS, abs=2)
    fleet.stop(node)
    fleet.start(node)
