"""A picture that stands still against a scene in which nothing moves."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from io import BytesIO

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from tests.runtime.footage import asset
from workers.runtime.live.frozen import FrozenWatch

SECONDS, FPS = 16, 5
CAMERA = {"preset": "veryfast", "tune": "zerolatency"}


def room() -> np.ndarray:
    with av.open(str(asset("videos/intel_one-by-one-person-detection.mp4"))) as recording:
        return next(recording.decode(video=0)).to_ndarray(format="gray8")


def as_sent(pictures: Iterator[np.ndarray], crf: int) -> list[VideoFrame]:
    """The pictures as a camera encodes them, a keyframe every two seconds, decoded again."""
    data = BytesIO()
    with av.open(data, "w", format="mp4") as output:
        stream = output.add_stream("libx264", rate=FPS, options=CAMERA | {"crf": str(crf)})
        stream.width, stream.height, stream.pix_fmt = 768, 432, "yuv420p"
        stream.codec_context.gop_size = 2 * FPS
        for number, picture in enumerate(pictures):
            frame = VideoFrame.from_ndarray(picture, format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    data.seek(0)
    with av.open(data, "r") as recording:
        return list(recording.decode(video=0))


def looks_frozen(pictures: list[VideoFrame]) -> bool:
    watch = FrozenWatch(seconds=10)
    for number, picture in enumerate(pictures):
        watch.look(picture, number * 1000 // FPS)
    return watch.is_frozen


def test_one_picture_encoded_over_and_over_is_frozen() -> None:
    picture = room()

    for crf in (23, 35):
        assert looks_frozen(as_sent((picture for _ in range(SECONDS * FPS)), crf))


@pytest.mark.slow
def test_an_empty_room_seen_through_a_faintly_noisy_sensor_is_not() -> None:
    picture, noise = room().astype(float), np.random.default_rng(1)

    for crf in (23, 35):
        pictures = (
            np.clip(picture + noise.normal(0, 0.4, picture.shape), 0, 255).round().astype(np.uint8)
            for _ in range(SECONDS * FPS)
        )
        assert not looks_frozen(as_sent(pictures, crf))


def test_a_picture_that_moves_again_is_not_frozen_any_more() -> None:
    picture = room()
    (frame,) = as_sent(iter([picture]), 23)
    (other,) = as_sent(iter([255 - picture]), 23)
    watch = FrozenWatch(seconds=5)
    for at_ms in range(0, 6_000, 500):
        watch.look(frame, at_ms)
    was_frozen = watch.is_frozen
    watch.look(other, 6_500)

    assert (was_frozen, watch.is_frozen) == (True, False)
