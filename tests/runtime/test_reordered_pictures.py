"""Recordings whose pictures are decoded in another order than shown, in a container that tells only the latter."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from workers.runtime.recording import Recording, open_recording
from workers.runtime.source import NOTHING_SAMPLED, SampledReader, Sampling

pytestmark = pytest.mark.slow

FPS, PICTURES = 10, 32
ENCODERS = [("libx265", "yuv420p10le"), ("libx265", "yuv420p"), ("libx264", "yuv420p")]


@pytest.fixture(params=ENCODERS, ids=["-".join(encoder) for encoder in ENCODERS])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Keyframes at 0, 1, 2 and 3 s, and pictures between them that lean on each other both ways."""
    encoder, pixels = request.param
    settings = f"keyint={FPS}:min-keyint={FPS}:scenecut=0:bframes=4:b-adapt=0"
    made = tmp_path / "reordered.mkv"
    with av.open(str(made), "w") as output:
        quiet = {"x265-params": f"{settings}:log-level=none", "x264-params": settings}
        stream = output.add_stream(encoder, rate=FPS, options=quiet)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 160, 120, pixels
        for number in range(PICTURES):
            picture = av.VideoFrame.from_ndarray(np.full((120, 160, 3), number * 7, np.uint8), format="rgb24")
            picture.pts, picture.time_base = number, Fraction(1, FPS)
            output.mux(stream.encode(picture.reformat(format=pixels)))
        output.mux(stream.encode(None))
    return made


def test_every_picture_is_read_at_its_time_by_a_clock_without_jumps(path: Path) -> None:
    with open_recording(Recording(path)) as source:
        reader = SampledReader(source, Sampling(FPS))
        assert [frame.at_ms for frame in reader] == list(range(0, PICTURES * 100, 100))
        assert (reader.lost, source.clock_jumps) == (0, 0)


def test_chunks_of_it_read_every_picture_once(path: Path) -> None:
    edges: list[int | None] = [0, 300, 1000, 1700, 2000, None]
    times, last_slot, jumps = [], NOTHING_SAMPLED, 0
    for start_ms, end_ms in pairwise(edges):
        with open_recording(Recording(path)) as source:
            reader = SampledReader(source, Sampling(FPS, start_ms or 0, end_ms, last_slot))
            times += [frame.at_ms for frame in reader]
            last_slot, jumps = reader.last_slot, jumps + source.clock_jumps
    assert (times, jumps) == (list(range(0, PICTURES * 100, 100)), 0)


def test_every_packet_has_a_decoding_time_that_rises_and_is_no_later_than_its_showing(path: Path) -> None:
    for start_ms in (0, 1000, 2500):
        with open_recording(Recording(path)) as source:
            stamps = [(packet.dts, packet.pts) for packet in source.packets_from(start_ms)]
        assert all(dts is not None and pts is not None and dts <= pts for dts, pts in stamps)
        assert all(before < after for (before, _), (after, _) in pairwise(stamps))  # type: ignore[operator]  # not None
