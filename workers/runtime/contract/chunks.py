"""Uploaded recordings, chunk by chunk."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from pydantic import Field

from workers.runtime.contract.cameras import CameraConfig
from workers.runtime.contract.message import Message, Text


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
