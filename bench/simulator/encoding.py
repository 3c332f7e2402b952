"""Re-encode footage into the kind of stream a camera would send: size, rate, codec and keyframe distance."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.video.stream import VideoStream

ENCODERS = {"h264": "libx264", "hevc": "libx265"}


@dataclass(frozen=True)
class StreamProfile:
    """What the encoder of a camera is set to; no size keeps the size of the footage."""

    frames_per_second: int = 5
    size: tuple[int, int] | None = None
    codec: str = "h264"
    keyframe_seconds: float = 2.0
    seconds: float = 10.0


def footage_encode(source: Path, target: Path, profile: StreamProfile) -> Path:
    """Write the first ``profile.seconds`` of ``source`` to ``target`` (an MP4) and return ``target``."""
    with av.open(str(source)) as footage, av.open(str(target), "w", format="mp4") as output:
        video = footage.streams.video[0]
        width, height = profile.size or (video.codec_context.width, video.codec_context.height)
        stream = _stream_add(output, profile, width, height)
        taken = 0
        for frame in footage.decode(video):
            if frame.time is None or frame.time * profile.frames_per_second < taken:
                continue
            if taken >= profile.seconds * profile.frames_per_second:
                break
            picture = frame.reformat(width=width, height=height, format="yuv420p")
            picture.pts, picture.time_base = taken, Fraction(1, profile.frames_per_second)
            output.mux(stream.encode(picture))
            taken += 1
        output.mux(stream.encode(None))
    return target


def _stream_add(output: av.container.OutputContainer, profile: StreamProfile, width: int, height: int) -> VideoStream:
    keyframe_distance = max(1, round(profile.keyframe_seconds * profile.frames_per_second))
    options = {"preset": "ultrafast", "tune": "zerolatency"}
    if profile.codec == "hevc":
        options["x265-params"] = f"log-level=none:keyint={keyframe_distance}:min-keyint={keyframe_distance}:pools=1"
    stream = output.add_stream(ENCODERS[profile.codec], rate=profile.frames_per_second, options=options)
    if not isinstance(stream, VideoStream):
        raise TypeError(f"{profile.codec} is not a video codec")
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.codec_context.gop_size = keyframe_distance
    stream.codec_context.thread_count = 1
    return stream
