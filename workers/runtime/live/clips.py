"""Cuts an event's clip out of the ring of a live camera."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import cast

import av
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from workers.runtime.clips import (
    CODEC_NAMES,
    ClipError,
    ClipWindow,
    CutClip,
    cut_clip,
    file_sha256,
    is_playable,
    mux_packets,
)
from workers.runtime.live.bitstream import open_template
from workers.runtime.live.ring import KeptPacket, PacketRing, RingPart
from workers.runtime.open_events import EventRecord
from workers.runtime.recording import Recording, open_recording
from workers.runtime.source import Packet, picture_at

TEMPLATE_BYTES = 1_000_000
FALLBACK_STEP_MS = 100.0


class LiveClips:
    """The ring as a source of clips; ``folder`` holds what is not finished yet."""

    def __init__(self, ring: PacketRing, folder: Path) -> None:
        self._ring = ring
        self._folder = folder

    def cut(self, record: EventRecord, path: Path) -> CutClip:
        """Copy the packets of the event's window into ``path``, which appears only when it is whole.

        Raises:
            ClipError: the ring has nothing of it, or nothing that can be understood.
        """
        part = self._ring.part(record.window(), record.start_ms)
        if part is None:
            raise ClipError("the packets of the window are not there")
        raw = self._folder / f"{record.event_id}.part"
        try:
            return _written(part, raw, path)
        finally:
            raw.unlink(missing_ok=True)

    def picture(self, record: EventRecord) -> VideoFrame | None:
        part = self._ring.part(record.window(), record.best_ms)
        if part is None:
            return None
        raw = self._folder / f"{record.event_id}.best"
        try:
            first_ms = _mux(part, raw)
            with open_recording(Recording(raw, "mov")) as source:
                return picture_at(source, max(0, record.best_ms - first_ms - 1))
        except ClipError:
            return None
        finally:
            raw.unlink(missing_ok=True)


def _written(part: RingPart, raw: Path, path: Path) -> CutClip:
    first_ms = _mux(part, raw)
    with open_recording(Recording(raw, "mov")) as source:
        playable = is_playable(source)
        codec = CODEC_NAMES.get(source.decoder.name, source.decoder.name)
        duration_ms = source.declared_end_ms() or 0
    if playable:
        raw.replace(path)
        return CutClip(path, first_ms, duration_ms, codec, file_sha256(path), part.shortened)
    encoded = cut_clip(Recording(raw, "mov"), ClipWindow(0, duration_ms), path)
    start_ms = first_ms + encoded.start_ms
    return CutClip(path, start_ms, encoded.duration_ms, encoded.codec, encoded.sha256, part.shortened)


def _mux(part: RingPart, path: Path) -> int:
    """Write the part as MP4; the stream time of its first picture."""
    head = b"".join(packet.data for packet in _head(part.packets))
    template = open_template(part.codec, head)
    if template is None:
        raise ClipError("the stream cannot be understood")
    with closing(template):
        stream = template.streams.video[0]
        mux_packets(_packets(part.packets, stream), stream, path)
    return round(part.packets[0].show_ms)


def _head(packets: tuple[KeptPacket, ...]) -> Iterator[KeptPacket]:
    """The first group of pictures, as far as it takes to describe the stream."""
    size = 0
    for index, packet in enumerate(packets):
        if index and (packet.is_keyframe or size > TEMPLATE_BYTES):
            return
        size += len(packet.data)
        yield packet


def _packets(kept: tuple[KeptPacket, ...], template: VideoStream) -> Iterator[Packet]:
    units_per_ms = 1 / (1000 * (template.time_base or Fraction(1, 90_000)))
    first_ms = kept[0].show_ms
    step_ms = FALLBACK_STEP_MS
    for packet, after in pairwise((*kept, None)):
        if packet is None or packet.show_ms < first_ms:
            continue  # shown before the keyframe: it needs an earlier one
        step_ms = after.decode_ms - packet.decode_ms if after is not None else step_ms
        copy = cast(Packet, av.Packet(packet.data))
        # Counted from the first picture: a clip's times then fit any time base.
        copy.pts = round((packet.show_ms - first_ms) * units_per_ms)
        copy.dts = round((packet.decode_ms - first_ms) * units_per_ms)
        copy.duration = max(1, round(step_ms * units_per_ms))
        copy.is_keyframe = packet.is_keyframe
        yield copy
