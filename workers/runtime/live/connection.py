"""One connection to a camera: opened with a time limit, packets until it fails, never an address in an error."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import av
from av.container import InputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from workers.runtime.live.address import StreamAddress
from workers.runtime.live.conditions import Condition, StreamFault, open_condition, read_condition
from workers.runtime.live.guard import Guard, guarded
from workers.runtime.recording import DECODERS
from workers.runtime.source import Packet

HLS_READ_SECONDS = 12.0
"""FFmpeg takes a read that times out between two segments for the end of the stream."""


UNTIMED_FORMATS = frozenset({"mpjpeg", "mjpeg"})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a camera may take to answer, and between two packets."""

    open_seconds: float = 5.0
    stall_seconds: float = 5.0


@dataclass(slots=True)
class Connection:
    """Belongs to the thread that reads it: FFmpeg cannot be interrupted from another one."""

    container: InputContainer = field(repr=False)  # whose text holds the address
    stream: VideoStream
    silent_seconds: float
    """Without a picture for so long the camera has stalled, whatever else it sends."""
    guard: Guard | None = field(default=None, repr=False)

    @property
    def has_clock(self) -> bool:
        """MJPEG over HTTP has no timestamps; FFmpeg counts 25 frames a second whatever comes."""
        return self.container.format.name not in UNTIMED_FORMATS

    @property
    def decoder(self) -> VideoCodecContext:
        return self.stream.codec_context

    def packets(self) -> Iterator[Packet]:
        """Packets of the video with content, for ever.

        Raises:
            StreamFault: no more of them come.
        """
        condition = Condition.ENDED
        needs_gate = self.guard is not None
        came_at = time.monotonic()
        try:
            for packet in self.container.demux():
                if needs_gate and self.guard is not None:
                    needs_gate = not self.guard.steps_out()
                if packet.stream_index == self.stream.index:
                    if packet.size:
                        yield cast(Packet, packet)
                    came_at = time.monotonic()
                elif time.monotonic() - came_at > self.silent_seconds:
                    # Sound that goes on keeps FFmpeg's own time limit from running out.
                    condition = Condition.STALLED
                    break
        except (av.FFmpegError, OSError) as error:
            condition = read_condition(error)
        raise StreamFault(condition)  # not inside the handler: the other error, with the address, stays behind

    def close(self) -> None:
        self.container.close()
        if self.guard is not None:
            self.guard.close()


def silent_seconds(address: StreamAddress, patience: Patience) -> float:
    """After how long without a picture a camera has stalled; a stream in segments is silent between two."""
    return max(HLS_READ_SECONDS, patience.stall_seconds) if address.is_hls else patience.stall_seconds


def open_connection(address: StreamAddress, patience: Patience) -> Connection:
    """Open the stream. A camera that stalls opens too: it is there only once its first picture is.

    Raises:
        StreamFault: it cannot be opened.
    """
    guard = guarded(address)
    try:
        container = _open(address, guard, patience)
        try:
            guard.opened()
            return Connection(container, _video(container), silent_seconds(address, patience), guard)
        except StreamFault:
            container.close()
            raise
    except StreamFault:
        guard.close()
        raise


def _video(container: InputContainer) -> VideoStream:
    stream = next(iter(container.streams.video), None)
    if stream is None or stream.codec_context is None or stream.codec_context.name not in DECODERS:
        raise StreamFault(Condition.NO_VIDEO)
    stream.codec_context.thread_count = 1  # one camera of many: the cores are shared out by the streams
    return stream


def _open(camera: StreamAddress, guard: Guard, patience: Patience) -> InputContainer:
    address, started_at = guard.address, time.monotonic()
    # FFmpeg lets a silent camera have its read time twice.
    read_seconds = silent_seconds(address, patience) / (1 if address.is_hls else 2)
    try:
        return av.open(
            address.url,
            format="rtsp" if address.is_rtsp else None,
            options=guard.options,
            timeout=(patience.open_seconds, read_seconds),
            metadata_errors="replace",
        )
    except (av.FFmpegError, OSError, ValueError) as error:
        condition = open_condition(
            error,
            seconds=time.monotonic() - started_at,
            open_seconds=patience.open_seconds,
            is_rtsp=address.is_rtsp,
        )
    raise StreamFault(guard.why(condition) or _checked(condition, camera, patience.open_seconds))


def _checked(condition: Condition, address: StreamAddress, seconds: float) -> Condition:
    """FFmpeg's error is the same whether a host is silent or not there; only then the camera is asked once more."""
    if condition not in (Condition.STALLED, Condition.UNREACHABLE):
        return condition
    if not address.answers(seconds):
        return Condition.UNREACHABLE
    return Condition.STALLED if condition is Condition.STALLED else Condition.GARBAGE
