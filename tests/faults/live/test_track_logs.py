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
    SELECT t.start_ms, t.end_ms, t.frames, t.objects_seen, t.epoch FROM events_tracklog t
    JOIN cameras_camera c ON c.id = t.camera_id WHERE c.name = %s ORDER BY t.epoch, t.start_ms
"""
EPOCHS = "SELECT c.name, s.epoch FROM workers_stream s JOIN cameras_camera c ON c.id = s.camera_id"
ENDS = """
    SELECT l.until_ms FROM workers_streamlease l JOIN workers_stream s ON s.id = l.stream_id
    JOIN cameras_camera c ON c.id = s.camera_id WHERE c.name = %s AND l.epoch = %s
"""
Segment = tuple[int, int, int, int]
"""Start, end, frames, objects."""
WATCHED_SECONDS = 10
HANDOVER_MS = 5_000
SLOWEST_FRAMES_A_SECOND = 2.0
"""The cameras are looked at five times a second; these tests share their machine."""


def test_a_host_that_hands_its_cameras_over_has_told_what_it_saw(fleet: Fleet) -> None:
    node = a_busy_node(fleet)
    cameras = cameras_of(fleet, node)
    time.sleep(WATCHED_SECONDS)
    epochs, written = dict(fleet.sql(EPOCHS)), len(fleet.log(node))
    fleet.drain(node, draining=True)
    fleet.wait_until(lambda: not cameras_of(fleet, node), 60, "it gives its cameras up")
    fleet.wait_until_watched()  # a lease ends where the next one begins
    ends = {name: fleet.sql(ENDS, name, epochs[name])[0][0] for name in cameras}
    fleet.drain(node, draining=False)
    fleet.wait_until(
        lambda: all(is_told(segments(fleet, name, epochs[name]), ends[name]) for name in cameras),
        60,
        "what was seen until the hand-over has come",
    )
    for name in cameras:
        rows = fleet.sql(SEGMENTS, name)
        assert all(later[0] > earlier[1] for earlier, later in pairwise(rows)), rows
        told = segments(fleet, name, epochs[name])
        seen_seconds = sum(end_ms - start_ms for start_ms, end_ms, _, _ in told) / 1000
        assert sum(frames for _, _, frames, _ in told) >= seen_seconds * SLOWEST_FRAMES_A_SECOND
        assert sum(objects for _, _, _, objects in told) > 0
    assert fleet.metric("vms_track_log_bytes") >= 0
    assert "outbox.refused" not in fleet.log(node)[written:]


def segments(fleet: Fleet, camera: str, epoch: int) -> list[Segment]:
    """Those of this lease."""
    rows = fleet.sql(SEGMENTS, camera)
    return [(start_ms, end_ms, frames, objects) for start_ms, end_ms, frames, objects, of in rows if of == epoch]


def is_told(told: list[Segment], until_ms: int) -> bool:
    """What was seen up to the end of the lease is there, but for a moment."""
    return bool(told) and 0 <= until_ms - told[-1][1] < HANDOVER_MS
