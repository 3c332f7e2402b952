"""A picture in which the same thing happens every eight seconds, so that arithmetic tells what must be found."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

WIDTH, HEIGHT, FPS = 320, 240, 10
PERIOD_SECONDS = 8
PASS_SECONDS = 4
OBJECT_WIDTH, OBJECT_HEIGHT = 40, 80
TOP = 100


def passing_footage(path: Path) -> Path:
    """Something walks through from the left to the right within four seconds; then nothing moves for four."""
    with av.open(str(path), "w", format="mp4") as output:
        stream = output.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "tune": "zerolatency"})
        if not isinstance(stream, VideoStream):
            raise TypeError("libx264 makes no video")
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.gop_size = FPS
        for number in range(PERIOD_SECONDS * FPS):
            frame = VideoFrame.from_ndarray(_picture(number), format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def _picture(number: int) -> NDArray[np.uint8]:
    random = np.random.default_rng(1)
    picture = random.integers(90, 110, (HEIGHT, WIDTH, 3), np.uint8)
    left = round(-OBJECT_WIDTH + (WIDTH + OBJECT_WIDTH) * number / (PASS_SECONDS * FPS))
    columns = slice(max(left, 0), max(left + OBJECT_WIDTH, 0))
    picture[TOP : TOP + OBJECT_HEIGHT, columns] = (220, 40, 40)
    picture[TOP + 20 : TOP + 40, columns] = (20, 20, 160)
    return picture
