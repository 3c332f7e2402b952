"""Opens a recording's file, and only that file, and gives its packets on one steady clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

DEMUXERS = ("mov", "matroska", "avi", "mpegts", "mpeg", "flv")
"""Containers that hold their own frames. Playlists, scripts, image sequences and devices are not among them."""

DECODERS = frozenset(
    (
        *("h264", "hevc", "av1", "libdav1d", "libaom-av1", "vp8", "libvpx", "vp9", "libvpx-vp9", "mpeg4", "mjpeg"),
        *("msmpeg4v1", "msmpeg4v2", "msmpeg4v3", "msmpeg4", "mpeg1video", "mpeg2video", "h263", "flv", "wmv1", "wmv2"),
    )
)

JUMP_SECONDS = 600
"""A longer step forward between two packets is a broken clock; a shorter one may be a pause of the recorder."""

MOST_REORDERED = 16
"""No codec decodes a picture more than this many pictures before it is shown (the limit of H.264 and HEVC)."""

STEPS_BACK_MS = (0, 2_000, 10_000, 60_000)
"""How much further back to look where an index leads behind the wanted keyframe (MPEG streams have none)."""


class UnreadableRecordingError(Exception):
    """The file cannot be used as a recording; the message is a plain sentence, ``code`` says which one."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording's file. ``container_format`` is one of ``DEMUXERS``; empty lets the library probe among them.

    ``steady`` says that validation found no jump in its clock, so that any place of it can be sought;
    the times of others are only known by reading from the start.
    """

    path: Path
    container_format: str = ""
    steady: bool = True


@dataclass(slots=True)
class OpenRecording:
    """An open file: ``origin`` is the first frame's time in units of the stream's ``time_base``."""

    container: InputContainer
    stream: VideoStream
    origin: int
    steady: bool
    clock_jumps: int = 0
    """How often the clock ran backwards or leapt in the packets read so far."""

    @property
    def decoder(self) -> VideoCodecContext:
        return self.stream.codec_context

    @property
    def time_base(self) -> Fraction:
        return self.stream.time_base or Fraction(1, 1000)

    @property
    def frame_step(self) -> int:
        """One frame's usual duration in units of ``time_base``, at least one."""
        rate = self.stream.average_rate or self.stream.guessed_rate or Fraction(25)
        return max(1, round(1 / (rate * self.time_base)))

    def milliseconds(self, stamp: int) -> int:
        return round((stamp - self.origin) * self.time_base * 1000)

    def stamp(self, milliseconds: int) -> int:
        return self.origin + round(Fraction(milliseconds, 1000) / self.time_base)

    def declared_end_ms(self) -> int | None:
        """Where the file says that its video ends."""
        return None if self.stream.duration is None else round(self.stream.duration * self.time_base * 1000)

    def packet_ms(self, packet: av.Packet[VideoStream]) -> int:
        """When the packet's frame is shown; when it is decoded, where the container does not tell."""
        stamp = packet.pts if packet.pts is not None else packet.dts
        return self.milliseconds(self.origin if stamp is None else stamp)

    def packets_from(self, start_ms: int) -> Iterator[av.Packet[VideoStream]]:
        """The packets from the last keyframe at or before ``start_ms`` (or the first one behind it) on."""
        if start_ms <= 0 or not self.steady:
            return self._from_last_keyframe(self._steady_packets(), start_ms)
        for step_back_ms in STEPS_BACK_MS:
            self._seek(self.stamp(start_ms - step_back_ms))
            first = next(self._from_first_keyframe(self._steady_packets()), None)
            if first is not None and self.packet_ms(first) <= start_ms:
                self._seek(self.stamp(start_ms - step_back_ms))
                return self._from_last_keyframe(self._steady_packets(), start_ms)
        self._seek(self.origin)
        return self._from_last_keyframe(self._steady_packets(), start_ms)

    def _seek(self, stamp: int) -> None:
        self.container.seek(max(stamp, self.origin), stream=self.stream, backward=True)

    def _steady_packets(self) -> Iterator[av.Packet[VideoStream]]:
        """Every packet with a decoding time that never runs backwards nor leaps; the end of a torn file just ends."""
        jump = round(JUMP_SECONDS / self.time_base)
        offset, last = 0, None
        for packet in self._with_decoding_times():
            stamp = packet.dts if packet.dts is not None else packet.pts
            expected = self.origin if last is None else last + self.frame_step
            if stamp is None:
                packet.dts = stamp = expected - offset
            elif last is not None and not last <= stamp + offset <= last + jump:
                offset = expected - stamp
                self.clock_jumps += 1
            last = stamp + offset
            if offset:
                packet.pts = None if packet.pts is None else packet.pts + offset
                packet.dts = None if packet.dts is None else packet.dts + offset
            yield packet

    def _with_decoding_times(self) -> Iterator[av.Packet[VideoStream]]:
        """Matroska says when pictures are shown; when the first ones are decoded is told by a later packet's time."""
        packets = self.container.demux(self.stream)
        held: list[av.Packet[VideoStream]] = []
        while (packet := _next_packet(packets)) is not None:
            if packet.dts is None and packet.pts is not None and len(held) < MOST_REORDERED:
                held.append(packet)
                continue
            if packet.dts is not None:
                _decode_before(held, packet.dts, self.frame_step)
            yield from held
            held.clear()
            yield packet
        if held:
            _decode_before(held, max(packet.pts or 0 for packet in held), self.frame_step)
        yield from held

    @staticmethod
    def _from_first_keyframe(packets: Iterator[av.Packet[VideoStream]]) -> Iterator[av.Packet[VideoStream]]:
        for packet in packets:
            if packet.is_keyframe:
                yield packet
                yield from packets

    def _from_last_keyframe(
        self, packets: Iterator[av.Packet[VideoStream]], start_ms: int
    ) -> Iterator[av.Packet[VideoStream]]:
        """Holds one group of pictures back until it is known whether a later keyframe still is early enough."""
        held: list[av.Packet[VideoStream]] = []
        for packet in self._from_first_keyframe(packets):
            if packet.is_keyframe and self.packet_ms(packet) > start_ms and held:
                yield from held
                yield packet
                yield from packets
                return
            if packet.is_keyframe:
                held.clear()
            held.append(packet)
            if packet.dts is not None and self.milliseconds(packet.dts) > start_ms:
                yield from held
                held.clear()
                yield from packets
                return
        yield from held


