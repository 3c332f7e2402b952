"""Puts the pictures of a stream into TS or fragmented MP4, as bytes that grow."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av

from bench.simulator.media import TICKS_PER_SECOND, Clip

if TYPE_CHECKING:
    from bench.simulator.feed import LiveUnit

MP4_OPTIONS = {"movflags": "empty_moov+default_base_moof+frag_every_frame", "flush_packets": "1"}
# Tables before every picture: a reader, or a segment, may begin anywhere.
TS_OPTIONS = {"mpegts_flags": "pat_pmt_at_frames", "flush_packets": "1"}


class StreamMuxer:
    """One file that is never finished; raises av.FFmpegError for times that the format cannot hold."""

    def __init__(self, clip: Clip, *, is_mp4: bool) -> None:
        self.clip = clip
        self._is_mp4 = is_mp4
        self._written = bytearray()
        options = MP4_OPTIONS if is_mp4 else TS_OPTIONS
        self._container = av.open(self, "w", format="mp4" if is_mp4 else "mpegts", options=options)
        if is_mp4:
            # MP4 describes the codec in its header, which a template brings along.
            self._stream: av.stream.Stream = self._container.add_stream_from_template(clip.template)
        else:
            self._stream = self._container.add_mux_stream(clip.codec, width=clip.width, height=clip.height)
        self._time_base = Fraction(1, TICKS_PER_SECOND)
        self._stream.time_base = self._time_base

    def write(self, data: bytes) -> int:
        """Called by the muxer with what it has ready."""
        self._written += data
        return len(data)

    def add(self, unit: LiveUnit) -> bytes:
        """Add a picture; returns the bytes that are ready, the header before the first one included."""
        packet = av.Packet(self._payload(unit))
        packet.stream = self._stream
        packet.time_base = self._time_base
        packet.pts, packet.dts = unit.pts_ticks, unit.dts_ticks
        packet.is_keyframe = unit.is_keyframe
        self._container.mux_one(packet)
        taken = bytes(self._written)
        self._written.clear()
        return taken

    def _payload(self, unit: LiveUnit) -> bytes:
        if self._is_mp4 and self.clip.has_length_prefixes:
            return b"".join(len(nal).to_bytes(4, "big") + nal for nal in unit.nals)
        return unit.start_code_bytes
