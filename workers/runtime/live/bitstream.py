"""A stream's packets in one form, and what their parameter sets say, so that clips need no open connection."""

from __future__ import annotations

from io import BytesIO
from typing import cast

import av
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer
from av.video.stream import VideoStream

from workers.runtime.source import Packet

RAW_FORMATS = {"h264": "h264", "hevc": "hevc", "mjpeg": "mjpeg", "mpeg4": "m4v"}
"""Codecs whose packets, one behind the other, are a file that FFmpeg opens, and that format's name."""

START_CODE = b"\x00\x00\x01"
H264_SETS, HEVC_SETS = frozenset({7, 8}), frozenset({32, 33, 34})
FIRST_PICTURE_H264, LAST_PICTURE_HEVC = frozenset(range(1, 6)), 31


class PacketFilter:
    """Brings the packets of one connection into the form with start codes, which RTSP and TS have already."""

    def __init__(self, stream: VideoStream) -> None:
        self.codec = stream.codec_context.name
        extradata = bytes(stream.codec_context.extradata or b"")
        has_lengths = self.codec in ("h264", "hevc") and extradata[:1] == b"\x01"
        self._filter = BitStreamFilterContext(f"{self.codec}_mp4toannexb", stream) if has_lengths else None
        self._described_sets = b"" if has_lengths else parameter_sets(self.codec, extradata)

    def bytes_of(self, packet: Packet) -> bytes:
        """With the parameter sets in front of every keyframe, also where only the stream's description had them."""
        data = bytes(packet) if self._filter is None else self._filtered(packet)
        if packet.is_keyframe and self._described_sets and not parameter_sets(self.codec, data):
            return self._described_sets + data
        return data

    def _filtered(self, packet: Packet) -> bytes:
        copy = cast(Packet, av.Packet(bytes(packet)))
        copy.is_keyframe = packet.is_keyframe
        assert self._filter is not None  # noqa: S101 - for the type checker
        return b"".join(bytes(part) for part in self._filter.filter(copy))


def parameter_sets(codec: str, data: bytes) -> bytes:
    """The parameter sets before the first picture in the data, with start codes; empty for codecs without."""
    if codec not in ("h264", "hevc"):
        return b""
    sets = b""
    begin = data.find(START_CODE)
    while begin >= 0:
        kind = _unit_type(codec, data[begin + 3 : begin + 4])
        if _is_picture(codec, kind):
            break
        end = data.find(START_CODE, begin + 3)
        if kind in (H264_SETS if codec == "h264" else HEVC_SETS):
            unit = data[begin + 3 : end if end >= 0 else None]
            sets += b"\x00" + START_CODE + unit.rstrip(b"\x00")  # the next start code may be the long one
        begin = end
    return sets


def open_template(codec: str, data: bytes) -> InputContainer | None:
    """The raw packets as a file whose video stream describes them; None where they cannot be understood.

    It stands on its own: a template of a live connection is gone when the connection is.
    """
    try:
        container = av.open(BytesIO(data), "r", format=RAW_FORMATS[codec])
    except (KeyError, av.FFmpegError):
        return None
    if not container.streams.video or not container.streams.video[0].codec_context.width:
        container.close()
        return None
    return container


def _unit_type(codec: str, header: bytes) -> int:
    if not header:
        return -1
    return header[0] & 0x1F if codec == "h264" else (header[0] >> 1) & 0x3F


def _is_picture(codec: str, kind: int) -> bool:
    return kind in FIRST_PICTURE_H264 if codec == "h264" else 0 <= kind <= LAST_PICTURE_HEVC
