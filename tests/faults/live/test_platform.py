"""Processes and servers of the platform that die: what hosts found meanwhile arrives, each event once."""

from __future__ import annotations

import time

import pytest

from tests.faults.live.fleet import Fleet
from tests.faults.live.footage import PERIOD_SECONDS
from tests.faults.live.judging import Judge, tell

pytestmark = [pytest.mark.faults]


def test_a_killed_web_process_loses_no_event(fleet: Fleet, judge: Judge) -> None:
    killed_at = time.time()
    fleet.kill("web")
    time.sleep(2)
    fleet.start("web")
    judge.passes_more(2)
    judge.asserts_exactly_once(killed_at)


def test_the_leader_s_death_is_followed_by_another_leader(fleet: Fleet, judge: Judge) -> None:
    began_at = time.time()
    fleet.start("orchestrator-2")
    time.sleep(3)
    fleet.kill("orchestrator")
    took = fleet.wait_until(lambda: "orchestrator.leads" in fleet.log("orchestrator-2"), 10, "the second one leads")
    tell(f"the second one led after {took:.1f} s")
    fleet.start("orchestrator")
    judge.passes_more()
    judge.asserts_exactly_once(began_at)
    fleet.stop("orchestrator-2")


def test_without_any_leader_cameras_are_watched_on(fleet: Fleet, judge: Judge) -> None:
    began_at = time.time()
    fleet.kill("orchestrator")
    fleet.kill("scheduler")
    time.sleep(2 * PERIOD_SECONDS)
    fleet.start("orchestrator")
    fleet.start("scheduler")
    judge.passes_more()
    judge.asserts_exactly_once(began_at)


def test_valkey_that_comes_back_empty_loses_no_event(fleet: Fleet, judge: Judge) -> None:
    began_at = time.time()
    fleet.restart_server("Valkey")
    judge.passes_more(2)
    judge.asserts_exactly_once(began_at)


def test_postgresql_restarted_at_once_loses_no_event(fleet: Fleet, judge: Judge) -> None:
    began_at = time.time()
    fleet.restart_server("PostgreSQL")
    judge.passes_more(2)
    judge.asserts_exactly_once(began_at)
