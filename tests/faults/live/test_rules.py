"""A rule put in force while cameras are watched is at work within seconds, and no track is lost by it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.faults.live.fleet import Fleet
from tests.faults.live.judging import Judge, tell

pytestmark = [pytest.mark.faults]

ALWAYS = "name: Always\nwhen: {{count: {{at_least: 0, at_most: {most}}}}}\n"
"""True in every frame: its event begins with the first one that a version sees."""
VERSIONS = 3
DELAYS = """
    SELECT c.name, extract(epoch FROM e.started_at - v.published_at)::float8 FROM events_event e
    JOIN rules_ruleversion v ON v.rule_id = e.rule_id AND v.number = e.rule_version
    JOIN rules_rule r ON r.id = v.rule_id JOIN cameras_camera c ON c.id = e.camera_id
    WHERE r.name = 'Always' AND e.rule_version = %s
"""
"""Of each camera: how long after it was put in force a version saw its first frame."""


@pytest.fixture
def calm_afterwards(fleet: Fleet) -> Iterator[None]:
    """The rule bothers no other test."""
    yield
    fleet.sql("UPDATE rules_rule SET enabled = false WHERE name = 'Always' RETURNING id")
    fleet.sql("SELECT pg_notify('vms_reconcile', '')")


@pytest.mark.usefixtures("calm_afterwards")
def test_a_new_version_is_at_work_within_seconds_and_no_track_is_lost(fleet: Fleet, judge: Judge) -> None:
    fleet.wait_until_watched()
    cameras, began_at = set(fleet.holders()), time.time()
    for number in range(1, VERSIONS + 1):
        document = ALWAYS.format(most=90 + number)
        fleet.manage("shell", "-c", f"from tests.faults.live.seed import put_in_force; put_in_force({document!r})")
        delays: dict[str, float] = {}

        def is_at_work(version: int = number, delays: dict[str, float] = delays) -> bool:
            delays.update(fleet.sql(DELAYS, version))
            return delays.keys() == cameras

        fleet.wait_until(is_at_work, 120, f"every camera has an event of version {number}")
        tell(
            f"version {number} was at work after {max(delays.values()):.2f} s on the slowest of {len(cameras)} cameras"
        )
    judge.asserts_exactly_once(began_at)
