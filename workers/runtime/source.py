"""Reads the frames of a recording that are to be analysed: those on an absolute time grid, each exactly once."""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeAlias, cast

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from workers.runtime.recording import OpenRecording

Image = NDArray[np.uint8]
Packet: TypeAlias = "av.Packet[VideoStream]"

EARLY = 0.1
"""A frame this part of a grid step before its grid point still counts as on it: clocks of cameras jitter."""

NOTHING_SAMPLED = -1
THREADED_PIXELS = 2_000_000
"""Frames larger than this are decoded on several threads; below, detection uses the cores better."""


@dataclass(frozen=True, slots=True)
class SampledFrame:
    """A decoded frame, ``at_ms`` since the recording's first one."""

    at_ms: int
    picture: VideoFrame


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which frames to take: those with ``start_ms`` <= time < ``end_ms`` (None: to the end) first in their slot.

    Slot n is the n-th step of a grid of ``fps`` that starts at the recording's first frame, wherever a chunk starts.
    """

    fps: float
    start_ms: int = 0
    end_ms: int | None = None
    last_slot: int = NOTHING_SAMPLED

    def slot(self, at_ms: int) -> int:
        return math.floor(at_ms * self.fps / 1000 + EARLY)

    def covers(self, at_ms: int) -> bool:
        return at_ms >= self.start_ms and (self.end_ms is None or at_ms < self.end_ms)


@dataclass(slots=True)
class SampledReader:
    """Iterates once over the sampled frames; ``last_slot`` and ``lost`` tell afterwards how far and how well it got."""

    recording: OpenRecording
    sampling: Sampling
    last_slot: int = field(init=False)
    position_ms: int = field(init=False)
    _slots_present: set[int] = field(init=False, default_factory=set)
    _slots_read: set[int] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self.last_slot = self.sampling.last_slot
        self.position_ms = self.sampling.start_ms

    @property
    def lost(self) -> int:
        """Grid steps in which the file holds, or promises to hold, frames of which none could be decoded."""
        return len(self._slots_present - self._slots_read)

    def __iter__(self) -> Iterator[SampledFrame]:
        for picture in self._decoded():
            at_ms = self._time_of(picture)
            self.position_ms = max(self.position_ms, at_ms)
            slot = self.sampling.slot(at_ms)
            if self.sampling.covers(at_ms) and slot > self.last_slot:
                self.last_slot = slot
                self._slots_read.add(slot)
                yield SampledFrame(at_ms, picture)
        if self.sampling.end_ms is None:
            self._miss_the_torn_end()

    def _decoded(self) -> Iterator[VideoFrame]:
        decoder = self.recording.decoder
        use_threads(self.recording)
        for packet, wanted in self._planned():
            # Lets the decoder leave out a frame that nobody needs: neither this pipeline nor another frame.
            decoder.skip_frame = "DEFAULT" if wanted else "NONREF"
            yield from _decode(decoder, packet)
        yield from _decode(decoder, None)

    def _planned(self) -> Iterator[tuple[Packet, bool]]:
        """Each packet and whether its frame may be sampled, known as soon as no earlier frame can follow it."""
        waiting: deque[Packet] = deque()
        first_in_slot: dict[int, int] = {}
        for packet in self._packets():
            at_ms = self.recording.packet_ms(packet)
            slot = self.sampling.slot(at_ms)
            first_in_slot[slot] = min(at_ms, first_in_slot.get(slot, at_ms))
            waiting.append(packet)
            while waiting and _comes_before(waiting[0], packet):
                yield waiting[0], self._may_be_sampled(waiting.popleft(), first_in_slot)
        while waiting:
            yield waiting[0], self._may_be_sampled(waiting.popleft(), first_in_slot)

    def _packets(self) -> Iterator[Packet]:
        """Up to where no frame before ``end_ms`` can follow: a frame is never shown before it is decoded."""
        end_ms = self.sampling.end_ms
        for packet in self.recording.packets_from(self.sampling.start_ms):
            stamp = packet.dts if packet.dts is not None else packet.pts
            if end_ms is not None and stamp is not None and self.recording.milliseconds(stamp) >= end_ms:
                return
            self._note(self.recording.packet_ms(packet))
            yield packet

    def _note(self, at_ms: int) -> None:
        slot = self.sampling.slot(at_ms)
        if self.sampling.covers(at_ms) and slot > self.sampling.last_slot:
            self._slots_present.add(slot)

    def _may_be_sampled(self, packet: Packet, first_in_slot: dict[int, int]) -> bool:
        at_ms = self.recording.packet_ms(packet)
        return packet.pts is None or first_in_slot[self.sampling.slot(at_ms)] == at_ms

    def _time_of(self, picture: VideoFrame) -> int:
        stamp = picture.pts if picture.pts is not None else picture.dts
        if stamp is None:
            step_ms = round(self.recording.frame_step * self.recording.time_base * 1000)
            return self.position_ms + step_ms
        return self.recording.milliseconds(stamp)

    def _miss_the_torn_end(self) -> None:
        declared_end_ms = self.recording.declared_end_ms()
        if declared_end_ms is None or not self._slots_present:
            return
        step_ms = round(self.recording.frame_step * self.recording.time_base * 1000)
        last_frame_ms = declared_end_ms - 2 * step_ms  # one step of grace: durations are rounded up
        self._slots_present.update(range(max(self._slots_present) + 1, self.sampling.slot(last_frame_ms) + 1))


def decode_packets(recording: OpenRecording, packets: Iterable[Packet]) -> Iterator[tuple[int, VideoFrame]]:
    """Every frame that can be decoded, with its time."""
    use_threads(recording)
    for packet in chain(packets, (None,)):
        for picture in _decode(recording.decoder, packet):
            stamp = picture.pts if picture.pts is not None else picture.dts
            if stamp is not None:
                yield recording.milliseconds(stamp), picture


def picture_at(recording: OpenRecording, at_ms: int) -> VideoFrame | None:
    """The frame shown at a moment: the first one at it or behind it; None where there is none."""
    for picture_ms, picture in decode_packets(recording, recording.packets_from(at_ms)):
        if picture_ms >= at_ms:
            return picture
    return None


def use_threads(recording: OpenRecording) -> None:
    decoder = recording.decoder
    decoder.thread_type = "AUTO"
    large = decoder.width * decoder.height > THREADED_PIXELS
    decoder.thread_count = min(4, os.cpu_count() or 1) if large else 1


def to_image(picture: VideoFrame, reformatter: VideoReformatter) -> Image:
    """The frame as RGB, one byte a channel, (height, width, 3)."""
    return cast(Image, reformatter.reformat(picture, format="rgb24", threads=1).to_ndarray())


def _comes_before(waiting: Packet, newest: Packet) -> bool:
    if waiting.pts is None or newest.dts is None:
        return True
    return waiting.pts < newest.dts


def _decode(decoder: av.VideoCodecContext, packet: Packet | None) -> list[VideoFrame]:
    """The frames that come out; none where the data is damaged."""
    try:
        return decoder.decode(packet)
    except av.FFmpegError:
        return []
