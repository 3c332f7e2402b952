"""Turns the coded pictures of a stream into JPEG, for MJPEG cameras and snapshots."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

if TYPE_CHECKING:
    from bench.simulator.feed import LiveUnit

QUALITY_OPTIONS = {"qmin": "4", "qmax": "4"}


class JpegTranscoder:
    """Decodes one stream from a keyframe on; a picture that cannot be decoded gives no JPEG."""

    def __init__(self) -> None:
        self._codec = ""
        self._decoder: VideoCodecContext | None = None

    def convert(self, unit: LiveUnit) -> list[bytes]:
        if self._decoder is None or unit.clip.codec != self._codec:
            self._codec = unit.clip.codec
            self._decoder = _decoder(self._codec)
        try:
            frames = self._decoder.decode(av.Packet(unit.start_code_bytes))
        except av.FFmpegError:
            return []
        return [_jpeg(frame) for frame in frames]


def _decoder(codec: str) -> VideoCodecContext:
    decoder = VideoCodecContext.create(codec, "r")
    if not isinstance(decoder, VideoCodecContext):
        raise TypeError(f"{codec} is not a video codec")
    decoder.thread_count = 1
    decoder.options = {"flags": "low_delay"}
    return decoder


def _jpeg(frame: VideoFrame) -> bytes:
    encoder = VideoCodecContext.create("mjpeg", "w")
    if not isinstance(encoder, VideoCodecContext):
        raise TypeError("mjpeg is not a video codec")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    encoder.options = QUALITY_OPTIONS
    picture = frame.reformat(format="yuvj420p")
    picture.pts = 0
    return b"".join(bytes(packet) for packet in [*encoder.encode(picture), *encoder.encode(None)])
