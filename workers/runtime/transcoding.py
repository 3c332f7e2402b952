"""Encodes as H.264, once, what clips need of a recording whose codec browsers do not play.

The recording's time is divided into segments on an absolute grid, each encoded on its own, so that a segment has
the same bytes whichever clip asked for it first, and clips that overlap share it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from itertools import chain, groupby
from typing import Final

import av
from av.container import InputContainer, OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from workers.runtime.recording import OpenRecording
from workers.runtime.source import Packet, decode_packets

SEGMENT_MS = 2_000
MAX_KEPT_SEGMENTS = 32
TIME_BASE = Fraction(1, 1000)
# A clip is looked at a few times and this runs beside detection: speed before size. One thread gives the same
# bytes on every machine.
ENCODER_OPTIONS: Final = {"preset": "ultrafast", "crf": "26", "threads": "1"}


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of MP4; ``first_ms`` is where its first frame stands in the recording."""

    first_ms: int
    data: bytes


class Transcoder:
    """The latest segments of one recording; for one thread."""

    def __init__(self) -> None:
        self._segments: OrderedDict[int, Segment | None] = OrderedDict()

    def segments(self, source: OpenRecording, start_ms: int, end_ms: int) -> list[Segment]:
        """The segments from the one with ``start_ms`` to the one with ``end_ms`` that hold frames, in order."""
        numbers = range(start_ms // SEGMENT_MS, end_ms // SEGMENT_MS + 1)
        found = {number: self._segments[number] for number in numbers if number in self._segments}
        missing = [number for number in numbers if number not in found]
        if missing:
            found |= dict.fromkeys(missing) | _encode(source, range(missing[0], missing[-1] + 1))
        self._keep(found)
        return [segment for number in numbers if (segment := found[number])]

    def _keep(self, used: dict[int, Segment | None]) -> None:
        for number, segment in used.items():
            self._segments[number] = segment
            self._segments.move_to_end(number)
        while len(self._segments) > MAX_KEPT_SEGMENTS:
            self._segments.popitem(last=False)


def joined_packets(segments: list[Segment], stack: ExitStack) -> tuple[VideoStream, Iterator[Packet]]:
    """The packets of all segments on the recording's clock (milliseconds), and the stream they all fit."""
    opened: list[InputContainer] = []
    for segment in segments:
        container = av.open(BytesIO(segment.data), "r", format="mov")
        stack.callback(container.close)
        opened.append(container)

    def packets() -> Iterator[Packet]:
        for segment, container in zip(segments, opened, strict=True):
            for packet in container.demux(container.streams.video[0]):
                if packet.size and packet.pts is not None and packet.dts is not None:
                    packet.pts += segment.first_ms
                    packet.dts += segment.first_ms
                    yield packet

    return opened[0].streams.video[0], packets()


def _encode(source: OpenRecording, numbers: range) -> dict[int, Segment]:
    pictures = _pictures(source, numbers.start * SEGMENT_MS, numbers.stop * SEGMENT_MS)
    rate = source.stream.average_rate or Fraction(25)
    return {number: _encoded(group, rate) for number, group in groupby(pictures, lambda item: item[0] // SEGMENT_MS)}


def _pictures(source: OpenRecording, start_ms: int, end_ms: int) -> Iterator[tuple[int, VideoFrame]]:
    """Frames in a strictly rising order of time, which the encoder needs."""
    last_ms = start_ms - 1
    for at_ms, picture in decode_packets(source, source.packets_from(start_ms)):
        if at_ms >= end_ms:
            return
        if at_ms > last_ms:
            last_ms = at_ms
            yield at_ms, picture


def _encoded(pictures: Iterator[tuple[int, VideoFrame]], rate: Fraction) -> Segment:
    first_ms, first = next(pictures)
    target = BytesIO()
    with av.open(target, "w", format="mp4", options={"video_track_timescale": str(TIME_BASE.denominator)}) as output:
        stream = _encoder_stream(output, first, rate)
        for at_ms, picture in chain(((first_ms, first),), pictures):
            output.mux(stream.encode(_prepared(picture, stream, at_ms - first_ms)))
        output.mux(stream.encode(None))
    return Segment(first_ms, target.getvalue())


def _encoder_stream(output: OutputContainer, picture: VideoFrame, rate: Fraction) -> VideoStream:
    stream = output.add_stream("libx264", rate=rate, options=dict(ENCODER_OPTIONS))
    # H.264 in 4:2:0 has only even sizes.
    stream.width, stream.height = picture.width - picture.width % 2, picture.height - picture.height % 2
    stream.pix_fmt = "yuv420p"
    stream.codec_context.time_base = TIME_BASE
    stream.codec_context.gop_size = 1_000  # one keyframe a segment
    return stream


def _prepared(picture: VideoFrame, stream: VideoStream, at_ms: int) -> VideoFrame:
    prepared = picture.reformat(stream.width, stream.height, "yuv420p", threads=1)
    prepared.pts = at_ms
    prepared.time_base = TIME_BASE
    prepared.pict_type = 0  # whatever the source's frame was, the encoder decides anew
    return prepared
