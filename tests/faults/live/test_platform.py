"""Processes and servers of the platform that die: what hosts found meanwhile arrives, each event once."""

from __future__ import annotations

import time

import pytest

from tests.faults.live.fleet import Fleet
from tests.faults.live.footage import PERIOD_SECONDS
from tests.faults.live.judging import Judge, tell
from tests.faults.live.ledger import missed_since, tallies
from tests.faults.live.looked_at import frames, frames_since

pytestmark = [pytest.mark.faults]

AWAY_SECONDS = 20
VALKEY_UPTIME = "vms_queue_server_uptime_seconds"
DATABASE_UPTIME = "vms_database_uptime_seconds"
WEB_STARTED = "process_start_time_seconds"
LEADER_SINCE = "vms_orchestrator_leader_connected_timestamp_seconds"
LOOKED_AT = "vms_platform_watched_timestamp_seconds"
SWEEP_SECONDS = 2
"""What was asked for just before may still be done."""
SCHEDULED_SECONDS = 40
"""The next scheduler's lock comes free within ten, its first turn ten later."""


def leases(fleet: Fleet) -> list[tuple[object, ...]]:
    return fleet.sql("SELECT id, epoch, node_id, state FROM workers_stream ORDER BY id")


def connections(fleet: Fleet) -> dict[str, int]:
    return {name: fleet.simulator.camera(name).counts.plays for name in fleet.holders()}


def wait_until_all_are_counted(fleet: Fleet, since: float) -> None:
    """Of a new camera, the ledger begins with the next whole minute."""
    fleet.wait_until(
        lambda: all(since < tally.counted_until <= time.time() for tally in tallies(fleet).values()),
        120,
        "the ledger goes on",
    )


def test_while_web_is_dead_for_longer_than_leases_every_camera_is_watched_on(fleet: Fleet, judge: Judge) -> None:
    wait_until_all_are_counted(fleet, 0)
    held, plays, ledger = leases(fleet), connections(fleet), tallies(fleet)
    web_started = fleet.metric(WEB_STARTED)
    killed_at, before = time.time(), frames(fleet)
    fleet.kill("web")
    time.sleep(AWAY_SECONDS)
    fleet.start("web")
    back_at = time.time()
    wait_until_all_are_counted(fleet, back_at)
    tell(f"web was dead for {back_at - killed_at:.1f} s; reports came {time.time() - back_at:.1f} s after its start")
    judge.passes_more()
    assert leases(fleet) == held
    assert connections(fleet) == plays
    judge.asserts_not_slower(fleet.holders(), before)
    judge.asserts_exactly_once(killed_at)
    assert missed_since(fleet, ledger) == {}
    assert "outbox.unreachable" in fleet.log("north") + fleet.log("south")
    assert fleet.metric(WEB_STARTED) > web_started


def test_valkey_that_comes_back_empty_loses_no_event(fleet: Fleet, judge: Judge) -> None:
    held, began_at, before = leases(fleet), time.time(), frames(fleet)
    uptime = fleet.metric(VALKEY_UPTIME)
    fleet.restart_server("Valkey")
    fleet.wait_until(lambda: fleet.metrics().get(VALKEY_UPTIME, uptime) < uptime, 60, "a metric tells of the restart")
    judge.passes_more()
    judge.asserts_not_slower(fleet.holders(), before)
    judge.asserts_exactly_once(began_at)
    assert leases(fleet) == held


def test_postgresql_restarted_at_once_loses_no_event(fleet: Fleet, judge: Judge) -> None:
    plays, began_at, before = connections(fleet), time.time(), frames(fleet)
    uptime = fleet.metric(DATABASE_UPTIME)
    fleet.restart_server("PostgreSQL")
    fleet.wait_until(lambda: fleet.metrics().get(DATABASE_UPTIME, uptime) < uptime, 60, "a metric tells of the restart")
    judge.passes_more(2)
    judge.asserts_not_slower(fleet.holders(), before)
    judge.asserts_exactly_once(began_at)
    assert connections(fleet) == plays
    assert "orchestrator.connection_lost" in fleet.log("orchestrator")


@pytest.mark.thorough
def test_the_leader_s_death_is_followed_by_another_leader(fleet: Fleet, judge: Judge) -> None:
    held, began_at = leases(fleet), time.time()
    before = frames_since(fleet, began_at)
    fleet.start("orchestrator-2")
    fleet.wait_until(lambda: fleet.metric('vms_orchestrators{role="waiting"}') == 1, 60, "a second one waits")
    led_since = fleet.metric(LEADER_SINCE)
    fleet.kill("orchestrator")
    took = fleet.wait_until(lambda: "orchestrator.leads" in fleet.log("orchestrator-2"), 60, "the second one leads")
    tell(f"the second one led after {took:.1f} s")
    assert fleet.metric(LEADER_SINCE) > led_since
    fleet.start("orchestrator")
    judge.passes_more()
    judge.asserts_not_slower(fleet.holders(), before)
    judge.asserts_exactly_once(began_at)
    assert leases(fleet) == held
    fleet.stop("orchestrator-2")


@pytest.mark.thorough
def test_the_scheduler_s_death_is_followed_by_another_scheduler(fleet: Fleet, judge: Judge) -> None:
    began_at, before = time.time(), frames(fleet)
    fleet.kill("scheduler")
    killed_at = time.time() + SWEEP_SECONDS
    fleet.start("scheduler-2")
    took = fleet.wait_until(lambda: fleet.metric(LOOKED_AT) > killed_at, SCHEDULED_SECONDS, "sweeps go on")
    tell(f"the platform looked at itself again after {took:.1f} s")
    judge.passes_more()
    judge.asserts_not_slower(fleet.holders(), before)
    judge.asserts_exactly_once(began_at)
    fleet.stop("scheduler-2")


@pytest.mark.thorough
def test_without_any_leader_cameras_are_watched_on(fleet: Fleet, judge: Judge) -> None:
    held, began_at, before = leases(fleet), time.time(), frames(fleet)
    fleet.kill("orchestrator")
    fleet.kill("scheduler")
    killed_at = time.time()
    time.sleep(2 * PERIOD_SECONDS)
    assert fleet.metric('vms_orchestrators{role="leading"}') == fleet.metric(LEADER_SINCE) == 0
    assert fleet.metric(LOOKED_AT) < killed_at + SWEEP_SECONDS
    judge.asserts_not_slower(fleet.holders(), before)
    fleet.start("orchestrator")
    fleet.start("scheduler")
    judge.passes_more()
    judge.asserts_exactly_once(began_at)
    assert leases(fleet) == held
