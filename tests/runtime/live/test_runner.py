"""A camera watched with the real model: events, clips, hand-over, the live picture."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from bench.simulator import SimulatorThread
from tests.runtime.live.watch import PARKED, PASSES, SETTINGS, STREAM_ID, LiveRememberingSink, stream_work, until
from workers.runtime.contract import StreamCondition, event_key
from workers.runtime.detectors.base import Detector
from workers.runtime.live.connection import Patience
from workers.runtime.live.detector import SharedDetector
from workers.runtime.live.runner import StreamRunner
from workers.runtime.tracking.track import Track

pytestmark = pytest.mark.slow


VEHICLES = frozenset(PARKED.who.classes)


@pytest.fixture
def shared(detector: Detector) -> Detector:
    return SharedDetector(detector)


@pytest.fixture
def sink() -> LiveRememberingSink:
    return LiveRememberingSink()


def decoded(path: Path) -> list[tuple[int, int]]:
    with av.open(str(path), "r") as clip:
        return [(frame.width, frame.height) for frame in clip.decode(video=0)]


def confirmed_tracks(state: dict[str, Any]) -> list[int]:
    tracks = (Track.from_row(row) for row in state["tracker"]["rows"])
    return [track.track_id for track in tracks if track.is_confirmed]


def seen_ms(sink: LiveRememberingSink) -> int:
    """For how long vehicles have been seen."""
    moments = [frame.timestamp_ms for frame in list(sink.frames) if not VEHICLES.isdisjoint(frame.class_names)]
    return moments[-1] - moments[0] if moments else 0


@pytest.mark.parametrize("path", ["rtsp", "gate/mjpeg", "gate/live.m3u8"])
def test_an_event_has_its_clip_with_pre_and_post_roll(
    cameras: SimulatorThread, shared: Detector, sink: LiveRememberingSink, tmp_path: Path, path: str
) -> None:
    url = cameras.rtsp_url("gate") if path == "rtsp" else cameras.http_url(path)
    runner = StreamRunner(stream_work(url, PASSES), shared, sink, tmp_path, SETTINGS)
    runner.start()
    # The first crossing may come before the pre-roll is there.
    until(lambda: any(not meta.shortened for _, meta, _ in list(sink.clips.values())), "a whole clip")
    runner.finish()

    event_id, (clip, meta, sidecar) = next(item for item in sink.clips.items() if not item[1][1].shortened)
    event = sink.starts[event_id]
    assert event_id == event_key(STREAM_ID, 1, 1, event.track_id, event.start_ms)
    assert meta.start_ms <= event.start_ms - 1_000
    assert meta.start_ms + meta.duration_ms >= sink.ends[event_id].end_ms + 900
    assert meta.moment_ms == event.start_ms - meta.start_ms
    assert meta.codec == "h264"
    assert len(decoded(clip)) >= meta.duration_ms / 1000 * 8
    assert event.track_id in {sample.track_id for sample in sidecar.samples}
    assert sink.snapshots[event_id].stat().st_size > 1_000
    assert list(tmp_path.glob("*.part")) == []


def test_clips_come_from_the_main_stream_where_there_is_one(
    cameras: SimulatorThread, shared: Detector, sink: LiveRememberingSink, tmp_path: Path
) -> None:
    work = stream_work(cameras.rtsp_url("gate"), PARKED, clip_url=cameras.rtsp_url("gate/sub"))
    runner = StreamRunner(work, shared, sink, tmp_path, SETTINGS)
    runner.start()
    until(lambda: sink.clips, "a clip")
    runner.finish()

    clip, _, sidecar = next(iter(sink.clips.values()))
    assert set(decoded(clip)) == {(640, 480)}
    assert (sidecar.width, sidecar.height) == (384, 288)
    until(lambda: cameras.camera("gate").counts.clients == 0, "both streams to be left")


def test_another_host_goes_on_with_the_same_tracks_and_timers(
    cameras: SimulatorThread, shared: Detector, sink: LiveRememberingSink, tmp_path: Path
) -> None:
    url = cameras.rtsp_url("gate")
    rule = PARKED.model_copy(update={"when": PARKED.when.model_copy(update={"dwell_seconds": 9})})
    first = StreamRunner(stream_work(url, rule), shared, sink, tmp_path, SETTINGS)
    first.start()
    # Long before its nine seconds are over, however few frames this machine looks at meanwhile.
    until(lambda: seen_ms(sink) >= 3_000, "a vehicle that stays")
    state = json.loads(json.dumps(first.stop()))
    handed_over_ms = sink.positions_ms[-1] + 200
    assert not sink.starts
    second_sink = LiveRememberingSink()
    work = stream_work(url, rule, state=state, now_ms=handed_over_ms)
    second = StreamRunner(work, shared, second_sink, tmp_path, SETTINGS)
    second.start()
    until(lambda: second_sink.starts, "the event")
    second.stop()

    event = next(iter(second_sink.starts.values()))
    assert event.track_id in confirmed_tracks(state)
    # Its nine seconds began on the host before.
    assert event.start_ms < handed_over_ms + 9_000
    assert min(second_sink.positions_ms) > max(sink.positions_ms)


def test_a_host_with_another_model_ends_the_events_and_begins_new_tracks(
    cameras: SimulatorThread, shared: Detector, sink: LiveRememberingSink, tmp_path: Path
) -> None:
    url = cameras.rtsp_url("gate")
    first = StreamRunner(stream_work(url, PARKED), shared, sink, tmp_path, SETTINGS)
    first.start()
    until(lambda: sink.starts, "an event")
    state = first.stop() | {"class_names": ["something else"]}
    work = stream_work(url, PARKED, state=state, now_ms=first.now_ms())
    second_sink = LiveRememberingSink()
    second = StreamRunner(work, shared, second_sink, tmp_path, SETTINGS)
    second.start()
    until(lambda: second_sink.ends.keys() >= sink.starts.keys() - sink.ends.keys(), "the ends")
    until(lambda: len(second_sink.positions_ms) >= 10, "frames")
    tracks = confirmed_tracks(second.stop())

    assert tracks
    assert min(tracks) > max(confirmed_tracks(state))


def test_a_hand_over_cuts_the_clips_of_open_events_as_far_as_they_go(
    cameras: SimulatorThread, shared: Detector, sink: LiveRememberingSink, tmp_path: Path
) -> None:
    spec = PARKED.model_copy(update={"max_clip_seconds": 120})
    runner = StreamRunner(stream_work(cameras.rtsp_url("gate"), spec), shared, sink, tmp_path, SETTINGS)
    runner.start()
    until(lambda: sink.starts, "an event")
    state = runner.stop()

    event_id = next(iter(sink.starts))
    assert sink.clips[event_id][1].shortened == "ends_early"
    assert len(decoded(sink.clips[event_id][0])) > 5
    assert event_id not in sink.ends
    assert state["events"] == []


def test_a_clip_stops_where_the_size_of_the_pictures_changes(
    cameras: SimulatorThread,
    shared: Detector,
    sink: LiveRememberingSink,
    tmp_path: Path,
    live_footage: dict[str, Path],
) -> None:
    spec = PARKED.model_copy(update={"max_clip_seconds": 8})
    runner = StreamRunner(stream_work(cameras.rtsp_url("gate"), spec), shared, sink, tmp_path, SETTINGS)
    runner.start()
    until(lambda: sink.starts, "an event")
    cameras.camera("gate").resolution_change(live_footage["large"])
    until(lambda: next(iter(sink.starts)) in sink.clips, "its clip")
    runner.finish()

    clip, meta, _ = sink.clips[next(iter(sink.starts))]
    assert meta.shortened == "picture_changed"
    assert set(decoded(clip)) == {(384, 288)}
    assert StreamCondition.RESOLUTION_CHANGED in [change.condition for change in sink.changes]


def test_the_live_picture_is_new_and_not_made_twice(
    cameras: SimulatorThread, shared: Detector, sink: LiveRememberingSink, tmp_path: Path
) -> None:
    runner = StreamRunner(stream_work(cameras.rtsp_url("gate")), shared, sink, tmp_path, SETTINGS)
    assert runner.picture() is None
    runner.start()
    until(lambda: runner.picture() is not None, "a picture")
    first = runner.picture()
    assert first is not None
    until(lambda: runner.picture() not in (None, first), "a newer picture")
    second = runner.picture()
    assert second is not None
    runner.finish()

    image = cv2.imdecode(np.frombuffer(second.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    assert image.shape == (288, 384, 3)
    assert second.at_ms - first.at_ms >= 500
    assert first.at_ms >= 500_000
    assert runner.picture(max_age_seconds=0) is None


def test_health_tells_what_the_camera_does(
    cameras: SimulatorThread, shared: Detector, sink: LiveRememberingSink, tmp_path: Path
) -> None:
    stalling = replace(SETTINGS, stream=replace(SETTINGS.stream, patience=Patience(20, 4)))
    runner = StreamRunner(stream_work(cameras.rtsp_url("gate")), shared, sink, tmp_path, stalling)
    runner.start()
    until(lambda: sink.healths and sink.healths[-1].frames_analysed > 5, "health")
    cameras.camera("gate").stall()
    until(lambda: sink.healths[-1].condition is StreamCondition.STALLED, "the stall")
    runner.finish()

    good, bad = next(health for health in sink.healths if health.frames_analysed), sink.healths[-1]
    assert good.condition is StreamCondition.ONLINE
    assert (good.width, good.height) == (384, 288)
    assert good.ring_bytes > 10_000
    assert bad.frame_ms is not None
    assert bad.now_ms - bad.frame_ms >= 3_700
    assert [change.condition for change in sink.changes][:3] == ["connecting", "online", "stalled"]


def test_health_names_what_is_wrong_with_the_stream_for_clips_alone(
    cameras: SimulatorThread, shared: Detector, sink: LiveRememberingSink, tmp_path: Path
) -> None:
    wrong = cameras.rtsp_url("basic", credentials="guard:hunter2")
    runner = StreamRunner(stream_work(cameras.rtsp_url("gate"), clip_url=wrong), shared, sink, tmp_path, SETTINGS)
    runner.start()
    until(lambda: sink.healths and sink.healths[-1].clip_condition is StreamCondition.UNAUTHORISED, "the refusal")
    until(lambda: sink.healths[-1].frames_analysed > 5, "frames")
    runner.finish()

    assert sink.healths[-1].condition is StreamCondition.ONLINE
    assert StreamCondition.UNAUTHORISED not in [change.condition for change in sink.changes]


def test_a_sink_that_refuses_ends_the_watch(cameras: SimulatorThread, shared: Detector, tmp_path: Path) -> None:
    class Refusing(LiveRememberingSink):
        def progress(self, position_ms: int, frames_analysed: int) -> None:
            raise PermissionError("the lease is lost")

    runner = StreamRunner(stream_work(cameras.rtsp_url("gate")), shared, Refusing(), tmp_path, SETTINGS)
    runner.start()
    until(lambda: not runner.is_running, "the end")

    assert isinstance(runner.failure, PermissionError)
    until(lambda: cameras.camera("gate").counts.clients == 0, "the camera to be left")
