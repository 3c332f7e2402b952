"""Clips out of the ring, whatever way the camera sends its pictures."""

from __future__ import annotations

import uuid
from pathlib import Path

import av
import pytest

from bench.simulator import SimulatorThread
from tests.runtime.live.watching import Watching
from workers.runtime.clips import ClipError
from workers.runtime.live.clips import LiveClips
from workers.runtime.live.ring import PacketRing, RingLimits
from workers.runtime.open_events import EventRecord


def record(start_ms: int, end_ms: int) -> EventRecord:
    return EventRecord(
        event_id=uuid.uuid4(),
        track_id=1,
        start_ms=start_ms,
        end_ms=end_ms,
        clip_start_ms=start_ms,
        clip_limit_ms=end_ms,
        post_roll_ms=0,
        best_ms=(start_ms + end_ms) // 2,
        best_score=1,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "size"),
    [
        ("rtsp gate", (384, 288)),
        ("rtsp hevc", (320, 240)),
        ("gate/video.ts", (384, 288)),
        ("gate/video.mp4", (384, 288)),
        ("hevc/video.mp4", (320, 240)),
        ("gate/mjpeg", (384, 288)),
    ],
)
def test_a_clip_plays_whatever_way_the_pictures_came(
    cameras: SimulatorThread, tmp_path: Path, path: str, size: tuple[int, int]
) -> None:
    url = cameras.rtsp_url(path[5:]) if path.startswith("rtsp ") else cameras.http_url(path)
    with Watching(url) as watching:
        watching.until_frames(25)
    start_ms = watching.frames[5].at_ms
    # At the time of a picture: on a busy machine those of MJPEG, which have no times, may lie far apart.
    event = record(start_ms, next(frame.at_ms for frame in watching.frames if frame.at_ms >= start_ms + 1_500))
    clips = LiveClips(watching.ring, tmp_path)

    cut = clips.cut(event, tmp_path / "clip.mp4")
    best = clips.picture(event)

    assert (cut.codec, cut.shortened) == ("h264", "")
    assert start_ms - 600 <= cut.start_ms <= start_ms
    assert abs(cut.start_ms + cut.duration_ms - event.due_ms) <= 200
    with av.open(str(cut.path), "r") as clip:
        frames = list(clip.decode(video=0))
    assert {(frame.width, frame.height) for frame in frames} == {size}
    assert not any(frame.is_corrupt for frame in frames)
    part = watching.ring.part(event.window(), event.start_ms)
    assert part is not None
    assert abs(len(frames) - len(part.packets)) <= 2
    assert best is not None
    assert (best.width, best.height) == size
    assert sorted(file.name for file in tmp_path.iterdir()) == ["clip.mp4"]


def test_an_event_without_packets_has_no_clip(tmp_path: Path) -> None:
    with pytest.raises(ClipError):
        LiveClips(PacketRing(RingLimits()), tmp_path).cut(record(0, 1_000), tmp_path / "clip.mp4")

    assert list(tmp_path.iterdir()) == []
