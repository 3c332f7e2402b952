"""A lease while its chunk is worked on: kept up from a thread, and given up at once when the platform says so."""

from __future__ import annotations

import os
import threading
import time
import uuid
from pathlib import Path

import structlog

from rules.engine.frames import FrameTracks
from workers.runtime.client import LeaseLostError, PlatformClient, PlatformError
from workers.runtime.contract import (
    BoxSidecar,
    ChunkProgress,
    ChunkWork,
    ClipMeta,
    ClipUpload,
    EventEnd,
    EventSubmission,
)
from workers.runtime.journal import Journal
from workers.runtime.outbox import Outbox
from workers.runtime.track_recorder import TrackRecorder, chunk_origin

log = structlog.get_logger(__name__)

REPORT_SECONDS = 2.0
STALL_SECONDS = 180.0
STALLED_EXIT_CODE = 75


class ChunkStoppedError(Exception):
    """The chunk is not to be worked on any further."""


class CancelledError(ChunkStoppedError):
    """Somebody cancelled the job."""


class LeaseGoneError(ChunkStoppedError):
    """The chunk is another's now."""


class NodeStoppingError(ChunkStoppedError):
    """This process was told to end."""


class HeldLease:
    """Where the pipeline's events go while a lease is held (its ``EventSink``), and what keeps that lease up.

    A process in which nothing moves for long is ended: code that hangs inside a library cannot be interrupted.
    """

    def __init__(
        self, work: ChunkWork, boot_id: uuid.UUID, client: PlatformClient, outbox: Outbox, model: str = ""
    ) -> None:
        self.work = work
        self.frames_analysed = 0
        self.position_ms = work.start_ms
        self.journal: Journal | None = None
        self._boot_id, self._client, self._outbox = boot_id, client, outbox
        self._tracks = TrackRecorder(chunk_origin(work, model), outbox.put_tracks)
        self._moved_at = time.monotonic()
        self._stop_reason: ChunkStoppedError | None = None
        self._over = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="lease", daemon=True)

    def __enter__(self) -> HeldLease:
        self._keeper.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._keeper.join()

    # --- what the pipeline calls -------------------------------------------------------------------------------------

    def started(self, event: EventSubmission) -> None:
        self._outbox.put_start(event)

    def ended(self, end: EventEnd) -> None:
        self._outbox.put_end(end)

    def clip(self, event_id: uuid.UUID, path: Path, meta: ClipMeta, sidecar: BoxSidecar) -> None:
        self._outbox.put_clip(event_id, self.work.job_id, self.work.epoch, ClipUpload(meta=meta, boxes=sidecar), path)

    def no_clip(self, event_id: uuid.UUID) -> None:
        """Logged where it was tried: the recording itself is damaged there."""

    def snapshot(self, event_id: uuid.UUID, path: Path) -> None:
        self._outbox.put_snapshot(event_id, self.work.job_id, self.work.epoch, path)

    def tracked(self, frame: FrameTracks) -> None:
        self._tracks.add(frame)

    def rules_finished(self) -> None:
        self._tracks.close(finished=True)

    def progress(self, position_ms: int, frames_analysed: int) -> None:
        self.position_ms, self.frames_analysed = position_ms, frames_analysed
        if self.journal is not None:
            self.journal.at(self.work, position_ms)
        self.alive()

    # --- what the node calls -----------------------------------------------------------------------------------------

    def keep_tracks(self) -> None:
        """The chunk was analysed to its end. One that was not is repeated, and its tracks with it."""
        self._tracks.close()

    def alive(self) -> None:
        """Something moves. Raises ChunkStoppedError where it should not any more."""
        self._moved_at = time.monotonic()
        if self._stop_reason is not None:
            raise self._stop_reason

    def stop(self, reason: ChunkStoppedError) -> None:
        self._stop_reason = self._stop_reason or reason

    def report(self) -> None:
        """Tell the platform how far the work is, which extends the lease."""
        progress = ChunkProgress(
            boot_id=self._boot_id,
            epoch=self.work.epoch,
            position_ms=self.position_ms,
            frames_analysed=self.frames_analysed,
        )
        if self._client.progress(self.work, progress).cancelled:
            self.stop(CancelledError("the job was cancelled"))

    def _keep(self) -> None:
        while not self._over.wait(REPORT_SECONDS):
            if time.monotonic() - self._moved_at > STALL_SECONDS:
                log.critical("chunk.stalled", job_id=str(self.work.job_id), position_ms=self.position_ms)
                os._exit(STALLED_EXIT_CODE)
            try:
                self.report()
            except LeaseLostError as error:
                self.stop(LeaseGoneError(error.message))
            except PlatformError as error:
                # The lease may run out meanwhile; what is found is in the outbox and the work goes on.
                log.warning("chunk.progress_failed", error=str(error))
