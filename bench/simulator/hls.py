"""A live HLS playlist of TS segments that begin at keyframes (RFC 8216)."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from http import HTTPStatus

import av

from bench.simulator.feed import KeyframeGate, LiveUnit
from bench.simulator.http_server import HttpExchange
from bench.simulator.media import TICKS_PER_SECOND
from bench.simulator.muxing import StreamMuxer

SEGMENT_SECONDS = 1.0
SEGMENTS_KEPT = 6
PLAYLIST = "live.m3u8"


@dataclass(frozen=True)
class Segment:
    number: int
    seconds: float
    data: bytes
    is_discontinuous: bool

    @property
    def name(self) -> str:
        return f"segment{self.number}.ts"


class HlsSegmenter:
    """A subscriber that cuts one stream into segments, from the first time that someone asks for the playlist."""

    def __init__(self) -> None:
        self._segments: deque[Segment] = deque(maxlen=SEGMENTS_KEPT)
        self._first_segment = asyncio.Event()
        self._gate = KeyframeGate()
        self._muxer: StreamMuxer | None = None
        self._data = bytearray()
        self._started_ticks = 0
        self._number = 0
        self._is_discontinuous = False
        self._has_ended = False

    async def serve(self, exchange: HttpExchange, name: str) -> None:
        if name == PLAYLIST:
            await self._first_segment.wait()
            exchange.answer(HTTPStatus.OK, self._playlist().encode(), "application/vnd.apple.mpegurl")
            return
        segment = next((segment for segment in self._segments if segment.name == name), None)
        if segment is None:
            exchange.answer(HTTPStatus.NOT_FOUND)
        else:
            exchange.answer(HTTPStatus.OK, segment.data, "video/mp2t")

    def offer(self, unit: LiveUnit) -> None:
        if self._has_ended or not self._gate.admits(unit, is_congested=False):
            return
        seconds = (unit.dts_ticks - self._started_ticks) / TICKS_PER_SECOND
        if self._data and unit.is_keyframe and not 0 <= seconds < SEGMENT_SECONDS:
            self._cut(seconds)
        if not self._data:
            self._started_ticks = unit.dts_ticks
        self._add(unit)

    def close(self, *, reset: bool) -> None:
        """A dropped connection is opened again by the next request."""

    def end(self) -> None:
        self._has_ended = True

    def _add(self, unit: LiveUnit) -> None:
        if self._muxer is None:
            self._muxer = StreamMuxer(unit.clip, is_mp4=False)
        try:
            self._data += self._muxer.add(unit)
        except av.FFmpegError:
            # The times ran back: begin again at a keyframe, and say so in the playlist.
            self._muxer, self._is_discontinuous = None, True
            self._data.clear()
            self._gate = KeyframeGate()

    def _cut(self, seconds: float) -> None:
        self._segments.append(Segment(self._number, abs(seconds), bytes(self._data), self._is_discontinuous))
        self._data.clear()
        self._number += 1
        self._is_discontinuous = False
        self._first_segment.set()

    def _playlist(self) -> str:
        longest = max(segment.seconds for segment in self._segments)
        lines = ["#EXTM3U", "#EXT-X-VERSION:3", f"#EXT-X-TARGETDURATION:{int(longest) + 1}"]
        lines.append(f"#EXT-X-MEDIA-SEQUENCE:{self._segments[0].number}")
        for segment in self._segments:
            if segment.is_discontinuous:
                lines.append("#EXT-X-DISCONTINUITY")
            lines += [f"#EXTINF:{segment.seconds:.3f},", segment.name]
        if self._has_ended:
            lines.append("#EXT-X-ENDLIST")
        return "\n".join(lines) + "\n"
