"""Small films made on the spot, and the real ones of the assets folder."""

from __future__ import annotations

import io
import os
import struct
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest

ASSETS = Path(os.environ.get("VMS_TEST_ASSETS", Path(__file__).parents[3] / "shared" / "assets"))


def asset(name: str) -> Path:
    path = ASSETS / name
    if not path.exists():
        message = f"The test asset {name} is not in {ASSETS}."
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return path


@cache
def small_video(*, seconds: int, fps: int = 10, width: int = 64, height: int = 48) -> bytes:
    """H.264 in MP4 with a keyframe each second."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("h264", rate=fps, options={"g": str(fps), "bf": "0", "x264-params": "scenecut=0"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(seconds * fps):
            picture = np.full((height, width, 3), number % 256, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return buffer.getvalue()


@cache
def audio_only() -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=8000)
        for _ in range(8):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), dtype=np.float32), format="fltp", layout="mono")
            frame.sample_rate = 8000
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def huge_pictures(width: int, height: int) -> bytes:
    """A film of JPEG pictures that each claim this size, as their container does."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="avi") as container:
        stream = container.add_stream("mjpeg", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for number in range(10):
            picture = np.full((48, 64, 3), number, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    film = buffer.getvalue()
    picture_size, header_size = struct.pack(">HH", 48, 64), struct.pack("<ii", 64, 48)
    assert film.count(b"\x08" + picture_size) >= 10
    film = film.replace(b"\x08" + picture_size, b"\x08" + struct.pack(">HH", height, width))
    return film.replace(header_size, struct.pack("<ii", width, height))
