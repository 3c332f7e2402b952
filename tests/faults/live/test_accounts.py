"""A failure of the tests beside this one says what the hosts knew: it may not show itself again."""

from __future__ import annotations

import time

import pytest

from tests.faults.live.fleet import Fleet
from tests.faults.live.judging import Judge, cameras_of
from tests.faults.live.oracle import Problem

pytestmark = [pytest.mark.faults]


def test_what_is_missing_is_accounted_for_by_leases_events_and_the_hosts_own_words(fleet: Fleet, judge: Judge) -> None:
    node = next(name for name in ("north", "south") if cameras_of(fleet, name))
    camera = cameras_of(fleet, node)[0]
    at = fleet.sql(
        "SELECT max(extract(epoch FROM e.started_at)::float8) FROM events_event e"
        " JOIN cameras_camera c ON c.id = e.camera_id WHERE c.name = %s AND e.track_id > 0",
        camera,
    )[0][0]
    account = judge.account([Problem(camera, at, "One is missing")], {camera: [(at - 3, time.time())]})
    assert account.startswith(f"One is missing\n{camera}, 0 is ")
    assert f"of {node}: " in account
    assert "at +0.0, told at " in account
    assert "no event need be found from -3.0 to " in account
    assert "\n  now " in account
    assert f'vms_node_inferences_at_once{{node="{node}"}}' in account
