"""Disks that are full, of a host and of the platform: events arrive, clips do if they can, what is lost is counted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.live.fleet import Fleet
from tests.faults.live.footage import PERIOD_SECONDS
from tests.faults.live.judging import Judge, cameras_of, tell
from tests.faults.live.looked_at import frames
from tests.faults.live.small_disk import SmallDisk

pytestmark = [pytest.mark.faults, pytest.mark.thorough]

NODE = "north"
LOST = f'vms_node_outbox_lost_total{{node="{NODE}"}}'
WAITING = 'vms_node_outbox_waiting{node="%s"}'
REFUSED_FOR_ROOM = 'vms_node_requests_refused_total{code="storage_full"}'
WITHOUT_CLIP = """
    SELECT e.id::text FROM events_event e LEFT JOIN events_clip k ON k.event_id = e.id
    WHERE e.started_at BETWEEN to_timestamp(%s) AND to_timestamp(%s) AND e.class_name <> 'camera'
    AND e.stream_id IS NOT NULL AND coalesce(k.video_name, '') = ''
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with SmallDisk(tmp_path / "small", 16) as disk:
        yield disk


def keep_filled(disk: SmallDisk, seconds: float) -> None:
    """What others free meanwhile is taken too."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        disk.fill()
        time.sleep(0.2)


def test_a_host_s_full_disk_costs_clips_that_are_counted_and_no_event(
    fleet: Fleet, judge: Judge, disk: SmallDisk
) -> None:
    began_at = time.time()
    fleet.stop(NODE)
    fleet.start(NODE, VMS_SPOOL_DIR=str(disk.folder / "spool"))
    try:
        fleet.wait_until_watched()
        all_on_it(fleet, judge)
        settled_at, lost, before = time.time(), fleet.metric(LOST), frames(fleet)
        keep_filled(disk, 2 * PERIOD_SECONDS)
        disk.empty()
        emptied_at = time.time()
        judge.asserts_not_slower(fleet.holders(), before)
        judge.passes_more(2)
        blind = {name: [(began_at - 2, settled_at + 1)] for name in fleet.holders()}
        judge.asserts_exactly_once(began_at, blind)
        later = emptied_at + 2, time.time() - PERIOD_SECONDS
        fleet.wait_until(lambda: fleet.sql(WITHOUT_CLIP, *later) == [], 60, "later events have their clips")
        without = fleet.sql(WITHOUT_CLIP, settled_at, emptied_at)
        fleet.wait_until(lambda: fleet.metric(LOST) - lost >= max(len(without), 1), 60, "what was lost is counted")
        tell(f"{len(without)} events without a clip; lost by its own count: {fleet.metric(LOST) - lost:.0f}")
        assert "outbox.not_written" in fleet.log(NODE)
    finally:
        fleet.drain("south", draining=False)
        fleet.stop(NODE)


def all_on_it(fleet: Fleet, judge: Judge) -> None:
    fleet.drain("south", draining=True)
    fleet.wait_until(lambda: len(cameras_of(fleet, NODE)) == len(fleet.holders()) > 0, 60, "it watches every camera")
    judge.passes_more()


def test_the_platform_s_full_disk_holds_clips_back_and_loses_nothing(
    fleet: Fleet, judge: Judge, disk: SmallDisk
) -> None:
    fleet.stop("web")
    fleet.start("web", VMS_MEDIA_DIR=str(disk.folder / "media"))
    fleet.wait_until_answering(120)
    judge.passes_more()
    began_at, refused_before, before = time.time(), fleet.metric(REFUSED_FOR_ROOM), frames(fleet)
    keep_filled(disk, 2 * PERIOD_SECONDS)
    assert fleet.metric("vms_storage_free_bytes") < disk.bytes / 2
    waiting = sum(fleet.metric(WAITING % node) for node in ("north", "south"))
    disk.empty()
    emptied_at = time.time()
    tell(f"{waiting:.0f} files waited while the disk was full")
    assert waiting > 0
    fleet.wait_until(lambda: fleet.sql(WITHOUT_CLIP, began_at, emptied_at - 3) == [], 90, "what was held back arrives")
    tell(f"all clips were there {time.time() - emptied_at:.1f} s after there was room again")
    judge.asserts_not_slower(fleet.holders(), before)
    judge.asserts_exactly_once(began_at)
    assert fleet.metric(REFUSED_FOR_ROOM) > refused_before
    fleet.stop("web")
