"""The check of an uploaded recording."""

from __future__ import annotations

from workers.runtime.contract.message import Message, Text


class RecordingFacts(Message):
    """What validation found in an uploaded recording. ``keyframes_ms`` are the places where a chunk may start."""

    container_format: Text
    codec: Text
    width: int
    height: int
    fps: float
    duration_ms: int
    frames_declared: int
    keyframes_ms: tuple[int, ...]
    warnings: tuple[Text, ...] = ()


class ValidationLimits(Message):
    """What an uploaded recording may be, and what looking at it may cost the child process that does."""

    max_bytes: int = 8 * 2**30
    max_seconds: int = 24 * 3600
    max_pixels: int = 7680 * 4320
    max_fps: float = 120
    memory_bytes: int = 2 * 2**30
    cpu_seconds: int = 240


class ValidationAnswer(Message):
    """One line of JSON from ``python -m workers.runtime.validation``: facts, or a code and a sentence for the user."""

    ok: bool
    facts: RecordingFacts | None = None
    code: Text = ""
    sentence: Text = ""
