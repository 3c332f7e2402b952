"""A damaged picture spoils those that build on it, though no decoder says so of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from av.packet import Packet
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from tests.faults.live.footage import FPS, PERIOD_SECONDS, passing_footage
from workers.runtime.detectors.motion import MotionDetector
from workers.runtime.live.address import StreamAddress
from workers.runtime.live.connection import Connection
from workers.runtime.live.reading import Reading
from workers.runtime.live.slot import FrameSlot
from workers.runtime.live.stream import LiveStream, StreamOutputs, StreamSettings
from workers.runtime.source import SampledFrame, to_image
from workers.runtime.tracking import Tracker

DAMAGED = range(103, 108)
"""Packets of the second pass; the next keyframe is the 110th."""
SEED = 1
MS = 1000 // FPS


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return passing_footage(tmp_path_factory.mktemp("passing") / "passing.mp4")


def frames_of(footage: Path, damaged: range, fps: float = FPS) -> list[SampledFrame]:
    """What is let through of two passes."""
    now_ms = 0
    slot = FrameSlot()
    address = StreamAddress("gate", "rtsp://camera.invalid/")
    stream = LiveStream(address, StreamSettings(detect_fps=fps), StreamOutputs(slot=slot), lambda: now_ms)
    frames = []
    with av.open(str(footage)) as container:
        video = container.streams.video[0]
        video.codec_context.thread_count = 1
        reading = Reading(stream, Connection(container, video, silent_seconds=5))
        for number, packet in enumerate(packets(footage, damaged)):
            now_ms = number * MS
            packet.stream = video
            reading.receive(packet)
            if (frame := slot.take(0)) is not None:
                frames.append(frame)
    return frames


def packets(footage: Path, damaged: range) -> Iterator[Packet]:
    scrambled = random.Random(SEED)
    with av.open(str(footage)) as container:
        video: VideoStream = container.streams.video[0]
        once = [packet for packet in container.demux(video) if packet.size]
    for number, packet in enumerate(once + once):
        data = bytes(packet)
        # The length and the kind of the NAL unit stay.
        broken = Packet(data[:6] + scrambled.randbytes(len(data) - 6) if number in damaged else data)
        broken.pts = broken.dts = round(number / FPS / packet.time_base)
        broken.time_base, broken.is_keyframe = packet.time_base, packet.is_keyframe
        yield broken


def test_nothing_that_builds_on_a_damaged_picture_is_let_through_until_the_next_keyframe(footage: Path) -> None:
    whole = {frame.at_ms: frame.picture for frame in frames_of(footage, range(0))}
    seen = {frame.at_ms: frame.picture for frame in frames_of(footage, DAMAGED)}

    assert sorted(whole.keys() - seen.keys()) == [number * MS for number in range(DAMAGED.start, 110)]
    for at_ms, picture in seen.items():
        np.testing.assert_array_equal(picture.to_ndarray(format="rgb24"), whole[at_ms].to_ndarray(format="rgb24"))


def test_what_passes_while_pictures_are_damaged_stays_one_track(footage: Path) -> None:
    detector, tracker, seen = MotionDetector().open_stream(), Tracker(), set()
    for frame in frames_of(footage, DAMAGED, fps=5):
        found = detector.submit(to_image(frame.picture, VideoReformatter())).result()
        tracks = tracker.update(found, frame.at_ms)
        if frame.at_ms >= PERIOD_SECONDS * 1000:
            seen |= set(tracks.track_ids.tolist())
    assert len(seen) == 1
