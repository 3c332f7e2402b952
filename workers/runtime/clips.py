"""Cuts clips: copies packets into an MP4 that browsers play, from a keyframe, without touching the pictures.

What browsers do not play inside MP4 (MS-MPEG4, MPEG-2, HEVC, 10-bit pictures and the like) is the one exception:
it is encoded again as H.264. Clips hold video only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import cast

import av
from av.container import OutputContainer
from av.video.stream import VideoStream

from workers.runtime.recording import OpenRecording, Recording, open_recording
from workers.runtime.source import Packet
from workers.runtime.transcoding import Transcoder, joined_packets

PLAYABLE_CODECS = frozenset({"h264", "vp9", "libvpx-vp9", "av1", "libdav1d", "libaom-av1"})
PLAYABLE_PIXELS = frozenset({"yuv420p", "yuvj420p"})
CODEC_NAMES = {"libvpx-vp9": "vp9", "libdav1d": "av1", "libaom-av1": "av1"}


class ClipError(Exception):
    """The recording has no frames to show for the wanted time."""


@dataclass(frozen=True, slots=True)
class ClipWindow:
    """The wanted part of the recording; a copied clip starts at the keyframe at or before ``start_ms``."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class CutClip:
    """A written clip. ``start_ms`` is where its first frame stands in the recording.

    ``shortened`` says why it shows less than was wanted; empty: it shows all.
    """

    path: Path
    start_ms: int
    duration_ms: int
    codec: str
    sha256: str
    shortened: str = ""


@dataclass(frozen=True, slots=True)
class Muxed:
    """What was written: the first frame's time and the time after the last one, in the packets' time base."""

    first: int
    end: int


def cut_clip(recording: Recording, window: ClipWindow, path: Path, transcoder: Transcoder | None = None) -> CutClip:
    """Write the window of the recording to ``path``, which appears only when it is whole.

    Clips of one recording that share a ``transcoder`` share what it encodes.

    Raises:
        ClipError: nothing of the window can be read.
        UnreadableRecordingError: the recording cannot be opened.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        with open_recording(recording) as source:
            if is_playable(source):
                start_ms, end_ms, codec = _copy(source, window, part)
            else:
                start_ms, end_ms, codec = _transcode(source, window, part, transcoder or Transcoder())
        digest = file_sha256(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return CutClip(path, start_ms, end_ms - start_ms, codec, digest)


def is_playable(source: OpenRecording) -> bool:
    """Whether browsers play what is in the file."""
    return source.decoder.name in PLAYABLE_CODECS and source.decoder.pix_fmt in PLAYABLE_PIXELS


def _copy(source: OpenRecording, window: ClipWindow, part: Path) -> tuple[int, int, str]:
    muxed = mux_packets(packets_of_window(source, window), source.stream, part)
    codec = CODEC_NAMES.get(source.decoder.name, source.decoder.name)
    return source.milliseconds(muxed.first), source.milliseconds(muxed.end), codec


def _transcode(source: OpenRecording, window: ClipWindow, part: Path, transcoder: Transcoder) -> tuple[int, int, str]:
    segments = transcoder.segments(source, window.start_ms, window.end_ms)
    if not segments:
        raise ClipError("no frame can be decoded")
    with ExitStack() as stack:
        template, packets = joined_packets(segments, stack)
        wanted = (packet for packet in packets if packet.pts is not None and packet.pts <= window.end_ms)
        muxed = mux_packets(wanted, template, part)
    return muxed.first, muxed.end, "h264"


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
            copy = _copy_for(stream, packet, first, template.time_base or Fraction(1, 1000), last_dts)
            last_dts = copy.dts
            end = max(end, (packet.pts or first) + (packet.duration or 0))
            output.mux(copy)
    return Muxed(first, end)


def _copy_for(stream: VideoStream, packet: Packet, first: int, time_base: Fraction, last_dts: int | None) -> Packet:
    copy = cast(Packet, av.Packet(bytes(packet)))
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


def _mp4(path: Path) -> OutputContainer:
    # The index goes to the front, so that a browser can start before it has the whole file.
    return av.open(str(path), "w", format="mp4", options={"movflags": "faststart"})


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
