"""A camera whose disk takes its time holds up nobody but itself, also where one camera at a time computes."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from av.video.frame import VideoFrame

from bench.simulator import SimulatorThread
from rules.engine.schema import RuleSpec, Who, ZonePresence
from rules.engine.track_log import SEGMENT_MS
from tests.runtime.live.test_live_clips import record
from tests.runtime.live.watch import SETTINGS, LiveRememberingSink, stream_work, until
from tests.runtime.outbox_entries import due_kinds
from workers.runtime import media
from workers.runtime.clips import ClipError, CutClip
from workers.runtime.detectors.motion import MotionDetector
from workers.runtime.live import computing, detector, reading, runner, sight
from workers.runtime.live.computing import ComputeTurns
from workers.runtime.live.detector import SharedDetector
from workers.runtime.live.runner import StreamRunner
from workers.runtime.media import MAX_WAITING, MediaOrder, MediaWriter
from workers.runtime.open_events import EventRecord
from workers.runtime.outbox import Outbox
from workers.runtime.streams import journal, sink, unwritten
from workers.runtime.streams.sink import StreamSink

LONG_SECONDS = 100.0
MOVES = RuleSpec(
    name="Something moves",
    who=Who(classes=("motion",)),
    when=ZonePresence(type="zone_presence", zone="Everywhere", dwell_seconds=0),
)


class HeldDisk(Outbox):
    """Whatever is put into it waits, once there is something to wait for, until the disk is ``free``."""

    def __init__(self, folder: Path, held: str) -> None:
        super().__init__(folder, max_entries=1_000, max_bytes=10**9)
        self.reached, self.free = threading.Event(), threading.Event()
        setattr(self, held, self._held(getattr(self, held)))

    def _held(self, put: Callable[..., None]) -> Callable[..., None]:
        def wait_and_put(*arguments: Any) -> None:
            self.reached.set()
            assert self.free.wait(LONG_SECONDS)
            put(*arguments)

        return wait_and_put


class HeldClips:
    """None can be cut, and to find that out takes until ``free``."""

    def __init__(self) -> None:
        self.reached, self.free = threading.Event(), threading.Event()

    def cut(self, record: EventRecord, path: Path) -> CutClip:
        self.reached.set()
        assert self.free.wait(LONG_SECONDS)
        raise ClipError("there is nothing of it")

    def picture(self, record: EventRecord) -> VideoFrame | None:
        return None


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> ComputeTurns:
    """One camera at a time, and nobody who has waited for a second goes on without a turn."""
    turns = ComputeTurns(1, LONG_SECONDS)
    for module in (computing, detector, journal, media, reading, runner, sight, sink, unwritten):
        monkeypatch.setattr(module, "COMPUTING", turns)
    return turns


@pytest.fixture(params=["put_start", "put_tracks"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HeldDisk]:
    disk = HeldDisk(tmp_path / "spool", request.param)
    yield disk
    disk.close()


def test_another_camera_is_watched_meanwhile(
    cameras: SimulatorThread, disk: HeldDisk, turns: ComputeTurns, tmp_path: Path
) -> None:
    shared, others = SharedDetector(MotionDetector()), LiveRememberingSink()
    work = stream_work(cameras.rtsp_url("gate"), MOVES, now_ms=SEGMENT_MS - 2_000)
    slow = StreamRunner(work, shared, StreamSink(work, disk, lambda: None), tmp_path, SETTINGS)
    slow.start()
    until(disk.reached.is_set, "something to be written")
    other = StreamRunner(stream_work(cameras.rtsp_url("gate")), shared, others, tmp_path, SETTINGS)
    other.start()
    until(lambda: len(others.positions_ms) > 5, "the other camera's frames")
    assert not disk.free.is_set()
    looked_at = slow.health().frames_analysed
    disk.free.set()
    until(lambda: slow.health().frames_analysed > looked_at, "its own frames")
    slow.finish()
    other.finish()

    assert due_kinds(disk)[0] == "start"
    assert "tracks" in due_kinds(disk)


def test_others_compute_while_a_camera_waits_for_its_clips(turns: ComputeTurns, tmp_path: Path) -> None:
    clips = HeldClips()
    writer = MediaWriter(clips, tmp_path, is_live=True)
    orders = [MediaOrder(record(0, 1_000), [], None, (1, 1)) for _ in range(MAX_WAITING + 1)]

    def wait_for_one() -> list[uuid.UUID]:
        with turns.turn():
            for each in orders:
                writer.order(each)
            return [written.event_id for written in writer.finished()]

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(wait_for_one)
        assert clips.reached.wait(LONG_SECONDS), "by then it has the turn"
        with turns.turn():
            assert turns.has_one
            assert not waiting.done()
        clips.free.set()
        assert waiting.result(LONG_SECONDS)[0] == orders[0].record.event_id
    writer.close()
