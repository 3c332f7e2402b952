"""Clips and the boxes drawn over them."""

from __future__ import annotations

from workers.runtime.contract.message import Box, Message, Text


class BoxSample(Message):
    """Where one track stood at one moment of a clip."""

    at_ms: int
    track_id: int
    class_name: Text
    confidence: float
    box_xyxy: Box


class BoxSidecar(Message):
    """Drawn over the clip by the player. ``at_ms`` counts from the clip's first frame."""

    width: int
    height: int
    event_track_id: int
    samples: tuple[BoxSample, ...]


class ClipMeta(Message):
    """Travels beside a clip's bytes. ``start_ms`` is where the clip's first frame stands in stream time."""

    start_ms: int
    duration_ms: int
    codec: Text
    sha256: str
    moment_ms: int
    """From the clip's first frame to the event's start."""
    shortened: Text = ""
    """Why the clip shows less than the rule asked for; empty: it shows all (always so for a recording)."""


class ClipUpload(Message):
    """What precedes a clip's bytes in its upload: four bytes of length, big endian, then this as JSON."""

    meta: ClipMeta
    boxes: BoxSidecar


CLIP_HEAD_LENGTH_BYTES = 4
MAX_CLIP_HEAD_BYTES = 16_000_000
