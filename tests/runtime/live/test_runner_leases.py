"""A runner over several leases: new zones and rules, events of another host, a camera that stays away."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench.simulator import SimulatorThread
from rules.engine.frames import FrameTracks
from rules.engine.schema import RuleSpec
from tests.runtime.live.watch import PARKED, SETTINGS, STREAM_ID, LiveRememberingSink, stream_work, until
from workers.runtime.contract import OpenStreamEvent, StreamCondition, StreamWork
from workers.runtime.detectors.base import Detector
from workers.runtime.live import runner as runner_module
from workers.runtime.live.detector import SharedDetector
from workers.runtime.live.runner import StreamRunner

pytestmark = pytest.mark.slow

OPEN_ID = uuid.UUID(int=5)


@pytest.fixture
def sink() -> LiveRememberingSink:
    return LiveRememberingSink()


@pytest.fixture
def watching(
    cameras: SimulatorThread, detector: Detector, sink: LiveRememberingSink, tmp_path: Path
) -> Iterator[StreamRunner]:
    runner = StreamRunner(work_on(cameras), SharedDetector(detector), sink, tmp_path, SETTINGS)
    runner.start()
    yield runner
    runner.stop()


def work_on(cameras: SimulatorThread, *rules: RuleSpec, epoch: int = 1) -> StreamWork:
    return stream_work(cameras.rtsp_url("gate"), *rules).model_copy(update={"epoch": epoch})


def vehicles(frame: FrameTracks) -> list[int]:
    named = zip(frame.track_ids.tolist(), frame.class_names, strict=True)
    return [track_id for track_id, name in named if name in PARKED.who.classes]


def open_event(track_id: int, start_ms: int) -> OpenStreamEvent:
    return OpenStreamEvent(event_id=OPEN_ID, rule_id=1, rule_version=1, track_id=track_id, start_ms=start_ms)


def test_new_rules_hold_for_the_tracks_that_are_there_without_another_connection(
    watching: StreamRunner, cameras: SimulatorThread, sink: LiveRememberingSink
) -> None:
    until(lambda: any(vehicles(frame) for frame in list(sink.frames)), "a vehicle")
    second = LiveRememberingSink()
    assert watching.renew(work_on(cameras, PARKED, epoch=2), second)
    until(lambda: second.starts, "an event by the new rule")
    event = next(iter(second.starts.values()))
    assert (event.epoch, event.job_id) == (2, STREAM_ID)
    assert event.track_id in {track_id for frame in sink.frames for track_id in vehicles(frame)}
    assert not sink.starts
    assert watching.health().connections == 1
    under_the_second = len(second.positions_ms)
    assert watching.health().frames_analysed >= len(sink.positions_ms) + under_the_second


def test_another_address_takes_another_runner(watching: StreamRunner, cameras: SimulatorThread) -> None:
    other = work_on(cameras).model_copy(update={"detect_url": cameras.rtsp_url("hevc")})
    assert not watching.renew(other, LiveRememberingSink())


def test_an_open_event_that_is_found_again_is_not_told_anew(
    watching: StreamRunner, cameras: SimulatorThread, tmp_path: Path
) -> None:
    spec = PARKED.model_copy(update={"when": PARKED.when.model_copy(update={"dwell_seconds": 2})})
    first = LiveRememberingSink()
    assert watching.renew(work_on(cameras, spec), first)
    until(lambda: first.starts, "an event")
    track_id = next(iter(first.starts.values())).track_id
    # As if the rules' memory of it had been lost, with a host that died right after it had told of the event.
    with watching._lock:
        engine = watching._analysis._engine
        engine.restore(engine.state() | {"rules": [], "open": []})
    second = LiveRememberingSink()
    work = work_on(cameras, spec, epoch=2).model_copy(update={"open_events": (open_event(track_id, 1_000),)})
    assert watching.renew(work, second)
    until(lambda: watching._analysis._names.names(), "the event to be found again")
    watching.finish()
    assert OPEN_ID in second.ends
    assert OPEN_ID not in second.starts
    assert track_id not in {event.track_id for event in second.starts.values()}


def test_events_end_at_the_last_picture_of_a_camera_that_stays_away(
    watching: StreamRunner, cameras: SimulatorThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "OFFLINE_MS", 3_000)
    sink = LiveRememberingSink()
    work = work_on(cameras, PARKED).model_copy(update={"open_events": (open_event(99_999, 1_000),)})
    assert watching.renew(work, sink)
    until(lambda: sink.starts, "an event")
    cameras.camera("gate").stall()
    until(lambda: sink.ends.keys() >= {*sink.starts, OPEN_ID}, "the ends")
    last_ms = watching.health().frame_ms
    cameras.camera("gate").heal()
    assert last_ms is not None
    assert all(end.end_ms <= last_ms for end in sink.ends.values())


def test_a_camera_outside_the_networks_is_never_connected_to(
    cameras: SimulatorThread, detector: Detector, sink: LiveRememberingSink, tmp_path: Path
) -> None:
    for networks in ((), ("10.0.0.0/8",)):
        for url in (cameras.rtsp_url("gate"), cameras.http_url("gate/mjpeg")):
            work = stream_work(url).model_copy(update={"networks": networks})
            runner = StreamRunner(work, SharedDetector(detector), sink, tmp_path, replace(SETTINGS))
            runner.start()
            until(lambda runner=runner: runner.health().condition is StreamCondition.FORBIDDEN, "the refusal")  # type: ignore[misc]
            runner.stop()
    assert cameras.camera("gate").counts.clients == 0
