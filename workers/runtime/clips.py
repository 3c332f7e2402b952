"""Cuts clips: copies packets into an MP4 that browsers play, from a keyframe, without touching the pictures.

What browsers do not play inside MP4 (MS-MPEG4, MPEG-2, HEVC, 10-bit pictures and the like) is the one exception:
it is encoded again as H.264, then exactly from the wanted start. Clips hold video only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Final

import av
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from workers.runtime.recording import OpenRecording, Recording, open_recording
from workers.runtime.source import Packet, decode_packets

PLAYABLE_CODECS = frozenset({"h264", "vp9", "libvpx-vp9", "av1", "libdav1d", "libaom-av1"})
PLAYABLE_PIXELS = frozenset({"yuv420p", "yuvj420p"})
CODEC_NAMES = {"libvpx-vp9": "vp9", "libdav1d": "av1", "libaom-av1": "av1"}

CLIP_TIME_BASE = Fraction(1, 1000)
# A clip is looked at a few times and this runs beside detection: speed before size. One thread gives the same
# bytes on every machine.
ENCODER_OPTIONS: Final = {"preset": "ultrafast", "crf": "25", "threads": "1"}
KEYFRAME_EVERY_FRAMES = 25


class ClipError(Exception):
    """The recording has no frames to show for the wanted time."""


@dataclass(frozen=True, slots=True)
class ClipWindow:
    """The wanted part of the recording; a copied clip starts at the keyframe at or before ``start_ms``."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class CutClip:
    """A written clip. ``start_ms`` is where its first frame stands in the recording."""

    path: Path
    start_ms: int
    duration_ms: int
    codec: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Muxed:
    """What was written: the first frame's time and the time after the last one, in the packets' time base."""

    first: int
    end: int


def cut_clip(recording: Recording, window: ClipWindow, path: Path) -> CutClip:
    """Write the window of the recording to ``path``, which appears only when it is whole.

    Raises:
        ClipError: nothing of the window can be read.
        UnreadableRecordingError: the recording cannot be opened.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        with open_recording(recording) as source:
            start_ms, duration_ms, codec = _write(source, window, part)
        digest = _sha256(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return CutClip(path, start_ms, duration_ms, codec, digest)


def _write(source: OpenRecording, window: ClipWindow, part: Path) -> tuple[int, int, str]:
    decoder = source.decoder
    if decoder.name in PLAYABLE_CODECS and decoder.pix_fmt in PLAYABLE_PIXELS:
        packets = packets_of_window(source, window)
        muxed = mux_packets(packets, source.stream, part)
        start_ms = source.milliseconds(muxed.first)
        return start_ms, source.milliseconds(muxed.end) - start_ms, CODEC_NAMES.get(decoder.name, decoder.name)
    start_ms, end_ms = encode_pictures(_pictures_of_window(source, window), source, part)
    return start_ms, end_ms - start_ms, "h264"


def packets_of_window(source: OpenRecording, window: ClipWindow) -> Iterator[Packet]:
    """Every packet needed to show the window, in decoding order, from a keyframe on."""
    first_shown: int | None = None
    for packet in source.packets_from(window.start_ms):
        if packet.dts is not None and source.milliseconds(packet.dts) > window.end_ms:
            return
        if first_shown is None:
            first_shown = packet.pts
        # Pictures shown before the keyframe need an earlier one (open groups of pictures).
        if packet.pts is not None and first_shown is not None and packet.pts >= first_shown:
            yield packet


def mux_packets(packets: Iterable[Packet], template: VideoStream, path: Path) -> Muxed:
    """Write packets, the first a keyframe, in decoding order and in the template's time base, to an MP4 file.

    The packets stay as they are, so a ring of them can serve several clips.

    Raises:
        ClipError: there are none.
    """
    waiting = iter(packets)
    keyframe = next(waiting, None)
    if keyframe is None or keyframe.pts is None:
        raise ClipError("no frame can be copied")
    first = end = keyframe.pts
    last_dts: int | None = None
    with _mp4(path) as output:
        stream = output.add_stream_from_template(template)
        for packet in chain((keyframe,), waiting):
            copy = _copy_for(stream, packet, first, template.time_base or CLIP_TIME_BASE, last_dts)
            last_dts = copy.dts
            end = max(end, (packet.pts or first) + (packet.duration or 0))
            output.mux(copy)
    return Muxed(first, end)


def _copy_for(stream: VideoStream, packet: Packet, first: int, time_base: Fraction, last_dts: int | None) -> Packet:
    copy: Packet = av.Packet(bytes(packet))
    copy.stream = stream
    copy.time_base = time_base
    copy.pts = None if packet.pts is None else packet.pts - first
    copy.dts = copy.pts if packet.dts is None else packet.dts - first
    if last_dts is not None and copy.dts is not None:
        copy.dts = max(copy.dts, last_dts + 1)  # MP4 takes no two frames at one time
        copy.pts = copy.dts if copy.pts is None else max(copy.pts, copy.dts)
    copy.duration = packet.duration
    copy.is_keyframe = packet.is_keyframe
    return copy


def encode_pictures(pictures: Iterable[tuple[int, VideoFrame]], source: OpenRecording, path: Path) -> tuple[int, int]:
    """Encode (milliseconds, picture) pairs as H.264; gives the first one's time and the time after the last one.

    Raises:
        ClipError: there are none.
    """
    waiting = iter(pictures)
    first = next(waiting, None)
    if first is None:
        raise ClipError("no frame can be decoded")
    first_ms, last_ms = first[0], first[0]
    with _mp4(path) as output:
        stream = _encoder_stream(output, first[1], source)
        for at_ms, picture in chain((first,), waiting):
            if at_ms <= last_ms and at_ms != first_ms:
                continue
            last_ms = at_ms
            output.mux(stream.encode(_prepared(picture, stream, at_ms - first_ms)))
        output.mux(stream.encode(None))
    step_ms = round(source.frame_step * source.time_base * 1000)
    return first_ms, last_ms + step_ms


def _encoder_stream(output: OutputContainer, picture: VideoFrame, source: OpenRecording) -> VideoStream:
    rate = source.stream.average_rate or Fraction(25)
    stream = output.add_stream("libx264", rate=rate, options=dict(ENCODER_OPTIONS))
    # H.264 in 4:2:0 has only even sizes.
    stream.width, stream.height = picture.width - picture.width % 2, picture.height - picture.height % 2
    stream.pix_fmt = "yuv420p"
    stream.codec_context.time_base = CLIP_TIME_BASE
    stream.codec_context.gop_size = KEYFRAME_EVERY_FRAMES
    return stream


def _prepared(picture: VideoFrame, stream: VideoStream, at_ms: int) -> VideoFrame:
    prepared = picture.reformat(stream.width, stream.height, "yuv420p", threads=1)
    prepared.pts = at_ms
    prepared.time_base = CLIP_TIME_BASE
    prepared.pict_type = 0  # whatever the source's frame was, the encoder decides anew
    return prepared


def _pictures_of_window(source: OpenRecording, window: ClipWindow) -> Iterator[tuple[int, VideoFrame]]:
    for at_ms, picture in decode_packets(source, source.packets_from(window.start_ms)):
        if at_ms > window.end_ms:
            return
        if at_ms >= window.start_ms:
            yield at_ms, picture


def _mp4(path: Path) -> OutputContainer:
    # The index goes to the front, so that a browser can start before it has the whole file.
    return av.open(str(path), "w", format="mp4", options={"movflags": "faststart"})


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
