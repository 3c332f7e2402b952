"""The messages between GPU hosts and the platform: the only part of the runtime that Django imports.

Times are ``*_ms``: whole milliseconds since the start of the recording or the lease's epoch zero (stream time).
Boxes are ``box_xyxy``: left, top, right, bottom, normalised to the frame (0..1).
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from rules.engine.schema import RuleSpec, Severity, ZoneShape

GPU_NAMESPACE = "vms-gpu"
CHUNK_QUEUE = "chunks"
CHUNK_ACTOR = "process_chunk"

SIGNATURE_HEADER = "X-VMS-Signature"
NODE_HEADER = "X-VMS-Node"
TIMESTAMP_HEADER = "X-VMS-Timestamp"
NONCE_HEADER = "X-VMS-Nonce"
CONTENT_HEADER = "X-VMS-Content-SHA256"
"""The body's SHA-256 in hex: signed, so a long body can be trusted before it has been read and is checked as it is."""
MAX_CLOCK_SKEW_SECONDS = 300

Box = tuple[float, float, float, float]
Text = Annotated[str, Field(max_length=500)]


class Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def sign(secret: str, *, method: str, path: str, timestamp: str, nonce: str, body_sha256: str) -> str:
    """HMAC-SHA256 (hex) over the request line, its time, nonce and the body's SHA-256; ``path`` includes the query."""
    text = "\n".join((method.upper(), path, timestamp, nonce, body_sha256))
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def event_key(owner: uuid.UUID, rule_id: int, rule_version: int, track_id: int, start_ms: int) -> uuid.UUID:
    """The event's id: the same for the same happening however often it is computed (``owner``: job or lease id)."""
    return uuid.uuid5(owner, f"{rule_id}:{rule_version}:{track_id}:{start_ms}")


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


class NodeRegistration(Message):
    """Sent once when the process starts. ``boot_id`` is new at each start: leases of earlier boots are released."""

    boot_id: uuid.UUID
    hostname: Text
    version: Text
    detector: DetectorKind
    model: Text
    classes: tuple[Text, ...] = ()
    capacity: int = Field(default=1, ge=1, le=10_000)
    stopped: Stopped | None = None


class NodeRegistered(Message):
    node_id: int
    name: Text
    heartbeat_seconds: int


class Heartbeat(Message):
    boot_id: uuid.UUID
    outbox_waiting: int = Field(ge=0)
    outbox_lost: int = Field(ge=0)


class RuleConfig(Message):
    rule_id: int
    version: int
    spec: RuleSpec


class CameraConfig(Message):
    camera_id: int
    name: Text
    detect_fps: float = Field(gt=0, le=60)
    zones: tuple[ZoneShape, ...]
    rules: tuple[RuleConfig, ...]


class ChunkClaim(Message):
    boot_id: uuid.UUID


class ChunkWork(Message):
    """One chunk of an uploaded recording, leased to a node. ``state`` is the end state of the chunk before it."""

    job_id: uuid.UUID
    chunk_index: int
    chunk_count: int
    epoch: int
    recording_id: uuid.UUID
    recording_bytes: int
    recording_sha256: str
    container_format: Text
    duration_ms: int
    start_ms: int
    end_ms: int
    is_last: bool
    camera: CameraConfig
    state: dict[str, Any] | None


class ChunkProgress(Message):
    """Also the lease's heartbeat."""

    boot_id: uuid.UUID
    epoch: int
    position_ms: int = Field(ge=0)
    frames_analysed: int = Field(ge=0)


class ChunkProgressAnswer(Message):
    cancelled: bool


class ChunkCheckpoint(Message):
    """Ends a chunk: every event, end and file of it was acknowledged before this is sent."""

    boot_id: uuid.UUID
    epoch: int
    frames_analysed: int = Field(ge=0)
    frames_lost: int = Field(ge=0)
    state: dict[str, Any]
    continues: bool = False
    """The node will ask for the job's next chunk itself; otherwise the platform wakes some node for it."""


class ChunkCheckpointAnswer(Message):
    job_done: bool


class ChunkFailure(Message):
    boot_id: uuid.UUID
    epoch: int
    reason: Annotated[str, Field(max_length=2_000)]
    permanent: bool = False


class EventSubmission(Message):
    """An event, sent the moment it starts."""

    kind: Literal["start"] = "start"
    event_id: uuid.UUID
    job_id: uuid.UUID
    epoch: int
    camera_id: int
    rule_id: int
    rule_version: int
    track_id: int
    class_name: Text
    confidence: float = Field(ge=0, le=1)
    severity: Severity
    start_ms: int = Field(ge=0)
    box_xyxy: Box
    evidence: dict[str, Any] = {}


class EventEnd(Message):
    kind: Literal["end"] = "end"
    event_id: uuid.UUID
    job_id: uuid.UUID
    epoch: int
    end_ms: int = Field(ge=0)


EventMessage = Annotated[EventSubmission | EventEnd, Field(discriminator="kind")]


class EventBatch(Message):
    events: tuple[EventMessage, ...] = Field(min_length=1, max_length=200)


class EventReceipt(Message):
    """``status`` as an HTTP code: 201 new, 200 known already, 409 lease lost, 422 refused (kept as a dead letter)."""

    event_id: uuid.UUID
    kind: Literal["start", "end"]
    status: Literal[200, 201, 409, 422]
    detail: str = ""


class EventBatchAnswer(Message):
    receipts: tuple[EventReceipt, ...]


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


class StreamCondition(StrEnum):
    """What a live camera is doing, as its reader sees it; not debounced."""

    CONNECTING = "connecting"
    ONLINE = "online"
    # Pictures come, but something is wrong with them.
    FROZEN = "frozen"
    SLOW = "slow"
    RESOLUTION_CHANGED = "resolution_changed"
    # Pictures came, and do no longer.
    STALLED = "stalled"
    ENDED = "ended"
    GARBAGE = "garbage"
    # The camera could not be opened.
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    UNAUTHORISED = "unauthorised"
    NOT_FOUND = "not_found"
    NO_VIDEO = "no_video"


class StreamWork(Message):
    """One live camera, leased to a node. Its events carry ``stream_id`` as their ``job_id``.

    ``stream_id`` stays the same over leases and hosts, so that an event's id does. ``now_ms`` is the stream time at
    the platform when it answered: the node counts on from there, so no host's wall clock matters.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    stream_id: uuid.UUID
    epoch: int
    now_ms: int = Field(ge=0)
    camera: CameraConfig
    detect_url: str = Field(repr=False)
    clip_url: str | None = Field(default=None, repr=False)
    """Where clips come from; None: from the stream that is analysed."""
    state: dict[str, Any] | None


class StreamHealth(Message):
    """How a live camera does; counts since this reader began. ``frame_ms``: when the newest good frame was taken."""

    condition: StreamCondition
    since_ms: int
    now_ms: int
    frame_ms: int | None
    width: int
    height: int
    frames_analysed: int = Field(ge=0)
    frames_skipped: int = Field(ge=0)
    frames_damaged: int = Field(ge=0)
    connections: int = Field(ge=0)
    clock_jumps: int = Field(ge=0)
    lag_ms: int = Field(ge=0)
    ring_bytes: int = Field(ge=0)


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
