"""Writes what is tracked under one lease into segments of the track log."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import NamedTuple

from rules.engine.frames import FrameTracks
from rules.engine.track_log import Segment, SegmentOrigin, SegmentWriter
from workers.runtime.contract import CameraConfig, ChunkWork, StreamWork


class TrackRecorder:
    """``keep`` gets each segment as soon as it is full, on the thread that noticed.

    Frames come from one thread; ``close`` may come from another. Closed, it begins anew with the next frame. Without an
    ``origin`` nothing is recorded.
    """

    def __init__(self, origin: SegmentOrigin | None, keep: Callable[[Segment], None]) -> None:
        self._writer = None if origin is None else SegmentWriter(origin)
        self._keep = keep
        self._lock = threading.Lock()

    def add(self, frame: FrameTracks) -> None:
        if self._writer is None:
            return
        with self._lock:
            done = self._writer.add(frame)
        if done is not None:
            self._keep(done)

    def close(self, *, finished: bool = False) -> None:
        """Have all kept that was recorded; ``finished``: and the rules were told that the stream is over or pauses."""
        if self._writer is None:
            return
        with self._lock:
            done = self._writer.close(finished=finished)
        if done is not None:
            self._keep(done)


def chunk_origin(work: ChunkWork, model: str) -> SegmentOrigin | None:
    """None: the platform keeps no track log."""
    clock = work.camera.clock
    return _origin(work.camera, model, Lease(work.job_id, work.epoch, clock.zero_ms if clock else 0))


def stream_origin(work: StreamWork, model: str) -> SegmentOrigin | None:
    """None: the platform keeps no track log."""
    return _origin(work.camera, model, Lease(work.stream_id, work.epoch, work.zero_ms))


class Lease(NamedTuple):
    owner_id: uuid.UUID
    epoch: int
    zero_ms: int


def _origin(camera: CameraConfig, model: str, lease: Lease) -> SegmentOrigin | None:
    if not camera.track_log:
        return None
    return SegmentOrigin(
        camera_id=camera.camera_id,
        owner_id=lease.owner_id,
        epoch=lease.epoch,
        zero_ms=lease.zero_ms,
        interval_ms=1000 / camera.detect_fps,
        model=model,
    )
