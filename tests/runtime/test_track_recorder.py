"""What is tracked under a lease becomes segments that say whose they are."""

from __future__ import annotations

import uuid

import pytest

from rules.engine.track_log import SEGMENT_MS, Segment, decode_segment
from tests.engine.walks import frame
from tests.runtime.streams.platform import FleetPlatform
from workers.runtime.contract import CameraConfig, StreamWork
from workers.runtime.track_recorder import TrackRecorder, stream_origin

OWNER = uuid.UUID(int=5)


@pytest.fixture
def work() -> StreamWork:
    return FleetPlatform().work(OWNER, 3)


def recorded(work: StreamWork, times: range, *, finished: bool = False) -> list[Segment]:
    segments: list[Segment] = []
    recorder = TrackRecorder(stream_origin(work, "yolo11n"), segments.append)
    for at_ms in times:
        recorder.add(frame(at_ms, {}))
    recorder.close(finished=finished)
    recorder.close()
    return segments


def test_a_segment_names_its_stream_lease_and_model(work: StreamWork) -> None:
    (segment,) = recorded(work, range(0, 1_000, 200), finished=True)
    header = segment.header
    assert (header.owner_id, header.epoch, header.camera_id, header.zero_ms) == (OWNER, 3, 1, work.zero_ms)
    assert (header.model, header.interval_ms, header.finished) == ("yolo11n", 200, True)


def test_a_full_segment_is_given_at_once_and_the_rest_at_the_end(work: StreamWork) -> None:
    segments = recorded(work, range(0, 2 * SEGMENT_MS + 400, 200))
    assert [segment.header.start_ms for segment in segments] == [0, SEGMENT_MS, 2 * SEGMENT_MS]
    times = [each.timestamp_ms for segment in segments for each in decode_segment(segment.data)]
    assert times == list(range(0, 2 * SEGMENT_MS + 400, 200))


def test_where_the_platform_keeps_no_track_log_nothing_is_recorded(work: StreamWork) -> None:
    camera = CameraConfig.model_validate(work.camera.model_dump() | {"track_log": False})
    assert recorded(work.model_copy(update={"camera": camera}), range(0, 1_000, 200)) == []
