"""Track logs of live cameras: what a host saw is kept when it hands its cameras over, every frame once."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from tests.faults.live.fleet import Fleet
from tests.faults.live.judging import cameras_of
from tests.faults.live.test_hosts import a_busy_node

pytestmark = [pytest.mark.faults]

SEGMENTS = """
    SELECT t.epoch, t.start_ms, t.end_ms, t.frames, t.objects_seen, l.until_ms
    FROM events_tracklog t JOIN workers_streamlease l ON l.stream_id = t.stream_id AND l.epoch = t.epoch
    JOIN cameras_camera c ON c.id = t.camera_id WHERE c.name = %s ORDER BY t.epoch, t.start_ms
"""
WATCHED_SECONDS = 10
SLOWEST_FRAMES_A_SECOND = 2.0
"""The cameras are looked at five times a second; these tests share their machine."""


def test_a_host_that_hands_its_cameras_over_has_told_what_it_saw(fleet: Fleet) -> None:
    node = a_busy_node(fleet)
    cameras = cameras_of(fleet, node)
    time.sleep(WATCHED_SECONDS)
    fleet.drain(node, draining=True)
    fleet.wait_until(lambda: not cameras_of(fleet, node), 30, "it gives its cameras up")
    fleet.wait_until_watched()  # a lease ends where the next one begins
    fleet.wait_until(lambda: all(fleet.sql(SEGMENTS, name) for name in cameras), 30, "their track logs")
    fleet.drain(node, draining=False)
    for name in cameras:
        rows = fleet.sql(SEGMENTS, name)
        assert all(later[1] > earlier[2] for earlier, later in pairwise(rows)), rows
        # The other host may have written a part of its own already; its lease goes on.
        *_, (_, start_ms, end_ms, frames, objects, until_ms) = [row for row in rows if row[-1] is not None]
        assert frames >= (end_ms - start_ms) / 1000 * SLOWEST_FRAMES_A_SECOND
        assert objects > 0
        assert 0 <= until_ms - end_ms < 5_000, "tracks until the hand-over"
    assert fleet.metric("vms_track_log_bytes") >= 0
    assert "outbox.refused" not in fleet.log(node)