def _decode_before(packets: list[av.Packet[VideoStream]], limit: int, step: int) -> None:
    """Give packets decoding times that rise to ``limit`` and lie at or before the time each is shown."""
    for packet in reversed(packets):
        limit = min(limit - step, limit if packet.pts is None else packet.pts)
        packet.dts = limit


def _next_packet(packets: Iterator[av.Packet[VideoStream]]) -> av.Packet[VideoStream] | None:
    """The next packet with content, or None at the end, be it the true one or a torn one."""
    try:
        for packet in packets:
            if packet.size:
                return packet
    except av.FFmpegError:
        return None
    return None


@contextmanager
def open_recording(recording: Recording) -> Iterator[OpenRecording]:
    """Open the file as one of the allowed containers, without letting it name any other file or address.

    Raises:
        UnreadableRecordingError: it is none of them, or holds no video that can be decoded here.
    """
    options = {"protocol_whitelist": "file", "format_whitelist": ",".join(DEMUXERS), "enable_drefs": "0"}
    try:
        # "file:" keeps a name such as "concat:a|b" from being read as anything but a name.
        container = av.open(
            f"file:{recording.path}",
            format=recording.container_format or None,
            options=options,
            metadata_errors="replace",
        )
    except MemoryError:
        raise
    except (av.FFmpegError, ValueError) as error:
        raise UnreadableRecordingError("not_a_video", "The file is not a video of a kind that can be read.") from error
    with container:
        yield _with_video(container, steady=recording.steady)


def _with_video(container: InputContainer, *, steady: bool) -> OpenRecording:
    # A cover picture is a video stream too, of one frame.
    streams = (stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic)
    stream = next(streams, None)
    if stream is None:
        raise UnreadableRecordingError("no_video", "The file holds no video.")
    # A stream whose codec is unknown here has no codec context at all.
    if stream.codec_context is None or stream.codec_context.name not in DECODERS:
        raise UnreadableRecordingError(
            "unknown_codec", "The video is stored in a way (codec) that cannot be read here."
        )
    return OpenRecording(container, stream, stream.start_time or 0, steady)
