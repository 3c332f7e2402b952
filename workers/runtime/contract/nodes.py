"""A GPU host: its start, its signs of life, what it can do."""

from __future__ import annotations

import uuid
from enum import StrEnum

from pydantic import ConfigDict, Field

from workers.runtime.contract.message import Message, Text


class DetectorKind(StrEnum):
    OPENVINO = "openvino"
    ULTRALYTICS = "ultralytics"
    MOTION = "motion"


class Stopped(Message):
    """Where a process of this node stood when it ended without a word: three times the same place is no accident."""

    job_id: uuid.UUID
    chunk_index: int
    epoch: int
    position_ms: int


class StreamStopped(Message):
    """A live stream whose picture was inside a library (decoded, inferred) when the process ended without a word."""

    stream_id: uuid.UUID
    epoch: int


class NodeLoad(Message):
    """What a node measured of itself, since its start or over the last half minute. Bytes and shares (0..1).

    ``inferences_per_second`` is what it could do at full load, not what it does now; None: not yet measured.
    """

    model_config = ConfigDict(allow_inf_nan=False)

    inferences_per_second: float | None = Field(default=None, ge=0)
    frames_asked_per_second: float = Field(default=0, ge=0)
    frames_answered_per_second: float = Field(default=0, ge=0)
    busy: float = Field(default=0, ge=0, le=1)
    streams: int = Field(default=0, ge=0)
    cpu_share: float = Field(default=0, ge=0, le=1)
    memory_bytes: int = Field(default=0, ge=0)
    spool_free_bytes: int = Field(default=0, ge=0)
    gpu_name: Text = ""
    gpu_memory_free_bytes: int | None = None
    gpu_memory_bytes: int | None = None
    gpu_share: float | None = None
    track_logs_lost: int = Field(default=0, ge=0)
    """Stretches of track logs that never reached the platform."""
    out_of_memory: int = Field(default=0, ge=0)
    """Times the detector ran out of memory."""
    inferences_at_once: int = Field(default=0, ge=0)
    """How many the detector may be given now; memory that runs out halves it."""
    clock_off_seconds: float = 0
    """How far its own clock is ahead of the platform's."""


class NodeRegistration(Message):
    """Sent once when the process starts. ``boot_id`` is new at each start: leases of earlier boots are released.

    ``capacity`` is how many frames it can look at in a second, as far as it knows at its start.
    """

    boot_id: uuid.UUID
    hostname: Text
    version: Text
    detector: DetectorKind
    model: Text
    classes: tuple[Text, ...] = ()
    further_models: tuple[Text, ...] = Field(default=(), max_length=20, exclude_if=lambda value: value == ())
    """What else is installed: ``pose``, ``ppe``."""
    capacity: int = Field(default=1, ge=1, le=10_000)
    stopped: Stopped | None = None
    stopped_streams: tuple[StreamStopped, ...] = Field(default=(), max_length=1_000)


class NodeRegistered(Message):
    """``clock_ms``: the platform's clock, milliseconds since 1970. Stream time counts on it, not on the node's."""

    node_id: int
    name: Text
    heartbeat_seconds: int
    clock_ms: int = 0
    stream_report_seconds: float = 2.0
    stream_lease_seconds: float = 8.0
    """The cameras of a node that could not report for so long may be another's by then."""


class Heartbeat(Message):
    """``leaving``: the process ends, and what it gives back is another's from now on."""

    boot_id: uuid.UUID
    outbox_waiting: int = Field(ge=0)
    outbox_lost: int = Field(ge=0)
    load: NodeLoad = NodeLoad()
    leaving: bool = False
    broken_models: dict[Text, Text] = Field(default={}, max_length=20, exclude_if=lambda value: not value)
    """By what they are for: those that are installed but could not be loaded, each with the reason."""
